package dev.lovage.archive.description;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The languages that have a code in ISO 639-2, and those of ISO 639-3 that have a common English name.
public final class Languages {
    private static final String FILE = "languages-1.tsv";
    private static final Pattern TAG = Pattern.compile("([a-z]{2,3})[-_][a-z0-9_-]+");
    private static final Map<String, Language> KNOWN = read();

    private Languages() {}

    /// Finds a language by any of its codes, its English or its own name, in any case, or by a tag such as `en-US`.
    ///
    /// @return empty if there is no such language, or if it is not the only one of that name
    public static Optional<Language> of(String text) {
        String key = key(text);
        var tag = TAG.matcher(key);
        return Optional.ofNullable(KNOWN.get(key))
                .or(() -> tag.matches() ? Optional.ofNullable(KNOWN.get(tag.group(1))) : Optional.empty());
    }

    private static String key(String text) {
        return text.strip().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Language> read() {
        Map<String, Language> known = new HashMap<>();
        Set<String> shared = new HashSet<>();
        try (InputStream in = Objects.requireNonNull(Languages.class.getResourceAsStream(FILE), FILE)) {
            for (String line : new String(in.readAllBytes(), UTF_8).split("\n", -1)) {
                String[] columns = line.split("\t", -1);
                if (columns.length < 5) {
                    continue;
                }
                var language =
                        new Language(columns[0], Optional.of(columns[2]).filter(code -> !code.isEmpty()), columns[3]);
                for (String name : columns) {
                    Language other = name.isEmpty() ? null : known.put(key(name), language);
                    if (other != null && !other.equals(language)) {
                        shared.add(key(name));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        known.keySet().removeAll(shared);
        return Map.copyOf(known);
    }
}
