package dev.lovage.engine.json;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Arguments as a Python sender prints them, for the headers `argsrepr` and `kwargsrepr`: Flower and the events
/// search and show these. Three levels, and no more begins after [#LENGTH_MAX] characters.
///
/// This is Celery's `saferepr`, its oddities included: a text loses its last word where it is cut, of control
/// characters and backslashes nothing is escaped, and a bracket that would have come at the limit is left out.
/// Halves of a surrogate pair are shown as escapes, which no Python sender could have sent.
///
/// @see <a href="https://github.com/celery/celery/blob/main/celery/utils/saferepr.py">celery.utils.saferepr</a>
public final class PythonRepr {
    public static final int LENGTH_MAX = 1024;

    private static final int LEVELS_MAX = 3;

    /// What is printed one after the other; a value is printed as several tokens when its turn comes.
    private sealed interface Token {
        /// @param level what it adds to the depth: 1 for an opening bracket, -1 for a closing one
        record Literal(String text, int level) implements Token {}

        record Key(String text) implements Token {}

        record Value(JsonNode node) implements Token {}
    }

    private final StringBuilder out = new StringBuilder();
    private final Deque<Iterator<Token>> rest = new ArrayDeque<>();
    private int room = LENGTH_MAX;
    private int level;

    private PythonRepr() {}

    /// A tuple: `()`, `(1,)`, `(1, 'a')`.
    public static String args(ArrayNode args) {
        var repr = new PythonRepr();
        repr.rest.push(elements(args, "(", args.size() == 1 ? ",)" : ")"));
        return repr.print();
    }

    /// A dict: `{'k': 1}`.
    public static String kwargs(ObjectNode kwargs) {
        var repr = new PythonRepr();
        repr.rest.push(entries(kwargs));
        return repr.print();
    }

    /// Any value, such as a result.
    public static String value(JsonNode value) {
        var repr = new PythonRepr();
        repr.rest.push(List.<Token>of(new Token.Value(value)).iterator());
        return repr.print();
    }

    private String print() {
        while (!rest.isEmpty()) {
            if (!rest.peek().hasNext()) {
                rest.pop();
                continue;
            }
            var token = rest.peek().next();
            if (token instanceof Token.Value(var node) && opens(node)) {
                continue;
            }
            if (token instanceof Token.Literal literal) {
                level += literal.level();
            }
            if (room <= 0) {
                out.append(", ...");
                close();
                break;
            }
            add(
                    switch (token) {
                        case Token.Literal literal -> literal.text();
                        case Token.Key(var text) -> quoted(text);
                        case Token.Value(var node) -> node.isString() ? quoted(node.stringValue()) : cut(scalar(node));
                    });
        }
        return out.toString();
    }

    /// @return false if the value is printed as one token
    private boolean opens(JsonNode node) {
        if (!node.isContainer() || level >= LEVELS_MAX || Envelope.type(node) != null) {
            return false;
        }
        rest.push(node.isArray() ? elements(node, "[", "]") : entries(node));
        return true;
    }

    /// The brackets that are open.
    private void close() {
        for (var tokens : rest) {
            tokens.forEachRemaining(token -> {
                if (token instanceof Token.Literal literal && literal.level() != 0) {
                    out.append(literal.text());
                }
            });
        }
    }

    private void add(String text) {
        out.append(text);
        room -= text.codePointCount(0, text.length());
    }

    private String quoted(String text) {
        var near = text.length() <= 2 * LENGTH_MAX + 2 ? text : text.substring(0, 2 * LENGTH_MAX + 2);
        return "'" + cut(whole(near)).replace("'", "\\'") + "'";
    }

    private String cut(String text) {
        if (text.codePointCount(0, text.length()) < room) {
            return text;
        }
        var kept = text.substring(0, text.offsetByCodePoints(0, room));
        var blank = kept.lastIndexOf(' ');
        return (blank < 0 ? kept : kept.substring(0, blank)) + "...";
    }

