package dev.lovage.engine.canvas;

/// A body that is longer than brokers are asked to carry. Nothing was sent.
public final class MessageTooLarge extends RuntimeException {
    private final long bytes;
    private final long bytesMax;

    MessageTooLarge(String task, long bytes, long bytesMax) {
        super("The body of a message for " + task + " is " + bytes + " bytes, and at most " + bytesMax
                + " are allowed. Nothing was sent. Pass a reference (a path or a BlobRef) instead of the content.");
        this.bytes = bytes;
        this.bytesMax = bytesMax;
    }

    public long bytes() {
        return bytes;
    }

    public long bytesMax() {
        return bytesMax;
    }
}
