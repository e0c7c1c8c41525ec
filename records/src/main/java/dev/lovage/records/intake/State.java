package dev.lovage.records.intake;

/// How far a submission has come. Nothing leads to deletion.
public enum State {
    RECEIVED,
    PARSED,
    SEPARATED,
    CLOCKED,
    SCORED,
    ROUTED,
    ACKNOWLEDGED,
    /// A person has to look at it, for the reason beside it.
    HOLDING
}
