package dev.lovage.records.clock;

import dev.lovage.records.rulefile.Node;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;

/// Where a rule was found, and when somebody looked.
public record Source(String what, String cite, Optional<String> url, LocalDate seen) {
    static List<Source> readAll(Node sources) {
        return sources.oneOrMore().stream().map(Source::read).toList();
    }

    private static Source read(Node node) {
        node.only("what", "cite", "url", "seen");
        return new Source(
                node.get("what").text(),
                node.get("cite").text(),
                node.find("url").map(Node::text),
                date(node.get("seen")));
    }

    private static LocalDate date(Node node) {
        try {
            return LocalDate.parse(node.text());
        } catch (DateTimeParseException e) {
            throw node.error("`" + node.text() + "` is not a date. Write it as 2026-11-20.");
        }
    }
}
