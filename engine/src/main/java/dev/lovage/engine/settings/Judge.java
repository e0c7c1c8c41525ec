package dev.lovage.engine.settings;

import com.sun.management.OperatingSystemMXBean;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Judgement.Verdict;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// Judges each setting that was given, for the broker, the results and the pool that it is given with.
///
/// The first of these that is true decides: the value can't be read; the setting has no effect here; the value is
/// unsafe. All else is honoured. The names of Celery's that are none of ours are judged by [CelerySetting].
final class Judge {
    /// Beyond these Redis gives the work of a worker that died back too late, or that of a live one too early.
    private static final Duration VISIBILITY_MIN = Duration.ofSeconds(30);

    private static final Duration VISIBILITY_MAX = Duration.ofHours(2);
    private static final Duration LEASE_MIN = Duration.ofSeconds(1);
    private static final Duration LEASE_MAX = Duration.ofMinutes(5);

    /// What RabbitMQ takes by default since version 4.0.
    private static final int RABBITMQ_BODY_MAX = 16 << 20;

    /// Result backends of Celery's that are not here.
    private static final Set<String> ELSEWHERE = Set.of(
            "amqp",
            "arangodb",
            "azureblockblob",
            "cache",
            "cassandra",
            "consul",
            "cosmosdbsql",
            "couchbase",
            "couchdb",
            "database",
            "django-cache",
            "django-db",
            "dynamodb",
            "elasticsearch",
            "file",
            "filesystem",
            "gcs",
            "gs",
            "ironcache",
            "memcached",
            "mongodb",
            "s3",
            "sentinel",
            "socket");

    private static final Pattern SECRET =
            Pattern.compile("password|secret|access_key|credential|security_key|_auth_", Pattern.CASE_INSENSITIVE);

    private final Settings settings;
    private final Optional<String> pool;

    /// @param pool the word for it; empty where no worker is concerned, and then nothing is said about pools
    Judge(Settings settings, Optional<String> pool) {
        this.settings = settings;
        this.pool = pool;
    }

    /// @param safe what to set instead
    private record Finding(Verdict verdict, String reason, Optional<String> safe) {
        static final Finding HONOURED = new Finding(Verdict.HONOURED, "", Optional.empty());

        static Finding unsafe(String reason, String safe) {
            return new Finding(Verdict.UNSAFE, reason, Optional.of(safe));
        }

        static Finding without(String reason) {
            return new Finding(Verdict.WITHOUT_EFFECT, reason, Optional.empty());
        }

        static Finding refused(String sentence) {
            return new Finding(Verdict.REFUSED, sentence, Optional.empty());
        }
    }

    /// In the order of the table, and then those that are not ours. Of a map with options each option is judged.
    List<Judgement> all() {
        var all = new ArrayList<Judgement>();
        for (var setting : Setting.values()) {
            if (settings.isSet(setting)) {
                var options = options(setting);
                all.addAll(
                        options.isEmpty()
                                ? List.of(judgement(setting.key(), settings.text(setting), of(setting)))
                                : options);
            }
        }
        settings.others().forEach((name, value) -> all.add(judgement(name, value, other(name, value))));
        return all;
    }

    private Judgement judgement(String name, String value, Finding finding) {
        return new Judgement(
                name, shown(name, value), settings.origin(name), finding.verdict(), finding.reason(), finding.safe());
    }

    private static String shown(String name, String value) {
        if (SECRET.matcher(name).find()) {
            return "**";
        }
        var masked = Settings.masked(value);
        return masked.startsWith("{") ? "{...}" : masked.length() > 100 ? masked.substring(0, 97) + "..." : masked;
    }

    private Finding of(Setting setting) {
        try {
            setting.check(settings);
        } catch (BadSetting e) {
            return Finding.refused(e.found());
        }
        return pickles(setting)
                .or(() -> scope(setting))
                .or(() -> danger(setting))
                .orElse(Finding.HONOURED);
    }

