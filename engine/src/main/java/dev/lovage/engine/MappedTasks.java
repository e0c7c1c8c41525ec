package dev.lovage.engine;

import dev.lovage.engine.argument.Result;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TypeRef;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Celery's `map` and `starmap`: one task that runs another one for each item, one after the other, and has the
/// list of their results. In a pool of processes they run where the other's work would.
public final class MappedTasks implements TaskProvider {
    /// @param task signature of the task that is run; of it, the name counts, as in Celery
    /// @param it what it is called with, once for each
    record Mapped(JsonNode task, List<JsonNode> it) {}

    private static final Task<Mapped, List<JsonNode>> MAP =
            Task.named("celery.map", Mapped.class, new TypeRef<List<JsonNode>>() {});
    private static final Task<Mapped, List<JsonNode>> STARMAP =
            Task.named("celery.starmap", Mapped.class, new TypeRef<List<JsonNode>>() {});

    @Override
    public void register(Tasks tasks) {
        tasks.handle(MAP, mapped -> each(tasks, mapped, item -> Json.array().add(item)));
        tasks.handle(STARMAP, mapped -> each(tasks, mapped, MappedTasks::several));
    }

    private interface Spread {
        ArrayNode args(JsonNode item);
    }

    private static ArrayNode several(JsonNode item) {
        if (item instanceof ArrayNode args) {
            return args;
        }
        throw new IllegalArgumentException(
                "celery.starmap takes a list of argument lists, and there is " + item.getNodeType() + " in it.");
    }

    private static List<JsonNode> each(Tasks tasks, Mapped mapped, Spread spread) throws Exception {
        var name = mapped.task().path("task").asString("");
        var handler = tasks.find(name)
                .orElseThrow(() -> new IllegalArgumentException("No handler of this worker is named " + name
                        + ". Send the map to a queue whose workers have one: task_routes finds it by that name."));
        if (handler.effects().isPresent()) {
            throw new IllegalArgumentException("The task " + name
                    + " writes in the transaction that ends it, which a map has not. Send a group instead.");
        }
        var results = new ArrayList<JsonNode>();
        for (var item : mapped.it()) {
            results.add(one(handler, spread.args(item)));
        }
        return results;
    }

    @SuppressWarnings("NullAway") // the input and the result of a task on Void are null
    private static <I, W, O> JsonNode one(Tasks.Handler<I, W, O> handler, ArrayNode args) throws Exception {
        ObjectNode kwargs = Json.object();
        var wrong = handler.task().arguments().check(args, kwargs);
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(
                    "The arguments " + args + " do not fit " + handler.task().name() + ": " + wrong);
        }
        @SuppressWarnings("unchecked")
        var input = (I) handler.task().arguments().bind(args, kwargs);
        return switch (handler.ending().apply(handler.work().run(input))) {
            case Ending.Returns<O>(var value) ->
                Result.encode(value, handler.task().output());
            case Ending.ReplacedBy<O> _ ->
                throw new IllegalArgumentException("The task " + handler.task().name()
                        + " was to be replaced by another, which it can't be inside a map. Send a group instead.");
        };
    }
}
