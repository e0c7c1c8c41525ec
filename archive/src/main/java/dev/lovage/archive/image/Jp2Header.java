package dev.lovage.archive.image;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Optional;

/// The first boxes of a JPEG 2000 file.
///
/// @see <a href="https://www.itu.int/rec/T-REC-T.800">ITU-T T.800, annex I</a>
final class Jp2Header {
    private static final int BOXES_MAX = 100;
    private static final int SIGNATURE = 0x6a502020;
    private static final int FTYP = 0x66747970;
    private static final int JP2H = 0x6a703268;
    private static final int IHDR = 0x69686472;
    private static final int JPX = 0x6a707820;

    private Jp2Header() {}

    /// @return empty if the file does not begin as JP2 or JPX
    static Optional<ImageFormat> format(Bytes file) throws IOException {
        var start = file.read(0, 24, ByteOrder.BIG_ENDIAN);
        if (start.isEmpty()
                || start.get().getInt(0) != 12
                || start.get().getInt(4) != SIGNATURE
                || start.get().getInt(8) != 0x0d0a870a
                || start.get().getInt(16) != FTYP) {
            return Optional.empty();
        }
        var size = size(file);
        return Optional.of(
                start.get().getInt(20) == JPX
                        ? new ImageFormat("image/jpx", "JPX (JPEG 2000 part 2)", Optional.empty(), "fmt/151", size)
                        : new ImageFormat("image/jp2", "JP2 (JPEG 2000 part 1)", Optional.empty(), "x-fmt/392", size));
    }

    private static Optional<ImageFormat.Size> size(Bytes file) throws IOException {
        var at = 12L;
        for (var i = 0; i < BOXES_MAX; i++) {
            var head = file.read(at, 24, ByteOrder.BIG_ENDIAN);
            if (head.isEmpty()) {
                return Optional.empty();
            }
            var length = Integer.toUnsignedLong(head.get().getInt(0));
            if (head.get().getInt(4) == JP2H) { // its first box is the image header
                if (head.get().getInt(12) != IHDR) {
                    return Optional.empty();
                }
                var height = Integer.toUnsignedLong(head.get().getInt(16));
                var width = Integer.toUnsignedLong(head.get().getInt(20));
                return width > 0 && height > 0 ? Optional.of(new ImageFormat.Size(width, height)) : Optional.empty();
            }
            if (length < 8) { // 0 reaches to the end of the file, 1 says that it is longer than 4 GiB
                return Optional.empty();
            }
            at += length;
        }
        return Optional.empty();
    }
}
