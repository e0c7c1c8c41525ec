package dev.lovage.engine.transport;

import java.util.Arrays;
import java.util.Optional;

/// The queues beside a task queue in which lies what waits for a person, where no store keeps it.
public enum Aside {
    /// What no worker could read or run.
    PARKED(".lovage.parked"),
    /// What failed for good or was quarantined.
    DEAD(".lovage.dead");

    private final String suffix;

    Aside(String suffix) {
        this.suffix = suffix;
    }

    /// The name of the one beside this queue.
    public String of(String queue) {
        return queue + suffix;
    }

    /// The task queue that this one stands beside.
    ///
    /// @return empty if it is none of these
    public static Optional<String> besideOf(String name) {
        return Arrays.stream(values())
                .filter(one -> name.length() > one.suffix.length() && name.endsWith(one.suffix))
                .map(one -> name.substring(0, name.length() - one.suffix.length()))
                .findFirst();
    }
}
