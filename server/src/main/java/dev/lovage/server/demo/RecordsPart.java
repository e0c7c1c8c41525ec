package dev.lovage.server.demo;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.store.Store;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Answer;
import dev.lovage.records.samples.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/// Public-records requests from every channel, through the whole of intake.
final class RecordsPart implements DemoPart {
    private static final Duration WAIT_MAX = Duration.ofSeconds(45);
    private static final Duration LOOK = Duration.ofMillis(40);

    private static final int TOLD_MAX = 3;

    private final Lovage lovage;
    private final Records records;
    private int accepted;
    private int replayed;
    private int conflicts;
    private int rejected;

    RecordsPart(Lovage lovage, Records records) {
        this.lovage = lovage;
        this.records = records;
    }

    @Override
    public String name() {
        return "records";
    }

    @Override
    public void run(Progress progress) throws InterruptedException {
        submit(progress);
        waitUntilStill(progress);
    }

    private void submit(Progress progress) {
        progress.begin("Records: accepting");
        var samples = Samples.all();
        for (int i = 0; i < samples.size(); i++) {
            var sample = samples.get(i);
            var found = records.reader().file(sample.name(), sample.bytes(), "samples");
            for (var arrival : found.arrivals()) {
                switch (records.accept(arrival)) {
                    case Answer.Accepted _ -> accepted++;
                    case Answer.Replayed _ -> replayed++;
                    case Answer.Conflict(var first) -> {
                        conflicts++;
                        told(
                                progress,
                                conflicts,
                                "Conflict: " + arrival.name() + " has the name of " + first.orElse("another")
                                        + " and other content. Nothing of it was kept; the staff is told.");
                    }
                    case Answer.Running() ->
                        progress.say("In work: " + arrival.name() + " is being accepted by another program.");
                }
            }
            for (var refused : found.rejected()) {
                rejected++;
                told(
                        progress,
                        rejected,
                        "Rejected: " + refused.name() + ": "
                                + refused.violations().stream()
                                        .map(one -> one.field() + " " + one.code())
                                        .collect(Collectors.joining(", ")));
            }
            progress.at(i + 1, samples.size(), accepted + " accepted, " + replayed + " replayed");
        }
        progress.end();
    }

    private static void told(Progress progress, int count, String line) {
        if (count <= TOLD_MAX) {
            progress.say(count < TOLD_MAX ? line : line + " More like this are only counted.");
        }
    }

    /// Waits until nothing of any submission waits to run or runs. What lies in a paused queue is not waited for.
    private void waitUntilStill(Progress progress) throws InterruptedException {
        progress.begin("Records: pipeline");
        var total = records.totals().accepted();
        var deadline = System.nanoTime() + WAIT_MAX.toNanos();
        while (true) {
            var mark = lovage.backbone().broker().mark();
            var moving = moving();
            progress.at(Math.max(0, total - moving.size()), total, "");
            if (moving.isEmpty()) {
                progress.end();
                return;
            }
            if (System.nanoTime() > deadline) {
                progress.say("Still in work after " + WAIT_MAX.toSeconds() + " s, and no longer waited for: "
                        + moving.stream().limit(10).map(RecordsPart::told).toList());
                return;
            }
            lovage.backbone().broker().awaitWork(mark, Duration.ofMillis(500));
            Thread.sleep(LOOK); // steps come by the hundred; looking at each would slow them down
        }
    }

    private List<Store.Entry> moving() {
        var paused = lovage.backbone().broker().queues().values().stream()
                .filter(QueueState::paused)
                .map(QueueState::queue)
                .collect(Collectors.toSet());
        return lovage.backbone().store().inventory().stream()
                .filter(entry -> entry.subject().isPresent())
                .filter(entry -> switch (entry.custody()) {
                    case READY, TIMER -> !paused.contains(entry.queue());
                    case LEASED -> true;
                    case PARKED, QUARANTINED, DEAD -> false;
                })
                .toList();
    }

    private static String told(Store.Entry entry) {
        return entry.subject().orElseThrow() + " (" + entry.task() + ", " + named(entry.custody()) + ")";
    }

    private static String named(Custody custody) {
        return custody.name().toLowerCase(java.util.Locale.ROOT);
    }

    @Override
    public ObjectNode totals() {
        var totals = records.totals();
        var node = Json.object();
        node.put("accepted", totals.accepted());
        node.put("duplicates", totals.duplicates());
        node.put("acknowledged", totals.acknowledged());
        put(node.putObject("routed"), totals.routed());
        put(node.putObject("levels"), totals.levels());
        node.put("holding", totals.holding());
        node.put("dead_lettered", totals.deadLettered());
        return node;
    }

    private static void put(ObjectNode node, Map<String, Long> counts) {
        counts.forEach(node::put);
    }

    @Override
    public List<Line> lines() {
        var totals = records.totals();
        var lines = new ArrayList<Line>();
        lines.add(new Line(
                "this run",
                accepted + " accepted, " + replayed + " known already and replayed, " + conflicts + " conflicts, "
                        + rejected + " rejected"));
        lines.add(new Line("accepted", totals.accepted() + ", of them suspected duplicates: " + totals.duplicates()));
        lines.add(new Line("acknowledged", totals.acknowledged() + " letters"));
        lines.add(new Line("holding", totals.holding() + " wait for a person"));
        lines.add(new Line("dead letters", Long.toString(totals.deadLettered())));
        lines.add(new Line("routed", counted(totals.routed())));
        lines.add(new Line("levels", counted(totals.levels())));
        return lines;
    }

    private static String counted(Map<String, Long> counts) {
        return counts.entrySet().stream()
                .map(one -> one.getKey() + " " + one.getValue())
                .collect(Collectors.joining(", "));
    }
}
