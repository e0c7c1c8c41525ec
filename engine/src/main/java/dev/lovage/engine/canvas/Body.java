package dev.lovage.engine.canvas;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.payload.ByReference;
import dev.lovage.engine.payload.Payloads;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Makes the body of a message, no longer than allowed: arguments of its task, or of those that are to follow
/// and travel in it, go to the payloads where they may, the longest first, until the rest fits.
final class Body {
    /// What is left of a signature's arguments, in its kwargs and in its headers.
    private static final int REFERENCE_BYTES = 400;

    private final Payloads payloads;
    private final int bytesMax;

    Body(Payloads payloads, int bytesMax) {
        this.payloads = payloads;
        this.bytesMax = bytesMax;
    }

    private record Heavy(ObjectNode signature, int bytes) {}

    /// @param signature normal; what goes to the payloads is a reference in it afterwards, also where it is
    ///     part of others
    /// @throws MessageTooLarge if it can't be made short enough; nothing was kept
    byte[] of(ObjectNode signature) {
        var whole = encoded(signature);
        if (whole.length <= bytesMax) {
            return whole;
        }
        var task = signature.get("task").stringValue();
        var heavy = new ArrayList<Heavy>();
        for (var one : signatures(signature)) {
            if (ByReference.allowed(one)) {
                var bytes = ByReference.arguments(one).length;
                if (bytes > REFERENCE_BYTES) {
                    heavy.add(new Heavy(one, bytes));
                }
            }
        }
        heavy.sort(Comparator.comparingInt(Heavy::bytes).reversed());
        var length = (long) whole.length;
        var going = 0;
        while (length > bytesMax && going < heavy.size()) {
            length += REFERENCE_BYTES - heavy.get(going).bytes();
            going++;
        }
        if (length > bytesMax || payloads.bytesMax() == 0) {
            throw MessageTooLarge.body(task, whole.length, bytesMax, largest(signatures(signature)));
        }
        for (var one : heavy.subList(0, going)) {
            if (one.bytes() > payloads.bytesMax()) {
                throw MessageTooLarge.reference(
                        one.signature().get("task").stringValue(),
                        one.bytes(),
                        payloads.bytesMax(),
                        largest(List.of(one.signature())));
            }
        }
        heavy.subList(0, going).forEach(one -> ByReference.replace(one.signature(), payloads));
        var light = encoded(signature);
        if (light.length > bytesMax) {
            throw MessageTooLarge.body(task, light.length, bytesMax, largest(signatures(signature)));
        }
        return light;
    }

    private static byte[] encoded(ObjectNode signature) {
        var options = Normal.options(signature);
        var args = signature.get("args") instanceof ArrayNode given ? given : Json.array();
        var kwargs = signature.get("kwargs") instanceof ObjectNode given ? given : Json.object();
        var embed = Json.object();
        embed.set("callbacks", listed(options.path("link")));
        embed.set("errbacks", listed(options.path("link_error")));
        embed.set("chain", options.path("chain").isArray() ? options.get("chain") : Json.nothing());
        embed.set("chord", options.path("chord").isObject() ? options.get("chord") : Json.nothing());
        return Json.bytes(Json.array().add(args).add(kwargs).add(embed));
    }

    private static JsonNode listed(JsonNode signatures) {
        return signatures.isArray()
                ? signatures
                : signatures.isObject() ? Json.array().add(signatures) : Json.nothing();
    }

    /// All tasks that a signature tells of: itself, what it is linked to, and what composites consist of.
    private static List<ObjectNode> signatures(ObjectNode signature) {
        Set<ObjectNode> found = Collections.newSetFromMap(new IdentityHashMap<>());
        var inOrder = new ArrayList<ObjectNode>();
        collect(signature, found, inOrder);
        return inOrder;
    }

    private static void collect(JsonNode node, Set<ObjectNode> found, List<ObjectNode> inOrder) {
        if (node.isArray()) {
            node.forEach(one -> collect(one, found, inOrder));
        }
        if (!(node instanceof ObjectNode signature) || !signature.path("task").isString() || !found.add(signature)) {
            return;
        }
        switch (Normal.kind(signature)) {
            case "chain", "group" -> collect(signature.at("/kwargs/tasks"), found, inOrder);
            case "chord" -> {
                collect(signature.at("/kwargs/header"), found, inOrder);
                collect(signature.at("/kwargs/body"), found, inOrder);
            }
            default -> inOrder.add(signature);
        }
        for (var option : List.of("link", "link_error", "chain", "chord")) {
            collect(signature.path("options").path(option), found, inOrder);
        }
    }

    private static MessageTooLarge.Weight largest(List<ObjectNode> signatures) {
        var largest = new MessageTooLarge.Weight("none", 0);
        for (var signature : signatures) {
            var of = " of " + signature.get("task").stringValue();
            var position = 0;
            for (var arg : signature.path("args")) {
                largest = larger(largest, "args[" + position + "]" + of, arg);
                position++;
            }
            for (var named : signature.path("kwargs").properties()) {
                largest = larger(largest, named.getKey() + of, named.getValue());
            }
        }
        return largest;
    }

    private static MessageTooLarge.Weight larger(MessageTooLarge.Weight known, String name, JsonNode value) {
        var bytes = Json.bytes(value).length;
        return bytes > known.bytes() ? new MessageTooLarge.Weight(name, bytes) : known;
    }
}
