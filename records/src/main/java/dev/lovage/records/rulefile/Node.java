package dev.lovage.records.rulefile;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One value of a rule file, which knows its line. Each accessor says what it expects, and throws a
/// [RuleFileException] with the line if something else is there.
public final class Node {
    private final String file;
    private final int line;
    private final String path;
    private final @Nullable Object value;

    Node(String file, int line, String path, @Nullable Object value) {
        this.file = file;
        this.line = line;
        this.path = path;
        this.value = value;
    }

    /// Where the value or the key before it starts, counted from 1.
    public int line() {
        return line;
    }

    /// An exception that points here.
    ///
    /// @param problem what was found and what was expected, in sentences
    public RuleFileException error(String problem) {
        return new RuleFileException(file, line, problem);
    }

    /// Refuses every key of this mapping but these.
    public Node only(String... keys) {
        List<String> known = List.of(keys);
        entries().forEach((key, node) -> {
            if (!known.contains(key)) {
                throw node.error("The key `" + key + "` is unknown in " + where() + ". Nearest is `"
                        + nearest(key, known) + "`; allowed are " + String.join(", ", known) + ".");
            }
        });
        return this;
    }

    /// The entries of this mapping in the order of the file.
    @SuppressWarnings("unchecked")
    public Map<String, Node> entries() {
        if (value instanceof Map<?, ?>) {
            return (Map<String, Node>) value;
        }
        throw unexpected("a mapping");
    }

    /// The items of this sequence.
    @SuppressWarnings("unchecked")
    public List<Node> items() {
        if (value instanceof List<?>) {
            return (List<Node>) value;
        }
        throw unexpected("a list");
    }

    /// The items of this sequence, or this one value as a list of one.
    public List<Node> oneOrMore() {
        List<Node> nodes = value instanceof List<?> ? items() : List.of(this);
        if (nodes.isEmpty()) {
            throw unexpected("at least one value");
        }
        return nodes;
    }

    /// The value under `key`, which must be there and not null.
    public Node get(String key) {
        return find(key).orElseThrow(() -> error("The key `" + key + "` is missing in " + where() + ". Add it."));
    }

    /// The value under `key`; a null counts as absent.
    public Optional<Node> find(String key) {
        return Optional.ofNullable(entries().get(key)).filter(node -> node.value != null);
    }

    /// A string that is not blank.
    public String text() {
        if (value instanceof String text && !text.isBlank()) {
            return text;
        }
        throw unexpected("a text");
    }

    /// An integer from `min` to `max`.
    public int integer(int min, int max) {
        if (value instanceof BigInteger number
                && number.compareTo(BigInteger.valueOf(min)) >= 0
                && number.compareTo(BigInteger.valueOf(max)) <= 0) {
            return number.intValue();
        }
        throw unexpected("an integer from " + min + " to " + max);
    }

    /// A number that is not negative.
    public BigDecimal decimal() {
        return switch (value) {
            case BigDecimal number when number.signum() >= 0 -> number;
            case BigInteger number when number.signum() >= 0 -> new BigDecimal(number);
            case null, default -> throw unexpected("a number, 0 or more");
        };
    }

    /// True or false.
    public boolean flag() {
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw unexpected("true or false");
    }

    /// A constant of `type`, written in lower case; a dot or dash stands for its underscore.
    public <E extends Enum<E>> E choice(Class<E> type) {
        String wanted =
                String.valueOf(value).toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(wanted)) {
                return constant;
            }
        }
        throw unexpected("one of "
                + Arrays.stream(type.getEnumConstants())
                        .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", ")));
    }

    /// Whether the value is the scalar written so.
    public boolean is(String text) {
        return text.equals(String.valueOf(value));
    }

    /// The value must be exactly this text: the file states what the program does.
    public void mustBe(String text) {
        if (!is(text)) {
            throw unexpected("`" + text + "`, which is all this version can do");
        }
    }

    /// The value must be one of `names`.
    public String oneOf(Set<String> names) {
        String text = text();
        if (!names.contains(text)) {
            throw unexpected("one of " + names.stream().sorted().collect(Collectors.joining(", ")));
        }
        return text;
    }

    private RuleFileException unexpected(String expected) {
        String found = switch (value) {
            case null -> "nothing";
            case Map<?, ?> map -> "a mapping of " + map.size();
            case List<?> list -> "a list of " + list.size();
            case Object scalar -> "`" + scalar + "`";
        };
        return error("Found " + found + " in " + where() + ", expected " + expected + ".");
    }

    private String where() {
        return path.isEmpty() ? "the file" : "`" + path + "`";
    }

    private static String nearest(String key, List<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(name -> distance(key, name)))
                .orElse("");
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
