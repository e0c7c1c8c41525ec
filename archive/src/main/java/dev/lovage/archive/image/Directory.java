package dev.lovage.archive.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.image.Finding.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// One image file directory: its tags, whose values are read when they are asked for.
///
/// @param place where it lies, for messages
/// @param offset position of the count of entries
/// @param next position of the next directory, 0 if this is the last one
/// @see <a href="https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf">TIFF 6.0, section 2</a>
record Directory(Source source, String place, long offset, Map<Integer, Entry> entries, long next, Findings findings) {
    /// libtiff refuses more too.
    private static final int ENTRIES_MAX = 4096;

    private static final int TEXT_BYTES_MAX = 64 * 1024;
    private static final int BLOCK_BYTES = 64 * 1024;

    /// A file, or a part of one, that is laid out as a TIFF.
    ///
    /// @param big whether positions have 64 bits, as in BigTIFF
    record Source(Bytes bytes, ByteOrder order, boolean big, Budget budget) {
        int headerBytes() {
            return big ? 16 : 8;
        }
    }

    /// How many bytes of values are still read from one file: many directories may share one large value.
    static final class Budget {
        private long bytesLeft = 64L << 20;

        boolean take(long bytes) {
            if (bytes > bytesLeft) {
                return false;
            }
            bytesLeft -= bytes;
            return true;
        }
    }

    /// One tag. The value's bytes all exist in the file.
    ///
    /// @param count how many values of the type, 0 or more
    /// @param position where the values lie
    record Entry(int tag, Type type, long count, long position) {
        /// Fits: such an entry is made only when its values lie within the file.
        long bytes() {
            return type.bytes * count;
        }
    }

    enum Type {
        BYTE(1, 1),
        ASCII(2, 1),
        SHORT(3, 2),
        LONG(4, 4),
        RATIONAL(5, 8),
        SBYTE(6, 1),
        UNDEFINED(7, 1),
        SSHORT(8, 2),
        SLONG(9, 4),
        SRATIONAL(10, 8),
        FLOAT(11, 4),
        DOUBLE(12, 8),
        IFD(13, 4),
        LONG8(16, 8),
        SLONG8(17, 8),
        IFD8(18, 8);

        private static final Map<Integer, Type> BY_CODE = byCode();

        private final int code;
        private final int bytes;

        Type(int code, int bytes) {
            this.code = code;
            this.bytes = bytes;
        }

        boolean unsigned() {
            return switch (this) {
                case BYTE, SHORT, LONG, IFD, LONG8, IFD8 -> true;
                case ASCII, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT, DOUBLE, SLONG8 -> false;
            };
        }

        private static Map<Integer, Type> byCode() {
            var types = new LinkedHashMap<Integer, Type>();
            for (var type : values()) {
                types.put(type.code, type);
            }
            return Map.copyOf(types);
        }
    }

    /// @return empty if the file has no entry of a directory there; then a finding says why
    static Optional<Directory> read(Source source, String place, long offset, Findings findings) throws IOException {
        var where = place + " at offset " + Long.toUnsignedString(offset);
        var countBytes = source.big ? 8 : 2;
        var head = source.bytes.read(offset, countBytes, source.order);
        if (head.isEmpty()) {
            findings.error(
                    Code.DIRECTORY,
                    where + " lies behind the end of the file, which has " + source.bytes.size() + " bytes.");
            return Optional.empty();
        }
        var count = source.big
                ? head.get().getLong()
                : Short.toUnsignedLong(head.get().getShort());
        if (count < 1 || count > ENTRIES_MAX) {
            findings.error(
                    Code.DIRECTORY,
                    where + " claims " + Long.toUnsignedString(count) + " entries; 1 to " + ENTRIES_MAX + " are read.");
            return Optional.empty();
        }
        var entryBytes = source.big ? 20 : 12;
        var first = offset + countBytes;
        var present = Math.min(count, (source.bytes.size() - first) / entryBytes);
        if (present < count) {
            findings.error(
                    Code.DIRECTORY,
                    where + " has " + count + " entries, and the file ends after " + present + " of them.");
        }
        if (present == 0) {
            return Optional.empty();
        }
        var entries = entries(source, where, first, (int) present, findings);
        var next = source.bytes.read(first + count * entryBytes, source.big ? 8 : 4, source.order);
        if (next.isEmpty() && present == count) {
            findings.error(Code.DIRECTORY, where + " ends without the position of the next directory.");
        }
        var follows = next.map(bytes -> source.big ? bytes.getLong() : Integer.toUnsignedLong(bytes.getInt()));
        return Optional.of(new Directory(source, where, offset, entries, follows.orElse(0L), findings));
    }

