package dev.lovage.archive.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.lovage.archive.image.Directory.Budget;
import dev.lovage.archive.image.Directory.Source;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/// The segments of a JPEG file before its pixels.
///
/// @param progressive whether a decoder has to hold all coefficients at once
/// @param orientation 1 to 8, of Exif
/// @see <a href="https://www.w3.org/Graphics/JPEG/itu-t81.pdf">ITU-T T.81, annex B</a>
record JpegHeader(ImageFormat format, boolean progressive, int orientation) {
    private static final int SEGMENTS_MAX = 2000;
    private static final int EXIF_DIRECTORY = 34665;

    /// What the application segments tell.
    private record Exif(int orientation, Optional<String> version) {
        static final Exif NONE = new Exif(1, Optional.empty());
    }

    /// @return empty if the file does not begin as a JPEG
    static Optional<JpegHeader> read(Bytes file) throws IOException {
        var start = file.read(0, 3, ByteOrder.BIG_ENDIAN);
        if (start.isEmpty()
                || start.get().getShort(0) != (short) 0xffd8
                || start.get().get(2) != (byte) 0xff) {
            return Optional.empty();
        }
        Optional<String> jfif = Optional.empty();
        var exif = Exif.NONE;
        var at = 2L;
        for (var i = 0; i < SEGMENTS_MAX; i++) {
            var head = file.read(at, 4, ByteOrder.BIG_ENDIAN);
            if (head.isEmpty() || head.get().get(0) != (byte) 0xff) {
                break;
            }
            var marker = Byte.toUnsignedInt(head.get().get(1));
            if (marker == 0xff) { // any number of these may stand before a marker
                at++;
                continue;
            }
            var length = Short.toUnsignedInt(head.get().getShort(2));
            if (marker == 0xe0) {
                jfif = jfif.isPresent() ? jfif : jfif(file.part(at + 4, length - 2L));
            } else if (marker == 0xe1 && exif.equals(Exif.NONE)) {
                exif = exif(file.part(at + 4, length - 2L));
            } else if (frame(marker)) {
                var frame = file.read(at + 4, 5, ByteOrder.BIG_ENDIAN);
                return Optional.of(of(jfif, exif, frame, marker == 0xc2 || marker == 0xc6 || marker == 0xca));
            } else if (marker == 0xda || marker == 0xd9) {
                break;
            }
            at += 2L + length;
        }
        return Optional.of(of(jfif, exif, Optional.empty(), false));
    }

    /// Start of frame; the three others in this range define tables.
    private static boolean frame(int marker) {
        return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }

    private static JpegHeader of(Optional<String> jfif, Exif exif, Optional<ByteBuffer> frame, boolean progressive) {
        var size = frame.map(bytes -> new ImageFormat.Size(
                        Short.toUnsignedLong(bytes.getShort(3)), Short.toUnsignedLong(bytes.getShort(1))))
                .filter(found -> found.width() > 0 && found.height() > 0);
        return new JpegHeader(format(jfif, exif.version, size), progressive, exif.orientation);
    }

    /// PRONOM tells a JPEG by its JFIF version, or by its Exif version when it has no JFIF segment.
    private static ImageFormat format(Optional<String> jfif, Optional<String> exif, Optional<ImageFormat.Size> size) {
        if (jfif.isPresent()) {
            var id = switch (jfif.get()) {
                case "1.00" -> "fmt/42";
                case "1.01" -> "fmt/43";
                default -> "fmt/44";
            };
            return new ImageFormat("image/jpeg", "JPEG File Interchange Format", jfif, id, size);
        }
        var id = switch (exif.orElse("")) {
            case "0200" -> "x-fmt/398";
            case "0210" -> "x-fmt/390";
            case "0220" -> "x-fmt/391";
            case "0221" -> "fmt/645";
            case "0230", "0231", "0232" -> "fmt/1507";
            default -> "fmt/41";
        };
        return id.equals("fmt/41")
                ? new ImageFormat("image/jpeg", "Raw JPEG Stream", Optional.empty(), id, size)
                : new ImageFormat(
                        "image/jpeg",
                        "Exchangeable Image File Format (Compressed)",
                        exif.map(digits -> digits.substring(1, 2) + "." + digits.substring(2)),
                        id,
                        size);
    }

    private static Optional<String> jfif(Bytes segment) throws IOException {
        return segment.read(0, 7, ByteOrder.BIG_ENDIAN)
                .filter(bytes -> text(bytes, 5).equals("JFIF\0"))
                .map(bytes -> "%d.%02d".formatted(bytes.get(5), bytes.get(6)));
    }

    private static Exif exif(Bytes segment) throws IOException {
        var head = segment.read(0, 14, ByteOrder.BIG_ENDIAN);
        if (head.isEmpty() || !text(head.get(), 6).equals("Exif\0\0")) {
            return Exif.NONE;
        }
        var order = head.get().get(6) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        var source = new Source(segment.part(6, segment.size()), order, false, new Budget());
        var first = Integer.toUnsignedLong(head.get().order(order).getInt(10));
        var findings = new Findings(); // Exif may be damaged; the image is not therefore
        var tags = Directory.read(source, "Exif", first, findings);
        if (tags.isEmpty()) {
            return Exif.NONE;
        }
        var orientation = tags.get().small(274, "Orientation", 1);
        var pointer = tags.get().number(EXIF_DIRECTORY, "Exif IFD");
        Optional<String> version = Optional.empty();
        if (pointer.isPresent()) {
            var inner = Directory.read(source, "Exif IFD", pointer.getAsLong(), findings);
            if (inner.isPresent()) {
                version = inner.get().whole(36864, "ExifVersion", 4).map(bytes -> new String(bytes, ISO_8859_1));
            }
        }
        return new Exif(orientation >= 1 && orientation <= 8 ? orientation : 1, version);
    }

    private static String text(ByteBuffer bytes, int length) {
        return new String(bytes.array(), 0, length, ISO_8859_1);
    }
}
