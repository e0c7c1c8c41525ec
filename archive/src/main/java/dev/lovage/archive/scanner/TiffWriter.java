package dev.lovage.archive.scanner;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Writes one uncompressed image row by row: baseline TIFF 6.0, or BigTIFF if it can't stay below 4 GiB. The
/// samples are little-endian, rows lie in strips of about 256 KiB, and the directory follows them, so that the height
/// need not be known before. There is no date inside: the same pixels give the same file.
///
/// @see <a href="https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf">TIFF 6.0</a>
/// @see <a href="http://bigtiff.org/">BigTIFF</a>
final class TiffWriter implements Closeable {
    private static final int STRIP_BYTES = 256 * 1024;

    /// What remains of 4 GiB for the directory with its lists of strips.
    private static final long CLASSIC_MAX = (4L << 30) - (4L << 20);

    private static final int ASCII = 2;
    private static final int SHORT = 3;
    private static final int LONG = 4;
    private static final int RATIONAL = 5;
    private static final int LONG8 = 16;

    private final FileChannel file;
    private final Form form;
    private final boolean big;
    private final int rowsPerStrip;
    private final ByteBuffer strip;
    private final List<Long> stripOffsets = new ArrayList<>();
    private final List<Long> stripSizes = new ArrayList<>();
    private long position;
    private long rows;
    private int rowsInStrip;

    /// What the image is.
    ///
    /// @param width pixels
    /// @param maker and `model` of the device; characters beyond ASCII become `?`
    record Form(int width, CaptureSettings.Mode mode, int depth, int dpi, String maker, String model) {
        int samples() {
            return mode == CaptureSettings.Mode.COLOR ? 3 : 1;
        }

        /// Without anything at its end.
        long bytesPerRow() {
            return ((long) width * samples() * depth + 7) / 8;
        }
    }

    private TiffWriter(FileChannel file, Form form, boolean big) throws IOException {
        this.file = file;
        this.form = form;
        this.big = big;
        this.rowsPerStrip = (int) Math.max(1, STRIP_BYTES / form.bytesPerRow());
        this.strip = ByteBuffer.allocate(Math.toIntExact(rowsPerStrip * form.bytesPerRow()));
        write(ByteBuffer.allocate(big ? 16 : 8)); // the header, once the directory's place is known
    }

    /// @param path of a file that is not there yet
    /// @param bytesMax of the pixels, as far as is known
    static TiffWriter create(Path path, Form form, long bytesMax) throws IOException {
        return create(path, form, bytesMax > CLASSIC_MAX);
    }

