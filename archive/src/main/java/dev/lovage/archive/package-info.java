/// Digitization ingest.
@NullMarked
package dev.lovage.archive;

import org.jspecify.annotations.NullMarked;