    private static Map<Integer, Entry> entries(Source source, String where, long first, int count, Findings findings)
            throws IOException {
        var entryBytes = source.big ? 20 : 12;
        var block = source.bytes
                .read(first, count * entryBytes, source.order)
                .orElseThrow(() -> new IOException("The file became shorter while it was read."));
        var entries = new LinkedHashMap<Integer, Entry>();
        var before = -1;
        var ordered = true;
        for (var i = 0; i < count; i++) {
            block.position(i * entryBytes);
            var tag = Short.toUnsignedInt(block.getShort());
            ordered &= tag > before;
            before = tag;
            var type = Type.BY_CODE.get(Short.toUnsignedInt(block.getShort()));
            var values = source.big ? block.getLong() : Integer.toUnsignedLong(block.getInt());
            if (type == null) {
                continue; // a reader skips types that it does not know, says the specification
            }
            var inline = source.big ? 8 : 4;
            var fits = values >= 0 && values <= inline / type.bytes;
            var position = fits
                    ? first + (long) i * entryBytes + entryBytes - inline
                    : source.big ? block.getLong() : Integer.toUnsignedLong(block.getInt());
            if (values < 0
                    || values > source.bytes.size() / type.bytes
                    || !source.bytes.has(position, values * type.bytes)) {
                findings.error(
                        Code.VALUE_OUTSIDE,
                        where + ": tag " + tag + " has " + Long.toUnsignedString(values) + " values of "
                                + type.bytes + " bytes at offset " + Long.toUnsignedString(position)
                                + ", but the file has " + source.bytes.size() + " bytes. The tag was left out.");
                continue;
            }
            entries.putIfAbsent(tag, new Entry(tag, type, values, position));
        }
        if (!ordered) {
            findings.warning(
                    Code.TAG_ORDER,
                    where + ": the tags are not in ascending order, or one is there twice. The first"
                            + " one was taken.");
        }
        return entries;
    }

    Optional<Entry> entry(int tag) {
        return Optional.ofNullable(entries.get(tag));
    }

    /// The first value of a tag with whole numbers.
    OptionalLong number(int tag, String name) throws IOException {
        var numbers = numbers(tag, name, 1);
        return numbers.length == 0 ? OptionalLong.empty() : OptionalLong.of(numbers[0]);
    }

    /// The first value of a tag whose numbers have 16 bits, or `otherwise` if it is missing or larger.
    int small(int tag, String name, int otherwise) throws IOException {
        var number = number(tag, name).orElse(otherwise);
        return number >= 0 && number <= 0xffff ? (int) number : otherwise;
    }

    /// @return at most `countMax` values of a tag with whole numbers, unsigned; none if the tag is missing
    long[] numbers(int tag, String name, int countMax) throws IOException {
        var entry = entries.get(tag);
        if (entry == null) {
            return new long[0];
        }
        if (!entry.type.unsigned()) {
            wrongType(entry, name, "a whole number");
            return new long[0];
        }
        var count = (int) Math.min(entry.count, countMax);
        if (!affordable(entry, name, (long) count * entry.type.bytes)) {
            return new long[0];
        }
        var numbers = new long[count];
        var perBlock = BLOCK_BYTES / entry.type.bytes;
        for (var from = 0; from < count; from += perBlock) {
            var values = Math.min(perBlock, count - from);
            var block = bytes(entry, (long) from * entry.type.bytes, values * entry.type.bytes);
            for (var i = from; block.hasRemaining(); i++) {
                numbers[i] = switch (entry.type.bytes) {
                    case 1 -> Byte.toUnsignedLong(block.get());
                    case 2 -> Short.toUnsignedLong(block.getShort());
                    case 4 -> Integer.toUnsignedLong(block.getInt());
                    default -> block.getLong();
                };
            }
        }
        return numbers;
    }

