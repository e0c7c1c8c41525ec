/// What image files say of themselves: structure, technical metadata, thumbnails.
@NullMarked
package dev.lovage.archive.image;

import org.jspecify.annotations.NullMarked;
