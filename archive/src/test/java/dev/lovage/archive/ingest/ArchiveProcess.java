package dev.lovage.archive.ingest;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.testkit.ChildJvm;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/// The archive with its workers in a process of its own, to be killed. It ingests one manifest, and says
/// `at <events> <state of the batch>` whenever that has changed.
final class ArchiveProcess implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(25);

    private final ChildJvm child;

    private ArchiveProcess(ChildJvm child) {
        this.child = child;
    }

    static ArchiveProcess start(Path data, Path manifest) {
        return new ArchiveProcess(ChildJvm.start(ArchiveProcess.class, List.of(data.toString(), manifest.toString())));
    }

    /// A task may be running at each of many kills, and is not to be blamed for them.
    static Settings settings(Path data) {
        return Settings.embedded(data).with(Setting.WORKER_LEASE, "1").with(Setting.TASK_CRASHES_MAX, "1000");
    }

    /// Blocks until so many events are written or the batch has ended.
    ///
    /// @return what it said: the number of events, and the batch's state
    String awaits(long events) {
        while (true) {
            var said = child.hears("at ");
            var parts = said.split(" ");
            if (Long.parseLong(parts[0]) >= events
                    || Batch.State.valueOf(parts[1]).isFinal()
                    || parts[1].equals(Batch.State.NEEDS_REVIEW.name())) {
                return said;
            }
        }
    }

    void kill() {
        child.kill();
    }

    @Override
    public void close() {
        child.close();
    }

    public static void main(String[] args) throws IOException {
        var manifest = Path.of(args[1]);
        try (var lovage = Lovage.open(settings(Path.of(args[0])), InstantSource.system())) {
            var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
            try (var _ = Lanes.start(lovage, archive, 1)) {
                var id = archive.ingest(manifest).batch().id();
                var said = new String[] {""};
                Eventually.until("the process is killed", LIMIT, () -> say(archive, id, said), () -> said[0]);
            }
        }
    }

    private static boolean say(Archive archive, String id, String[] said) {
        // The state first: when it is the last one, the events are all there.
        var state = archive.find(id).orElseThrow().state();
        var now = "at " + archive.totals().events() + " " + state;
        if (!now.equals(said[0])) {
            said[0] = now;
            System.out.println(now);
        }
        return false;
    }
}
