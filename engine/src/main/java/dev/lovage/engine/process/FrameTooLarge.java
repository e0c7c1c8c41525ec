package dev.lovage.engine.process;

/// Arguments or a result that are too long to pass between a worker and its child. The task fails, and runs
/// again only when a person says so.
public final class FrameTooLarge extends RuntimeException {
    FrameTooLarge(String what, String task, long bytes, long bytesMax) {
        super(what + " of " + task + " is " + bytes + " bytes as JSON, and at most " + bytesMax
                + " go to or from a child process. Nothing of it was kept. Pass a reference (a path or a BlobRef)"
                + " instead of the content, or raise task_payload_reference_max.");
    }
}
