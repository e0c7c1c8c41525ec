package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/// `docs/celery-compatibility.md` is what this run saw. `-Dlovage.docs.write=true` writes it anew.
@Order(Integer.MAX_VALUE)
class CompatibilityPageTest {
    private static final Path PAGE = Path.of("..", "docs", "celery-compatibility.md");
    private static final List<Checklist> CHECKLIST = Checklist.read();

    @Test
    void the_checklist_has_a_hundred_lines_with_a_verdict_each() {
        assertThat(CHECKLIST)
                .extracting(Checklist::line)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 100).boxed().toList());
        assertThat(CHECKLIST)
                .extracting(Checklist::verdict)
                .allMatch(word -> word.matches("same|ours \\(ADR \\d+\\)|not in this version"));
    }

    @Test
    void each_line_that_is_claimed_has_a_test_on_each_broker_it_is_about() {
        var tested = tested();
        var untested = expected().stream().filter(on -> !tested.contains(on)).toList();
        assertThat(untested).as("claimed without a test").isEmpty();
    }

    @Test
    void the_page_tells_what_this_run_saw() throws IOException {
        var seen = Seen.passed();
        var whole = seen.keySet().containsAll(expected());
        if (whole && Boolean.getBoolean("lovage.docs.write")) {
            Files.writeString(PAGE, page());
        }
        assertThat(seen).as("lines that failed").doesNotContainValue(false);
        assertThat(Files.readString(PAGE))
                .as("docs/celery-compatibility.md is not what checklist.tsv says; write it with"
                        + " ./mvnw -pl conformance -am test -Dlovage.docs.write=true")
                .isEqualTo(page());
        assertThat(whole || seen.isEmpty() || partial())
                .as(
                        "lines that did not run: %s",
                        expected().stream().filter(on -> !seen.containsKey(on)).toList())
                .isTrue();
    }

    /// Whether only some tests were asked for.
    private static boolean partial() {
        return System.getProperty("test") != null;
    }

    private static List<Seen.On> expected() {
        return CHECKLIST.stream()
                .filter(Checklist::there)
                .flatMap(line -> line.kinds().stream().map(kind -> new Seen.On(line.line(), kind)))
                .toList();
    }

    private static Set<Seen.On> tested() {
        var tested = new HashSet<Seen.On>();
        for (var type : ReflectionSupport.findAllClassesInPackage(
                "dev.lovage.conformance", one -> one.isAnnotationPresent(EnumSource.class), name -> true)) {
            var source = type.getAnnotation(EnumSource.class);
            var kinds = source.names().length == 0
                    ? EnumSet.allOf(Kind.class)
                    : EnumSet.copyOf(
                            Stream.of(source.names()).map(Kind::valueOf).toList());
            for (Method method : ReflectionSupport.findMethods(
                    type, one -> one.isAnnotationPresent(Line.class), HierarchyTraversalMode.TOP_DOWN)) {
                Arrays.stream(method.getAnnotation(Line.class).value())
                        .forEach(line -> kinds.forEach(kind -> tested.add(new Seen.On(line, kind))));
            }
        }
        return tested;
    }

    private static String page() {
        var lines = new ArrayList<String>();
        lines.add("# Compatibility with Celery, line by line");
        lines.add("");
        lines.add(
                "Written by `./check`, which runs each line against real Celery and fails where one fails, or where this page says"
                        + " otherwise. P is Python's Celery, J is Lovage.");
        lines.add("*same*: as Celery does. *ours*: otherwise on purpose, for the reason in that"
                + " [decision](decisions). *not in this version*: not there, or not tested.");
        lines.add("A dash: the line is about the other broker.");
        lines.add("");
        lines.add("| line | what | RabbitMQ | Redis | verdict |");
        lines.add("|---|---|---|---|---|");
        var part = "";
        for (var line : CHECKLIST) {
            if (!line.part().equals(part)) {
                part = line.part();
                lines.add("| | **" + part + "** | | | |");
            }
            lines.add("| " + line.line() + " | " + line.what() + " | " + cell(line, Kind.RABBITMQ) + " | "
                    + cell(line, Kind.REDIS) + " | " + line.verdict() + " |");
        }
        return String.join("\n", lines) + "\n";
    }

    private static String cell(Checklist line, Kind kind) {
        if (!line.kinds().contains(kind)) {
            return "—";
        }
        return line.there() ? "passed" : "";
    }
}
