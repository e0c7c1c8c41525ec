package dev.lovage.engine.broker;

/// The deadline of a publication passed without an answer. Sending the same signature again is safe where
/// executions are recorded.
public final class SendUnknown extends RuntimeException {
    public SendUnknown(String what, Throwable cause) {
        super(
                "It is not known whether " + what
                        + " was written. Send the same signature again: an execution that is known"
                        + " already is not sent twice.",
                cause);
    }
}
