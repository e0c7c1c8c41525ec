/// The files of the archive: masters and what is made of them.
@NullMarked
package dev.lovage.archive.vault;

import org.jspecify.annotations.NullMarked;
