package dev.lovage.cli.look;

import dev.lovage.archive.event.Recorded;
import dev.lovage.cli.data.Installed;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.payload.ByReference;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Store;
import dev.lovage.records.intake.Agency;
import dev.lovage.sql.broker.Sql;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Where a trace is read from.
final class Trail {
    private static final int SUBJECTS = 500;

    private Trail() {}

    /// In the order in which lines of the same instant are shown.
    enum Source {
        LOG,
        ARCHIVE,
        LEDGER,
        ATTEMPT;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param subject what it is about, as a person calls it
    /// @param what happened, in a word; of a log line its level
    /// @param rootId the first task of the workflow, where anything of the task has it recorded
    /// @param attempt counts the starts of the task; 1 for the first
    record Line(
            Instant at,
            Source source,
            String subject,
            String what,
            String detail,
            Optional<String> node,
            Optional<String> taskId,
            Optional<String> rootId,
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
                Optional.of(event.rootId()),
                Optional.of(event.attempt()));
    }

    /// What the ledger has of these subjects, also where it is not chained yet; nothing without a ledger.
    static List<Line> ledger(Lovage lovage, Map<String, String> subjects) {
        var database = Installed.with("custody", lovage);
        if (database.isEmpty()) {
            return List.of();
        }
        var tenant = Agency.sample().tenant();
        var keys = List.copyOf(subjects.keySet());
        return database.get().read(connection -> {
            var lines = new ArrayList<Line>();
            for (int from = 0; from < keys.size(); from += SUBJECTS) {
                var some = keys.subList(from, Math.min(keys.size(), from + SUBJECTS));
                var args = new ArrayList<Object>();
                args.add(tenant);
                args.addAll(some);
                lines.addAll(new Sql(connection)
                        .list(
                                "SELECT at, type, subject, payload FROM ledger_intent WHERE tenant = ? AND subject IN ("
                                        + Sql.places(some.size()) + ") ORDER BY at, type",
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
                Optional.of(data.path("root_id").asString("")).filter(root -> !root.isEmpty()),
                Optional.of(data.path("attempt")).filter(JsonNode::isNumber).map(JsonNode::longValue));
    }

    /// How a task ended, where it is, and how its attempts ended that did not simply succeed.
    static List<Line> attempts(Lovage lovage, String taskId) {
        var lines = new ArrayList<Line>();
        var store = lovage.backbone().store();
        var result = lovage.backbone().results().result(taskId);
        var held = store.findTask(taskId);
        var history = store.history(taskId);
        var name = result.map(ResultMeta::task)
                .or(() -> held.stream().findFirst().map(one -> one.message().task()))
                .orElse(taskId);
        var starts = new Starts();
        for (var happening : history) {
            lines.add(new Line(
                    happening.at(),
                    Source.ATTEMPT,
                    name,
                    happening.what(),
                    happening.detail(),
                    Optional.of(happening.by()).filter(by -> !by.isEmpty()),
                    Optional.of(taskId),
                    Optional.empty(),
                    Optional.of(starts.count(happening))));
        }
        // What else is said of the same instant is the same end.
        result.filter(meta ->
                        history.stream().noneMatch(one -> Optional.of(one.at()).equals(meta.dateDone())))
                .flatMap(meta -> ended(meta, starts.of(meta.retries())))
                .ifPresent(lines::add);
        held.forEach(one -> lines.add(here(one)));
        return lines;
    }

    /// Counts how often a task was started: after each retry, each crash, and each time that a person released it.
    private static final class Starts {
        private final Map<Integer, Long> again = new HashMap<>();

        /// @return the start that this is the end of
        long count(Happening one) {
            var start = of(one.retries());
            if (one.what().equals("crash") || one.what().equals("released")) {
                again.merge(one.retries(), 1L, Long::sum);
            }
            return start;
        }

        long of(int retries) {
            return retries + 1 + again.getOrDefault(retries, 0L);
        }
    }

    /// The ids of the tasks that an ended one sent.
    static List<String> children(ResultMeta meta) {
        return meta.children()
                .valueStream()
                .map(child -> child.path(0).path(0).asString(""))
                .filter(id -> !id.isEmpty())
                .toList();
    }

    /// What was logged, by any node on this store.
    ///
    /// @param max lines, the newest ones
    static Store.Log log(Lovage lovage, Set<String> tasks, int max) {
        return lovage.backbone().store().log(tasks, max);
    }

    static Line line(LogLine logged) {
        return new Line(
                logged.at(),
                Source.LOG,
                logged.logger().substring(logged.logger().lastIndexOf('.') + 1),
                logged.level(),
                logged.message(),
                Optional.of(logged.node()),
                Optional.of(logged.taskId()),
                Optional.of(logged.rootId()),
                Optional.of(logged.attempt()));
    }

    /// Ends of attempts are recorded without the root of their workflow; what else is known of the task names it.
    static List<Line> withRoots(List<Line> lines) {
        var roots = new HashMap<String, String>();
        lines.forEach(line -> line.taskId().ifPresent(task -> line.rootId().ifPresent(root -> roots.put(task, root))));
        return lines.stream()
                .map(line -> new Line(
                        line.at(),
                        line.source(),
                        line.subject(),
                        line.what(),
                        line.detail(),
                        line.node(),
                        line.taskId(),
                        line.rootId().or(() -> line.taskId().map(roots::get)),
                        line.attempt()))
                .toList();
    }

    private static Optional<Line> ended(ResultMeta meta, long attempt) {
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
                        Optional.empty(),
                        Optional.of(attempt)));
    }

    private static Line here(Held one) {
        return new Line(
                one.since(),
                Source.ATTEMPT,
                one.message().task(),
                one.custody().name(),
                "on " + one.message().queue()
                        + payloads(one)
                        + one.reason().map(why -> ": " + why).orElse(""),
                one.worker(),
                Optional.of(one.message().execution().taskId()),
                root(one),
                Optional.of(one.message().execution().retries() + one.redelivered() + 1L));
    }

    private static String payloads(Held one) {
        var named = ByReference.named(one.message());
        return named.isEmpty() ? "" : ", by reference to " + String.join(", ", named);
    }

    private static Optional<String> root(Held one) {
        try {
            return Optional.of(Request.read(one.message()).rootId());
        } catch (Unreadable e) {
            return Optional.empty();
        }
    }
}
