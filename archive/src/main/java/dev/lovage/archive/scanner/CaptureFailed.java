package dev.lovage.archive.scanner;

/// A capture did not give its pages. Nothing of it was kept.
///
/// A task tries again on [Transient]; the other two are for people. It never has a `SocketTimeoutException` as its
/// cause: that is a kind of `InterruptedIOException`, and an engine would take it for a worker that stops.
public abstract sealed class CaptureFailed extends RuntimeException {
    private final CaptureFault fault;

    private CaptureFailed(CaptureFault fault, String message) {
        super(message);
        this.fault = fault;
    }

    /// Trying again later may do.
    public static final class Transient extends CaptureFailed {
        private Transient(CaptureFault fault, String message) {
            super(fault, message);
        }
    }

    /// Someone at the scanner has to act first.
    public static final class NeedsHuman extends CaptureFailed {
        private NeedsHuman(CaptureFault fault, String message) {
            super(fault, message);
        }
    }

    /// Trying again gives the same.
    public static final class Permanent extends CaptureFailed {
        private Permanent(CaptureFault fault, String message) {
            super(fault, message);
        }
    }

    /// The failure of the fault's own kind.
    ///
    /// @param found sentences that say what was found and what was expected
    static CaptureFailed because(CaptureFault fault, String found) {
        var message = found + " Nothing of this capture was kept. " + fault.advice();
        return switch (fault.kind()) {
            case TRANSIENT -> new Transient(fault, message);
            case HUMAN -> new NeedsHuman(fault, message);
            case PERMANENT -> new Permanent(fault, message);
        };
    }

    /// The same failure for a person: trying again by itself would scan the rest of the stack as if it were all.
    static CaptureFailed afterFeeding(CaptureFailed failure, int pages) {
        if (failure.kind() != CaptureFault.Kind.TRANSIENT) {
            return failure;
        }
        var forPeople = new NeedsHuman(
                failure.fault,
                failure.getMessage() + " It is not tried again by itself after all, since "
                        + pages + " pages went through the feeder before: put the whole stack back in order, and"
                        + " capture again.");
        forPeople.addSuppressed(failure);
        return forPeople;
    }

    public CaptureFault fault() {
        return fault;
    }

    public CaptureFault.Kind kind() {
        return switch (this) {
            case Transient _ -> CaptureFault.Kind.TRANSIENT;
            case NeedsHuman _ -> CaptureFault.Kind.HUMAN;
            case Permanent _ -> CaptureFault.Kind.PERMANENT;
        };
    }
}
