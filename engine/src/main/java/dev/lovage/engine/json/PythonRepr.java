package dev.lovage.engine.json;

import java.util.Iterator;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Arguments as Python would print them, for the headers `argsrepr` and `kwargsrepr`: Flower and the events
/// search and show these. At most [#LENGTH_MAX] characters and three levels.
///
/// @see <a href="https://github.com/celery/celery/blob/main/celery/utils/saferepr.py">celery.utils.saferepr</a>
public final class PythonRepr {
    public static final int LENGTH_MAX = 1024;

    private static final int LEVELS_MAX = 3;

    /// Kept free for `, ...`, the brackets that are open then, and a pair that was begun.
    private static final int RESERVE = 32;

    private final StringBuilder out = new StringBuilder();

    private PythonRepr() {}

    /// A tuple: `()`, `(1,)`, `(1, 'a')`.
    public static String args(ArrayNode args) {
        PythonRepr repr = new PythonRepr();
        repr.elements(args, "(", args.size() == 1 ? ",)" : ")", 1);
        return repr.out.toString();
    }

    /// A dict: `{'k': 1}`.
    public static String kwargs(ObjectNode kwargs) {
        PythonRepr repr = new PythonRepr();
        repr.entries(kwargs, 1);
        return repr.out.toString();
    }

    private void value(JsonNode node, int level) {
        switch (node.getNodeType()) {
            case NULL, MISSING -> out.append("None");
            case BOOLEAN -> out.append(node.booleanValue() ? "True" : "False");
            case NUMBER -> literal(number(node));
            case ARRAY -> {
                if (level > LEVELS_MAX) {
                    out.append("[...]");
                } else {
                    elements(node, "[", "]", level);
                }
            }
            case OBJECT -> {
                if (level > LEVELS_MAX) {
                    out.append("{...}");
                } else {
                    entries(node, level);
                }
            }
            case STRING, BINARY, POJO -> quoted(node.asString());
        }
    }

    private void elements(JsonNode array, String open, String close, int level) {
        out.append(open);
        Iterator<JsonNode> elements = array.iterator();
        for (boolean first = true; elements.hasNext(); first = false) {
            if (full(first)) {
                break;
            }
            value(elements.next(), level + 1);
        }
        out.append(close);
    }

    private void entries(JsonNode object, int level) {
        out.append("{");
        Iterator<Map.Entry<String, JsonNode>> entries = object.properties().iterator();
        for (boolean first = true; entries.hasNext(); first = false) {
            if (full(first)) {
                break;
            }
            Map.Entry<String, JsonNode> entry = entries.next();
            quoted(entry.getKey());
            out.append(": ");
            value(entry.getValue(), level + 1);
        }
        out.append("}");
    }

    /// Appends what stands between two elements.
    ///
    /// @return whether no more fits, which is then said
    private boolean full(boolean first) {
        boolean full = room() <= 0;
        if (full) {
            if (!out.toString().endsWith("...")) {
                out.append(", ...");
            }
        } else if (!first) {
            out.append(", ");
        }
        return full;
    }

    private int room() {
        return LENGTH_MAX - RESERVE - out.length();
    }

    private void literal(String text) {
        int room = room();
        out.append(text.length() <= room ? text : text.substring(0, Math.max(0, room - 3)) + "...");
    }

    private void quoted(String text) {
        int room = Math.max(0, room() - 2);
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length() && escaped.length() <= room; i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\'' -> escaped.append("\\'");
                case '\\' -> escaped.append("\\\\");
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                default -> {
                    if (Character.isISOControl(c)) {
                        escaped.append("\\x%02x".formatted((int) c));
                    } else if (Character.isSurrogate(c) && !paired(text, i)) {
                        escaped.append("\\u%04x".formatted((int) c));
                    } else {
                        escaped.append(c);
                    }
                }
            }
        }
        if (escaped.length() > room) {
            int end = Math.max(0, room - 3);
            if (end > 0 && Character.isHighSurrogate(escaped.charAt(end - 1))) {
                end--;
            }
            escaped.setLength(end);
            escaped.append("...");
        }
        out.append('\'').append(escaped).append('\'');
    }

    private static boolean paired(String text, int index) {
        return Character.isHighSurrogate(text.charAt(index))
                ? index + 1 < text.length() && Character.isLowSurrogate(text.charAt(index + 1))
                : index > 0 && Character.isHighSurrogate(text.charAt(index - 1));
    }

    /// Python's `repr` of a number: `1.0`, `1e+20`, `1e-07`, `nan`, `inf`.
    private static String number(JsonNode node) {
        return node.isIntegralNumber()
                ? node.bigIntegerValue().toString()
                : PythonText.number(node.doubleValue(), "nan", "inf");
    }
}
