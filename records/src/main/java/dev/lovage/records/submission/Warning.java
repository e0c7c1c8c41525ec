package dev.lovage.records.submission;

/// Something odd about a request that did not stop it from being accepted.
///
/// @param field where it was found: a JSON pointer, a column or a header name
/// @param code stable, for counting, such as `W_FILESIZE`
/// @param message a sentence for staff, without personal data
public record Warning(String field, String code, String message) {}
