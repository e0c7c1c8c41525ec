package dev.lovage.engine.json;

import java.math.BigDecimal;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a tree is in Java when nobody says which type it has: strings, numbers, lists, maps, and what is in
/// envelopes.
final class PlainValue {
    private PlainValue() {}

    static @Nullable Object of(JsonNode node) {
        return switch (node.getNodeType()) {
            case NULL, MISSING -> null;
            case BOOLEAN -> node.booleanValue();
            case STRING -> node.stringValue();
            case NUMBER -> node.numberValue();
            case ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>(node.size());
                node.forEach(each -> list.add(of(each)));
                yield Collections.unmodifiableList(list);
            }
            case OBJECT -> Envelope.type(node) == null ? map(node) : opened(node);
            case BINARY, POJO -> node;
        };
    }

    /// An envelope whose content isn't what its name says stays a map.
    private static Object opened(JsonNode envelope) {
        try {
            return switch (envelope.path(Envelope.TYPE).stringValue()) {
                case "datetime" -> Times.instant(Envelope.text(envelope, "datetime"));
                case "date" -> Times.date(Envelope.text(envelope, "date"));
                case "time" -> LocalTime.parse(Envelope.text(envelope, "time"));
                case "decimal" -> Json.<BigDecimal>value(envelope, BigDecimal.class);
                case "uuid" -> Json.<UUID>value(envelope, UUID.class);
                default -> Envelope.bytes(envelope);
            };
        } catch (RuntimeException broken) {
            return map(envelope);
        }
    }

    private static Map<String, @Nullable Object> map(JsonNode node) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        node.properties().forEach(entry -> map.put(entry.getKey(), of(entry.getValue())));
        return Collections.unmodifiableMap(map);
    }
}
