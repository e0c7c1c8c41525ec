package dev.lovage.server.status;

import dev.lovage.archive.ingest.Ingest;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Times;
import dev.lovage.records.intake.Intake;
import dev.lovage.records.intake.Item;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Status and submissions as JSON. No personal data is in either.
public final class StatusJson {
    /// A pseudonym, but the same one for all that a person ever asked.
    private static final String WHO = "requester_ref";

    private StatusJson() {}

    public static ObjectNode of(Status status) {
        var node = Json.object();
        node.put("at", Times.wire(status.at()));
        node.put("ready", status.ready());
        status.look()
                .ifPresentOrElse(
                        look -> node.put("unaccounted", look.unaccounted().size()), () -> node.putNull("unaccounted"));
        var items = node.putArray("unaccounted_items");
        status.unaccounted()
                .forEach(one ->
                        items.addObject().put("tracking_id", one.trackingId()).put("why", one.why()));
        status.look().ifPresent(look -> node.put("tasks_per_second", look.tasksPerSecond()));
        var queues = node.putArray("queues");
        for (var queue : status.queues()) {
            var one = queues.addObject().put("queue", queue.queue()).put("paused", queue.paused());
            for (var custody : Custody.values()) {
                one.put(custody.name().toLowerCase(Locale.ROOT), queue.count(custody));
            }
            queue.unacknowledged().ifPresent(count -> one.put("unacknowledged", count));
            status.consumers(queue).ifPresent(count -> one.put("consumers", count));
            queue.oldestReady().ifPresent(oldest -> one.put("oldest_ready", Times.wire(oldest)));
        }
        var workers = node.putArray("workers");
        status.workers()
                .forEach(worker -> workers.addObject()
                        .put("name", worker.name())
                        .put("pid", worker.pid())
                        .put("pool", worker.pool())
                        .put("slots", worker.slots())
                        .put("running", worker.running())
                        .put("seen", Times.wire(worker.seen())));
        var freeze = node.putObject("freeze").put("frozen", status.freeze().frozen());
        if (status.freeze().frozen()) {
            freeze.put("reason", status.freeze().reason())
                    .put("by", status.freeze().by());
            status.freeze().since().ifPresent(since -> freeze.put("since", Times.wire(since)));
        }
        var ledger = node.putObject("ledger")
                .put("entries", status.ledgerEntries())
                .put("pending", status.ledger().pending());
        var problems = ledger.putArray("problems");
        status.ledger().problems().forEach(problems::add);
        var totals = status.totals();
        var records = node.putObject("records");
        records.put("accepted", totals.accepted());
        records.put("duplicates", totals.duplicates());
        records.put("acknowledged", totals.acknowledged());
        records.put("holding", totals.holding());
        records.put("dead_lettered", totals.deadLettered());
        records.put("waiting_for_staff", status.waitingForStaff());
        node.set("archive", of(status.archive()));
        var batches = node.putArray("batches");
        status.batches()
                .forEach(view -> batches.addObject()
                        .put("batch", view.batch().id())
                        .put("generation", view.batch().generation())
                        .put("state", view.batch().state().name().toLowerCase(Locale.ROOT))
                        .put("items", view.items())
                        .put("quarantined", view.quarantined()));
        return node;
    }

    /// The totals of the archive.
    public static ObjectNode of(Ingest.Totals totals) {
        return Json.object()
                .put("batches", totals.batches())
                .put("items", totals.items())
                .put("pages_ocred", totals.pagesOcred())
                .put("thumbnails", totals.thumbnails())
                .put("packages", totals.packages())
                .put("events", totals.events())
                .put("quarantined", totals.quarantined());
    }

    public static ObjectNode of(Item item, List<Intake.Event> timeline) {
        var node = Json.object();
        node.put("tracking_id", item.trackingId());
        node.put("status", item.state().name().toLowerCase(Locale.ROOT));
        item.reason().ifPresent(reason -> node.put("reason", reason));
        node.put("channel", item.channel());
        node.put("received_at", Times.wire(item.receivedAt()));
        node.put("sha256", item.rawSha256());
        item.suspectedDuplicateOf().ifPresent(first -> node.put("suspected_duplicate_of", first));
        item.level().ifPresent(level -> node.put("level", level));
        item.department().ifPresent(department -> node.put("department", department));
        item.dueOn().ifPresent(due -> node.put("due_on", due));
        item.obligations().ifPresent(stored -> node.set("obligations", read(stored)));
        item.score().ifPresent(stored -> node.set("score", read(stored)));
        item.route().ifPresent(stored -> node.set("route", read(stored)));
        var events = node.putArray("timeline");
        for (var event : timeline) {
            var data = events.addObject()
                    .put("at", Times.wire(event.at()))
                    .put("type", event.type())
                    .putObject("data");
            event.data()
                    .propertyStream()
                    .filter(one -> !one.getKey().equals(WHO))
                    .forEach(one -> data.set(one.getKey(), one.getValue()));
        }
        return node;
    }

    static JsonNode read(String stored) {
        return Json.read(stored.getBytes(StandardCharsets.UTF_8));
    }
}
