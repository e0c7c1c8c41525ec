package dev.lovage.engine.json;

import java.io.Closeable;
import java.io.File;
import java.io.InputStream;
import java.time.temporal.Temporal;
import java.util.Date;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.BaseStream;

/// What to use in place of a class that JSON can't carry.
final class Instead {
    private Instead() {}

    static String of(Class<?> type) {
        if (type == byte[].class) {
            return "a reference (a path or an object key) to the content, or for a few bytes Json.base64(…) as a JsonNode";
        }
        if (InputStream.class.isAssignableFrom(type) || Closeable.class.isAssignableFrom(type)) {
            return "a reference (a path or an object key) to the content";
        }
        if (type.isArray() || BaseStream.class.isAssignableFrom(type) || Iterable.class.isAssignableFrom(type)) {
            return "List<T>, with its element type";
        }
        if (Map.class.isAssignableFrom(type)) {
            return "Map<String, T>, with its value type";
        }
        if (type == OptionalInt.class || type == OptionalLong.class || type == OptionalDouble.class) {
            return "Optional<Integer>, Optional<Long> or Optional<Double>";
        }
        if (Temporal.class.isAssignableFrom(type) || Date.class.isAssignableFrom(type)) {
            return "Instant, or LocalDate";
        }
        if (type == float.class || type == Float.class) {
            return "double";
        }
        if (type == short.class || type == Short.class || type == byte.class || type == Byte.class) {
            return "int";
        }
        if (type == char.class || CharSequence.class.isAssignableFrom(type) || type == Character.class) {
            return "String";
        }
        if (type == File.class) {
            return "Path";
        }
        return "a record, List, Map<String, T>, String, number or another type that JSON has";
    }
}
