package dev.lovage.archive.ocr;

import java.nio.file.Path;
import java.util.Optional;

/// One page to read.
///
/// @param file a TIFF, BigTIFF, JPEG, PNG or JPEG 2000 file
/// @param name how ALTO and hOCR call the file; a name, not a path
/// @param index which image of a TIFF with several, from 0
/// @param dpi pixels an inch, 70 to 2400, if it is known better than the file says; without it the file's own value
///     counts, and where that is missing or at most 72 Tesseract estimates it from the size of the letters
public record PageImage(Path file, String name, int index, Optional<Integer> dpi) {
    /// @throws IllegalArgumentException if the name has folders, the index is negative, or the dpi is out of range
    public PageImage {
        if (name.isBlank() || name.contains("/")) {
            throw new IllegalArgumentException("A page has a name without folders, but this one is '" + name + "'.");
        }
        if (index < 0) {
            throw new IllegalArgumentException("The images of a file count from 0, but the index is " + index + ".");
        }
        if (dpi.filter(value -> value < 70 || value > 2400).isPresent()) {
            throw new IllegalArgumentException("A page is read at 70 to 2400 dpi, but " + dpi.get()
                    + " is given. Leave it out if it isn't known.");
        }
    }

    /// The first image of a file, under the file's own name.
    public static PageImage of(Path file, Optional<Integer> dpi) {
        return new PageImage(file, String.valueOf(file.getFileName()), 0, dpi);
    }
}
