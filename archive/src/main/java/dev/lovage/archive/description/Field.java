package dev.lovage.archive.description;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a description tells. A field is found by its own name or another common one, in any case, with or without the
/// prefix `dc` or `dcterms`.
public enum Field {
    IDENTIFIER("identifier", "id", "item_id", "local_identifier"),
    CALL_NUMBER("identifier", "shelfmark", "shelf_mark", "shelf_locator", "signature", "reference_code"),
    TITLE("title", "main_title"),
    ALTERNATIVE("title", "alternative_title", "alternate_title"),
    CREATOR("creator", "author", "photographer", "creators", "authors"),
    CONTRIBUTOR("contributor", "contributors"),
    PUBLISHER("publisher"),
    DATE("date", "date_created", "created", "dates", "year"),
    LANGUAGE("language", "languages", "lang"),
    SUBJECT("subject", "subjects", "keyword", "keywords", "topic", "topics"),
    PLACE("coverage", "places", "location", "spatial"),
    COVERAGE("coverage"),
    DESCRIPTION("description", "abstract", "summary", "notes", "note"),
    TYPE("type", "genre"),
    FORMAT("format", "extent", "medium"),
    SOURCE("source"),
    RELATION("relation", "is_part_of", "ispartof"),
    RIGHTS("rights", "rights_uri", "license", "licence");

    private static final Map<String, Field> BY_NAME = Arrays.stream(values())
            .flatMap(field -> field.names().map(name -> Map.entry(name, field)))
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private final String dublinCore;
    private final String others;

    Field(String dublinCore, String... others) {
        this.dublinCore = dublinCore;
        this.others = String.join(" ", others);
    }

    private Stream<String> names() {
        return Stream.concat(
                Stream.of(name().toLowerCase(Locale.ROOT)),
                Stream.of(others.split(" ", -1)).filter(name -> !name.isEmpty()));
    }

    /// The element of Dublin Core.
    String dublinCore() {
        return dublinCore;
    }

    static Optional<Field> named(String name) {
        String plain = name.strip()
                .toLowerCase(Locale.ROOT)
                .replaceFirst("^(dc|dcterms)[:._]", "")
                .replaceAll("[^a-z]+", "_");
        return Optional.ofNullable(BY_NAME.get(plain));
    }
}
