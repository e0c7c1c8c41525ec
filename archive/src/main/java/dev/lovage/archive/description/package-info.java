/// Descriptive metadata as depositors send it, brought to Dublin Core and MODS, with each change on record.
@NullMarked
package dev.lovage.archive.description;

import org.jspecify.annotations.NullMarked;
