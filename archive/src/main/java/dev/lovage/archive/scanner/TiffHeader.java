package dev.lovage.archive.scanner;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Reads what the first directory of a TIFF or BigTIFF says of its image, and whether the pixels it speaks of are in
/// the file: `scanimage` leaves a directory without any when a device ends at once. Whether the file is a good one is
/// for the validation step; here it is compared with what was asked for.
final class TiffHeader {
    private static final int ENTRIES_MAX = 4096;
    private static final double CENTIMETRES_PER_INCH = 2.54;

    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int PHOTOMETRIC = 262;
    private static final int STRIP_OFFSETS = 273;
    private static final int SAMPLES = 277;
    private static final int STRIP_SIZES = 279;
    private static final int X_RESOLUTION = 282;
    private static final int Y_RESOLUTION = 283;
    private static final int UNIT = 296;
    private static final int TILE_OFFSETS = 324;
    private static final int TILE_SIZES = 325;
    private static final int CHUNK = 8192;

    private final FileChannel file;
    private final ByteOrder order;
    private final boolean big;
    private final Map<Integer, Values> places = new HashMap<>();

    /// Where the values of an entry lie.
    private record Values(int type, long count, long at) {}

    private TiffHeader(FileChannel file, ByteOrder order, boolean big) {
        this.file = file;
        this.order = order;
        this.big = big;
    }

