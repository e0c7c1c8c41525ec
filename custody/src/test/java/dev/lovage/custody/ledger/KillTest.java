package dev.lovage.custody.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.custody.TestDatabases;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillTest {
    @TempDir
    Path folder;

    @Test
    void a_process_killed_again_and_again_while_it_writes_and_chains_does_no_harm() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("a_process_killed_again_and_again…: seed " + seed);
        var random = new Random(seed);
        long written = 0;
        for (int kill = 0; kill < 5; kill++) {
            written += writeAndKill(50 + random.nextInt(400));
        }
        try (var database = TestDatabases.sqlite(folder)) {
            assertThat(LedgerVerifier.verify(database).problems())
                    .as("seed " + seed)
                    .isEmpty();
            Sequencer.runOnce(database, LedgerContract.ORIGIN, InstantSource.system());
            var verdict = LedgerVerifier.verify(database);
            assertThat(verdict.problems()).as("seed " + seed).isEmpty();
            assertThat(verdict.pendingIntents()).isZero();
            assertThat(verdict.entries()).as("seed " + seed).isGreaterThanOrEqualTo(written);
        }
    }

    /// @return how many events the process has told to be durable
    private long writeAndKill(int events) throws Exception {
        var process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledProcess.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long written = 0;
        try (var lines = process.inputReader()) {
            while (lines.readLine() != null) {
                if (++written == events) {
                    // The handle, because the process itself would close its output, which is still to be read.
                    process.toHandle().destroyForcibly();
                }
            }
        }
        process.waitFor();
        assertThat(written).isGreaterThanOrEqualTo(events);
        return written;
    }
}
