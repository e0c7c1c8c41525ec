package dev.lovage.engine.store;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.result.ResultMeta;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// One step of one delivery: where it goes, and all that is written with it. All of it happens, or nothing.
///
/// @param to where the entry lies afterwards; empty when the execution has ended and the entry is gone
/// @param reason why, for a person; kept with the entry
/// @param results states to record; a SUCCESS is never overwritten
/// @param send what follows
/// @param happened one line of the task's history
/// @param crash what is known of the child process that died of it; the entry then has one crash more, as if
///     its worker had died
/// @param due when an entry that goes to [Custody#TIMER] is ready again; its message is left as it is
public record Transition(
        Delivery delivery,
        Optional<Custody> to,
        Optional<String> reason,
        List<ResultMeta> results,
        Plan send,
        Optional<Happening> happened,
        Optional<String> crash,
        Optional<Instant> due) {
    public Transition {
        results = List.copyOf(results);
    }

    public Transition(
            Delivery delivery,
            Optional<Custody> to,
            Optional<String> reason,
            List<ResultMeta> results,
            Plan send,
            Optional<Happening> happened) {
        this(delivery, to, reason, results, send, happened, Optional.empty(), Optional.empty());
    }

    /// The child process that ran it has died: it is ready again, with one crash more.
    public static Transition crashed(Delivery delivery, String evidence, Happening happened) {
        return new Transition(
                delivery,
                Optional.of(Custody.READY),
                Optional.empty(),
                List.of(),
                Plan.NOTHING,
                Optional.of(happened),
                Optional.of(evidence),
                Optional.empty());
    }

    /// It was not run, and is ready again at `due`.
    public static Transition putOff(Delivery delivery, Instant due, String reason) {
        return new Transition(
                delivery,
                Optional.of(Custody.TIMER),
                Optional.of(reason),
                List.of(),
                Plan.NOTHING,
                Optional.empty(),
                Optional.empty(),
                Optional.of(due));
    }
}
