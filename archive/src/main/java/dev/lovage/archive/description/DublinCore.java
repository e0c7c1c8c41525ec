package dev.lovage.archive.description;

/// Writes simple Dublin Core.
final class DublinCore {
    private DublinCore() {}

    static byte[] bytes(Description description) {
        var xml = new Xml("simpledc", "").namespace("dc", "http://purl.org/dc/elements/1.1/");
        description
                .values()
                .forEach((field, values) ->
                        values.forEach(value -> xml.element("dc:" + field.dublinCore(), value.text())));
        return xml.end();
    }
}
