package dev.lovage.archive.enrichment;

import java.util.List;

/// What people have said about an item. It stands: nothing of it is suggested again, and nothing against it is written.
///
/// @param languages codes or names
/// @param subjects ids or labels of terms, or any other keywords
public record Known(List<String> languages, List<String> subjects) {
    public static final Known NOTHING = new Known(List.of(), List.of());

    public Known {
        languages = List.copyOf(languages);
        subjects = List.copyOf(subjects);
    }
}
