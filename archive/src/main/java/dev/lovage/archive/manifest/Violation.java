package dev.lovage.archive.manifest;

/// One reason why a manifest was not accepted.
///
/// @param pointer a JSON pointer to the field that is wrong or missing; empty for the whole document
/// @param message found, expected: a sentence for the depositor
public record Violation(String pointer, String message) {}
