package dev.lovage.archive.enrichment;

import dev.lovage.archive.description.Language;
import dev.lovage.archive.description.Languages;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Suggests a language and subjects for a text, by models that lie in the program and ask no network. The same text
/// and models give the same suggestions. Loading takes seconds and 200 MB; an instance is meant to stay.
///
/// What people have said stands. Texts in other languages than English get no subjects: the model would invent some.
public final class Enricher {
    private static final String ENGLISH = "eng";

    private final LanguageModel languages;
    private final SubjectModel subjects;

    private Enricher(LanguageModel languages, SubjectModel subjects) {
        this.languages = languages;
        this.subjects = subjects;
    }

    /// Loads both models. A tokenizer's native library is unpacked once to the folder `cache`, for all instances in
    /// this JVM, by system properties that are set here if they are not: `DJL_CACHE_DIR`, `ai.djl.offline`,
    /// `OPT_OUT_TRACKING`, `RUST_FLAVOR`.
    ///
    /// @param cache made if it is not there; 12 MB
    /// @throws ModelUnavailable naming the artifact, if one of the models can't be loaded
    public static Enricher load(Path cache) {
        LanguageModel languages = LanguageModel.load();
        try {
            return new Enricher(languages, SubjectModel.load(cache));
        } catch (LinkageError e) {
            // Without its library even our own class that uses it is refused.
            throw new ModelUnavailable(ModelFile.SUBJECTS.coordinates(), e);
        }
    }

    /// Suggests what people have not said.
    ///
    /// @param text plain, such as OCR's; its first 40 sentences are looked at
    /// @param known what people have said about the item
    /// @param at when this is, for the record
    /// @throws ModelUnavailable if a model fails at its work
    public Enrichment suggest(String text, Known known, Instant at) {
        var sentences = Sentences.of(text);
        if (sentences.texts().isEmpty()) {
            return Enrichment.none("The text has no words, so nothing was suggested.");
        }
        List<String> notes = new ArrayList<>();
        if (!sentences.whole()) {
            notes.add("The text is long: only its first " + Sentences.MAX + " sentences, of at most "
                    + Sentences.CHARS_MAX + " characters each, were looked at.");
        }
        LanguageSuggestion language = languages.of(sentences.joined(), at);
        List<SubjectSuggestion> found =
                english(language, known, notes) ? subjects.of(sentences.texts(), at) : List.of();
        return new Enrichment(unlessKnown(language, known, notes), unlessKnown(found, known, notes), notes);
    }

    private static boolean english(LanguageSuggestion language, Known known, List<String> notes) {
        if (language.code().equals(ENGLISH)) {
            return true;
        }
        boolean undetermined = language.code().equals(LanguageSuggestion.UNDETERMINED);
        if (undetermined && names(known, ENGLISH)) {
            return true;
        }
        notes.add(
                undetermined
                        ? "The language of the text is not certain, so no subjects were suggested: the model knows"
                                + " English only."
                        : "The text seems to be " + language.code()
                                + ", so no subjects were suggested: the model knows English only.");
        return false;
    }

    private static boolean names(Known known, String code) {
        return known.languages().stream()
                .flatMap(name -> Languages.of(name).stream())
                .map(Language::code)
                .anyMatch(code::equals);
    }

    private static Optional<LanguageSuggestion> unlessKnown(
            LanguageSuggestion language, Known known, List<String> notes) {
        if (names(known, language.code())) {
            notes.add("The language " + language.code() + " was left out: people have named it.");
            return Optional.empty();
        }
        if (!known.languages().isEmpty() && !language.code().equals(LanguageSuggestion.UNDETERMINED)) {
            notes.add("People have named " + String.join(", ", known.languages()) + ", and the text seems to be "
                    + language.code() + "; what people said stands.");
        }
        return Optional.of(language);
    }

    private static List<SubjectSuggestion> unlessKnown(List<SubjectSuggestion> found, Known known, List<String> notes) {
        List<SubjectSuggestion> fresh = new ArrayList<>();
        for (SubjectSuggestion subject : found) {
            if (known.subjects().stream()
                    .map(String::strip)
                    .anyMatch(name ->
                            name.equalsIgnoreCase(subject.termId()) || name.equalsIgnoreCase(subject.label()))) {
                notes.add("The subject " + subject.termId() + " was left out: people have named it.");
            } else {
                fresh.add(subject);
            }
        }
        return fresh;
    }

    /// Four digits: what is beyond them differs between processors.
    static double rounded(double value) {
        return Math.round(value * 10_000) / 10_000.0;
    }
}