    /// `db+` is SQLAlchemy's in Celery, whose results are pickles.
    private Optional<Finding> pickles(Setting setting) {
        var url = settings.text(setting);
        if (!url.startsWith("db+")
                || setting != Setting.RESULT_BACKEND && setting != Setting.BROKER_URL && setting != Setting.STORE_URL) {
            return Optional.empty();
        }
        return Optional.of(Finding.refused(setting.key() + " is " + Settings.masked(url)
                + ", and db+ means the tables in which Celery keeps pickles, which are never read or written here. Use"
                + (setting == Setting.RESULT_BACKEND ? " redis://, which both sides read, or" : "") + " sql"
                + Settings.masked(url.substring(2)) + " for tables of our own, which Python can read: see celery.md"));
    }

    private Optional<Finding> scope(Setting setting) {
        var broker = settings.brokerUrl();
        var results = settings.text(Setting.RESULT_BACKEND);
        var rabbitmq = Scope.rabbitmq(broker);
        var redis = Scope.redis(broker);
        var there = switch (setting.scope()) {
            case EVERYWHERE -> true;
            case RABBITMQ -> rabbitmq;
            case REDIS -> redis;
            case RABBITMQ_AND_REDIS -> rabbitmq || redis;
            case REDIS_RESULTS -> Scope.redis(results);
            case CHILDREN -> pool.map(Judge::inChildren).orElse(true);
        };
        if (there) {
            return Optional.empty();
        }
        return Optional.of(Finding.without(
                switch (setting.scope()) {
                    case CHILDREN ->
                        "the pool " + pool.orElse("") + " has no child processes, except for messages with a hard time"
                                + " limit; use worker_pool: prefork";
                    case REDIS_RESULTS -> "it concerns results in Redis, and these are " + where(results);
                    default -> "it concerns " + setting.scope().words() + ", and the broker is " + kind(broker);
                }));
    }

    private static boolean inChildren(String pool) {
        return pool.equals("prefork") || pool.equals("processes");
    }

    private static String where(String results) {
        return results.isEmpty() ? "in the store" : "at " + Settings.masked(results);
    }

    private static String kind(String url) {
        return Scope.rabbitmq(url)
                ? "RabbitMQ"
                : Scope.redis(url) ? "Redis" : url.contains("postgres") ? "PostgreSQL" : url.split(":", 2)[0];
    }

