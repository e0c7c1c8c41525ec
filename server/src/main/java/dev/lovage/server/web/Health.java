package dev.lovage.server.web;

import dev.lovage.engine.json.Json;
import dev.lovage.server.installation.Installation;
import java.time.Duration;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/// `/health/live`: the process answers. `/health/ready`: it can accept and work: the worker claims, the database takes
/// a write, and the sequencer keeps up.
final class Health {
    private static final Duration LAG_MAX = Duration.ofSeconds(30);

    private final Installation installation;

    Health(Installation installation) {
        this.installation = installation;
    }

    ServerResponse live(ServerRequest request) {
        return ServerResponse.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .body(Json.bytes(Json.object().put("status", "live")));
    }

    ServerResponse ready(ServerRequest request) {
        var worker = installation.ready();
        var database = writable();
        var ledger = database && keepsUp();
        var all = worker && database && ledger;
        var body = Json.object().put("status", all ? "ready" : "not_ready");
        body.putObject("parts").put("worker", worker).put("database", database).put("ledger", ledger);
        return ServerResponse.status(all ? 200 : 503)
                .contentType(MediaType.APPLICATION_JSON)
                .body(Json.bytes(body));
    }

    private boolean writable() {
        try {
            installation.records().probe();
            return true;
        } catch (RuntimeException cannot) {
            return false;
        }
    }

    private boolean keepsUp() {
        try {
            var lag = installation.sequencer().lag();
            var now = installation.clock().instant();
            return lag.problems().isEmpty()
                    && lag.oldest()
                            .map(oldest -> Duration.between(oldest, now).compareTo(LAG_MAX) < 0)
                            .orElse(true);
        } catch (RuntimeException cannot) {
            return false;
        }
    }
}
