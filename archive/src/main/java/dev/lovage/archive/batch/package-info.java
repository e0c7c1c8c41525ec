/// Batches and their items: what they are, and what has become of them.
@NullMarked
package dev.lovage.archive.batch;

import org.jspecify.annotations.NullMarked;
