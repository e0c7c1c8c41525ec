package dev.lovage.engine.beat;

/// A schedule, or the task that it is for, that can't be used. The message says what was found and what is
/// expected; who reads it adds what became of it.
public final class BadSchedule extends IllegalArgumentException {
    BadSchedule(String message) {
        super(message);
    }
}
