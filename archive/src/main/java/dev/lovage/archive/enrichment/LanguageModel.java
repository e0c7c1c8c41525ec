package dev.lovage.archive.enrichment;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import opennlp.tools.langdetect.Language;
import opennlp.tools.langdetect.LanguageDetectorME;
import opennlp.tools.langdetect.LanguageDetectorModel;

/// OpenNLP's language detector, which knows 183 languages.
final class LanguageModel {
    /// Below, a heading is taken for any language.
    private static final int LETTERS_MIN = 40;

    private static final double CONFIDENCE_MIN = 0.03;

    /// A text in one language stands out; one in several, or in none, does not.
    private static final double LEAD_MIN = 1.6;

    private final LanguageDetectorModel model;
    private final Provenance file;

    private LanguageModel(LanguageDetectorModel model, Provenance file) {
        this.model = model;
        this.file = file;
    }

    static LanguageModel load() {
        try (InputStream in = ModelFile.LANGUAGES.open()) {
            return new LanguageModel(new LanguageDetectorModel(in), ModelFile.LANGUAGES.provenance(Instant.EPOCH));
        } catch (IOException | RuntimeException | LinkageError e) {
            throw new ModelUnavailable(ModelFile.LANGUAGES.coordinates(), e);
        }
    }

    LanguageSuggestion of(String text, Instant at) {
        Language[] best = new LanguageDetectorME(model).predictLanguages(text);
        double first = best[0].getConfidence();
        double second = best[1].getConfidence();
        boolean sure = text.chars().filter(Character::isLetter).count() >= LETTERS_MIN
                && first >= CONFIDENCE_MIN
                && first >= LEAD_MIN * second;
        return new LanguageSuggestion(
                sure ? best[0].getLang() : LanguageSuggestion.UNDETERMINED,
                Enricher.rounded(first),
                Enricher.rounded(first - second),
                new Provenance(file.model(), file.sha256(), at));
    }
}
