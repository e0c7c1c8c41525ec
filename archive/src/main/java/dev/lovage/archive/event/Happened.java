package dev.lovage.archive.event;

/// Something that a step did, before it is written. What identifies it is derived from what it worked on, so that a
/// repeat finds its own event there.
///
/// @param step the step, unique within an item and generation, such as `thumbnail-256`
/// @param version of the step's program; a new one makes another event
/// @param type a label of the vocabulary of PREMIS event types, such as `fixity check`
/// @param detail for people
/// @param note what came of it, for people; may be empty
/// @param inputs SHA-256 over what it worked on
/// @param parameters SHA-256 over how
/// @param outputs SHA-256 over what it made
/// @param deterministic whether the same inputs and parameters always make the same outputs
/// @param agent the program, with its version
public record Happened(
        String step,
        int version,
        String type,
        Outcome outcome,
        String detail,
        String note,
        String inputs,
        String parameters,
        String outputs,
        boolean deterministic,
        String agent) {
    public enum Outcome {
        SUCCESS,
        WARNING,
        FAILURE
    }
}
