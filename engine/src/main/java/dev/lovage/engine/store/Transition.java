package dev.lovage.engine.store;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.result.ResultMeta;
import java.util.List;
import java.util.Optional;

/// One step of one delivery: where it goes, and all that is written with it. All of it happens, or nothing.
///
/// @param to where the entry lies afterwards; empty when the execution has ended and the entry is gone
/// @param reason why, for a person; kept with the entry
/// @param results states to record; a SUCCESS is never overwritten
/// @param send what follows
/// @param happened one line of the entry's history; a success forgets the history
public record Transition(
        Delivery delivery,
        Optional<Custody> to,
        Optional<String> reason,
        List<ResultMeta> results,
        Plan send,
        Optional<Happening> happened) {
    public Transition {
        results = List.copyOf(results);
    }
}
