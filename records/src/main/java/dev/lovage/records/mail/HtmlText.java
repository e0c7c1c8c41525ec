package dev.lovage.records.mail;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The words of an HTML text, in one pass: tags, comments, scripts and styles are dropped, blocks become lines,
/// entities become characters. It renders nothing and fetches nothing.
final class HtmlText {
    private static final Set<String> BLOCKS = Set.of(
            "p",
            "div",
            "br",
            "tr",
            "li",
            "ul",
            "ol",
            "table",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "pre",
            "blockquote",
            "section",
            "article",
            "header",
            "footer",
            "dt",
            "dd",
            "body",
            "title");
    private static final Set<String> HIDDEN = Set.of("script", "style", "head", "template", "noscript");
    private static final Map<String, String> ENTITIES = Map.ofEntries(
            Map.entry("amp", "&"),
            Map.entry("lt", "<"),
            Map.entry("gt", ">"),
            Map.entry("quot", "\""),
            Map.entry("apos", "'"),
            Map.entry("nbsp", " "),
            Map.entry("shy", ""),
            Map.entry("copy", "©"),
            Map.entry("reg", "®"),
            Map.entry("sect", "§"),
            Map.entry("euro", "€"),
            Map.entry("ndash", "–"),
            Map.entry("mdash", "—"),
            Map.entry("lsquo", "‘"),
            Map.entry("rsquo", "’"),
            Map.entry("ldquo", "“"),
            Map.entry("rdquo", "”"),
            Map.entry("hellip", "…"),
            Map.entry("bull", "•"),
            Map.entry("middot", "·"),
            Map.entry("zwnj", "\u200C"),
            Map.entry("zwj", "\u200D"));
    private static final int ENTITY_LENGTH_MAX = 12;

    private final String html;
    private final String lower;
    private final StringBuilder text = new StringBuilder();
    private int position;

    private HtmlText(String html) {
        this.html = html;
        // Only ASCII matters for names, and each character must keep its place.
        var folded = new StringBuilder(html.length());
        html.chars().forEach(c -> folded.append(c >= 'A' && c <= 'Z' ? (char) (c + 32) : (char) c));
        this.lower = folded.toString();
    }

    static String of(String html) {
        return new HtmlText(html).run();
    }

    private String run() {
        while (position < html.length()) {
            var c = html.charAt(position);
            if (c == '<') {
                tag();
            } else if (c == '&') {
                entity();
            } else {
                append(c);
                position++;
            }
        }
        return text.toString().strip();
    }

    private void tag() {
        if (lower.startsWith("<!--", position)) {
            var end = lower.indexOf("-->", position + 4);
            position = end < 0 ? html.length() : end + 3;
            return;
        }
        var next = position + 1 < html.length() ? html.charAt(position + 1) : ' ';
        if (!Character.isLetter(next) && next != '/' && next != '!' && next != '?') {
            append('<');
            position++;
            return;
        }
        var name = name(next == '/' ? position + 2 : position + 1);
        var end = tagEnd();
        if (next != '/' && HIDDEN.contains(name)) {
            var close = lower.indexOf("</" + name, end);
            position = close < 0 ? html.length() : close;
            if (close >= 0) {
                position = tagEnd();
            }
            return;
        }
        if (BLOCKS.contains(name)) {
            line();
        } else if (name.equals("td") || name.equals("th")) {
            append(' ');
        }
        position = end;
    }

    private String name(int start) {
        var end = start;
        while (end < html.length() && end - start < 16 && Character.isLetterOrDigit(html.charAt(end))) {
            end++;
        }
        return lower.substring(Math.min(start, html.length()), end).toLowerCase(Locale.ROOT);
    }

    /// The index after the `>` that ends this tag; one inside a quoted attribute does not.
    private int tagEnd() {
        var quote = '\0';
        for (var i = position + 1; i < html.length(); i++) {
            var c = html.charAt(i);
            if (quote != '\0') {
                quote = c == quote ? '\0' : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                return i + 1;
            }
        }
        var plain = html.indexOf('>', position);
        return plain < 0 ? html.length() : plain + 1;
    }

    private void entity() {
        var end = html.indexOf(';', position, Math.min(html.length(), position + ENTITY_LENGTH_MAX));
        if (end < 0) {
            append('&');
            position++;
            return;
        }
        var name = html.substring(position + 1, end);
        var value = name.startsWith("#") ? numeric(name) : ENTITIES.getOrDefault(name, "&" + name + ";");
        value.chars().forEach(c -> append((char) c));
        position = end + 1;
    }

    private static String numeric(String name) {
        try {
            var hex = name.startsWith("#x") || name.startsWith("#X");
            var code = Integer.parseInt(name.substring(hex ? 2 : 1), hex ? 16 : 10);
            return code > 0 && Character.isValidCodePoint(code) && (code < 0xD800 || code > 0xDFFF)
                    ? Character.toString(code)
                    : "";
        } catch (NumberFormatException notANumber) {
            return "&" + name + ";";
        }
    }

    private void append(char c) {
        if (c != '\u200B' && !Character.isWhitespace(c) && c != '\u00A0') {
            text.append(c);
        } else if (!text.isEmpty() && text.charAt(text.length() - 1) != ' ' && text.charAt(text.length() - 1) != '\n') {
            text.append(' ');
        }
    }

    private void line() {
        while (!text.isEmpty() && text.charAt(text.length() - 1) == ' ') {
            text.setLength(text.length() - 1);
        }
        var length = text.length();
        var blank = length > 1 && text.charAt(length - 1) == '\n' && text.charAt(length - 2) == '\n';
        if (length > 0 && !blank) {
            text.append('\n');
        }
    }
}
