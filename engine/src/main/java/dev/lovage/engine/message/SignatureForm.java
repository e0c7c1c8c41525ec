package dev.lovage.engine.message;

import dev.lovage.engine.json.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The form of the signatures in a message, checked once when it is read: what follows the task is then known
/// to be sendable before the task runs.
///
/// Keys that are missing or null have their defaults. Unknown options are no error.
final class SignatureForm {
    private SignatureForm() {}

    /// Puts single signatures in lists of one where lists are expected.
    ///
    /// @throws Unreadable naming the place
    static void check(ObjectNode embed) throws Unreadable {
        for (var key : List.of("callbacks", "errbacks", "chain")) {
            list(embed, key, "the body's " + key);
        }
        if (embed.hasNonNull("chord")) {
            signature(embed.get("chord"), "the body's chord");
        }
    }

    private static void list(ObjectNode owner, String key, String place) throws Unreadable {
        var found = owner.path(key);
        if (found.isMissingNode() || found.isNull()) {
            return;
        }
        if (found.isObject()) {
            owner.set(key, Json.array().add(found));
        }
        signatures(owner.get(key), place);
    }

    private static void signatures(JsonNode found, String place) throws Unreadable {
        if (!(found instanceof ArrayNode all)) {
            throw wrong(place, found, "a list of signatures");
        }
        for (int i = 0; i < all.size(); i++) {
            signature(all.get(i), place + "[" + i + "]");
        }
    }

    private static void signature(JsonNode found, String place) throws Unreadable {
        if (!(found instanceof ObjectNode signature)) {
            throw wrong(place, found, "a signature");
        }
        var task = signature.path("task");
        if (!task.isString() || !Names.fits(task.stringValue())) {
            throw wrong(place + ".task", task, "the name of a task");
        }
        var args = signature.path("args");
        if (!args.isMissingNode() && !args.isNull() && !args.isArray()) {
            throw wrong(place + ".args", args, "an array");
        }
        for (var key : List.of("kwargs", "options")) {
            var part = signature.path(key);
            if (!part.isMissingNode() && !part.isNull() && !part.isObject()) {
                throw wrong(place + "." + key, part, "an object");
            }
        }
        if (signature.get("options") instanceof ObjectNode options) {
            options(options, place + ".options");
        }
        var kwargs = signature.path("kwargs");
        switch (task.stringValue()) {
            case "celery.chain", "celery.group" -> signatures(kwargs.path("tasks"), place + ".kwargs.tasks");
            case "celery.chord" -> {
                if (kwargs.path("header").isObject()) {
                    signature(kwargs.path("header"), place + ".kwargs.header");
                } else {
                    signatures(kwargs.path("header"), place + ".kwargs.header");
                }
                signature(kwargs.path("body"), place + ".kwargs.body");
            }
            default -> {}
        }
    }

    private static void options(ObjectNode options, String place) throws Unreadable {
        for (var key : List.of("task_id", "group_id", "root_id", "parent_id")) {
            var id = options.path(key);
            if (!id.isMissingNode() && !id.isNull() && !(id.isString() && Names.fits(id.stringValue()))) {
                throw wrong(place + "." + key, id, "a text of 1 to 255 characters, or null");
            }
        }
        for (var key : List.of("link", "link_error", "chain")) {
            list(options, key, place + "." + key);
        }
        if (options.hasNonNull("chord")) {
            signature(options.get("chord"), place + ".chord");
        }
        for (var key : List.of("eta", "expires")) {
            if (options.hasNonNull(key) && !options.get(key).isNumber()) {
                Times.read(options.get(key));
            }
        }
    }

    private static Unreadable wrong(String place, JsonNode found, String expected) {
        return new Unreadable("At " + place + " there is " + Body.kind(found) + ", and " + expected + " is expected.");
    }
}
