package dev.lovage.cli.look;

import dev.lovage.archive.event.Recorded;
import dev.lovage.cli.data.Installed;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.store.Held;
import dev.lovage.records.intake.Agency;
import dev.lovage.sql.broker.Sql;
import dev.lovage.sql.broker.SqlBackbone;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Where a trace is read from.
final class Trail {
    private static final int SUBJECTS = 500;

    private Trail() {}

    /// In the order in which lines of the same instant are shown.
    enum Source {
        ARCHIVE,
        LEDGER,
        ATTEMPT;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param subject what it is about, as a person calls it
    /// @param attempt counts the starts of the task; 1 for the first
    record Line(
            Instant at,
            Source source,
            String subject,
            String what,
            String detail,
            Optional<String> node,
            Optional<String> taskId,
            Optional<Long> attempt) {}

    static Line line(Recorded event, Map<String, String> names) {
        var happened = event.happened();
        var subject = event.subject().toString();
        return new Line(
                event.at(),
                Source.ARCHIVE,
                names.getOrDefault(subject, subject),
                happened.step() + " " + happened.outcome(),
                happened.note().isEmpty() ? happened.detail() : happened.detail() + ": " + happened.note(),
                Optional.of(event.node()),
                Optional.of(event.taskId()),
                Optional.of(event.attempt()));
    }

    /// What the ledger has of these subjects, also where it is not chained yet; nothing without a ledger.
    static List<Line> ledger(Lovage lovage, Map<String, String> subjects) {
        if (!(lovage.backbone() instanceof SqlBackbone sql)
                || !Installed.schemas(sql.database()).containsKey("custody")) {
            return List.of();
        }
        var tenant = Agency.sample().tenant();
        var keys = List.copyOf(subjects.keySet());
        return sql.database().read(connection -> {
            var lines = new ArrayList<Line>();
            for (int from = 0; from < keys.size(); from += SUBJECTS) {
                var some = keys.subList(from, Math.min(keys.size(), from + SUBJECTS));
                var args = new ArrayList<Object>();
                args.add(tenant);
                args.addAll(some);
                lines.addAll(new Sql(connection)
                        .list(
                                "SELECT at, type, subject, payload FROM ledger_intent WHERE tenant = ? AND subject IN ("
                                        + Sql.places(some.size()) + ")",
                                row -> ledgerLine(
                                        Sql.instant(row.getLong("at")),
                                        row.getString("type"),
                                        subjects.getOrDefault(row.getString("subject"), "-"),
                                        Json.read(row.getBytes("payload"))),
                                args.toArray()));
            }
            return lines;
        });
    }

    private static Line ledgerLine(Instant at, String type, String subject, JsonNode payload) {
        var data = payload.path("data");
        return new Line(
                at,
                Source.LEDGER,
                subject,
                type,
                data.path("step").isString()
                        ? data.path("step").asString() + " "
                                + data.path("outcome").asString("")
                        : Json.text(data),
                Optional.of(payload.path("actor").path("ref").asString("")).filter(ref -> !ref.isEmpty()),
                Optional.of(data.path("task_id").asString("")).filter(task -> !task.isEmpty()),
                Optional.of(data.path("attempt")).filter(JsonNode::isNumber).map(JsonNode::longValue));
    }

    /// How a task ended, where it is, and which of its attempts failed. A success forgets the failures before it.
    static List<Line> attempts(Lovage lovage, String taskId) {
        var lines = new ArrayList<Line>();
        var held = lovage.backbone().store().findTask(taskId);
        lovage.backbone().results().result(taskId).flatMap(Trail::ended).ifPresent(lines::add);
        for (var one : held) {
            lines.add(here(one));
            for (var happening : one.history()) {
                lines.add(new Line(
                        happening.at(),
                        Source.ATTEMPT,
                        one.message().task(),
                        happening.what(),
                        happening.detail(),
                        Optional.of(happening.by()).filter(by -> !by.isEmpty()),
                        Optional.of(taskId),
                        Optional.of(happening.retries() + 1L)));
            }
        }
        return lines;
    }

    private static Optional<Line> ended(ResultMeta meta) {
        return meta.dateDone()
                .map(at -> new Line(
                        at,
                        Source.ATTEMPT,
                        meta.task(),
                        meta.state().name(),
                        meta.state() == TaskState.FAILURE || meta.state() == TaskState.REVOKED
                                ? Failures.line(meta.result())
                                : "",
                        meta.worker(),
                        Optional.of(meta.taskId()),
                        Optional.of(meta.retries() + 1L)));
    }

    private static Line here(Held one) {
        return new Line(
                one.since(),
                Source.ATTEMPT,
                one.message().task(),
                one.custody().name(),
                "on " + one.message().queue()
                        + one.reason().map(why -> ": " + why).orElse(""),
                one.worker(),
                Optional.of(one.message().execution().taskId()),
                Optional.of(one.message().execution().retries() + one.redelivered() + 1L));
    }
}
