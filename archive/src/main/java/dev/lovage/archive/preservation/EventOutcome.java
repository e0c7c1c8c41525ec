package dev.lovage.archive.preservation;

/// How an event ended.
public enum EventOutcome implements Term {
    SUCCESS("suc", "success"),
    FAILURE("fai", "fail"),
    /// It was done with reservations, or not done for a reason: the outcome note says which.
    WARNING("war", "warning");

    private final String code;
    private final String label;

    EventOutcome(String code, String label) {
        this.code = code;
        this.label = label;
    }

    @Override
    public String scheme() {
        return "eventOutcome";
    }

    @Override
    public String code() {
        return code;
    }

    @Override
    public String label() {
        return label;
    }
}
