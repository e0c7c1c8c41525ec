package dev.lovage.engine.beat;

import dev.lovage.engine.argument.Arguments;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.TaskName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A task that is sent by a schedule, as one entry of Celery's `beat_schedule` describes it.
///
/// @param name of the entry, unique among those of one store
/// @param task its registered name
/// @param expires after it was sent it is revoked instead of started
/// @param priority 0 to 10
/// @param grace how late a task may be sent under [Misfire#SKIP]
public record PeriodicTask(
        String name,
        String task,
        Schedule schedule,
        Arguments arguments,
        Optional<String> queue,
        Optional<Integer> priority,
        Optional<Duration> expires,
        Misfire misfire,
        Duration grace) {
    private static final int NAME_LENGTH_MAX = 200;
    private static final Duration GRACE = Duration.ofMinutes(1);
    private static final Set<String> KEYS =
            Set.of("task", "schedule", "args", "kwargs", "options", "misfire", "misfire_grace");
    private static final Set<String> OPTIONS = Set.of("queue", "priority", "expires");

    /// @param definition `{task, schedule, args, kwargs, options: {queue, priority, expires}, misfire,
    ///     misfire_grace}`
    /// @throws BadSchedule naming what can't be read
    public static PeriodicTask of(String name, JsonNode definition) {
        try {
            return read(name, definition);
        } catch (IllegalArgumentException e) {
            throw new BadSchedule("The periodic task '" + name + "' can't be used. " + e.getMessage());
        }
    }

    private static PeriodicTask read(String name, JsonNode definition) {
        if (name.isBlank() || name.length() > NAME_LENGTH_MAX || name.chars().anyMatch(Character::isISOControl)) {
            throw new BadSchedule("A name has 1 to " + NAME_LENGTH_MAX + " characters without control characters.");
        }
        known("It", definition, KEYS);
        var options = definition.path("options");
        if (definition.has("options")) {
            known("Its options", options, OPTIONS);
        }
        if (!definition.path("task").isString()) {
            throw new BadSchedule("Its task is " + found(definition.path("task")) + ", and a task's name is expected.");
        }
        var priority = options.path("priority");
        if (options.has("priority") && !(priority.isInt() && priority.intValue() >= 0 && priority.intValue() <= 10)) {
            throw new BadSchedule("Its priority is " + priority + ", and 0 to 10 is expected.");
        }
        if (options.has("queue") && !options.path("queue").isString()) {
            throw new BadSchedule("Its queue is " + options.path("queue") + ", and a queue's name is expected.");
        }
        return new PeriodicTask(
                name,
                new TaskName(definition.get("task").stringValue()).value(),
                Schedule.of(definition.path("schedule")),
                new Arguments(
                        part(definition, "args", Json.array(), ArrayNode.class),
                        part(definition, "kwargs", Json.object(), ObjectNode.class)),
                Optional.ofNullable(options.path("queue").asString(null)),
                options.has("priority") ? Optional.of(priority.intValue()) : Optional.empty(),
                seconds(options, "expires"),
                misfire(definition.path("misfire")),
                seconds(definition, "misfire_grace").orElse(GRACE));
    }

    private static void known(String what, JsonNode map, Set<String> keys) {
        if (!map.isObject()) {
            throw new BadSchedule(what + " is " + found(map) + ", and a map is expected.");
        }
        for (var key : map.propertyNames()) {
            if (!keys.contains(key)) {
                throw new BadSchedule(what + " has '" + key + "', and only "
                        + String.join(", ", keys.stream().sorted().toList()) + " are known.");
            }
        }
    }

    private static <T extends JsonNode> T part(JsonNode definition, String key, T none, Class<T> shape) {
        if (!definition.hasNonNull(key)) {
            return none;
        }
        if (!shape.isInstance(definition.get(key))) {
            throw new BadSchedule("Its " + key + " is " + definition.get(key) + ", and a "
                    + (none.isArray() ? "list" : "map") + " is expected.");
        }
        return shape.cast(definition.get(key));
    }

    private static Optional<Duration> seconds(JsonNode map, String key) {
        if (!map.hasNonNull(key)) {
            return Optional.empty();
        }
        var seconds = map.get(key);
        if (!seconds.isNumber() || !(seconds.doubleValue() >= 0) || seconds.doubleValue() > 1e9) {
            throw new BadSchedule("Its " + key + " is " + seconds + ", and a number of seconds from 0 is expected.");
        }
        return Optional.of(Duration.ofMillis((long) (seconds.doubleValue() * 1000)));
    }

    private static Misfire misfire(JsonNode word) {
        if (word.isMissingNode()) {
            return Misfire.ONCE;
        }
        return Arrays.stream(Misfire.values())
                .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(word.asString("")))
                .findFirst()
                .orElseThrow(() -> new BadSchedule("Its misfire is " + word + ", and skip, once or all is expected."));
    }

    private static String found(JsonNode node) {
        return node.isMissingNode() ? "missing" : node.toString();
    }

    /// The nominal times for which it is to be sent now, oldest first.
    ///
    /// @param last nominal time that was sent, or passed over
    List<Instant> due(Instant last, Instant now, ZoneId zone) {
        return switch (misfire) {
            case ONCE -> schedule.between(last, now, zone, 1);
            case ALL -> schedule.between(last, now, zone, Misfire.ALL_MAX);
            case SKIP ->
                schedule.between(last, now, zone, 1).stream()
                        .filter(time -> !time.plus(grace).isBefore(now))
                        .toList();
        };
    }

    /// What is sent for one nominal time. Its task id follows from the name and that time, so that it is one
    /// task however often it is sent.
    Signature<JsonNode> signature(Instant time, Instant now) {
        var signature = Signature.<JsonNode>of(task, arguments, JsonNode.class, Optional.empty())
                .taskId(taskId(time));
        if (queue.isPresent()) {
            signature = signature.queue(queue.get());
        }
        if (expires.isPresent()) {
            signature = signature.expires(now.plus(expires.get()));
        }
        return priority.isPresent() ? signature.priority(priority.get()) : signature;
    }

    /// The id of the task that is sent for one nominal time.
    public String taskId(Instant time) {
        return UUID.nameUUIDFromBytes(("beat\n" + name + "\n" + time).getBytes(StandardCharsets.UTF_8))
                .toString();
    }
}
