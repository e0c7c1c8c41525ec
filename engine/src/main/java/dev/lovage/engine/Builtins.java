package dev.lovage.engine;

import dev.lovage.engine.argument.Arguments;
import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Celery's own tasks that a worker has to have: any sender may count on them. Its `map` and `starmap` are
/// [MappedTasks].
final class Builtins {
    /// Celery's `accumulate(*args, index=None)`, as canvases send it: one list in, the list out.
    record Accumulate(JsonNode results, Optional<Integer> index) {}

    /// @param task signature of the task that is run for each item
    record Chunks(JsonNode task, List<JsonNode> it, int n) {}

    /// @param interval seconds until it looks again
    /// @param result the header's tasks, in Celery's tuple form
    record ChordUnlock(
            String groupId,
            JsonNode callback,
            Optional<Double> interval,
            Optional<Integer> maxRetries,
            Optional<List<JsonNode>> result,
            Optional<Double> countdown) {}

    record ChainTask(List<JsonNode> tasks) {}

    record GroupTask(
            List<JsonNode> tasks,
            Optional<JsonNode> result,
            Optional<String> groupId,
            Optional<List<JsonNode>> partialArgs,
            Optional<Boolean> addToParent) {}

    record ChordTask(
            JsonNode header,
            JsonNode body,
            Optional<List<JsonNode>> partialArgs,
            Optional<Double> interval,
            Optional<Double> countdown,
            Optional<Integer> maxRetries,
            Optional<Boolean> eager,
            Optional<JsonNode> kwargs) {}

    private static final Task<Accumulate, JsonNode> ACCUMULATE =
            Task.named("celery.accumulate", Accumulate.class, JsonNode.class);
    private static final Task<Chunks, JsonNode> CHUNKS = Task.named("celery.chunks", Chunks.class, JsonNode.class);
    private static final Task<ChainTask, JsonNode> CHAIN = Task.named("celery.chain", ChainTask.class, JsonNode.class);
    private static final Task<GroupTask, JsonNode> GROUP = Task.named("celery.group", GroupTask.class, JsonNode.class);
    private static final Task<ChordTask, JsonNode> CHORD = Task.named("celery.chord", ChordTask.class, JsonNode.class);
    private static final Task<ChordUnlock, Void> CHORD_UNLOCK = Task.named(
                    "celery.chord_unlock", ChordUnlock.class, Void.class)
            .ignoreResult(true)
            .maxRetries(Integer.MAX_VALUE, Duration.ofSeconds(1));
    private static final Task<Void, Integer> CLEANUP = Task.named("celery.backend_cleanup", Void.class, Integer.class);

    private static final double UNLOCK_SECONDS_MAX = 30;

    private final Backbone backbone;
    private final Planner planner;

    private Builtins(Backbone backbone, Planner planner) {
        this.backbone = backbone;
        this.planner = planner;
    }

    static void register(Tasks tasks, Settings settings, Backbone backbone, Planner planner) {
        tasks.add(new MappedTasks());
        var builtins = new Builtins(backbone, planner);
        tasks.handle(ACCUMULATE, Builtins::accumulate);
        becomes(tasks, CHUNKS, Builtins::starmaps);
        // Celery before 4 sent composites as messages; since then these names are only in other signatures.
        becomes(tasks, CHAIN, chain -> composite("celery.chain", "tasks", chain.tasks()));
        becomes(tasks, GROUP, Builtins::group);
        becomes(tasks, CHORD, Builtins::chord);
        tasks.handle(CHORD_UNLOCK, builtins::unlock);
        tasks.handle(CLEANUP, _ -> {
            var keep = settings.duration(Setting.RESULT_EXPIRES);
            return keep.isPositive() ? backbone.store().forget(keep, planner.payloads()) : 0;
        });
    }

    private interface Makes<I> {
        Canvas<JsonNode> canvas(I input);
    }

    /// A task that another canvas runs in place of. Its result is the canvas's.
    private static <I> void becomes(Tasks tasks, Task<I, JsonNode> task, Makes<I> made) {
        tasks.handle(task, Canvas.class, made::canvas, Ending::replacedBy);
    }

    private static JsonNode accumulate(Accumulate given) {
        if (given.index().isEmpty()) {
            return Json.array().add(given.results());
        }
        if (given.index().get() != 0) {
            throw new IllegalArgumentException("celery.accumulate was given one argument and the index "
                    + given.index().get() + ".");
        }
        return given.results();
    }

