package dev.lovage.server.demo;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.samples.SampleBatches;
import dev.lovage.engine.Lovage;
import dev.lovage.server.status.StatusJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Two digitization batches, from their manifests to verified packages.
final class ArchivePart implements DemoPart {
    private static final Duration WAIT_MAX = Duration.ofSeconds(100);

    private final Lovage lovage;
    private final Archive archive;
    private int received;
    private int known;

    ArchivePart(Lovage lovage, Archive archive) {
        this.lovage = lovage;
        this.archive = archive;
    }

    @Override
    public String name() {
        return "archive";
    }

    @Override
    public void run(Progress progress) throws InterruptedException {
        progress.begin("Archive: receiving");
        var ids = new ArrayList<String>();
        try {
            var samples = SampleBatches.unpack(lovage.settings().data().resolve("samples"));
            for (var folder : samples) {
                var receipt = archive.ingest(folder);
                ids.add(receipt.batch().id());
                if (receipt.known()) {
                    known++;
                } else {
                    received++;
                }
                progress.at(ids.size(), samples.size(), received + " received, " + known + " known");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The sample batches can't be written or read.", e);
        }
        progress.end();
        waitUntilEnded(ids, progress);
    }

    private void waitUntilEnded(List<String> ids, Progress progress) throws InterruptedException {
        progress.begin("Archive: pipeline");
        var deadline = System.nanoTime() + WAIT_MAX.toNanos();
        while (true) {
            var mark = lovage.backbone().broker().mark();
            var batches = ids.stream()
                    .map(archive::find)
                    .flatMap(java.util.Optional::stream)
                    .toList();
            var ended = batches.stream().filter(ArchivePart::ended).count();
            progress.at(ended, ids.size(), archive.totals().events() + " events");
            if (ended == ids.size()) {
                progress.end();
                batches.stream()
                        .filter(batch -> batch.state() != Batch.State.ACCEPTED)
                        .forEach(batch -> progress.say(batch.id() + " is " + batch.state() + ": "
                                + batch.reason().orElse("")));
                return;
            }
            if (System.nanoTime() > deadline) {
                progress.say("Still in work after " + WAIT_MAX.toSeconds() + " s, and no longer waited for: "
                        + batches.stream()
                                .filter(batch -> !ended(batch))
                                .map(Batch::id)
                                .toList());
                return;
            }
            lovage.backbone().broker().awaitWork(mark, Duration.ofMillis(300));
        }
    }

    private static boolean ended(Batch batch) {
        return batch.state().isFinal() || batch.state() == Batch.State.NEEDS_REVIEW;
    }

    @Override
    public ObjectNode totals() {
        return StatusJson.of(archive.totals());
    }

    @Override
    public List<Line> lines() {
        var totals = archive.totals();
        var lines = new ArrayList<Line>();
        lines.add(new Line("this run", received + " batches received, " + known + " known already"));
        lines.add(new Line("batches", totals.batches() + ", of them accepted " + totals.accepted()));
        lines.add(new Line("items", totals.items() + ", of them in quarantine " + totals.quarantined()));
        lines.add(new Line("pages read", Long.toString(totals.pagesOcred())));
        lines.add(new Line("thumbnails", Long.toString(totals.thumbnails())));
        lines.add(new Line("packages", Long.toString(totals.packages())));
        lines.add(new Line("events", Long.toString(totals.events())));
        return lines;
    }
}
