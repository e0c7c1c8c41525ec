package dev.lovage.engine.result;

import dev.lovage.engine.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Exceptions as Celery's JSON results carry them.
public final class Failures {
    private static final int TRACE_CHARACTERS_MAX = 16_000;

    private Failures() {}

    public static ObjectNode encode(Throwable failure) {
        if (failure instanceof KnownToCelery named) {
            return encode(named.module(), named.type(), String.valueOf(failure.getMessage()));
        }
        if (failure instanceof RemoteFailure remote) {
            return encode(remote.module(), remote.type(), String.valueOf(remote.getMessage()));
        }
        var type = failure.getClass();
        return encode(
                type.getPackageName(),
                type.getName()
                        .substring(
                                type.getPackageName().isEmpty()
                                        ? 0
                                        : type.getPackageName().length() + 1),
                failure.getMessage() == null ? "" : failure.getMessage());
    }

    public static ObjectNode encode(String module, String type, String message) {
        var node = Json.object();
        node.put("exc_type", type);
        node.putArray("exc_message").add(message);
        node.put("exc_module", module);
        return node;
    }

    /// One line such as `ValueError('boom')`, for logs, lists and Celery's chord errors.
    public static String line(JsonNode encoded) {
        var message = encoded.path("exc_message");
        var text = message.isArray() ? message.path(0).asString("") : message.asString("");
        return encoded.path("exc_type").asString("Exception") + "('" + text + "')";
    }

    public static String trace(Throwable failure) {
        var text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        var trace = failure instanceof RemoteFailure remote ? remote.trace() : text.toString();
        return trace.length() <= TRACE_CHARACTERS_MAX ? trace : trace.substring(0, TRACE_CHARACTERS_MAX) + "…";
    }
}
