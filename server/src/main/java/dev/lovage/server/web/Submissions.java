package dev.lovage.server.web;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Answer;
import dev.lovage.records.intake.Arrival;
import dev.lovage.records.intake.Reader;
import dev.lovage.records.submission.NativeRef;
import dev.lovage.server.status.StatusJson;
import dev.lovage.sql.database.DatabaseFailed;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST` and `GET /api/v1/submissions`.
///
/// | delivery | answer |
/// |---|---|
/// | new | 202 (to the National FOIA Portal 200), the receipt |
/// | known, same content | the same status and bytes, and `Idempotent-Replayed: true` |
/// | known, other content | 422 `idempotency_conflict`; the staff is told |
/// | being accepted | waits up to 10 s, then 409 and `Retry-After` |
/// | with violations | 422 `invalid`, with all of them |
/// | too much at once, or no database | 503 and `Retry-After`; nothing was accepted |
final class Submissions {
    private static final Logger LOG = LoggerFactory.getLogger(Submissions.class);
    private static final MediaType MAIL = MediaType.parseMediaType("message/rfc822");
    private static final MediaType CSV = MediaType.parseMediaType("text/csv");
    private static final Duration RUNNING_WAIT = Duration.ofSeconds(10);
    private static final Duration RUNNING_LOOK = Duration.ofMillis(100);
    private static final Duration TURN_WAIT = Duration.ofMillis(500);
    private static final int AT_ONCE_MAX = 128;

    private final Records records;
    private final Bodies bodies;
    private final Semaphore turns = new Semaphore(AT_ONCE_MAX, true);
    private final Timer latency;

    Submissions(Records records, Bodies bodies, MeterRegistry meters) {
        this.records = records;
        this.bodies = bodies;
        this.latency = Timer.builder("lovage.accept.seconds")
                .description("from the whole body to the durable answer")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofSeconds(30))
                .register(meters);
    }

    ServerResponse post(ServerRequest request) throws Exception {
        var type = request.headers().contentType().orElse(MediaType.APPLICATION_OCTET_STREAM);
        var http = request.servletRequest();
        if (type.equalsTypeAndSubtype(MediaType.APPLICATION_JSON)) {
            var key = key(request);
            return bodies.read(
                    http.getInputStream(),
                    http.getContentLengthLong(),
                    body -> one(records.reader().json("/", body, "api", key)));
        }
        if (type.equalsTypeAndSubtype(MAIL)) {
            return bodies.read(
                    http.getInputStream(),
                    http.getContentLengthLong(),
                    body -> answer(records.reader().mail("mail", body, "mailbox")));
        }
        if (type.equalsTypeAndSubtype(CSV)) {
            return bodies.read(
                    http.getInputStream(),
                    http.getContentLengthLong(),
                    body -> rows(records.reader().csv("row", body, "api")));
        }
        throw Refused.of(
                        415,
                        "unsupported_media_type",
                        "The Content-Type is " + type + ".",
                        "Nothing was accepted. Send application/json, message/rfc822 or text/csv.")
                .exit();
    }

    private static Optional<String> key(ServerRequest request) {
        var given = request.headers().header("Idempotency-Key");
        if (given.size() > 1) {
            throw badKey("There are " + given.size() + " headers Idempotency-Key.");
        }
        try {
            return given.stream().findFirst().map(NativeRef::ofHeader);
        } catch (IllegalArgumentException e) {
            throw badKey("The header Idempotency-Key is not 1 to 255 printable ASCII characters.");
        }
    }

    private static Refused.Exit badKey(String message) {
        return Refused.of(
                        400,
                        "idempotency_key_invalid",
                        message,
                        "Nothing was accepted. Send one key, made for this delivery, and the same one when you repeat it.")
                .exit();
    }

    private ServerResponse one(Reader.Found found) throws InterruptedException {
        if (!found.rejected().isEmpty()) {
            return invalid(found.rejected().getFirst());
        }
        return answer(found.arrivals().getFirst());
    }

    private static ServerResponse invalid(Reader.Rejected rejected) {
        var refused = Refused.of(
                422,
                "invalid",
                rejected.violations().size() == 1
                        ? "One thing in it can't be accepted."
                        : rejected.violations().size() + " things in it can't be accepted.",
                "Nothing was accepted. Mend what violations names, and send it again.");
        var body = refused.json();
        violations(body.putArray("violations"), rejected);
        return refused.response(body);
    }

    private static void violations(ArrayNode array, Reader.Rejected rejected) {
        rejected.violations()
                .forEach(one -> array.addObject()
                        .put("field", one.field())
                        .put("code", one.code().name())
                        .put("message", one.message()));
    }

    private ServerResponse answer(Arrival arrival) throws InterruptedException {
        var status = arrival.form() == Arrival.Form.NFP ? 200 : 202;
        return switch (accept(arrival)) {
            case Answer.Accepted(var id, var response, var _) ->
                ServerResponse.status(status)
                        .contentType(MediaType.APPLICATION_JSON)
                        .header("Location", "/api/v1/submissions/" + id)
                        .body(response);
            case Answer.Replayed(var id, var response) ->
                ServerResponse.status(status)
                        .contentType(MediaType.APPLICATION_JSON)
                        .header("Location", "/api/v1/submissions/" + id)
                        .header("Idempotent-Replayed", "true")
                        .body(response);
            case Answer.Conflict(var first) -> conflict(first).response();
            case Answer.Running() ->
                new Refused(
                                409,
                                "in_work",
                                "The same delivery is being accepted at this moment.",
                                "Send it again after the time in Retry-After: the answer will be the same for both.",
                                Optional.of(Duration.ofSeconds(2)))
                        .response();
        };
    }

    private static Refused conflict(Optional<String> first) {
        return Refused.of(
                422,
                "idempotency_conflict",
                "The same key came before with other content"
                        + first.map(id -> ", and became " + id).orElse("") + ".",
                "Nothing of it was kept, and the staff is told. Send other content under another key.");
    }

    /// Accepts row by row. A row that was accepted is known again when the same file is sent again.
    private ServerResponse rows(Reader.Found found) throws InterruptedException {
        var body = Json.object();
        var rows = body.putArray("rows");
        int accepted = 0;
        for (var rejected : found.rejected()) {
            var row = rows.addObject().put("row", rejected.name()).put("outcome", "rejected");
            violations(row.putArray("violations"), rejected);
        }
        for (var arrival : found.arrivals()) {
            var row = rows.addObject().put("row", arrival.name());
            switch (acceptRow(arrival, accepted)) {
                case Answer.Accepted(var id, var _, var suspected) -> {
                    accepted++;
                    row.put("outcome", "accepted").put("tracking_id", id);
                    suspected.ifPresent(first -> row.put("suspected_duplicate_of", first));
                }
                case Answer.Replayed(var id, var _) -> {
                    accepted++;
                    row.put("outcome", "replayed").put("tracking_id", id);
                }
                case Answer.Conflict(var first) -> describe(row.put("outcome", "conflict"), conflict(first));
                case Answer.Running() -> row.put("outcome", "in_work");
            }
        }
        body.put("accepted", accepted);
        body.put("rejected", found.rejected().size());
        return ServerResponse.status(accepted > 0 || found.rejected().isEmpty() ? 200 : 422)
                .contentType(MediaType.APPLICATION_JSON)
                .body(Json.bytes(body));
    }

    private static void describe(ObjectNode row, Refused refused) {
        row.put("code", refused.code()).put("message", refused.message());
    }

    private Answer acceptRow(Arrival arrival, int before) throws InterruptedException {
        try {
            return accept(arrival);
        } catch (Refused.Exit exit) {
            var why = exit.refused();
            throw new Refused(
                            why.status(),
                            why.code(),
                            why.message(),
                            before + " rows before this one (" + arrival.name()
                                    + ") are accepted, the rest is not. Send"
                                    + " the whole file again: what was accepted is known again and not accepted twice.",
                            why.retryAfter())
                    .exit();
        }
    }

    private Answer accept(Arrival arrival) throws InterruptedException {
        if (!turns.tryAcquire(TURN_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
            throw Refused.busy(AT_ONCE_MAX + " deliveries are being accepted at this moment.")
                    .exit();
        }
        var sample = Timer.start();
        try {
            var answer = records.accept(arrival);
            var deadline = System.nanoTime() + RUNNING_WAIT.toNanos();
            while (answer instanceof Answer.Running && System.nanoTime() < deadline) {
                Thread.sleep(RUNNING_LOOK);
                answer = records.accept(arrival);
            }
            return answer;
        } catch (Busy e) {
            throw Refused.busy("Too much waits to be written.").exit();
        } catch (DatabaseFailed | UncheckedIOException e) {
            LOG.error("A delivery could not be accepted", e);
            throw notWritten(e instanceof DatabaseFailed failed && failed.uncertain())
                    .exit();
        } finally {
            sample.stop(latency);
            turns.release();
        }
    }

    private static Refused notWritten(boolean uncertain) {
        var nothing = Refused.busy("It could not be written down.");
        return uncertain
                ? new Refused(
                        503,
                        "unknown",
                        "The connection to the database broke while it was written down.",
                        "It is not known whether it was accepted. Send the same request again: if it was, the answer"
                                + " comes again and nothing is accepted twice.",
                        nothing.retryAfter())
                : nothing;
    }

    ServerResponse get(ServerRequest request) {
        var id = request.pathVariable("id");
        var item = records.find(id)
                .orElseThrow(() -> Refused.of(
                                404,
                                "not_found",
                                "There is no submission with this tracking id.",
                                "Look at its letters and its check character: US-CRO-RECORDS-2027-0000001-Y is one.")
                        .exit());
        return ServerResponse.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .body(Json.bytes(StatusJson.of(item, records.timeline(id))));
    }
}