    static TiffWriter create(Path path, Form form, boolean big) throws IOException {
        var file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            return new TiffWriter(file, form, big);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// Appends a row.
    ///
    /// @param row its first `form.bytesPerRow()` bytes are taken; 16-bit samples are little-endian
    /// @return whether there was room; there is none in a TIFF of 4 GiB
    boolean row(byte[] row) throws IOException {
        if (!big && position + strip.position() + form.bytesPerRow() > CLASSIC_MAX) {
            return false;
        }
        strip.put(row, 0, Math.toIntExact(form.bytesPerRow()));
        rows++;
        rowsInStrip++;
        if (rowsInStrip == rowsPerStrip) {
            flushStrip();
        }
        return true;
    }

    long rows() {
        return rows;
    }

    /// Writes the directory and brings all of it to the disk. At least one row is there.
    void finish() throws IOException {
        flushStrip();
        if (position % 2 == 1) {
            write(ByteBuffer.allocate(1)); // a directory begins at an even place
        }
        long at = position;
        write(directory(at));
        var header = buffer(big ? 16 : 8);
        header.put((byte) 'I').put((byte) 'I');
        if (big) {
            header.putShort((short) 43).putShort((short) 8).putShort((short) 0).putLong(at);
        } else {
            header.putShort((short) 42).putInt((int) at);
        }
        file.write(header.flip(), 0);
        file.force(true);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private void flushStrip() throws IOException {
        if (rowsInStrip > 0) {
            stripOffsets.add(position);
            stripSizes.add((long) strip.position());
            write(strip.flip());
            strip.clear();
            rowsInStrip = 0;
        }
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            position += file.write(bytes);
        }
    }

    /// One directory entry: its values lie in `values`, which follow the directory if they don't fit into it.
    private record Entry(int tag, int type, long count, byte[] values) {}

    private ByteBuffer directory(long at) {
        var entries = entries();
        int width = big ? 8 : 4;
        long end = at + (big ? 8 : 2) + (long) entries.size() * (big ? 20 : 12) + width;
        long size = end - at;
        for (var entry : entries) {
            size += entry.values().length > width ? even(entry.values().length) : 0;
        }
        var directory = buffer(Math.toIntExact(size));
        if (big) {
            directory.putLong(entries.size());
        } else {
            directory.putShort((short) entries.size());
        }
        var outside = new ArrayList<byte[]>();
        for (var entry : entries) {
            directory.putShort((short) entry.tag()).putShort((short) entry.type());
            putWide(directory, entry.count());
            if (entry.values().length > width) {
                putWide(directory, end);
                end += even(entry.values().length);
                outside.add(entry.values());
            } else {
                directory.put(java.util.Arrays.copyOf(entry.values(), width));
            }
        }
        putWide(directory, 0); // no second directory
        for (var values : outside) {
            directory.put(java.util.Arrays.copyOf(values, even(values.length)));
        }
        return directory.flip();
    }

    /// In the order of their tags, as the standard wants it.
    private List<Entry> entries() {
        var entries = new ArrayList<Entry>();
        int samples = form.samples();
        entries.add(number(256, LONG, form.width()));
        entries.add(number(257, LONG, rows));
        var depths = buffer(2 * samples);
        for (int i = 0; i < samples; i++) {
            depths.putShort((short) form.depth());
        }
        entries.add(new Entry(258, SHORT, samples, depths.array()));
        entries.add(number(259, SHORT, 1)); // not compressed
        entries.add(number(
                262,
                SHORT,
                switch (form.mode()) {
                    case LINEART -> 0; // SANE's 1 is black
                    case GRAY -> 1;
                    case COLOR -> 2;
                }));
        text(271, form.maker()).ifPresent(entries::add);
        text(272, form.model()).ifPresent(entries::add);
        entries.add(places(273, stripOffsets));
        entries.add(number(274, SHORT, 1)); // the first row is the top, the first column is the left
        entries.add(number(277, SHORT, samples));
        entries.add(number(278, LONG, rowsPerStrip));
        entries.add(places(279, stripSizes));
        entries.add(resolution(282));
        entries.add(resolution(283));
        entries.add(number(284, SHORT, 1)); // a pixel's samples lie together
        entries.add(number(296, SHORT, 2)); // inch
        text(305, "Lovage").ifPresent(entries::add);
        return entries;
    }

    private static Entry number(int tag, int type, long value) {
        var bytes = buffer(type == SHORT ? 2 : 4);
        if (type == SHORT) {
            bytes.putShort((short) value);
        } else {
            bytes.putInt((int) value);
        }
        return new Entry(tag, type, 1, bytes.array());
    }

    private Entry resolution(int tag) {
        return new Entry(
                tag, RATIONAL, 1, buffer(8).putInt(form.dpi()).putInt(1).array());
    }

    private Entry places(int tag, List<Long> numbers) {
        var bytes = buffer(numbers.size() * (big ? 8 : 4));
        numbers.forEach(number -> putWide(bytes, number));
        return new Entry(tag, big ? LONG8 : LONG, numbers.size(), bytes.array());
    }

    private static java.util.Optional<Entry> text(int tag, String text) {
        if (text.isBlank()) {
            return java.util.Optional.empty();
        }
        var bytes = (text + "\0").getBytes(StandardCharsets.US_ASCII);
        return java.util.Optional.of(new Entry(tag, ASCII, bytes.length, bytes));
    }

    private void putWide(ByteBuffer to, long number) {
        if (big) {
            to.putLong(number);
        } else {
            to.putInt((int) number);
        }
    }

    private static int even(int length) {
        return length + length % 2;
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
