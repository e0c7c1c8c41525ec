package dev.lovage.engine.task;

import dev.lovage.engine.tx.Tx;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The tasks that a worker runs: their descriptors and handlers, by name.
public final class Tasks {
    /// The work of a task. It runs in the pool, outside any transaction, as long as it likes.
    @FunctionalInterface
    public interface Work<I, O> {
        O run(I input) throws Exception;
    }

    /// The effects of a task. They are written by the transaction that ends the execution, once; the code may
    /// run again when that transaction itself failed. Short, and SQL only.
    @FunctionalInterface
    public interface Effects<O> {
        void commit(Tx tx, O result) throws Exception;
    }

    /// A task with its handler.
    public static final class Handler<I, O> {
        private final Task<I, O> task;
        private final Work<I, O> work;
        private Optional<Effects<O>> effects = Optional.empty();

        private Handler(Task<I, O> task, Work<I, O> work) {
            this.task = task;
            this.work = work;
        }

        /// Adds what the task writes in the transaction that ends its execution. A worker without a SQL store
        /// refuses to start with such a task.
        public void commit(Effects<O> effects) {
            this.effects = Optional.of(effects);
        }

        public Task<I, O> task() {
            return task;
        }

        public Work<I, O> work() {
            return work;
        }

        public Optional<Effects<O>> effects() {
            return effects;
        }
    }

    private final Map<String, Handler<?, ?>> handlers = new LinkedHashMap<>();

    /// @throws IllegalStateException if the name is taken: two handlers of one name would make it a matter of
    ///     luck which runs
    public <I, O> Handler<I, O> handle(Task<I, O> task, Work<I, O> work) {
        var handler = new Handler<>(task, work);
        if (handlers.putIfAbsent(task.name().value(), handler) != null) {
            throw new IllegalStateException(
                    "The task " + task.name() + " has two handlers. Remove one of them, or give it" + " another name.");
        }
        return handler;
    }

    public Optional<Handler<?, ?>> find(String task) {
        return Optional.ofNullable(handlers.get(task));
    }

    public Map<String, Handler<?, ?>> all() {
        return Map.copyOf(handlers);
    }
}
