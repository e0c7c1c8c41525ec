package dev.lovage.engine.message;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.json.PythonRepr;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A message taken apart, whichever of Celery's forms it came in.
///
/// | header `task` | body | form |
/// |---|---|---|
/// | there | array of three | protocol 2 |
/// | there | object with `args` | a hybrid: headers are made of the body, and the message's own beat them |
/// | missing | object with `task` | protocol 1: all of it is in the body |
///
/// @param protocol 1 where the body is an object, hybrids included, else 2
/// @param headers those of protocol 2, made of the body where that is protocol 1
/// @param embed with lists of signatures at `callbacks`, `errbacks` and `chain`, and a signature at `chord`,
///     where these are given
record Body(int protocol, ObjectNode headers, ArrayNode args, ObjectNode kwargs, ObjectNode embed) {
    private static final String CONTENT_TYPE = "application/json";

    /// What the headers of protocol 2 are called in the body of protocol 1.
    private static final List<String> IN_BODY = List.of(
            "lang",
            "task",
            "id",
            "shadow",
            "eta",
            "expires",
            "group",
            "group_index",
            "retries",
            "timelimit",
            "root_id",
            "parent_id",
            "argsrepr",
            "kwargsrepr",
            "origin");

    /// @throws Unreadable with what was found and what was expected
    static Body read(String headersText, String propertiesText, byte[] bytes) throws Unreadable {
        var headers = object(headersText, "The headers are");
        var properties = object(propertiesText, "The properties are");
        var type = properties.path("content_type");
        if (!type.asString("").toLowerCase(Locale.ROOT).equals(CONTENT_TYPE)) {
            throw new Unreadable("The content type is "
                    + (type.isString() ? "'" + type.stringValue() + "'" : "missing") + ", and only " + CONTENT_TYPE
                    + " is accepted.");
        }
        var body = parse(expanded(headers, bytes));
        if (body instanceof ObjectNode object && (object.has("args") || !headers.has("task"))) {
            return ofProtocol1(headers, object);
        }
        if (!headers.has("task")) {
            throw new Unreadable("There is no header task, as in protocol 2, and the body is " + kind(body)
                    + ", not an object" + " with a task, as in protocol 1.");
        }
        if (!(body instanceof ArrayNode parts) || parts.size() != 3) {
            throw new Unreadable("The body is " + kind(body) + ", and a JSON array of three is expected: "
                    + "[args, kwargs, embed].");
        }
        return of(2, headers, parts.get(0), parts.get(1), parts.get(2));
    }

    private static Body ofProtocol1(ObjectNode given, ObjectNode body) throws Unreadable {
        if (!given.has("task") && !body.has("task")) {
            throw new Unreadable("There is no task, neither as a header (protocol 2) nor in the body (protocol 1).");
        }
        for (var key : List.of("eta", "expires")) {
            if (body.path("utc").isBoolean()
                    && !body.get("utc").booleanValue()
                    && body.path(key).isString()
                    && !body.get(key).stringValue().matches("(?s).{11,}([Zz]|[+-]\\d{2}(:?\\d{2})?)")) {
                throw new Unreadable(
                        "The body's " + key + " is '" + body.get(key).stringValue()
                                + "' in the sender's own time zone, which it does not name. Set enable_utc there, or"
                                + " task_protocol 2.");
            }
        }
        var said = Json.object();
        for (var name : IN_BODY) {
            if (body.has(name)) {
                said.set(name, body.get(name));
            }
        }
        if (body.hasNonNull("taskset")) {
            said.set("group", body.get("taskset"));
        }
        var hybrid = given.has("task");
        var headers = hybrid ? said : given;
        headers.setAll(hybrid ? given : said);
        headers.remove("compression"); // was the body's, which a retry sends as protocol 2
        var embed = Json.object();
        for (var key : List.of("callbacks", "errbacks", "chord")) {
            embed.set(key, body.has(key) ? body.get(key) : Json.nothing());
        }
        embed.putNull("chain");
        var args = body.has("args") ? body.get("args") : Json.nothing();
        var kwargs = body.has("kwargs") ? body.get("kwargs") : Json.nothing();
        var read = of(1, headers, args.isNull() ? Json.array() : args, kwargs.isNull() ? Json.object() : kwargs, embed);
        if (!headers.path("argsrepr").isString()) {
            headers.put("argsrepr", PythonRepr.args(read.args));
            headers.put("kwargsrepr", PythonRepr.kwargs(read.kwargs));
        }
        return read;
    }

    private static Body of(int protocol, ObjectNode headers, JsonNode args, JsonNode kwargs, JsonNode embed)
            throws Unreadable {
        if (!(args instanceof ArrayNode list) || !(kwargs instanceof ObjectNode named)) {
            throw new Unreadable("The body holds " + kind(args) + " and " + kind(kwargs)
                    + ", and an array of args and an object of kwargs are expected.");
        }
        if (!embed.isNull() && !embed.isObject()) {
            throw new Unreadable("The body's third part is " + kind(embed)
                    + ", and an object with callbacks, errbacks, chain and" + " chord, or null, is expected.");
        }
        var checked = embed instanceof ObjectNode object ? object : Json.object();
        SignatureForm.check(checked);
        return new Body(protocol, headers, list, named, checked);
    }

    static byte[] expandedOrAsItIs(String headersText, byte[] bytes) {
        try {
            return expanded(object(headersText, "The headers are"), bytes);
        } catch (Unreadable e) {
            return bytes; // a worker parks it, and says what is wrong
        }
    }

    private static byte[] expanded(ObjectNode headers, byte[] bytes) throws Unreadable {
        if (!headers.hasNonNull("compression")) {
            return bytes;
        }
        var name = headers.get("compression").asString("");
        var method = Compression.named(name);
        if (method.isEmpty()) {
            throw new Unreadable(
                    "The body is compressed with '" + name
                            + "', and application/x-gzip, application/x-bz2, application/x-lzma and application/zstd are read.");
        }
        return method.get().expand(bytes);
    }

    private static JsonNode parse(byte[] bytes) throws Unreadable {
        try {
            return Json.read(bytes);
        } catch (JacksonException e) {
            throw new Unreadable("The body is not JSON: " + e.getOriginalMessage());
        }
    }

    static ObjectNode object(String json, String what) throws Unreadable {
        try {
            if (Json.read(json.getBytes(StandardCharsets.UTF_8)) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            throw new Unreadable(what + " not JSON: " + e.getOriginalMessage());
        }
        throw new Unreadable(what + " not a JSON object.");
    }

    static String kind(JsonNode node) {
        return node.isArray()
                ? "an array of " + node.size()
                : node.getNodeType().name().toLowerCase(Locale.ROOT);
    }
}
