package dev.lovage.archive.description;

import java.util.List;
import java.util.Optional;

/// Writes MODS 3.8.
///
/// @see <a href="https://www.loc.gov/standards/mods/">Library of Congress, MODS</a>
final class Mods {
    private Mods() {}

    static byte[] bytes(Description description) {
        var xml = new Xml("mods", "http://www.loc.gov/mods/v3").attribute("version", "3.8");
        description.values().forEach((field, values) -> {
            if (field != Field.DATE && field != Field.PUBLISHER) {
                values.forEach(value -> write(xml, field, value));
            }
        });
        origin(xml, description);
        return xml.end();
    }

    /// Publisher and date share one element.
    private static void origin(Xml xml, Description description) {
        List<Value> publishers = description.values().getOrDefault(Field.PUBLISHER, List.of());
        List<Value> dates = description.values().getOrDefault(Field.DATE, List.of());
        if (publishers.isEmpty() && dates.isEmpty()) {
            return;
        }
        xml.open("originInfo");
        publishers.forEach(publisher -> xml.element("publisher", publisher.text()));
        for (Value date : dates) {
            if (date.coded()) {
                xml.element("dateCreated", date.text(), "encoding", "edtf");
            } else {
                xml.element("dateCreated", date.text());
            }
        }
        xml.close();
    }

    private static void write(Xml xml, Field field, Value value) {
        String text = value.text();
        switch (field) {
            case IDENTIFIER -> xml.element("identifier", text, "type", "local");
            case CALL_NUMBER ->
                xml.open("location").element("shelfLocator", text).close();
            case TITLE -> xml.open("titleInfo").element("title", text).close();
            case ALTERNATIVE ->
                xml.open("titleInfo", "type", "alternative")
                        .element("title", text)
                        .close();
            case CREATOR -> name(xml, text, "creator");
            case CONTRIBUTOR -> name(xml, text, "contributor");
            case LANGUAGE -> language(xml, value);
            case SUBJECT -> xml.open("subject").element("topic", text).close();
            case PLACE -> xml.open("subject").element("geographic", text).close();
            case COVERAGE -> xml.element("note", text, "type", "coverage");
            case DESCRIPTION -> xml.element("abstract", text);
            case TYPE -> xml.element("genre", text);
            case FORMAT -> xml.open("physicalDescription").element("form", text).close();
            case SOURCE -> xml.element("note", text, "type", "source");
            case RELATION ->
                xml.open("relatedItem")
                        .open("titleInfo")
                        .element("title", text)
                        .close()
                        .close();
            case RIGHTS -> xml.element("accessCondition", text, "type", "use and reproduction");
            case DATE, PUBLISHER -> throw new IllegalArgumentException(field + " is written with its like.");
        }
    }

    private static void name(Xml xml, String text, String role) {
        xml.open("name")
                .element("namePart", text)
                .open("role")
                .element("roleTerm", role, "type", "text", "authority", "marcrelator")
                .close()
                .close();
    }

    private static void language(Xml xml, Value value) {
        xml.open("language");
        Optional<Language> language = value.coded() ? Languages.of(value.text()) : Optional.empty();
        if (language.isEmpty()) {
            xml.element("languageTerm", value.text(), "type", "text");
        } else if (language.get().bibliographic().isPresent()) {
            xml.element("languageTerm", language.get().bibliographic().get(), "type", "code", "authority", "iso639-2b");
        } else {
            xml.element("languageTerm", language.get().code(), "type", "code", "authority", "iso639-3");
        }
        xml.close();
    }
}
