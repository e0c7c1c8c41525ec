/// What was done to an item, each thing once.
@NullMarked
package dev.lovage.archive.event;

import org.jspecify.annotations.NullMarked;
