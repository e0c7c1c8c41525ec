package dev.lovage.records.pii;

/// How sure a finding is.
public enum Confidence {
    /// Structure and a checksum, range or numbering plan.
    VALIDATED,
    /// Structure, and a word that speaks of it within 40 characters.
    CONTEXTUAL,
    /// Structure only.
    PATTERN
}
