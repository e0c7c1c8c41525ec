package dev.lovage.archive.preservation;

/// A rule that a PREMIS document breaks.
///
/// @param rule 1 to 10, as [PremisRules] numbers them
/// @param identifier of the object or event; empty where the document as a whole breaks it
/// @param message for people
public record RuleViolation(int rule, String identifier, String message) {}
