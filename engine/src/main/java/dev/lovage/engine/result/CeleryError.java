package dev.lovage.engine.result;

/// A failure under a name that Celery's own clients know, such as `celery.exceptions.ChordError`.
public final class CeleryError extends RuntimeException implements KnownToCelery {
    private final String module;
    private final String type;

    public CeleryError(String module, String type, String message) {
        super(message);
        this.module = module;
        this.type = type;
    }

    public static CeleryError celery(String type, String message) {
        return new CeleryError("celery.exceptions", type, message);
    }

    public static CeleryError builtin(String type, String message) {
        return new CeleryError("builtins", type, message);
    }

    /// The process that ran the task is gone.
    public static CeleryError workerLost(String evidence) {
        return new CeleryError("billiard.exceptions", "WorkerLostError", evidence);
    }

    @Override
    public String module() {
        return module;
    }

    @Override
    public String type() {
        return type;
    }
}
