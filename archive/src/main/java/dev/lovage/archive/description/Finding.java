package dev.lovage.archive.description;

/// Something that a person should look at. The value was kept as it is.
///
/// @param field the name of the field, as the depositor wrote it; empty for the whole record
/// @param value as it came
/// @param message found, expected, what became of it
public record Finding(String field, String value, String message) {}
