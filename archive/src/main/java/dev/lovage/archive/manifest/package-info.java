/// The manifest of a batch: its published schema, the rules between its fields, and its typed form.
@NullMarked
package dev.lovage.archive.manifest;

import org.jspecify.annotations.NullMarked;
