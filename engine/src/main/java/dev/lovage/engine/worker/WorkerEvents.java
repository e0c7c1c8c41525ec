package dev.lovage.engine.worker;

import dev.lovage.engine.message.Request;
import java.time.Duration;

/// Hears what a worker does. Called on the threads that run tasks: it neither waits nor throws.
public interface WorkerEvents {
    /// For a worker that nobody listens to.
    WorkerEvents NONE = new WorkerEvents() {};

    /// A task of this worker's has come. It may turn out not to run.
    default void received(Request request) {}

    default void started(Request request) {}

    /// It is settled.
    ///
    /// @param run how long it ran; zero for what did not
    default void ended(Request request, Outcome outcome, Duration run) {}

    /// The worker has signed off. Said once, by the thread that closes it.
    default void stopped() {}
}
