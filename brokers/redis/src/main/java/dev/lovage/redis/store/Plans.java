package dev.lovage.redis.store;

import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.JoinsAhead;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.payload.ByReference;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.transport.Noted;
import dev.lovage.engine.transport.Staging.Sharing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Writes plans, and what follows from them when they close joins. Where results are shared with Celery, what
/// they have to be told is noted in the same step.
final class Plans {
    private final Planner planner;
    private volatile Sharing sharing = Sharing.NOTHING;

    Plans(Planner planner) {
        this.planner = planner;
    }

    void share(Sharing what) {
        sharing = what;
    }

    void write(Writing writing, Plan plan) {
        write(writing, plan, false);
    }

    /// What follows an execution that ends in the same step.
    void follow(Writing writing, Plan plan) {
        write(writing, plan, true);
    }

    private void write(Writing writing, Plan plan, boolean follows) {
        var joins = writing.joins(planner);
        var waiting = new ArrayDeque<>(List.of(plan));
        for (var next = waiting.poll(); next != null; next = waiting.poll()) {
            next.joins().forEach(join -> begin(writing, joins, join));
            for (var message : next.messages()) {
                if (follows) {
                    writing.write("follow", StoredEntry.arguments(message));
                } else {
                    writing.accept(message);
                }
            }
            next.results().forEach(result -> record(writing, result, Optional.empty()));
            for (var end : next.ends()) {
                end(writing, joins, end).ifPresent(waiting::add);
            }
        }
    }

    /// Closes a stalled join: the members that are missing have ended so.
    ///
    /// @param how of those members
    void closeStalled(Writing writing, String joinId, JsonNode how) {
        writing.joins(planner).closeMissing(joinId, how).ifPresent(plan -> write(writing, plan));
    }

    private void begin(Writing writing, Joins joins, Join join) {
        if (sharing.joins()) {
            note(writing, Noted.begin(join));
            return;
        }
        var arguments = new ArrayList<Object>(List.of(
                join.id(),
                join.body(),
                join.rootId(),
                join.parentId(),
                StoredEntry.names(JoinsAhead.ofSignature(join.body())),
                StoredEntry.names(ByReference.named(join.body()))));
        arguments.addAll(join.members());
        writing.write("begin", arguments);
        joins.begins(join);
    }

    private Optional<Plan> end(Writing writing, Joins joins, Join.End end) {
        if (sharing.joins()) {
            note(writing, Noted.end(end));
            return Optional.empty();
        }
        return joins.end(end);
    }

    /// @param of the message that ended so, if one did
    void record(Writing writing, ResultMeta meta, Optional<Message> of) {
        writing.write(
                "record",
                meta.taskId(),
                meta.state().name(),
                sharing.results() ? "" : Noted.text(meta),
                sharing.results() ? "" : meta.groupId().orElse(""),
                meta.groupId().isPresent() ? of.map(Plans::index).orElse("") : "");
        if (sharing.results()) {
            note(writing, Noted.result(meta, of, sharing.arguments()));
        }
    }

    /// Of a task in its group.
    private static String index(Message message) {
        try {
            var index = Json.read(message.headers().getBytes(StandardCharsets.UTF_8))
                    .path("group_index");
            return index.isInt() ? String.valueOf(index.intValue()) : "";
        } catch (JacksonException e) {
            return ""; // it is parked with its bytes
        }
    }

    private static void note(Writing writing, Noted note) {
        writing.write(
                "note",
                note.kind(),
                note.about(),
                note.content(),
                StoredEntry.names(ByReference.named(note.content())));
    }
}
