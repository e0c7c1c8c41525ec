package dev.lovage.engine.beat;

/// What becomes of times that were missed because no beat ran.
public enum Misfire {
    /// Nothing, when the last of them is longer ago than the grace; else the task is sent once.
    SKIP,
    /// The task is sent once, for the last of them.
    ONCE,
    /// The task is sent for each of them, for the last [#ALL_MAX] at most.
    ALL;

    /// How many missed times are made up for at most.
    public static final int ALL_MAX = 1000;
}
