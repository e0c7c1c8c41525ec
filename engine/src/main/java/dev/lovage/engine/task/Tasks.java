package dev.lovage.engine.task;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.tx.Tx;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The tasks that a worker runs: their descriptors and handlers, by name.
public final class Tasks {
    /// The work of a task. It runs in the pool, outside any transaction, as long as it likes.
    @FunctionalInterface
    public interface Work<I, W> {
        W run(I input) throws Exception;
    }

    /// The effects of a task. They are written by the transaction that ends the execution, once; the code may
    /// run again when that transaction itself failed. Short, and SQL only.
    @FunctionalInterface
    public interface Effects<W> {
        void commit(Tx tx, W made) throws Exception;
    }

    /// What is written when an execution fails for good, crashes of its process included. Rules as for
    /// [Effects]; when it throws, the failure is recorded without it.
    @FunctionalInterface
    public interface FailureEffects<I> {
        void commit(Tx tx, I input, Throwable failure) throws Exception;
    }

    /// A task with its handler.
    public static final class Handler<I, W, O> {
        private final Task<I, O> task;
        private final Type made;
        private final Work<I, W> work;
        private final Function<W, Ending<O>> ending;
        private final Optional<Class<? extends TaskProvider>> inChild;
        private Optional<Effects<W>> effects = Optional.empty();
        private Optional<FailureEffects<I>> failureEffects = Optional.empty();

        private Handler(
                Task<I, O> task,
                Type made,
                Work<I, W> work,
                Function<W, Ending<O>> ending,
                Optional<Class<? extends TaskProvider>> inChild) {
            this.task = task;
            this.made = made;
            this.work = work;
            this.ending = ending;
            this.inChild = inChild;
        }

        /// Adds what the task writes in the transaction that ends its execution. A worker without a SQL store
        /// refuses to start with such a task. [TaskContext#current] can be asked there.
        public Handler<I, W, O> commit(Effects<W> effects) {
            this.effects = Optional.of(effects);
            return this;
        }

        /// Adds what is written in the transaction that puts a failed execution to the dead letters.
        public Handler<I, W, O> commitFailure(FailureEffects<I> effects) {
            this.failureEffects = Optional.of(effects);
            return this;
        }

        public Task<I, O> task() {
            return task;
        }

        /// What the work returns, and the effects are given: where the work runs in a child process, it comes
        /// from there as JSON.
        public Type made() {
            return made;
        }

        /// What a child process makes to have this handler. Empty for the engine's own, which run in the
        /// worker.
        public Optional<Class<? extends TaskProvider>> inChild() {
            return inChild;
        }

        public Work<I, W> work() {
            return work;
        }

        public Function<W, Ending<O>> ending() {
            return ending;
        }

        public Optional<Effects<W>> effects() {
            return effects;
        }

        public Optional<FailureEffects<I>> failureEffects() {
            return failureEffects;
        }
    }

    private final Map<String, Handler<?, ?, ?>> handlers = new LinkedHashMap<>();
    private final Settings settings;
    private Optional<Class<? extends TaskProvider>> inChild = Optional.empty();

    public Tasks(Settings settings) {
        this.settings = settings;
    }

    /// With the presets.
    public Tasks() {
        this(Settings.embedded(Path.of(Setting.DATA.preset())));
    }

    /// The worker's settings. In a child process they hold no passwords.
    public Settings settings() {
        return settings;
    }

    /// Registers what a provider brings.
    ///
    /// @throws IllegalStateException if a name is taken
    public void add(TaskProvider provider) {
        inChild = Optional.of(provider.inChild());
        try {
            provider.register(this);
        } finally {
            inChild = Optional.empty();
        }
    }

    /// @throws IllegalStateException if the name is taken: two handlers of one name would make it a matter of
    ///     luck which runs
    public <I, O> Handler<I, O, O> handle(Task<I, O> task, Work<I, O> work) {
        return add(new Handler<>(task, task.output(), work, Ending::returns, inChild));
    }

    /// A task whose work makes more than its result says: what is made goes to the effects, and `ending` tells
    /// what of it is the result, or what replaces the task. `ending` is pure: it may be asked more than once.
    ///
    /// @throws IllegalStateException if the name is taken
    public <I, W, O> Handler<I, W, O> handle(
            Task<I, O> task, Class<W> made, Work<I, W> work, Function<W, Ending<O>> ending) {
        return add(new Handler<>(task, made, work, ending, inChild));
    }

    private <H extends Handler<?, ?, ?>> H add(H handler) {
        var name = handler.task().name();
        if (handlers.putIfAbsent(name.value(), handler) != null) {
            throw new IllegalStateException(
                    "The task " + name + " has two handlers. Remove one of them, or give it another name.");
        }
        return handler;
    }

    public Optional<Handler<?, ?, ?>> find(String task) {
        return Optional.ofNullable(handlers.get(task));
    }

    public Map<String, Handler<?, ?, ?>> all() {
        return Map.copyOf(handlers);
    }
}
