package dev.lovage.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The recipes in `examples`, as their page tells to run them, with real Celery as the producer.
@Tag("services")
@Timeout(value = 6, unit = TimeUnit.MINUTES) // each starts a broker, workers and Python
class RecipesTest {
    @TempDir
    Path folder;

    @Test
    void python_composes_a_batch_that_java_works_on_in_two_lanes() throws Exception {
        assertThat(run("archival"))
                .containsSubsequence(
                        "001.png 200x300 png access-001.png",
                        "002.png 400x300 png access-002.png",
                        "003.png 600x300 png access-003.png")
                .anyMatch(line -> line.startsWith("refused: DigitizationTasks$BatchInvalid 002.png is not the file"))
                .anyMatch(line -> line.contains("digitization.tasks.validate_batch") && line.contains(" dead "));
    }

    @Test
    void a_portal_publishes_submissions_that_java_takes_in_once() throws Exception {
        assertThat(run("intake"))
                .containsSubsequence(
                        "{'record_id': '1', 'status': 'queued_for_processing'}",
                        "{'status': 'duplicate', 'key': 'portal-1'}",
                        "{'record_id': '2', 'status': 'queued_for_processing'}",
                        "failed: IntakeTasks$RegistryAway The registry of 1987 does not answer.")
                .anyMatch(line -> line.contains("tasks.intake.process_intake_submission") && line.contains(" dead "));
    }

    private List<String> run(String recipe) throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        var classPath = System.getProperty("java.class.path");
        var lovage = folder.resolve("lovage");
        Files.writeString(
                lovage,
                "#!/bin/sh\nexec " + java + " --enable-native-access=ALL-UNNAMED -cp '" + classPath + "' "
                        + Main.class.getName() + " \"$@\"\n");
        Files.setPosixFilePermissions(lovage, PosixFilePermissions.fromString("rwx------"));
        var builder =
                new ProcessBuilder(Path.of("..", "examples", recipe, "run").toString()).redirectErrorStream(true);
        builder.environment().put("LOVAGE", lovage.toString());
        builder.environment().put("RECIPE_CLASSPATH", classPath);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("TMPDIR", folder.toString());
        builder.environment().keySet().removeAll(List.of("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"));
        var process = builder.start();
        try (var said = process.inputReader(UTF_8)) {
            var lines = said.lines().toList();
            assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();
            return lines;
        } finally {
            process.destroy();
        }
    }
}
