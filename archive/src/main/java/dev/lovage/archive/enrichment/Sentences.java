package dev.lovage.archive.enrichment;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The beginning of a text, in sentences.
///
/// @param texts at most [#MAX], each at most [#CHARS_MAX] characters long
/// @param whole whether nothing was left out
record Sentences(List<String> texts, boolean whole) {
    static final int MAX = 40;
    static final int CHARS_MAX = 1_000;
    static final int TEXT_CHARS_MAX = MAX * CHARS_MAX;

    static Sentences of(String text) {
        boolean whole = text.length() <= TEXT_CHARS_MAX;
        // Line ends of OCR are not those of sentences.
        String line = (whole ? text : text.substring(0, TEXT_CHARS_MAX)).strip().replaceAll("\\s+", " ");
        var breaks = BreakIterator.getSentenceInstance(Locale.ENGLISH);
        breaks.setText(line);
        List<String> sentences = new ArrayList<>();
        int from = breaks.first();
        for (int to = breaks.next(); to != BreakIterator.DONE; from = to, to = breaks.next()) {
            String sentence = line.substring(from, to).strip();
            if (sentences.size() == MAX) {
                return new Sentences(sentences, false);
            }
            if (sentence.length() > CHARS_MAX) {
                whole = false;
                sentence = sentence.substring(0, CHARS_MAX);
            }
            if (sentence.chars().anyMatch(Character::isLetter)) {
                sentences.add(sentence);
            }
        }
        return new Sentences(List.copyOf(sentences), whole);
    }

    String joined() {
        return String.join(" ", texts);
    }
}
