package dev.lovage.rabbitmq;

import dev.lovage.engine.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Headers between JSON and AMQP's field table, as py-amqp writes and reads them. The client library's own
/// codec is not used for headers: it has no case for the octet `L`, in which py-amqp sends integers beyond 32
/// bits, forgets the order of the keys, and closes the connection over what it can't read.
///
/// Written are the types that py-amqp and RabbitMQ understand alike. py-amqp takes `l` for unsigned and `s` for
/// a short string, so that negative integers beyond 32 bits go as `L`, others beyond as `l`, and `s` and `b`
/// never.
///
/// @see <a href="https://www.rabbitmq.com/amqp-0-9-1-errata">RabbitMQ's errata to AMQP 0-9-1</a>
final class Table {
    /// Tables and arrays within each other.
    private static final int NESTING_MAX = 100;

    private Table() {}

    /// Not a table, or one that AMQP can't carry.
    static final class Malformed extends RuntimeException {
        Malformed(String message) {
            super(message);
        }
    }

    /// @return the table without its length
    /// @throws Malformed naming the header that AMQP can't carry
    static byte[] encode(ObjectNode headers) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            writePairs(out, headers);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void writePairs(DataOutputStream out, ObjectNode table) throws IOException {
        for (var entry : table.properties()) {
            var name = entry.getKey().getBytes(StandardCharsets.UTF_8);
            if (name.length > 255) {
                throw new Malformed("The name of a header has " + name.length
                        + " bytes, and AMQP's longest has 255. It begins with "
                        + entry.getKey().substring(0, 40) + ".");
            }
            out.writeByte(name.length);
            out.write(name);
            writeValue(out, entry.getKey(), entry.getValue());
        }
    }

    private static void writeValue(DataOutputStream out, String header, JsonNode value) throws IOException {
        switch (value.getNodeType()) {
            case STRING -> {
                out.writeByte('S');
                writeLong(out, value.stringValue().getBytes(StandardCharsets.UTF_8));
            }
            case BOOLEAN -> {
                out.writeByte('t');
                out.writeBoolean(value.booleanValue());
            }
            case NULL -> out.writeByte('V');
            case NUMBER -> writeNumber(out, header, value);
            case ARRAY -> {
                out.writeByte('A');
                writeLong(out, array(header, (ArrayNode) value));
            }
            case OBJECT -> {
                out.writeByte('F');
                writeLong(out, encode((ObjectNode) value));
            }
            default -> throw new Malformed("The header " + header + " is " + value.getNodeType() + ", not JSON.");
        }
    }

    private static void writeNumber(DataOutputStream out, String header, JsonNode value) throws IOException {
        if (value.isFloatingPointNumber()) {
            if (!Double.isFinite(value.doubleValue())) {
                // RabbitMQ would close the connection under all the others.
                throw new Malformed("The header " + header + " holds " + value.doubleValue()
                        + ", and RabbitMQ takes finite numbers only.");
            }
            out.writeByte('d');
            out.writeDouble(value.doubleValue());
        } else if (value.canConvertToInt()) {
            out.writeByte('I');
            out.writeInt(value.intValue());
        } else if (value.canConvertToLong()) {
            out.writeByte(value.longValue() < 0 ? 'L' : 'l');
            out.writeLong(value.longValue());
        } else {
            throw new Malformed(
                    "The header " + header + " has a number beyond 64 bits, and AMQP carries none: " + value + ".");
        }
    }

    private static byte[] array(String header, ArrayNode values) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            for (var value : values) {
                writeValue(out, header, value);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void writeLong(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /// What kombu would show: a time as ISO text without an offset, bytes in kombu's envelope.
    ///
    /// @param table without its length
    /// @throws Malformed if it is none
    static ObjectNode decode(byte[] table) {
        try {
            return pairs(ByteBuffer.wrap(table), 0);
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new Malformed("The headers end in the middle of a value.");
        }
    }

    private static ObjectNode pairs(ByteBuffer in, int depth) {
        var table = Json.object();
        while (in.hasRemaining()) {
            var name = StandardCharsets.UTF_8.decode(cut(in, Byte.toUnsignedInt(in.get())));
            var value = value(in, depth);
            // The first of two wins, as in RabbitMQ's own client.
            table.putIfAbsent(name.toString(), value);
        }
        return table;
    }

    private static JsonNode value(ByteBuffer in, int depth) {
        if (depth > NESTING_MAX) {
            throw new Malformed("The headers have more than " + NESTING_MAX + " tables within each other.");
        }
        var type = (char) in.get();
        return switch (type) {
            case 'S' -> text(cut(in, in.getInt()));
            case 'I' -> Json.tree(in.getInt());
            case 'i' -> Json.tree(Integer.toUnsignedLong(in.getInt()));
            case 'l', 'L' -> Json.tree(in.getLong());
            case 's', 'U' -> Json.tree((int) in.getShort());
            case 'u' -> Json.tree(Short.toUnsignedInt(in.getShort()));
            case 'b' -> Json.tree((int) in.get());
            case 'B' -> Json.tree(Byte.toUnsignedInt(in.get()));
            case 't' -> Json.tree(in.get() != 0);
            case 'd' -> Json.tree(in.getDouble());
            case 'f' -> Json.tree((double) in.getFloat());
            case 'D' -> decimal(Byte.toUnsignedInt(in.get()), in.getInt());
            case 'T' -> time(in.getLong());
            case 'F' -> pairs(cut(in, in.getInt()), depth + 1);
            case 'A' -> {
                var values = Json.array();
                for (var part = cut(in, in.getInt()); part.hasRemaining(); ) {
                    values.add(value(part, depth + 1));
                }
                yield values;
            }
            case 'x' -> bytes(cut(in, in.getInt()));
            case 'V' -> Json.nothing();
            default -> throw new Malformed("The headers have a value of the unknown type '" + type + "'.");
        };
    }

    private static JsonNode decimal(int scale, int unscaled) {
        return Json.object().numberNode(new BigDecimal(BigInteger.valueOf(unscaled), scale).doubleValue());
    }

    private static JsonNode time(long seconds) {
        try {
            return Json.tree(Instant.ofEpochSecond(seconds)
                    .atOffset(ZoneOffset.UTC)
                    .toLocalDateTime()
                    .format(java.time.format.DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss")));
        } catch (DateTimeException e) {
            return Json.tree(seconds);
        }
    }

    private static JsonNode text(ByteBuffer bytes) {
        try {
            return Json.tree(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.duplicate())
                    .toString());
        } catch (CharacterCodingException e) {
            return bytes(bytes);
        }
    }

    private static JsonNode bytes(ByteBuffer buffer) {
        var bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return Json.base64(bytes);
    }

    /// @throws IndexOutOfBoundsException if there are not so many
    private static ByteBuffer cut(ByteBuffer in, int length) {
        if (length < 0) {
            throw new IndexOutOfBoundsException(length);
        }
        var part = in.slice(in.position(), length);
        in.position(in.position() + length);
        return part;
    }
}
