package dev.lovage.engine;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.transport.SharedResults;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/// The result of something sent: of one task, of the last one of a chain, of a chord's body, or of a group.
public final class AsyncResult<O> {
    private final ResultBackend results;
    private final String id;
    private final List<String> members;
    private final Type type;

    AsyncResult(ResultBackend results, String id, List<String> members, Type type) {
        this.results = results;
        this.id = id;
        this.members = List.copyOf(members);
        this.type = type;
    }

    /// The id of the task whose end is the end of what was sent; of a group, the group's id.
    public String id() {
        return id;
    }

    /// The ids of a group's members, in order; empty for anything else.
    public List<String> members() {
        return members;
    }

    /// Keeps the ids of a group's members under its id, so that whoever has that one can ask for them, by
    /// [Lovage#group] and by Celery's `GroupResult.restore()`.
    ///
    /// @throws IllegalStateException of anything but a group
    /// @throws UnsupportedOperationException where results are not shared with Celery, or are `rpc://`
    public void save() {
        if (members.isEmpty()) {
            throw new IllegalStateException(
                    "Only a group can be saved, and " + id + " is none. A single task is found by its id.");
        }
        shared(results).save(id, members);
    }

    static SharedResults shared(ResultBackend results) {
        if (results instanceof SharedResults shared) {
            return shared;
        }
        throw new UnsupportedOperationException("Groups are saved where results are shared with Celery, and"
                + " result_backend names no such place. Nothing was saved. Set it to redis://.");
    }

    /// PENDING for an id that nothing is known of.
    public TaskState state() {
        if (members.isEmpty()) {
            return results.result(id).map(ResultMeta::state).orElse(TaskState.PENDING);
        }
        var states = members.stream()
                .map(member -> results.result(member).map(ResultMeta::state).orElse(TaskState.PENDING))
                .toList();
        return states.stream()
                .filter(state -> state.ready() && state != TaskState.SUCCESS)
                .findFirst()
                .orElse(
                        states.stream().allMatch(state -> state == TaskState.SUCCESS)
                                ? TaskState.SUCCESS
                                : TaskState.PENDING);
    }

    public Optional<ResultMeta> meta() {
        return results.result(id);
    }

    /// Waits for the result.
    ///
    /// @throws TaskFailed if it ended badly
    /// @throws TimeoutException if it did not end in time; it goes on
    /// @throws IllegalStateException inside a task, where waiting holds a slot that the awaited one may need
    public O await(Duration wait) throws InterruptedException, TimeoutException {
        if (TaskContext.CURRENT.isBound()) {
            throw new IllegalStateException(
                    "A task must not wait for another one: it holds a slot that the other may need."
                            + " Let a chain hand the result on, or a chord collect several. awaitAnyway() waits all the same.");
        }
        return awaitAnyway(wait);
    }

    /// As [#await], inside a task too. Celery's `disable_sync_subtasks=False`.
    public O awaitAnyway(Duration wait) throws InterruptedException, TimeoutException {
        if (members.isEmpty()) {
            return Json.value(one(id, wait).result(), type);
        }
        var deadline = System.nanoTime() + wait.toNanos();
        var all = new ArrayList<ResultMeta>();
        for (var member : members) {
            all.add(one(member, Duration.ofNanos(Math.max(0, deadline - System.nanoTime()))));
        }
        var list = Json.array();
        all.forEach(meta -> list.add(meta.result()));
        return Json.value(list, type);
    }

    private ResultMeta one(String taskId, Duration wait) throws InterruptedException, TimeoutException {
        var meta = results.await(taskId, wait)
                .orElseThrow(() -> new TimeoutException("The task " + taskId + " has not ended within " + wait
                        + "; its state is "
                        + results.result(taskId).map(ResultMeta::state).orElse(TaskState.PENDING)
                        + ". It goes on."));
        if (meta.state() != TaskState.SUCCESS) {
            throw new TaskFailed(meta);
        }
        return meta;
    }
}
