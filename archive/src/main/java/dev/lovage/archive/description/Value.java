package dev.lovage.archive.description;

/// One value of a field.
///
/// @param text never empty
/// @param coded whether the text is a date in EDTF, or a language's ISO 639-3 code
public record Value(String text, boolean coded) {}
