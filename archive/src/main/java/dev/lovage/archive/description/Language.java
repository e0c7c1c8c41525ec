package dev.lovage.archive.description;

import java.util.Optional;

/// A language of ISO 639.
///
/// @param code ISO 639-3, three letters; also ISO 639-2's terminological code if it has the language
/// @param bibliographic ISO 639-2's bibliographic code, such as `ger` for `deu`
/// @param name in English
public record Language(String code, Optional<String> bibliographic, String name) {}
