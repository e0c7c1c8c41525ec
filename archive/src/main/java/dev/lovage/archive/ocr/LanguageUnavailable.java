package dev.lovage.archive.ocr;

import java.util.List;

/// There is no usable trained data for a language. No page was read.
public final class LanguageUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String language;
    private final List<String> available;

    LanguageUnavailable(String language, String found, List<String> available) {
        super(found + " Languages that are there: " + String.join(", ", available)
                + ". To add one, put its file, such as deu.traineddata from Tesseract's tessdata_best or tessdata_fast,"
                + " into a folder and open the engine with that folder. No page was read.");
        this.language = language;
        this.available = List.copyOf(available);
    }

    public String language() {
        return language;
    }

    /// @return what can be opened instead, sorted
    public List<String> available() {
        return available;
    }
}
