package dev.lovage.redis.store;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.store.Happening;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is to be written in one step, as `apply.lua` takes it: checks of what was read before, then operations.
/// If a check fails, nothing is written.
final class Writing {
    private final List<Object> checks = new ArrayList<>();
    private final List<Object> operations = new ArrayList<>();
    private final Redis redis;
    private @Nullable Joins joins;
    private final boolean guesses;
    private boolean accepts;

    Writing(Redis redis) {
        this(redis, false);
    }

    /// @param guesses whether what is likely need not be read before it is written: its checks tell, and the
    ///     step is taken again
    Writing(Redis redis, boolean guesses) {
        this.redis = redis;
        this.guesses = guesses;
    }

    boolean guesses() {
        return guesses;
    }

    /// The joins that this step has to do with.
    Joins joins(Planner planner) {
        if (joins == null) {
            joins = new Joins(redis, planner, this);
        }
        return joins;
    }

    Writing check(String name, String... arguments) {
        add(checks, name, List.of((Object[]) arguments));
        return this;
    }

    /// What is to hold an entry where it was read.
    Writing unchanged(StoredEntry entry) {
        return check(
                "entry",
                String.valueOf(entry.tag()),
                entry.at().custody(),
                entry.at().epoch(),
                entry.at().handed());
    }

    Writing write(String name, String... arguments) {
        add(operations, name, List.of((Object[]) arguments));
        return this;
    }

    Writing write(String name, List<?> arguments) {
        add(operations, name, arguments);
        return this;
    }

    Writing accept(Message message) {
        accepts = true;
        return write("accept", StoredEntry.arguments(message));
    }

    Writing happen(String taskId, Happening one) {
        return write("happen", taskId, StoredEntry.text(one));
    }

    private static void add(List<Object> to, String name, List<?> arguments) {
        to.add(name);
        to.add(String.valueOf(arguments.size()));
        to.addAll(arguments);
    }

    boolean isEmpty() {
        return operations.isEmpty() && checks.isEmpty();
    }

    /// Whether it is new work, which has to wait while the memory is full.
    boolean accepts() {
        return accepts;
    }

    List<Object> arguments() {
        var all = new ArrayList<>(checks);
        all.addAll(operations);
        return all;
    }
}
