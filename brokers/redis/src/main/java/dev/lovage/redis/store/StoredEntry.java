package dev.lovage.redis.store;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.canvas.JoinsAhead;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.payload.ByReference;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// An execution that has not ended, as the scripts tell of it: the fields that `store.lua` calls FULL.
///
/// @param at `custody`, `epoch` and `handed` as they were read, by which it is known whether it has changed
///     since
record StoredEntry(
        long tag,
        Message message,
        At at,
        String sent,
        String since,
        int crashes,
        Optional<String> evidence,
        boolean failOnLoss,
        Optional<String> reason,
        Optional<String> worker,
        List<Happening> history) {
    private static final String SEPARATOR = "\0";
    private static final int HISTORY = 24;

    /// Where it is.
    record At(String custody, String epoch, String handed) {}

    /// @param answer the fields, the worker's name, the tag, and perhaps the history
    static StoredEntry of(Object answer) {
        var all = Redis.list(answer);
        var texts = new ArrayList<String>();
        for (int i = 0; i < HISTORY; i++) {
            texts.add(i == 11 ? "" : Redis.text(all.get(i)));
        }
        var history = all.size() > HISTORY
                ? Redis.list(all.get(HISTORY)).stream()
                        .map(StoredEntry::happening)
                        .toList()
                : List.<Happening>of();
        var message = new Message(
                execution(texts.get(0), texts.get(1)),
                texts.get(2),
                texts.get(3),
                Integer.parseInt(texts.get(4)),
                Long.parseLong(texts.get(5)),
                Micros.read(texts.get(6)),
                Micros.read(texts.get(7)),
                read(texts.get(8)),
                texts.get(9),
                texts.get(10),
                (byte[]) all.get(11));
        return new StoredEntry(
                Long.parseLong(texts.get(23)),
                message,
                new At(texts.get(12), texts.get(15), texts.get(21)),
                texts.get(13),
                texts.get(14),
                texts.get(16).isEmpty() ? 0 : Integer.parseInt(texts.get(16)),
                read(texts.get(17)),
                texts.get(18).equals("1"),
                read(texts.get(20)),
                texts.get(22).isEmpty() ? Optional.empty() : Optional.of(texts.get(22)),
                history);
    }

    /// @param place retries and nesting
    static ExecutionKey execution(String taskId, String place) {
        var colon = place.indexOf(':');
        return new ExecutionKey(
                taskId, Integer.parseInt(place.substring(0, colon)), Integer.parseInt(place.substring(colon + 1)));
    }

    static String place(ExecutionKey execution) {
        return execution.retries() + ":" + execution.nesting();
    }

    /// What may be absent, and empty as well.
    static String optional(Optional<String> text) {
        return text.map(given -> "+" + given).orElse("");
    }

    private static Optional<String> read(String stored) {
        return stored.isEmpty() ? Optional.empty() : Optional.of(stored.substring(1));
    }

    /// A message as the scripts take it.
    static List<Object> arguments(Message message) {
        var key = message.execution();
        return List.of(
                key.taskId(),
                place(key),
                message.task(),
                message.queue(),
                String.valueOf(message.priority()),
                String.valueOf(message.order()),
                rank(message),
                Micros.of(message.eta()),
                Micros.of(message.expires()),
                optional(message.subject()),
                message.headers(),
                message.properties(),
                message.body(),
                String.join(SEPARATOR, JoinsAhead.of(message)),
                String.join(SEPARATOR, ByReference.named(message)));
    }

    /// In the order of these texts the more urgent comes first, then the application's order. What is equal is
    /// ordered by its tag.
    private static String rank(Message message) {
        return String.format(Locale.ROOT, "%02d%016x", 99 - message.priority(), message.order() ^ Long.MIN_VALUE);
    }

    static String names(Iterable<String> names) {
        return String.join(SEPARATOR, names);
    }

    /// What was sent on to another broker is ready there.
    Custody custody() {
        return custody(at.custody());
    }

    static Custody custody(String stored) {
        return stored.equals("SENT") ? Custody.READY : Custody.valueOf(stored);
    }

    /// One that was just claimed.
    Delivery delivery(boolean redelivered) {
        var epoch = Long.parseLong(at.epoch());
        return new Delivery(
                tag,
                message,
                epoch,
                Math.toIntExact(epoch - 1) + (redelivered ? 1 : 0),
                crashes,
                evidence,
                failOnLoss,
                Micros.instant(sent));
    }

    Held held() {
        return new Held(
                tag,
                message,
                custody(),
                reason,
                Math.toIntExact(Math.max(0, Long.parseLong(at.epoch()) - 1)),
                crashes,
                worker,
                Micros.instant(sent),
                Micros.instant(since),
                history);
    }

    static String text(Happening one) {
        return Json.text(Json.object()
                .put("at", Micros.of(one.at()))
                .put("what", one.what())
                .put("detail", one.detail())
                .put("trace", one.trace())
                .put("by", one.by())
                .put("retries", one.retries()));
    }

    static Happening happening(Object text) {
        var read = Json.read(Redis.text(text).getBytes(StandardCharsets.UTF_8));
        return new Happening(
                Micros.instant(read.get("at").stringValue()),
                read.get("retries").intValue(),
                read.get("what").stringValue(),
                read.get("detail").stringValue(),
                read.get("trace").stringValue(),
                read.get("by").stringValue());
    }
}
