/// The pipelines on sample inputs, from an empty folder to a summary.
@NullMarked
package dev.lovage.server.demo;

import org.jspecify.annotations.NullMarked;
