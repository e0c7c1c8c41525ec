package dev.lovage.engine.canvas;

import java.util.Locale;

/// A message that is longer than brokers are asked to carry, and whose arguments may not, or can't, travel as a
/// reference. Nothing was sent.
public final class MessageTooLarge extends RuntimeException {
    private final long bytes;
    private final long bytesMax;

    private MessageTooLarge(String message, long bytes, long bytesMax) {
        super(message);
        this.bytes = bytes;
        this.bytesMax = bytesMax;
    }

    static MessageTooLarge body(String task, long bytes, long bytesMax, Weight largest) {
        return new MessageTooLarge(
                "The body of a message for " + task + " is " + size(bytes) + ", and at most " + size(bytesMax)
                        + " (task_payload_max) are allowed. Its largest argument is " + largest
                        + ". Nothing was sent. Let the task take its arguments by reference (Task.byReference()), pass a"
                        + " path or an object key instead of the content, or raise task_payload_max.",
                bytes,
                bytesMax);
    }

    static MessageTooLarge reference(String task, long bytes, long bytesMax, Weight largest) {
        return new MessageTooLarge(
                "The arguments of " + task + " are " + size(bytes) + " as JSON, and at most " + size(bytesMax)
                        + " (task_payload_reference_max) travel as a reference. The largest is " + largest
                        + ". Nothing was sent. Pass a path or an object key instead of the content, or raise"
                        + " task_payload_reference_max.",
                bytes,
                bytesMax);
    }

    private static String size(long bytes) {
        return bytes < 1024 * 1024
                ? bytes + " bytes"
                : String.format(Locale.ROOT, "%d bytes (%.1f MiB)", bytes, bytes / 1048576.0);
    }

    /// One argument, and how long it is as JSON.
    ///
    /// @param name such as `args[0] of orders.print`
    record Weight(String name, long bytes) {
        @Override
        public String toString() {
            return name + " with " + size(bytes);
        }
    }

    public long bytes() {
        return bytes;
    }

    public long bytesMax() {
        return bytesMax;
    }
}
