/// The way of a batch from its manifest to a verified package, each step a task.
@NullMarked
package dev.lovage.archive.ingest;

import org.jspecify.annotations.NullMarked;
