/// Runs tasks.
@NullMarked
package dev.lovage.cli.worker;

import org.jspecify.annotations.NullMarked;
