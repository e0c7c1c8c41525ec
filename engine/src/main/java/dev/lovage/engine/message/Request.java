package dev.lovage.engine.message;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a worker reads out of a message, by Celery's protocol 2 or 1.
///
/// @param protocol 2, or 1 where the body is no array of three
/// @param headers as of protocol 2, whatever the message had
/// @param embed the third element of the body, with the keys `callbacks`, `errbacks`, `chain` and `chord`;
///     perhaps empty
/// @param version the version of the task's arguments, 1 unless the header `lovage_version` says otherwise
public record Request(
        int protocol,
        String id,
        String task,
        String rootId,
        Optional<String> parentId,
        Optional<String> group,
        Optional<Integer> groupIndex,
        int retries,
        int nesting,
        Optional<Instant> eta,
        Optional<Instant> expires,
        Optional<Duration> hardLimit,
        Optional<Duration> softLimit,
        Optional<Boolean> ignoreResult,
        int version,
        ObjectNode headers,
        ArrayNode args,
        ObjectNode kwargs,
        ObjectNode embed) {

    /// A hundred years.
    private static final long SECONDS_MAX = 3_155_760_000L;

    /// @throws Unreadable with what was found and what was expected
    public static Request read(Message message) throws Unreadable {
        var body = Body.read(message.headers(), message.properties(), message.body());
        var headers = body.headers();
        var id = needed(headers, "id");
        var limits = headers.path("timelimit");
        if (headers.hasNonNull("timelimit") && (!limits.isArray() || limits.size() != 2)) {
            throw new Unreadable("The header timelimit is " + limits + ", and [hard, soft] in seconds is expected.");
        }
        var index = headers.path("group_index");
        if (headers.hasNonNull("group_index") && !(index.isInt() && index.intValue() >= 0)) {
            throw new Unreadable("The header group_index is " + index + ", and a whole number from 0 is expected.");
        }
        return new Request(
                body.protocol(),
                id,
                needed(headers, "task"),
                text(headers, "root_id").orElse(id),
                text(headers, "parent_id"),
                text(headers, "group"),
                index.isInt() ? Optional.of(index.intValue()) : Optional.empty(),
                count(headers, "retries"),
                count(headers, "replaced_task_nesting"),
                time(headers, "eta"),
                time(headers, "expires"),
                seconds(limits.path(0)),
                seconds(limits.path(1)),
                headers.path("ignore_result").isBoolean()
                        ? Optional.of(headers.get("ignore_result").booleanValue())
                        : Optional.empty(),
                headers.path("lovage_version").asInt(1),
                headers,
                body.args(),
                body.kwargs(),
                body.embed());
    }

    /// The same with other arguments.
    public Request with(ArrayNode otherArgs, ObjectNode otherKwargs) {
        return new Request(
                protocol,
                id,
                task,
                rootId,
                parentId,
                group,
                groupIndex,
                retries,
                nesting,
                eta,
                expires,
                hardLimit,
                softLimit,
                ignoreResult,
                version,
                headers,
                otherArgs,
                otherKwargs,
                embed);
    }

    public List<ObjectNode> callbacks() {
        return signatures("callbacks");
    }

    public List<ObjectNode> errbacks() {
        return signatures("errbacks");
    }

    /// The remaining steps of the chain in reverse order, as on the wire: the next one is the last.
    public List<ObjectNode> chain() {
        return signatures("chain");
    }

    /// The body of the chord that this task contributes to.
    public Optional<ObjectNode> chord() {
        return embed.get("chord") instanceof ObjectNode body ? Optional.of(body) : Optional.empty();
    }

    private List<ObjectNode> signatures(String key) {
        var found = new ArrayList<ObjectNode>();
        embed.path(key).forEach(signature -> found.add((ObjectNode) signature));
        return found;
    }

    private static String needed(ObjectNode headers, String key) throws Unreadable {
        return text(headers, key).orElseThrow(() -> new Unreadable("The header " + key + " is missing."));
    }

    private static Optional<String> text(ObjectNode headers, String key) throws Unreadable {
        var found = headers.path(key);
        if (found.isMissingNode() || found.isNull() || found.asString(" ").isEmpty()) {
            return Optional.empty();
        }
        if (!found.isString() || !Names.fits(found.stringValue())) {
            throw new Unreadable("The header " + key + " is "
                    + (found.isString()
                            ? "a text of " + found.stringValue().length() + " characters"
                            : Body.kind(found))
                    + ", and a text of 1 to 255 characters without control characters is expected.");
        }
        return Optional.of(found.stringValue());
    }

    private static int count(ObjectNode headers, String key) throws Unreadable {
        var found = headers.path(key);
        if (found.isMissingNode() || found.isNull()) {
            return 0;
        }
        if (!found.isInt() || found.intValue() < 0) {
            throw new Unreadable("The header " + key + " is " + found + ", and a whole number from 0 is expected.");
        }
        return found.intValue();
    }

    private static Optional<Instant> time(ObjectNode headers, String key) throws Unreadable {
        return headers.hasNonNull(key) ? Optional.of(Times.read(headers.get(key))) : Optional.empty();
    }

    /// As in Celery, 0 is no limit of the message's own.
    private static Optional<Duration> seconds(JsonNode limit) throws Unreadable {
        if (limit.isMissingNode() || limit.isNull()) {
            return Optional.empty();
        }
        var seconds = limit.isNumber() ? limit.doubleValue() : -1;
        if (!(seconds >= 0) || seconds > SECONDS_MAX) {
            throw new Unreadable("The header timelimit holds " + limit + ", and seconds from 0 to " + SECONDS_MAX
                    + ", or null, are expected.");
        }
        return seconds == 0 ? Optional.empty() : Optional.of(Duration.ofNanos((long) (seconds * 1e9)));
    }
}
