package dev.lovage.archive.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// The chunks of a PNG file before its pixels.
///
/// @param profile the bytes of the embedded ICC profile
/// @see <a href="https://www.w3.org/TR/png-3/">PNG, third edition</a>
record PngHeader(ImageFormat format, Optional<byte[]> profile) {
    private static final long SIGNATURE = 0x89504e470d0a1a0aL;
    private static final int CHUNKS_MAX = 2000;
    private static final int PROFILE_PACKED_MAX = 4 << 20;
    private static final int PROFILE_BYTES_MAX = 16 << 20;
    private static final int IHDR = 0x49484452;
    private static final int IDAT = 0x49444154;
    private static final int ICCP = 0x69434350;
    private static final int SRGB = 0x73524742;
    private static final int SPLT = 0x73504c54;
    private static final int ITXT = 0x69545874;

    /// @return empty if the file does not begin as a PNG
    static Optional<PngHeader> read(Bytes file) throws IOException {
        var start = file.read(0, 24, ByteOrder.BIG_ENDIAN);
        if (start.isEmpty()
                || start.get().getLong(0) != SIGNATURE
                || start.get().getInt(12) != IHDR) {
            return Optional.empty();
        }
        Optional<byte[]> profile = Optional.empty();
        var version = 0;
        var at = 8L;
        for (var i = 0; i < CHUNKS_MAX; i++) {
            var head = file.read(at, 8, ByteOrder.BIG_ENDIAN);
            if (head.isEmpty() || head.get().getInt(4) == IDAT || head.get().getInt(0) < 0) {
                break;
            }
            var length = head.get().getInt(0);
            switch (head.get().getInt(4)) { // what the editions added tells them apart, as in PRONOM
                case ICCP -> {
                    version = Math.max(version, 1);
                    profile = profile(file, at + 8, length);
                }
                case SRGB, SPLT -> version = Math.max(version, 1);
                case ITXT -> version = 2;
                default -> {}
            }
            at += 12L + length;
        }
        var width = start.get().getInt(16);
        var height = start.get().getInt(20);
        var format = new ImageFormat(
                "image/png",
                "Portable Network Graphics",
                Optional.of("1." + version),
                "fmt/" + (11 + version),
                width > 0 && height > 0 ? Optional.of(new ImageFormat.Size(width, height)) : Optional.empty());
        return Optional.of(new PngHeader(format, profile));
    }

    /// A profile that can't be unpacked is as good as none.
    private static Optional<byte[]> profile(Bytes file, long at, int length) throws IOException {
        if (length > PROFILE_PACKED_MAX) {
            return Optional.empty();
        }
        var chunk = file.read(at, length, ByteOrder.BIG_ENDIAN);
        if (chunk.isEmpty()) {
            return Optional.empty();
        }
        var bytes = chunk.get().array();
        var name = 0;
        while (name < length && bytes[name] != 0) {
            name++;
        }
        if (name + 2 >= length) {
            return Optional.empty();
        }
        try (var inflater = new Inflater()) {
            inflater.setInput(bytes, name + 2, length - name - 2);
            var out = new ByteArrayOutputStream();
            var block = new byte[8192];
            while (!inflater.finished() && out.size() <= PROFILE_BYTES_MAX) {
                var got = inflater.inflate(block);
                if (got == 0) {
                    return Optional.empty();
                }
                out.write(block, 0, got);
            }
            return inflater.finished() ? Optional.of(out.toByteArray()) : Optional.empty();
        } catch (DataFormatException e) {
            return Optional.empty();
        }
    }
}