    private static Canvas<JsonNode> starmaps(Chunks chunks) {
        if (chunks.n() < 1) {
            throw new IllegalArgumentException("celery.chunks takes chunks of 1 or more, not " + chunks.n() + ".");
        }
        List<JsonNode> tasks = new ArrayList<>();
        for (int i = 0; i < chunks.it().size(); i += chunks.n()) {
            var items = chunks.it().subList(i, Math.min(chunks.it().size(), i + chunks.n()));
            var starmap = signature(
                    "celery.starmap", Json.object().set("task", chunks.task()).set("it", Json.tree(items)));
            tasks.add(starmap.immutable().node());
        }
        if (tasks.isEmpty()) {
            return signature("celery.accumulate", Json.object().put("index", 0).set("results", Json.array()));
        }
        return composite("celery.group", "tasks", tasks);
    }

    private static Canvas<JsonNode> group(GroupTask group) {
        var tasks = group.tasks().stream()
                .map(task -> handed(task, group.partialArgs()))
                .toList();
        return composite("celery.group", "tasks", tasks);
    }

    private static Canvas<JsonNode> chord(ChordTask chord) {
        var header = chord.header().isArray() ? chord.header() : chord.header().at("/kwargs/tasks");
        var members = Json.array();
        header.forEach(task -> members.add(handed(task, chord.partialArgs())));
        var kwargs = Json.object();
        kwargs.putObject("kwargs");
        kwargs.set("header", members);
        kwargs.set("body", chord.body());
        return signature("celery.chord", kwargs);
    }

    private static JsonNode handed(JsonNode task, Optional<List<JsonNode>> args) {
        if (args.isEmpty()
                || !(task instanceof ObjectNode signature)
                || task.path("immutable").asBoolean(false)) {
            return task;
        }
        var all = Json.array();
        args.get().forEach(all::add);
        task.path("args").forEach(all::add);
        var copy = signature.deepCopy();
        copy.set("args", all);
        return copy;
    }

    private static Canvas<JsonNode> composite(String task, String key, List<JsonNode> tasks) {
        return signature(task, Json.object().set(key, Json.tree(tasks)));
    }

    private static Signature<JsonNode> signature(String task, ObjectNode kwargs) {
        return Signature.of(task, new Arguments(Json.array(), kwargs), JsonNode.class, Optional.empty());
    }

    /// Celery's way to join a chord where results can't count: it looks whether all have ended, until they
    /// have.
    @SuppressWarnings("NullAway") // a task without a result has null for one
    private Void unlock(ChordUnlock given) {
        var ids = given.result().orElse(List.of()).stream().map(Builtins::id).toList();
        var lineage = TaskContext.current().lineage();
        var ends = new ArrayList<Join.End>();
        for (var id : ids) {
            var meta =
                    backbone.results().result(id).filter(known -> known.state().ready());
            if (meta.isEmpty()) {
                throw new RetryTask(
                        new IllegalStateException("The header of the chord " + given.groupId() + " has not ended."),
                        wait(given));
            }
            ends.add(end(given.groupId(), ends.size(), meta.get()));
        }
        var root = lineage.rootId().orElse(given.groupId());
        backbone.broker()
                .publish(planner.close(
                        new Join(
                                given.groupId(),
                                Json.text(given.callback()),
                                ids,
                                root,
                                lineage.parentId().orElse(root)),
                        ends));
        return null;
    }

    /// Longer as time goes by: each look is an execution that is recorded.
    private static Duration wait(ChordUnlock given) {
        var seconds = given.interval().orElse(1.0) * (1 + TaskContext.current().retries() / 10.0);
        return Duration.ofMillis((long) (1000 * Math.min(seconds, UNLOCK_SECONDS_MAX)));
    }

    private static Join.End end(String joinId, int index, ResultMeta meta) {
        return new Join.End(joinId, index, meta.taskId(), meta.state() == TaskState.SUCCESS, meta.result(), "");
    }

    /// Of `[[id, parent], null]`, or `[id, null]`.
    private static String id(JsonNode tuple) {
        var inner = tuple.path(0);
        return inner.isArray() ? inner.path(0).asString("") : inner.asString("");
    }
}
