/// Letters to requesters, written as files.
@NullMarked
package dev.lovage.records.letter;

import org.jspecify.annotations.NullMarked;