    Optional<Tiff.Rational> rational(int tag, String name) throws IOException {
        var entry = entries.get(tag);
        if (entry == null || entry.count == 0) {
            return Optional.empty();
        }
        if (entry.type != Type.RATIONAL) {
            wrongType(entry, name, "a fraction");
            return Optional.empty();
        }
        var value = bytes(entry, 0, 8);
        return Optional.of(
                new Tiff.Rational(Integer.toUnsignedLong(value.getInt()), Integer.toUnsignedLong(value.getInt())));
    }

    /// A text without what follows its NUL, and without control characters, which XML could not hold.
    Optional<String> text(int tag, String name) throws IOException {
        var entry = entries.get(tag);
        if (entry == null) {
            return Optional.empty();
        }
        if (entry.type != Type.ASCII && entry.type != Type.BYTE) {
            wrongType(entry, name, "a text");
            return Optional.empty();
        }
        var length = (int) Math.min(entry.count, TEXT_BYTES_MAX);
        if (length < entry.count) {
            findings.warning(
                    Code.VALUE_TOO_LARGE,
                    place + ": " + name + " has " + entry.count + " bytes, of which " + length + " were read.");
        }
        if (!affordable(entry, name, length)) {
            return Optional.empty();
        }
        var bytes = bytes(entry, 0, length).array();
        var end = 0;
        var ascii = true;
        while (end < length && bytes[end] != 0) {
            ascii &= bytes[end] > 0;
            end++;
        }
        if (!ascii || (end == length && length == entry.count)) {
            findings.warning(
                    Code.TEXT,
                    place + ": " + name + " at offset " + entry.position
                            + (ascii ? " does not end with NUL." : " has characters that are not ASCII."));
        }
        var text = decode(ByteBuffer.wrap(bytes, 0, end))
                .replaceAll("[\\p{Cntrl}\\uFFFE\\uFFFF]+", " ")
                .strip();
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    private static String decode(ByteBuffer bytes) {
        try {
            return UTF_8.newDecoder().decode(bytes.duplicate()).toString();
        } catch (CharacterCodingException e) {
            return ISO_8859_1.decode(bytes).toString();
        }
    }

    /// All bytes of a value that is at most `bytesMax` long.
    Optional<byte[]> whole(int tag, String name, int bytesMax) throws IOException {
        var entry = entries.get(tag);
        if (entry == null) {
            return Optional.empty();
        }
        if (entry.bytes() > bytesMax) {
            findings.error(
                    Code.VALUE_TOO_LARGE,
                    place + ": " + name + " has " + entry.bytes() + " bytes; at most " + bytesMax
                            + " are read. The tag was left out.");
            return Optional.empty();
        }
        return affordable(entry, name, entry.bytes())
                ? Optional.of(bytes(entry, 0, (int) entry.bytes()).array())
                : Optional.empty();
    }

    private boolean affordable(Entry entry, String name, long bytes) {
        if (source.budget.take(bytes)) {
            return true;
        }
        findings.error(
                Code.VALUE_TOO_LARGE,
                place + ": " + name + " at offset " + entry.position + " was left out, because the values of this"
                        + " file are larger than those of any real one.");
        return false;
    }

    private ByteBuffer bytes(Entry entry, long from, int length) throws IOException {
        return source.bytes
                .read(entry.position + from, length, source.order)
                .orElseThrow(() -> new IOException("The file became shorter while it was read."));
    }

    private void wrongType(Entry entry, String name, String expected) {
        findings.error(
                Code.TAG_TYPE,
                place + ": " + name + " is of type " + entry.type + ", but " + expected
                        + " was expected. The tag was left out.");
    }
}
