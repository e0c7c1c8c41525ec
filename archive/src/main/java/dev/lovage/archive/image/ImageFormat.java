package dev.lovage.archive.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// Which image format a file begins as. The pixels are not looked at, so a file that is damaged further on has a
/// format all the same.
///
/// @param mediaType such as `image/jpeg`
/// @param name of the format in PRONOM
/// @param version of the format in PRONOM, if it has versions and the file shows which
/// @param pronomId such as `fmt/43`
/// @param size if the first bytes tell it
public record ImageFormat(
        String mediaType, String name, Optional<String> version, String pronomId, Optional<Size> size) {
    /// @param width in pixels as stored
    /// @param height in pixels as stored
    public record Size(long width, long height) {}

    /// Looks for TIFF, BigTIFF, JPEG, PNG, JP2 and JPX.
    ///
    /// @return empty if the file begins as none of them, or as a TIFF without a readable directory
    public static Optional<ImageFormat> of(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return of(Bytes.of(channel));
        }
    }

    static Optional<ImageFormat> of(Bytes bytes) throws IOException {
        var jpeg = JpegHeader.read(bytes);
        if (jpeg.isPresent()) {
            return jpeg.map(JpegHeader::format);
        }
        var png = PngHeader.read(bytes);
        if (png.isPresent()) {
            return png.map(PngHeader::format);
        }
        var jp2 = Jp2Header.format(bytes);
        if (jp2.isPresent()) {
            return jp2;
        }
        try {
            return Optional.of(TiffReader.read(bytes).format());
        } catch (ImageUnreadable e) {
            return Optional.empty();
        }
    }
}