    private static Iterator<Token> elements(JsonNode array, String open, String close) {
        List<Token> tokens = new ArrayList<>();
        tokens.add(new Token.Literal(open, 1));
        for (var element : array) {
            if (tokens.size() > 1) {
                tokens.add(new Token.Literal(", ", 0));
            }
            tokens.add(new Token.Value(element));
            if (tokens.size() > 2 * LENGTH_MAX) {
                break; // it is full before
            }
        }
        tokens.add(new Token.Literal(close, -1));
        return tokens.iterator();
    }

    private static Iterator<Token> entries(JsonNode object) {
        List<Token> tokens = new ArrayList<>();
        tokens.add(new Token.Literal("{", 1));
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            if (tokens.size() > 1) {
                tokens.add(new Token.Literal(", ", 0));
            }
            tokens.add(new Token.Key(entry.getKey()));
            tokens.add(new Token.Literal(": ", 0));
            tokens.add(new Token.Value(entry.getValue()));
            if (tokens.size() > 4 * LENGTH_MAX) {
                break;
            }
        }
        tokens.add(new Token.Literal("}", -1));
        return tokens.iterator();
    }

    private static String scalar(JsonNode node) {
        return switch (node.getNodeType()) {
            case NULL, MISSING -> "None";
            case BOOLEAN -> node.booleanValue() ? "True" : "False";
            case NUMBER -> number(node);
            case ARRAY -> "[...]";
            case OBJECT -> Envelope.type(node) == null ? "{...}" : whole(typed(node));
            case STRING, BINARY, POJO -> node.asString();
        };
    }

    /// What Python makes of an envelope, as it prints it.
    private static String typed(JsonNode node) {
        var value = node.path(Envelope.VALUE);
        var text = value.isObject() ? value.path("hex").asString("") : value.asString("");
        try {
            return switch (String.valueOf(Envelope.type(node))) {
                case "datetime" -> datetime(text);
                case "date" -> "datetime.date(" + numbers(LocalDate.parse(text)) + ")";
                case "decimal" -> "Decimal('" + text + "')";
                case "uuid" -> "UUID('" + dashed(text) + "')";
                default -> "'" + text + "'";
            };
        } catch (DateTimeException e) {
            return "'" + text + "'";
        }
    }

    private static String datetime(String text) {
        OffsetDateTime at = Times.instant(text).atOffset(ZoneOffset.UTC);
        var micros = at.getNano() / 1000;
        return "datetime.datetime(" + numbers(at.toLocalDate()) + ", " + at.getHour() + ", " + at.getMinute()
                + (at.getSecond() > 0 || micros > 0 ? ", " + at.getSecond() : "") + (micros > 0 ? ", " + micros : "")
                + ", tzinfo=datetime.timezone.utc)";
    }

    private static String dashed(String hex) {
        return hex.replaceFirst("^(.{8})(.{4})(.{4})(.{4})(.{12})$", "$1-$2-$3-$4-$5");
    }

    private static String numbers(LocalDate date) {
        return date.getYear() + ", " + date.getMonthValue() + ", " + date.getDayOfMonth();
    }

    /// The text with escapes for halves of a surrogate pair.
    private static String whole(String text) {
        if (text.codePoints().noneMatch(PythonRepr::half)) {
            return text;
        }
        var escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (half(c)) {
                escaped.append("\\u%04x".formatted(c));
            } else {
                escaped.appendCodePoint(c);
            }
        });
        return escaped.toString();
    }

    private static boolean half(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }

    /// Python's `repr` of a number: `1.0`, `1e+20`, `1e-07`, `nan`, `inf`.
    private static String number(JsonNode node) {
        return node.isIntegralNumber()
                ? node.bigIntegerValue().toString()
                : PythonText.number(node.doubleValue(), "nan", "inf");
    }
}
