package dev.lovage.engine.settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// A setting of Celery's, as `celery-settings.tsv` beside this class has it: all of them, so that who brings a
/// configuration over is told of each line what it does here.
///
/// @param name in small letters; an option of a transport has its setting's name before it, and a dot
/// @param type with its unit
/// @param preset Celery's default; empty for none
/// @param here values that describe what happens here anyway
/// @param otherwise what becomes of other values
/// @param reason why; empty where it is honoured
/// @param older names that earlier versions of Celery had for it, in capitals
record CelerySetting(
        String name,
        String type,
        String preset,
        List<String> here,
        Judgement.Verdict otherwise,
        String reason,
        List<String> older) {
    private static final Map<String, CelerySetting> ALL = read();

    static Collection<CelerySetting> all() {
        return ALL.values();
    }

    static Optional<CelerySetting> named(String name) {
        return Optional.ofNullable(ALL.get(name));
    }

    /// The setting that a name of an older Celery, or of Django's settings, means.
    static Optional<CelerySetting> formerly(String name) {
        var capitals = name.toUpperCase(Locale.ROOT);
        return all().stream()
                .filter(one -> one.older.contains(capitals)
                        || capitals.equals(one.name.toUpperCase(Locale.ROOT))
                        || capitals.equals("CELERY_" + one.name.toUpperCase(Locale.ROOT)))
                .findFirst();
    }

    private static Map<String, CelerySetting> read() {
        try (var in = CelerySetting.class.getResourceAsStream("celery-settings.tsv")) {
            var text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            Map<String, CelerySetting> all = new LinkedHashMap<>();
            text.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(CelerySetting::of)
                    .forEach(one -> {
                        if (all.put(one.name, one) != null) {
                            throw new IllegalStateException("Twice in celery-settings.tsv: " + one.name);
                        }
                    });
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CelerySetting of(String line) {
        var cells = line.split("\t", -1);
        if (cells.length != 7) {
            throw new IllegalStateException("A line of celery-settings.tsv has seven cells, but this one: " + line);
        }
        var verdict = Stream.of(Judgement.Verdict.values())
                .filter(one -> one.words().equals(cells[4]))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("No verdict of celery-settings.tsv: " + line));
        return new CelerySetting(
                cells[0], cells[1], cells[2], parts(cells[3], ","), verdict, cells[5], parts(cells[6], " "));
    }

    private static List<String> parts(String cell, String separator) {
        return cell.isEmpty() ? List.of() : List.of(cell.split(separator));
    }
}
