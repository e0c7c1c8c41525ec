package dev.lovage.engine.message;

import dev.lovage.engine.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// What would harm a Python worker in a message that we send: the forms that were seen to stop one or to lose
/// the message, and what its protocol asks for.
public final class Lint {
    /// The headers of protocol 2, all of which are in every message of ours.
    public static final List<String> HEADERS = List.of(
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
            "origin",
            "ignore_result",
            "replaced_task_nesting",
            "stamped_headers",
            "stamps");

    private static final Set<String> TYPES = Set.of("datetime", "date", "time", "decimal", "uuid", "bytes", "base64");
    private static final Set<String> SIGNATURE =
            Set.of("task", "args", "kwargs", "options", "subtask_type", "immutable");
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}\\+00:00");

    private final List<String> faults = new ArrayList<>();

    private Lint() {}

    /// @return what is wrong with the message; empty if nothing is
    public static List<String> faults(Message message) {
        var lint = new Lint();
        try {
            lint.judge(message);
        } catch (Unreadable | RuntimeException e) {
            lint.faults.add(e.toString());
        }
        return lint.faults;
    }

    private void judge(Message message) throws Unreadable {
        var headers = Json.read(message.headers().getBytes(StandardCharsets.UTF_8));
        var properties = Json.read(message.properties().getBytes(StandardCharsets.UTF_8));
        HEADERS.forEach(name -> require(headers.has(name), "no header " + name));
        require(
                headers.path("id").isString()
                        && !headers.get("id").stringValue().isEmpty(),
                "no id");
        require(
                message.headers().length() < 100 * 1024,
                "headers of " + message.headers().length());
        for (var key : List.of("eta", "expires")) {
            require(
                    headers.path(key).isNull()
                            || TIME.matcher(headers.path(key).asString("")).matches(),
                    key + " " + headers.path(key));
        }
        var limits = headers.path("timelimit");
        require(limits.isArray() && limits.size() == 2, "timelimit " + limits);
        limits.forEach(limit -> require(limit.isNull() || limit.isNumber(), "timelimit " + limits));
        require(headers.path("retries").isInt() && headers.path("retries").intValue() >= 0, "retries");
        require(
                headers.path("group_index").isNull()
                        || headers.path("group_index").isInt(),
                "group_index");
        require(headers.path("group").isNull() || headers.path("group").isString(), "group");
        require(headers.path("stamps").isObject(), "stamps");
        require(properties.path("content_type").asString("").equals("application/json"), "content_type");
        require(properties.path("content_encoding").asString("").equals("utf-8"), "content_encoding");
        require(properties.path("correlation_id").equals(headers.path("id")), "correlation_id");
        require(properties.path("reply_to").isString(), "reply_to");
        require(properties.path("priority").isInt(), "priority");
        require(properties.path("delivery_mode").isInt(), "delivery_mode");
        require(headers.path("expires").isNull() != properties.has("expiration"), "expiration");
        require(properties.path("expiration").asString("0").matches("\\d+"), "expiration");
        var packed = headers.path("compression");
        var bytes = packed.isString()
                ? Compression.named(packed.stringValue()).orElseThrow().expand(message.body())
                : message.body();
        var body = Json.read(bytes);
        if (!(body instanceof ArrayNode parts) || parts.size() != 3) {
            faults.add("body " + body);
            return;
        }
        require(
                parts.get(0).isArray()
                        && parts.get(1).isObject()
                        && parts.get(2).isObject(),
                "body " + body);
        require(
                List.of("callbacks", "errbacks", "chain", "chord").stream().allMatch(parts.get(2)::has),
                "embed " + parts.get(2));
        for (var key : List.of("callbacks", "errbacks", "chain")) {
            parts.get(2).path(key).forEach(this::signature);
        }
        if (parts.get(2).path("chord").isObject()) {
            signature(parts.get(2).get("chord"));
        }
        envelopes(body);
        envelopes(headers);
        var _ = Request.read(message);
    }

    private void signature(JsonNode signature) {
        require(SIGNATURE.stream().allMatch(signature::has), "signature " + signature);
        require(signature.path("options").isObject(), "options of " + signature);
        signature.at("/kwargs/tasks").forEach(this::signature);
        signature.path("options").path("link").forEach(this::signature);
        signature.path("options").path("link_error").forEach(this::signature);
        if (signature.path("task").asString("").equals("celery.chord")) {
            var header = signature.at("/kwargs/header");
            require(header.isArray() || header.path("task").asString("").equals("celery.group"), "header " + header);
            require(signature.at("/kwargs/kwargs").isObject(), "kwargs of " + signature);
            (header.isArray() ? header : header.at("/kwargs/tasks")).forEach(this::signature);
            signature(signature.at("/kwargs/body"));
        }
    }

    private void envelopes(JsonNode node) {
        if (node.isObject() && node.size() == 2 && node.has("__type__") && node.has("__value__")) {
            require(TYPES.contains(node.path("__type__").asString("")), "envelope " + node);
        }
        node.forEach(this::envelopes);
    }

    private void require(boolean holds, String fault) {
        if (!holds) {
            faults.add(fault);
        }
    }
}
