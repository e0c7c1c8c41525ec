/// Digitization batches: checking, taking in, looking at and verifying them.
@NullMarked
package dev.lovage.cli.archive;

import org.jspecify.annotations.NullMarked;
