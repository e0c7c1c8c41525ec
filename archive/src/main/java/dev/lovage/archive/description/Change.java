package dev.lovage.archive.description;

/// One value that was normalised.
///
/// @param field the name of the field, as the depositor wrote it
/// @param from the value as it came
/// @param to the value as it is now
/// @param rule why, in a few words
public record Change(String field, String from, String to, String rule) {}
