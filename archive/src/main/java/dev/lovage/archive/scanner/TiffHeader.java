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

/// Reads what the first directory of a TIFF or BigTIFF says of its image, and nothing of the pixels. Whether the file
/// is a good one is for the validation step; here it is compared with what was asked for.
final class TiffHeader {
    private static final int ENTRIES_MAX = 4096;
    private static final double CENTIMETRES_PER_INCH = 2.54;

    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int PHOTOMETRIC = 262;
    private static final int SAMPLES = 277;
    private static final int X_RESOLUTION = 282;
    private static final int Y_RESOLUTION = 283;
    private static final int UNIT = 296;

    private final FileChannel file;
    private final ByteOrder order;
    private final boolean big;

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
        var entries = bytes(at + (big ? 8 : 2), Math.toIntExact(count * size));
        var numbers = new HashMap<Integer, Double>();
        for (int i = 0; i < count; i++) {
            var entry = entries.slice(i * size, size).order(order);
            int tag = Short.toUnsignedInt(entry.getShort());
            int type = Short.toUnsignedInt(entry.getShort());
            long values = big ? entry.getLong() : Integer.toUnsignedLong(entry.getInt());
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
        int size = switch (type) {
            case 1 -> 1;
            case 3 -> 2;
            case 4 -> 4;
            case 5, 16 -> 8;
            default -> 0;
        };
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
        if (at < 0 || at > file.size() - size) {
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
