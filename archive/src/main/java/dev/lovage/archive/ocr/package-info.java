/// Optical character recognition of page images.
@NullMarked
package dev.lovage.archive.ocr;

import org.jspecify.annotations.NullMarked;