    /// What is done as it was asked for, and loses work, hides it or lets it grow without bound.
    private Optional<Finding> danger(Setting setting) {
        return switch (setting) {
            case TASK_ACKS_LATE ->
                unless(
                        settings.flag(setting),
                        "a task that is acknowledged before it runs is lost with the process that runs it",
                        "true");
            case TASK_REJECT_ON_WORKER_LOST ->
                unless(settings.flag(setting), "a task whose process died is not run again", "true");
            case TASK_UNKNOWN ->
                unless(
                        settings.text(setting).equals("park"),
                        "a task that this worker does not know fails, where another worker may know it",
                        "park");
            case TASK_UNENFORCEABLE_LIMIT ->
                unless(
                        settings.text(setting).equals("fail"),
                        "a task runs on past the hard limit that its sender set",
                        "fail");
            case WORKER_CONCURRENCY ->
                pool.filter(word -> word.equals("solo") && settings.number(setting) > 1)
                        .map(_ -> Finding.without("the pool solo runs one task at a time"));
            case WORKER_MAX_MEMORY_PER_CHILD -> memory();
            case WORKER_LEASE -> lease();
            case RESULT_EXPIRES ->
                unless(
                        settings.duration(setting).isPositive(),
                        "results and ended executions are never removed, and the store grows without end",
                        setting.preset());
            case TASK_PAYLOAD_MAX -> payload();
            case BROKER_QUEUE_MAX ->
                settings.number(setting) > 0
                        ? Optional.empty()
                        : Optional.of(Finding.refused("broker_queue_max is a whole number of 1 or more, but is '0'"));
            case BROKER_HEARTBEAT ->
                unless(
                        settings.duration(setting).isPositive(),
                        "RabbitMQ does not notice that a worker's machine is gone, and keeps what that worker had",
                        setting.preset());
            case BROKER_CONNECTION_TIMEOUT ->
                unless(
                        settings.duration(setting).isPositive(),
                        "connecting to an address that does not answer never ends",
                        setting.preset());
            case BROKER_PUBLISH_TIMEOUT ->
                unless(
                        settings.duration(setting).isPositive(),
                        "sending gives up before RabbitMQ can answer, so that what was sent is unknown every time",
                        setting.preset());
            case BROKER_URL ->
                // Who opens it in a program knows.
                unless(
                        !settings.brokerUrl().startsWith("memory:")
                                || settings.origin(setting.key()).equals(Origin.PROGRAM),
                        "all messages are gone with this process",
                        "sqlite:///lovage.db");
            case RESULT_BACKEND -> results();
            case STORE_URL -> settings.withoutStore() ? withoutStore() : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static Optional<Finding> unless(boolean good, String reason, String safe) {
        return good ? Optional.empty() : Optional.of(Finding.unsafe(reason, safe));
    }

    /// A number of bytes in place of KiB is the usual slip.
    private Optional<Finding> memory() {
        var limit = settings.bytes(Setting.WORKER_MAX_MEMORY_PER_CHILD);
        var machine = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        if (limit <= machine) {
            return Optional.empty();
        }
        var text = settings.text(Setting.WORKER_MAX_MEMORY_PER_CHILD);
        var bytes = text.matches("\\d+") && limit >> 10 <= machine;
        return Optional.of(Finding.unsafe(
                (text.matches("\\d+")
                                ? "a bare number is in KiB, and " + text + " of them are " + size(limit)
                                : "it is")
                        + (text.matches("\\d+") ? "," : "") + " more than this machine's " + size(machine)
                        + ", so that no task is ever stopped by it",
                bytes ? size(limit >> 10) : size(machine / 4)));
    }

    /// Rounded down to a number that the setting takes.
    private static String size(long bytes) {
        for (var unit : List.of(Map.entry("TiB", 40), Map.entry("GiB", 30), Map.entry("MiB", 20))) {
            if (bytes >> unit.getValue() > 0) {
                return (bytes >> unit.getValue()) + unit.getKey();
            }
        }
        return (bytes >> 10) + "KiB";
    }

    private Optional<Finding> lease() {
        var lease = settings.duration(Setting.WORKER_LEASE);
        if (lease.compareTo(LEASE_MIN) < 0) {
            return Optional.of(Finding.unsafe(
                    "a pause of a live worker is taken for its death, and its work is given to others", "10"));
        }
        return unless(
                lease.compareTo(LEASE_MAX) <= 0,
                "the work of a worker on another machine that died waits this long",
                "10");
    }

    private Optional<Finding> payload() {
        var bytes = settings.number(Setting.TASK_PAYLOAD_MAX);
        if (bytes == 0) {
            return Optional.of(Finding.unsafe("every message is too long to be sent", "1048576"));
        }
        return unless(
                !Scope.rabbitmq(settings.brokerUrl()) || bytes <= RABBITMQ_BODY_MAX,
                "RabbitMQ 4 takes messages of 16 MiB at most unless its max_message_size is raised, and closes the"
                        + " channel on a longer one",
                "1048576");
    }

    private Optional<Finding> withoutStore() {
        var broker = settings.brokerUrl();
        if (!Scope.rabbitmq(broker)) {
            return Optional.of(Finding.refused("store_url is none, and the broker is " + Settings.masked(broker)
                    + ": only RabbitMQ can hold back what is not due and count what comes back. Leave store_url out,"
                    + " or give it a database's address"));
        }
        return Optional.of(Finding.unsafe(
                "what is delivered again runs again, and no execution, revoke or due time is remembered: see celery.md",
                "sqlite:///lovage.db"));
    }

    private Optional<Finding> results() {
        var url = settings.text(Setting.RESULT_BACKEND);
        var scheme = url.split("[:+]", 2)[0];
        if (ELSEWHERE.contains(scheme)) {
            return Optional.of(Finding.refused("result_backend is " + Settings.masked(url) + ", and results are not"
                    + " kept there. Use redis://, rpc://, sql+postgresql:// or sql+sqlite:///, or leave it out for"
                    + " the store"));
        }
        if (Settings.inSql(url) && !Settings.plain(url).equals(Settings.plain(settings.storeUrl()))) {
            return Optional.of(Finding.refused("result_backend is " + Settings.masked(url) + ", and results in SQL lie"
                    + " in the store, which is " + Settings.masked(settings.storeUrl())
                    + ". Leave it out, or give store_url the same address"));
        }
        return unless(
                !scheme.equals("rpc"),
                "only who sent a task can ask for its result, once, and chords are refused",
                "redis://host:6379/1");
    }

    /// What stands in the maps for one kind of broker.
    private List<Judgement> options(Setting setting) {
        if (setting != Setting.BROKER_TRANSPORT_OPTIONS && setting != Setting.RESULT_BACKEND_TRANSPORT_OPTIONS) {
            return List.of();
        }
        ObjectNode map;
        try {
            map = settings.map(setting);
        } catch (BadSetting e) {
            return List.of(); // said of the whole
        }
        var judged = new ArrayList<Judgement>();
        for (var option : map.properties()) {
            var name = setting.key() + "." + option.getKey();
            var value = option.getValue().isString()
                    ? option.getValue().stringValue()
                    : option.getValue().toString();
            judged.add(judgement(name, value, option(setting, name, value)));
        }
        return judged;
    }

    private Finding option(Setting setting, String name, String value) {
        var known = CelerySetting.named(name);
        if (known.isPresent() && known.get().otherwise() != Verdict.HONOURED) {
            return other(name, value);
        }
        var scope = scope(setting);
        if (scope.isPresent()) {
            return scope.get();
        }
        if (known.isEmpty()) {
            return Finding.without("it is no option that is known here");
        }
        return name.endsWith(".visibility_timeout") ? visibility(value) : Finding.HONOURED;
    }

    private static Finding visibility(String value) {
        try {
            var timeout = Setting.seconds(value);
            if (timeout.compareTo(VISIBILITY_MIN) < 0) {
                return Finding.unsafe(
                        "the shortest one in the cluster counts, and a live worker that pauses this long, or a task of"
                                + " Python's that takes longer, has its work given to others",
                        "3600");
            }
            if (timeout.compareTo(VISIBILITY_MAX) > 0) {
                return Finding.unsafe(
                        "what a worker had that died waits this long; here it need not be longer than the longest"
                                + " task, because running ones show that they live",
                        "3600");
            }
            return Finding.HONOURED;
        } catch (NumberFormatException e) {
            return Finding.refused("visibility_timeout in broker_transport_options is a number of seconds above 0,"
                    + " but is '" + value + "'");
        }
    }

    /// A name that is none of ours.
    private Finding other(String name, String value) {
        var celery = CelerySetting.named(name);
        if (celery.isEmpty()) {
            return Finding.refused(unknown(name));
        }
        var here = celery.get().here();
        if (values(value).allMatch(here::contains)) {
            return Finding.HONOURED;
        }
        var safe = here.stream().findFirst();
        return switch (celery.get().otherwise()) {
            case REFUSED ->
                Finding.refused(name + " can't be " + shown(name, value) + " here: "
                        + celery.get().reason());
            default -> new Finding(celery.get().otherwise(), celery.get().reason(), safe);
        };
    }

    /// One value, or those of a list; flags as YAML writes them.
    private static Stream<String> values(String text) {
        if (text.startsWith("[")) {
            try {
                var list = Json.read(text.getBytes(StandardCharsets.UTF_8));
                return list.valueStream().map(one -> one.isString() ? one.stringValue() : one.toString());
            } catch (JacksonException e) {
                return Stream.of(text);
            }
        }
        return Stream.of(
                switch (text) {
                    case "True", "TRUE", "yes", "on" -> "true";
                    case "False", "FALSE", "no", "off" -> "false";
                    default -> text;
                });
    }

    private static String unknown(String name) {
        return CelerySetting.formerly(name)
                .map(one -> "There is no setting '" + name + "'. Its name is '" + one.name() + "' here, as in Celery")
                .orElseGet(
                        () -> "There is no setting '" + name + "'. The nearest known one is '" + nearest(name) + "'");
    }

    /// The known name with the fewest letters to change.
    private static String nearest(String name) {
        return Stream.concat(
                        Stream.of(Setting.values()).map(Setting::key),
                        CelerySetting.all().stream().map(CelerySetting::name).filter(one -> one.indexOf('.') < 0))
                .min(Comparator.comparingInt(one -> distance(one, name)))
                .orElseThrow();
    }

    /// Levenshtein's distance.
    private static int distance(String a, String b) {
        var before = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            before[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            var row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                var change = before[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(before[j], row[j - 1]) + 1);
            }
            before = row;
        }
        return before[b.length()];
    }
}