    /// @return empty if the file does not begin like a TIFF
    /// @throws CaptureFailed if it does, and its directory can't be read or says of no image that can be compared
    static Optional<Capture.Image> read(Path path) throws IOException {
        try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
            if (file.size() < 8) {
                return Optional.empty();
            }
            var start = new TiffHeader(file, ByteOrder.LITTLE_ENDIAN, false).bytes(0, 8);
            int mark = start.getShort(0);
            if (mark == 0x4d4d) {
                start.order(ByteOrder.BIG_ENDIAN);
            } else if (mark != 0x4949) {
                return Optional.empty();
            }
            int version = start.getShort(2);
            if (version != 42 && version != 43) {
                return Optional.empty();
            }
            return Optional.of(new TiffHeader(file, start.order(), version == 43).image());
        } catch (Damaged e) {
            throw CaptureFailed.because(
                    CaptureFault.BAD_FILE,
                    "The file " + path.getFileName() + " is a TIFF, but " + e.getMessage() + ".");
        }
    }

    private static final class Damaged extends Exception {
        Damaged(String message) {
            super(message);
        }
    }

    private Capture.Image image() throws IOException, Damaged {
        var numbers = directory();
        long width = whole(numbers, WIDTH, "width");
        long height = whole(numbers, HEIGHT, "height");
        if (width == 0 || height == 0) {
            throw CaptureFailed.because(
                    CaptureFault.EMPTY_IMAGE, "A TIFF of " + width + " x " + height + " pixels came.");
        }
        pixels();
        var dpi = numbers.getOrDefault(X_RESOLUTION, Double.NaN);
        if (!dpi.equals(numbers.getOrDefault(Y_RESOLUTION, Double.NaN))) {
            throw new Damaged("its resolution is not the same in both directions");
        }
        double unit = numbers.getOrDefault(UNIT, 2.0);
        if (dpi.isNaN() || unit != 2 && unit != 3) {
            throw new Damaged("it does not tell its resolution");
        }
        int depth = (int) (double) numbers.getOrDefault(BITS, 1.0);
        return new Capture.Image(
                width, height, mode(numbers, depth), depth, unit == 3 ? dpi * CENTIMETRES_PER_INCH : dpi);
    }

    /// Strips or tiles lie inside the file, and are not all of no size.
    private void pixels() throws IOException, Damaged {
        var offsets = places.getOrDefault(STRIP_OFFSETS, places.get(TILE_OFFSETS));
        var sizes = places.getOrDefault(STRIP_SIZES, places.get(TILE_SIZES));
        if (offsets == null || sizes == null || offsets.count() != sizes.count()) {
            throw new Damaged("it does not tell where its pixels are");
        }
        long inside = 0;
        boolean beyond = false;
        for (long done = 0; done < offsets.count(); done += CHUNK) {
            int count = (int) Math.min(CHUNK, offsets.count() - done);
            var starts = wholes(offsets, done, count);
            var lengths = wholes(sizes, done, count);
            for (int i = 0; i < count; i++) {
                long there = Math.clamp(file.size() - starts[i], 0, lengths[i]);
                inside += there;
                beyond |= there < lengths[i];
            }
        }
        if (inside == 0) {
            throw CaptureFailed.because(CaptureFault.EMPTY_IMAGE, "A TIFF came that has no row of pixels.");
        }
        if (beyond) {
            throw new Damaged("some of its pixels are missing: it is shorter than it says");
        }
    }

    private long[] wholes(Values values, long from, int count) throws IOException, Damaged {
        int size = size(values.type());
        if (size == 0 || values.type() == 5 || values.at() > file.size()) {
            throw new Damaged("it does not tell where its pixels are");
        }
        var bytes = bytes(values.at() + from * size, count * size);
        var wholes = new long[count];
        for (int i = 0; i < count; i++) {
            wholes[i] = switch (values.type()) {
                case 1 -> Byte.toUnsignedLong(bytes.get());
                case 3 -> Short.toUnsignedLong(bytes.getShort());
                case 4 -> Integer.toUnsignedLong(bytes.getInt());
                default -> bytes.getLong() & Long.MAX_VALUE;
            };
        }
        return wholes;
    }

    private static int size(int type) {
        return switch (type) {
            case 1 -> 1;
            case 3 -> 2;
            case 4 -> 4;
            case 5, 16 -> 8;
            default -> 0;
        };
    }

    private static CaptureSettings.Mode mode(Map<Integer, Double> numbers, int depth) throws Damaged {
        double photometric = numbers.getOrDefault(PHOTOMETRIC, -1.0);
        double samples = numbers.getOrDefault(SAMPLES, 1.0);
        if ((photometric == 0 || photometric == 1) && samples == 1) {
            return depth == 1 ? CaptureSettings.Mode.LINEART : CaptureSettings.Mode.GRAY;
        }
        if ((photometric == 2 || photometric == 6) && samples == 3) {
            return CaptureSettings.Mode.COLOR;
        }
        throw new Damaged("its pixels are neither black and white, gray, nor red, green and blue (photometric "
                + (int) photometric + ", " + (int) samples + " samples)");
    }

    private static long whole(Map<Integer, Double> numbers, int tag, String name) throws Damaged {
        var number = numbers.get(tag);
        if (number == null) {
            throw new Damaged("it does not tell its " + name);
        }
        return (long) (double) number;
    }

    /// The first number of each entry that has one.
    private Map<Integer, Double> directory() throws IOException, Damaged {
        long at =
                big ? bytes(8, 8).getLong() : Integer.toUnsignedLong(bytes(4, 4).getInt());
        long count =
                big ? bytes(at, 8).getLong() : Short.toUnsignedLong(bytes(at, 2).getShort());
        if (count < 1 || count > ENTRIES_MAX) {
            throw new Damaged("its directory has " + Long.toUnsignedString(count) + " entries");
        }
        int size = big ? 20 : 12;
        long first = at + (big ? 8 : 2);
        var entries = bytes(first, Math.toIntExact(count * size));
        var numbers = new HashMap<Integer, Double>();
        for (int i = 0; i < count; i++) {
            var entry = entries.slice(i * size, size).order(order);
            int tag = Short.toUnsignedInt(entry.getShort());
            int type = Short.toUnsignedInt(entry.getShort());
            long values = big ? entry.getLong() : Integer.toUnsignedLong(entry.getInt());
            int head = big ? 12 : 8;
            if (values > 0 && size(type) > 0) {
                boolean within = values <= (size - head) / size(type);
                long place = big ? entry.getLong(head) : Integer.toUnsignedLong(entry.getInt(head));
                places.put(tag, new Values(type, values, within ? first + (long) i * size + head : place));
            }
            var number = switch (tag) {
                case WIDTH, HEIGHT, BITS, PHOTOMETRIC, SAMPLES, X_RESOLUTION, Y_RESOLUTION, UNIT ->
                    first(type, values, entry);
                default -> Optional.<Double>empty();
            };
            number.ifPresent(one -> numbers.put(tag, one));
        }
        return numbers;
    }

    /// @param entry at its value or the place of it
    private Optional<Double> first(int type, long count, ByteBuffer entry) throws IOException, Damaged {
        int size = size(type);
        if (size == 0 || count < 1) {
            return Optional.empty();
        }
        var value = entry;
        if (count > (big ? 8 : 4) / size) {
            value = bytes(big ? entry.getLong() : Integer.toUnsignedLong(entry.getInt()), size);
        }
        return Optional.of(
                switch (type) {
                    case 1 -> (double) Byte.toUnsignedInt(value.get());
                    case 3 -> (double) Short.toUnsignedInt(value.getShort());
                    case 4 -> (double) Integer.toUnsignedLong(value.getInt());
                    case 16 -> (double) value.getLong();
                    default -> {
                        double above = Integer.toUnsignedLong(value.getInt());
                        yield above / Integer.toUnsignedLong(value.getInt());
                    }
                });
    }

    private ByteBuffer bytes(long at, int size) throws IOException, Damaged {
        if (at < 0 || size > file.size() || at > file.size() - size) {
            throw new Damaged("it refers to a place beyond its end");
        }
        var bytes = ByteBuffer.allocate(size).order(order);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, at + bytes.position()) < 0) {
                throw new Damaged("it became shorter while it was read");
            }
        }
        return bytes.flip();
    }
}
