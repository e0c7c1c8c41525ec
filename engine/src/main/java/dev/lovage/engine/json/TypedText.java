package dev.lovage.engine.json;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.StringNode;

/// A text that was a value of a type that kombu has an envelope for. It is written as the text; [#enveloped]
/// makes the envelope of it.
final class TypedText extends StringNode {
    private final String type;

    /// @param type one of [Envelope#TYPES]
    TypedText(String type, String text) {
        super(text);
        this.type = type;
    }

    /// A copy of `tree` with envelopes for all typed texts in it, which shares its scalars.
    static JsonNode enveloped(JsonNode tree) {
        if (tree instanceof TypedText typed) {
            var envelope = JsonNodeFactory.instance.objectNode().put(Envelope.TYPE, typed.type);
            if (typed.type.equals("uuid")) {
                envelope.putObject(Envelope.VALUE)
                        .put("hex", typed.stringValue().replace("-", ""));
            } else {
                envelope.put(Envelope.VALUE, typed.stringValue());
            }
            return envelope;
        }
        if (tree.isArray()) {
            var copy = JsonNodeFactory.instance.arrayNode(tree.size());
            tree.forEach(element -> copy.add(enveloped(element)));
            return copy;
        }
        if (tree.isObject()) {
            var copy = JsonNodeFactory.instance.objectNode();
            tree.properties().forEach(entry -> copy.set(entry.getKey(), enveloped(entry.getValue())));
            return copy;
        }
        return tree;
    }
}
