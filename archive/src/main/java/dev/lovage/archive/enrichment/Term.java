package dev.lovage.archive.enrichment;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;

/// A term of the closed vocabulary.
///
/// @param description what the term covers, a sentence; compared with texts together with the label
record Term(String id, String label, String description) {
    private static final String FILE = "subjects-1.json";

    /// All terms, in the order of the file.
    static List<Term> all() {
        try (InputStream in = Objects.requireNonNull(Term.class.getResourceAsStream(FILE), FILE)) {
            List<Term> terms = new ArrayList<>();
            for (var node : JsonMapper.shared().readTree(in).path("terms")) {
                terms.add(new Term(
                        node.path("id").stringValue(),
                        node.path("label").stringValue(),
                        node.path("description").stringValue()));
            }
            return List.copyOf(terms);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
