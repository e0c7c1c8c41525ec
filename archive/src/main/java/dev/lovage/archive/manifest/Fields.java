package dev.lovage.archive.manifest;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Reads fields that may be missing or of another type than their schema asks for; both are empty here.
final class Fields {
    private Fields() {}

    static Optional<String> text(JsonNode object, String name) {
        var value = object.path(name);
        return value.isString() ? Optional.of(value.stringValue()) : Optional.empty();
    }

    static Optional<Long> whole(JsonNode object, String name) {
        var value = object.path(name);
        return value.isIntegralNumber() && value.canConvertToLong() ? Optional.of(value.longValue()) : Optional.empty();
    }

    static Optional<Integer> small(JsonNode object, String name) {
        return whole(object, name).map(Math::toIntExact);
    }

    static Optional<JsonNode> object(JsonNode parent, String name) {
        return Optional.of(parent.path(name)).filter(JsonNode::isObject);
    }

    static Optional<Instant> instant(JsonNode object, String name) {
        return text(object, name).flatMap(Fields::instant);
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }

    /// The strings of an array.
    static List<String> texts(JsonNode object, String name) {
        List<String> texts = new ArrayList<>();
        for (var element : object.path(name)) {
            if (element.isString()) {
                texts.add(element.stringValue());
            }
        }
        return texts;
    }
}
