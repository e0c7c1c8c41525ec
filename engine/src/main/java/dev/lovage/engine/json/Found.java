package dev.lovage.engine.json;

import tools.jackson.databind.JsonNode;

/// What is in a place, in words. Content is never quoted: arguments may hold personal data, and messages are
/// logged.
final class Found {
    private Found() {}

    static String in(JsonNode node) {
        String envelope = Envelope.type(node);
        if (envelope != null) {
            return "a " + envelope + " in a typed envelope";
        }
        return switch (node.getNodeType()) {
            case MISSING -> "nothing";
            case NULL -> "null";
            case BOOLEAN -> "a boolean";
            case STRING -> "a string of " + count(node.stringValue().length(), "character");
            case ARRAY -> "an array of " + count(node.size(), "element");
            case OBJECT -> "an object of " + count(node.size(), "key");
            case NUMBER ->
                node.isIntegralNumber()
                        ? "an integer of "
                                + count(node.bigIntegerValue().abs().toString().length(), "digit")
                        : "a number with a fraction";
            case BINARY, POJO -> "a Java object";
        };
    }

    private static String count(int n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }
}
