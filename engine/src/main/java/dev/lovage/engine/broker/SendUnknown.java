package dev.lovage.engine.broker;

import dev.lovage.engine.message.Message;
import java.util.List;

/// The deadline of a publication passed without an answer. Sending the same signature again is safe where
/// executions are recorded.
public class SendUnknown extends RuntimeException {
    private final transient List<Message> taken;

    public SendUnknown(String what, Throwable cause) {
        super(
                "It is not known whether " + what
                        + " was written. Send the same signature again: an execution that is known"
                        + " already is not sent twice.",
                cause);
        this.taken = List.of();
    }

    private SendUnknown(String message, Throwable cause, List<Message> taken) {
        super(message, cause);
        this.taken = List.copyOf(taken);
    }

    /// Where nobody records executions.
    ///
    /// @param taken those that were answered for
    public static SendUnknown unrecorded(String what, Throwable cause, List<Message> taken) {
        return new SendUnknown(
                "It is not known whether " + what + " was sent: " + cause.getMessage() + " Without a store nobody knows"
                        + " an execution that was sent already: sent again, it may run twice.",
                cause,
                taken);
    }

    /// @param taken those that were answered for
    public SendUnknown(SendUnknown unknown, List<Message> taken) {
        super(unknown.getMessage(), unknown.getCause());
        this.taken = List.copyOf(taken);
    }

    /// Those of the publication that were answered for: they are written.
    public List<Message> taken() {
        return taken;
    }
}
