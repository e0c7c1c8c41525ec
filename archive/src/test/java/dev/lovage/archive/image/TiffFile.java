package dev.lovage.archive.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Writes TIFF files for tests: the header, one directory after the other with its values, then pixels.
final class TiffFile {
    private final boolean big;
    private final ByteOrder order;
    private final List<TreeMap<Integer, Value>> directories = new ArrayList<>();

    private record Value(int type, long count, byte[] bytes) {}

    TiffFile(boolean big, ByteOrder order) {
        this.big = big;
        this.order = order;
        next();
    }

    /// An uncompressed image of one strip with 300 pixels an inch.
    static TiffFile image(boolean big, ByteOrder order, long width, long height, int photometric, int... bits) {
        var rowBytes = Math.ceilDiv(width * java.util.Arrays.stream(bits).sum(), 8);
        var file = new TiffFile(big, order)
                .longs(256, width)
                .longs(257, height)
                .shorts(258, bits)
                .shorts(259, 1)
                .shorts(262, photometric)
                .shorts(277, bits.length)
                .longs(278, height)
                .rational(282, 300, 1)
                .rational(283, 300, 1)
                .shorts(296, 2)
                .positions(273, 0)
                .positions(279, rowBytes * height);
        return file.positions(273, file.bytes().length);
    }

    /// Further tags belong to another directory.
    TiffFile next() {
        directories.add(new TreeMap<>());
        return this;
    }

    TiffFile without(int tag) {
        directories.getLast().remove(tag);
        return this;
    }

    TiffFile shorts(int tag, int... values) {
        var bytes = buffer(values.length * 2);
        for (var value : values) {
            bytes.putShort((short) value);
        }
        return value(tag, 3, values.length, bytes.array());
    }

    TiffFile longs(int tag, long... values) {
        var bytes = buffer(values.length * 4);
        for (var value : values) {
            bytes.putInt((int) value);
        }
        return value(tag, 4, values.length, bytes.array());
    }

    /// As long as positions are in this file.
    TiffFile positions(int tag, long... values) {
        if (!big) {
            return longs(tag, values);
        }
        var bytes = buffer(values.length * 8);
        for (var value : values) {
            bytes.putLong(value);
        }
        return value(tag, 16, values.length, bytes.array());
    }

    TiffFile rational(int tag, long numerator, long denominator) {
        return value(
                tag,
                5,
                1,
                buffer(8).putInt((int) numerator).putInt((int) denominator).array());
    }

    TiffFile text(int tag, String text) {
        var bytes = (text + "\0").getBytes(UTF_8);
        return value(tag, 2, bytes.length, bytes);
    }

    /// A count that the bytes need not have.
    TiffFile value(int tag, int type, long count, byte[] bytes) {
        directories.getLast().put(tag, new Value(type, count, bytes));
        return this;
    }

    private ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(order);
    }

    byte[] bytes() {
        var out = buffer(1 << 20);
        out.put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 'I' : 'M')).put(out.get(0));
        out.putShort((short) (big ? 43 : 42));
        if (big) {
            out.putShort((short) 8).putShort((short) 0);
        }
        position(out, out.position() + (big ? 8 : 4));
        for (var i = 0; i < directories.size(); i++) {
            directory(out, directories.get(i), i + 1 < directories.size());
        }
        var bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }

    private void directory(ByteBuffer out, TreeMap<Integer, Value> tags, boolean more) {
        var inline = big ? 8 : 4;
        var start = out.position();
        var values = start + (big ? 8 : 2) + tags.size() * (big ? 20 : 12) + inline;
        if (big) {
            out.putLong(tags.size());
        } else {
            out.putShort((short) tags.size());
        }
        for (var tag : tags.entrySet()) {
            var value = tag.getValue();
            out.putShort(tag.getKey().shortValue()).putShort((short) value.type);
            position(out, value.count);
            if (value.bytes.length <= inline) {
                out.put(value.bytes).put(new byte[inline - value.bytes.length]);
            } else {
                position(out, values);
                out.put(values, value.bytes);
                values += value.bytes.length;
            }
        }
        position(out, more ? values : 0);
        out.position(values);
    }

    private void position(ByteBuffer out, long position) {
        if (big) {
            out.putLong(position);
        } else {
            out.putInt((int) position);
        }
    }

    /// Writes the tags, and then `bytes` pixels that are 0, as a hole where the disk knows holes.
    Path write(Path file, long bytes) throws IOException {
        return write(file, bytes, new byte[0]);
    }

    Path write(Path file, byte[] pixels) throws IOException {
        return write(file, 0, pixels);
    }

    private Path write(Path file, long hole, byte[] pixels) throws IOException {
        try (var channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes()));
            channel.write(ByteBuffer.wrap(pixels));
            if (hole > 0) {
                channel.write(ByteBuffer.wrap(new byte[1]), channel.size() + hole - 1);
            }
        }
        return file;
    }
}
