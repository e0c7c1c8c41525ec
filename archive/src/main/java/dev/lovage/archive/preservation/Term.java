package dev.lovage.archive.preservation;

/// A word of one of the Library of Congress' preservation vocabularies.
public sealed interface Term permits EventType, EventOutcome, AgentType, AgentRole, ObjectRole {
    /// The vocabulary, such as `eventType`.
    String scheme();

    /// Three letters, such as `mig`.
    String code();

    /// As it stands in a record, such as `migration`.
    String label();

    default String valueUri() {
        return Vocabulary.uri(scheme()) + "/" + code();
    }
}
