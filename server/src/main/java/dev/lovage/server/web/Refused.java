package dev.lovage.server.web;

import dev.lovage.engine.json.Json;
import java.time.Duration;
import java.util.Optional;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.databind.node.ObjectNode;

/// A request that is answered with an error: `{code, message, description}`.
///
/// @param code for programs; never changes its meaning
/// @param message what was found
/// @param description what was expected, what became of it, and what to do
record Refused(int status, String code, String message, String description, Optional<Duration> retryAfter) {
    static Refused of(int status, String code, String message, String description) {
        return new Refused(status, code, message, description, Optional.empty());
    }

    /// Too much is being done at this moment.
    static Refused busy(String message) {
        return new Refused(
                503,
                "busy",
                message,
                "Nothing was accepted. Send the same request again, with the same Idempotency-Key, after the time in"
                        + " Retry-After.",
                Optional.of(Duration.ofSeconds(1)));
    }

    ObjectNode json() {
        return Json.object().put("code", code).put("message", message).put("description", description);
    }

    ServerResponse response() {
        return response(json());
    }

    ServerResponse response(ObjectNode body) {
        var response = ServerResponse.status(status).contentType(MediaType.APPLICATION_JSON);
        retryAfter.ifPresent(wait -> response.header("Retry-After", Long.toString(Math.max(1, wait.toSeconds()))));
        return response.body(Json.bytes(body));
    }

    /// Thrown where a request can't be gone on with.
    static final class Exit extends RuntimeException {
        private final transient Refused refused;

        Exit(Refused refused) {
            super(refused.message());
            this.refused = refused;
        }

        Refused refused() {
            return refused;
        }
    }

    Exit exit() {
        return new Exit(this);
    }
}
