package dev.lovage.archive.enrichment;

/// The language that a text seems to be written in.
///
/// @param code ISO 639-3; `und` if the text is too short or the model is not sure
/// @param confidence of the model in its first choice, 0 to 1, four digits; low for short texts even when it is right
/// @param margin the confidence in its second choice less
public record LanguageSuggestion(String code, double confidence, double margin, Provenance by) {
    static final String UNDETERMINED = "und";
}
