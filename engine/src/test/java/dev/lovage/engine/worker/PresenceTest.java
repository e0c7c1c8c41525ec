package dev.lovage.engine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresenceTest {
    @TempDir
    Path folder;

    @Test
    void another_process_does_not_take_a_worker_for_dead_because_a_neighbour_in_its_own_process_looked()
            throws Exception {
        var worker = presence(folder);
        worker.hold("alive");
        assertThat(presence(folder).gone("alive")).isFalse();
        assertThat(goneElsewhere()).isEqualTo("false");
        worker.release("alive");
    }

    private String goneElsewhere() throws IOException, InterruptedException {
        var other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        PresenceTest.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var said = other.inputReader()) {
            var line = said.readLine();
            assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return line;
        }
    }

    public static void main(String[] args) {
        System.out.println(presence(Path.of(args[0])).gone("alive"));
    }

    private static Presence presence(Path folder) {
        return new Presence(java.util.Optional.of(folder));
    }
}
