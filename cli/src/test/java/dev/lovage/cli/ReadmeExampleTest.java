package dev.lovage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The code in the words is the code in `examples/`, and that compiles and runs.
class ReadmeExampleTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @TempDir
    Path folder;

    @Test
    void the_readme_shows_the_example_line_by_line() throws IOException {
        assertThat(blocks("README.md")).containsExactly(read("examples/CountLines.java"));
    }

    @Test
    void the_example_counts_the_lines_of_files() throws Exception {
        var one = Files.writeString(folder.resolve("one.txt"), "a\nb\n");
        var two = Files.writeString(folder.resolve("two.txt"), "c\n");
        assertThat(run("examples/CountLines.java", one.toString(), two.toString()))
                .endsWith("3");
    }

    @Test
    void the_engine_page_shows_parts_of_its_example_and_it_runs() throws Exception {
        var example = flat(read("examples/Orders.java"));
        assertThat(blocks("docs/engine.md"))
                .isNotEmpty()
                .allSatisfy(block -> assertThat(example).contains(flat(block).replace("\n// ...\n}", "")));
        assertThat(run("examples/Orders.java"))
                .contains("B-1: 300", "[C-1: 100, C-2: 200]", "2")
                .anyMatch(line -> line.startsWith("FAILURE: "));
    }

    private static List<String> blocks(String page) throws IOException {
        return BLOCK.matcher(read(page))
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }

    private static String read(String file) throws IOException {
        return Files.readString(ROOT.resolve(file));
    }

    /// Without indentation, which a page cuts.
    private static String flat(String code) {
        return String.join("\n", code.strip().lines().map(String::strip).toList());
    }

    /// Compiles and runs a source file in a JVM of its own, whose folder is a temporary one.
    private List<String> run(String source, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                ROOT.resolve(source).toString()));
        command.addAll(List.of(arguments));
        var out = folder.resolve("out");
        var err = folder.resolve("err");
        var process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .describedAs("%s has ended within two minutes", source)
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .describedAs(Files.readString(err, StandardCharsets.UTF_8))
                .isZero();
        return Files.readAllLines(out);
    }
}
