package dev.lovage.archive.ingest;

import dev.lovage.archive.Archive;
import dev.lovage.engine.Lovage;
import dev.lovage.testkit.Seeds;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The process that works on a batch is killed again and again: when it ends at last, everything is there once.
class IngestKilledTest {
    private static final Duration KILL_DELAY_MAX = Duration.ofMillis(150);

    @TempDir
    Path place;

    @Test
    void a_batch_of_12_pages_survives_4_kills() throws Exception {
        survive(12, 4);
    }

    @Test
    @Timeout(1800)
    @Tag("long")
    void a_batch_of_200_pages_survives_20_kills() throws Exception {
        survive(200, 20);
    }

    private void survive(int pages, int kills) throws Exception {
        var random = Seeds.random("ingest killed, " + pages + " pages, " + kills + " kills");
        var folder = new BatchFolder(place.resolve("in"));
        for (int page = 1; page <= pages; page++) {
            folder.add("%04d.tif".formatted(page), BatchFolder.page(page));
        }
        var manifest = folder.write(folder.manifest("B-killed"));
        var data = place.resolve("data");
        var events = pages * (long) Accounts.STEPS.size();
        // The last kill comes when the pages are done and the package is being made.
        var moments = random.longs(kills - 1L, 0, events).sorted().toArray();
        for (var moment : moments) {
            kill(data, manifest, moment, random);
        }
        kill(data, manifest, events, random);
        try (var last = ArchiveProcess.start(data, manifest)) {
            last.awaits(Long.MAX_VALUE);
            last.kill();
        }
        try (var lovage = Lovage.open(ArchiveProcess.settings(data), InstantSource.system())) {
            var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
            new Accounts(lovage, archive).check("B-killed", folder.path());
        }
    }

    private static void kill(Path data, Path manifest, long moment, Random random) {
        try (var process = ArchiveProcess.start(data, manifest)) {
            var reached = process.awaits(moment);
            // A little later, so that the kill is not in step with what was waited for.
            LockSupport.parkNanos(random.nextLong(KILL_DELAY_MAX.toNanos()));
            process.kill();
            System.out.println("killed after " + reached + ", planned at " + moment);
        }
    }
}
