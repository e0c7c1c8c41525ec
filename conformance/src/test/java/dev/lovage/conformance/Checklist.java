package dev.lovage.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// The hundred lines of `checklist.tsv`, each with what is expected to be seen of it.
///
/// @param kinds the brokers that the line is about
/// @param verdict `same`, `ours (ADR n)` or `not in this version`
record Checklist(int line, String part, String what, Set<Kind> kinds, String verdict) {
    static final String MISSING = "not in this version";

    static List<Checklist> read() {
        try (var file = Objects.requireNonNull(Checklist.class.getResourceAsStream("/checklist.tsv"))) {
            return new String(file.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(Checklist::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Checklist parse(String line) {
        var fields = line.split("\t", -1);
        var kinds = EnumSet.allOf(Kind.class);
        if (!fields[3].equals("both")) {
            kinds.removeIf(kind -> !kind.word().equals(fields[3]));
        }
        return new Checklist(Integer.parseInt(fields[0]), fields[1], fields[2], kinds, fields[4]);
    }

    boolean there() {
        return !verdict.equals(MISSING);
    }
}
