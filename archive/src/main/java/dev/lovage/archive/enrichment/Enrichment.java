package dev.lovage.archive.enrichment;

import java.util.List;
import java.util.Optional;

/// What models suggest for one item. Suggestions only: a person takes them or not.
///
/// @param language empty if people have named that language, or if no model ran
/// @param subjects best first
/// @param notes what was not done or left out, and why
public record Enrichment(Optional<LanguageSuggestion> language, List<SubjectSuggestion> subjects, List<String> notes) {
    public Enrichment {
        subjects = List.copyOf(subjects);
        notes = List.copyOf(notes);
    }

    /// No suggestion at all, with which a pipeline goes on.
    ///
    /// @param reason a sentence
    public static Enrichment none(String reason) {
        return new Enrichment(Optional.empty(), List.of(), List.of(reason));
    }
}
