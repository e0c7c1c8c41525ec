/// Batches to try the archive with.
@NullMarked
package dev.lovage.archive.samples;

import org.jspecify.annotations.NullMarked;
