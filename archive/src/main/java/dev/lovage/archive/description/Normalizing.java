package dev.lovage.archive.description;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// One record while its fields come in. Each step that changes a value is recorded with its rule.
final class Normalizing {
    private static final Pattern SEPARATOR = Pattern.compile("\\|+");
    private static final Pattern LIST_SEPARATOR = Pattern.compile("[|;]+");

    private final Map<Field, List<Value>> values = new EnumMap<>(Field.class);
    private final List<Change> changes = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();

    void find(String field, String value, String message) {
        findings.add(new Finding(field, value, message));
    }

    /// Takes one value of a field, which may hold several.
    void take(String name, String value) {
        if (value.isBlank()) {
            return;
        }
        Optional<Field> field = Field.named(name);
        if (field.isEmpty()) {
            find(
                    name,
                    value,
                    "No field of this name is known, so its value stands in the original only. Expected a name such as"
                            + " title, creator, date, language, subject, description or rights.");
            return;
        }
        String[] parts = separator(field.get()).split(value, -1);
        for (String part : parts) {
            if (part.isBlank()) {
                continue;
            }
            if (parts.length > 1) {
                changed(name, value, part.strip(), "one of several values");
            }
            one(name, field.get(), part);
        }
    }

    /// A semicolon may be part of a title or a sentence, but not of a language or a keyword.
    private static Pattern separator(Field field) {
        return field == Field.LANGUAGE || field == Field.SUBJECT ? LIST_SEPARATOR : SEPARATOR;
    }

    private void one(String name, Field field, String part) {
        String stripped = part.strip();
        String composed = Normalizer.normalize(stripped, Normalizer.Form.NFC);
        changed(name, stripped, composed, "Unicode form NFC");
        String text = storable(composed);
        if (!text.equals(composed)) {
            changed(name, composed, text, "U+FFFD for characters that XML can't hold");
            find(name, text, "The value held characters that XML can't hold; each was replaced by U+FFFD.");
        }
        Value value = switch (field) {
            case DATE -> date(name, text);
            case LANGUAGE -> language(name, text);
            default -> new Value(text, false);
        };
        values.computeIfAbsent(field, _ -> new ArrayList<>()).add(value);
    }

    private Value date(String name, String text) {
        return switch (Dates.read(text)) {
            case Dates.Reading.Normal(var edtf, var rule, var doubt) -> {
                changed(name, text, edtf, rule);
                doubt.ifPresent(other -> find(name, text, "Read as the date " + edtf + ", but " + other + "."));
                yield new Value(edtf, true);
            }
            case Dates.Reading.Unread(var reason) -> {
                find(
                        name,
                        text,
                        "This date was kept as it is: " + reason + ". Expected a date such as 1923-03-12,"
                                + " March 1923, ca. 1923 or 1923-1925.");
                yield new Value(text, false);
            }
        };
    }

    private Value language(String name, String text) {
        Optional<Language> language = Languages.of(text);
        if (language.isEmpty()) {
            find(
                    name,
                    text,
                    "This language was kept as it is: no language of ISO 639 has this code or name. Expected"
                            + " one such as English, eng or en.");
            return new Value(text, false);
        }
        changed(name, text, language.get().code(), "ISO 639-3 code");
        return new Value(language.get().code(), true);
    }

    private void changed(String name, String from, String to, String rule) {
        if (!from.equals(to)) {
            changes.add(new Change(name, from, to, rule));
        }
    }

    private static String storable(String text) {
        return text.codePoints()
                .map(c -> c == '\r' ? '\n' : storable(c) ? c : 0xFFFD)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /// The characters of XML 1.0.
    private static boolean storable(int c) {
        return c < 0x20
                ? c == '\t' || c == '\n'
                : (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) && c != 0xFFFE && c != 0xFFFF;
    }

    Description description(long row) {
        if (values.getOrDefault(Field.TITLE, List.of()).isEmpty()) {
            find("", "", "The record has no title. Expected one, for people to find the item by.");
        }
        return new Description(row, values, changes, findings);
    }
}
