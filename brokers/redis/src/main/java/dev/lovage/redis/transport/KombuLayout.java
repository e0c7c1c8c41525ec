package dev.lovage.redis.transport;

import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.node.ObjectNode;

/// Where kombu keeps what in Redis, by `broker_transport_options`. All who share a Redis have to agree on it.
///
/// @param prefix before every key, as it is
/// @param separator between a queue and its priority step, and in bindings
/// @param steps ascending from 0; a message lies in the list of the largest that is not above its priority, and
///     lower ones are more urgent
/// @param visibility how long a delivery may go without a sign of life before anyone gives it back
/// @see <a
///     href="https://docs.celeryq.dev/projects/kombu/en/stable/reference/kombu.transport.redis.html">kombu</a>
record KombuLayout(
        String prefix,
        String separator,
        List<Integer> steps,
        Duration visibility,
        Duration connectTimeout,
        Duration answerTimeout) {
    KombuLayout {
        steps = List.copyOf(steps);
    }

    static KombuLayout of(Settings settings) {
        var options = settings.map(Setting.BROKER_TRANSPORT_OPTIONS);
        return new KombuLayout(
                options.path("global_keyprefix").asString(""),
                options.path("sep").asString("\u0006\u0016"),
                steps(options),
                seconds(options, "visibility_timeout", 3600),
                seconds(options, "socket_connect_timeout", 4),
                seconds(options, "socket_timeout", 10));
    }

    private static List<Integer> steps(ObjectNode options) {
        if (!options.has("priority_steps")) {
            return List.of(0, 3, 6, 9);
        }
        var steps = new TreeSet<Integer>();
        for (var step : options.get("priority_steps")) {
            if (!step.isInt() || step.intValue() < 0 || step.intValue() > 9) {
                throw new BadSetting(
                        "priority_steps in broker_transport_options is a list of numbers from 0 to 9, but is "
                                + options.get("priority_steps") + ".");
            }
            steps.add(step.intValue());
        }
        steps.add(0);
        return List.copyOf(steps);
    }

    private static Duration seconds(ObjectNode options, String name, double preset) {
        var given = options.path(name);
        var seconds = given.isNumber() ? given.doubleValue() : given.isMissingNode() ? preset : Double.NaN;
        if (!(seconds > 0 && seconds < 1e9)) {
            throw new BadSetting(
                    name + " in broker_transport_options is a number of seconds above 0, but is " + given + ".");
        }
        return Duration.ofMillis((long) (seconds * 1000));
    }

    String key(String name) {
        return prefix + name;
    }

    String index() {
        return key("unacked_index");
    }

    String unacked() {
        return key("unacked");
    }

    String mutex() {
        return key("unacked_mutex");
    }

    String bindings(String exchange) {
        return key("_kombu.binding." + exchange);
    }

    /// The member of a set of bindings: exactly three fields, or no Python process can publish any more.
    String binding(String routingKey, String queue) {
        return binding(routingKey, "", queue);
    }

    /// @param pattern of a topic exchange; else empty
    String binding(String routingKey, String pattern, String queue) {
        return routingKey + separator + pattern + separator + queue;
    }

    int step(int priority) {
        int found = 0;
        for (int step : steps) {
            if (step <= Math.clamp(priority, 0, 9)) {
                found = step;
            }
        }
        return found;
    }

    String list(String queue, int step) {
        return key(step == 0 ? queue : queue + separator + step);
    }

    /// The queue's lists, the most urgent first.
    List<String> lists(String queue) {
        return steps.stream().map(step -> list(queue, step)).toList();
    }

    /// What lay in a queue and was no message is given back to here, where no Python worker looks: it would die
    /// of it.
    static String unreadable(String queue) {
        return queue + ".lovage.unreadable";
    }

    /// How often life is shown, and looked for that of others.
    Duration beat() {
        var third = visibility.dividedBy(3);
        return third.compareTo(Duration.ofSeconds(10)) < 0 ? third : Duration.ofSeconds(10);
    }
}
