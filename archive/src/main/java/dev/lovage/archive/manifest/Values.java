package dev.lovage.archive.manifest;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// What every value of a manifest obeys, whatever its field: text that can be stored anywhere, and numbers that every
/// reader of JSON takes for the same.
final class Values {
    private final List<String> place = new ArrayList<>();
    private final Findings findings;

    private Values(Findings findings) {
        this.findings = findings;
    }

    static boolean tooDeep(JsonNode value, int levels) {
        if (!value.isContainer()) {
            return false;
        }
        if (levels == 0) {
            return true;
        }
        for (JsonNode child : value) {
            if (tooDeep(child, levels - 1)) {
                return true;
            }
        }
        return false;
    }

    static void check(JsonNode tree, Findings findings) {
        new Values(findings).walk(tree);
    }

    /// A copy that has a text for each number with a fraction.
    static JsonNode withoutFractions(JsonNode tree) {
        JsonNode copy = tree.deepCopy();
        replaceFractions(copy);
        return copy;
    }

    private static void replaceFractions(JsonNode within) {
        if (within instanceof ObjectNode object) {
            for (var property : object.properties()) {
                if (fraction(property.getValue())) {
                    property.setValue(StringNode.valueOf("a fraction"));
                } else {
                    replaceFractions(property.getValue());
                }
            }
        } else if (within instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (fraction(array.path(i))) {
                    array.set(i, "a fraction");
                } else {
                    replaceFractions(array.path(i));
                }
            }
        }
    }

    private static boolean fraction(JsonNode value) {
        return value.isNumber() && !value.isIntegralNumber();
    }

    private void walk(JsonNode value) {
        if (value.isObject()) {
            for (var property : value.properties()) {
                place.add(ManifestSchema.escaped(property.getKey()));
                refuseUnstorable(property.getKey());
                walk(property.getValue());
                place.removeLast();
            }
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                place.add(Integer.toString(i));
                walk(value.path(i));
                place.removeLast();
            }
        } else if (value.isString()) {
            refuseUnstorable(value.stringValue());
        } else if (fraction(value)) {
            findings.addFirst(pointer(), "Found a number with a fraction or an exponent; expected a whole number.");
        }
    }

    private void refuseUnstorable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                findings.addFirst(pointer(), "Found the character U+0000; no field can hold it.");
                return;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                findings.addFirst(pointer(), "Found half of a character (a lone surrogate); expected Unicode text.");
                return;
            }
        }
    }

    private String pointer() {
        return "/" + String.join("/", place);
    }
}
