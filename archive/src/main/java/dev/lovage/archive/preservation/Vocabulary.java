package dev.lovage.archive.preservation;

/// Where the vocabularies are.
final class Vocabulary {
    private static final String ROOT = "http://id.loc.gov/vocabulary/preservation/";

    private Vocabulary() {}

    static String uri(String scheme) {
        return ROOT + scheme;
    }
}
