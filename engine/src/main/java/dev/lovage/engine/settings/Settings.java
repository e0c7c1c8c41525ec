package dev.lovage.engine.settings;

import dev.lovage.engine.json.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The settings of one installation: presets, overridden by `lovage.yaml`, overridden by the environment.
public final class Settings {
    private static final Pattern SQL = Pattern.compile("(sql\\+)?(sqlite|postgres(ql)?):.*");
    /// Up to the last @ before a blank or the next URL: a password may hold what does not belong there, and is in
    /// an error for that very reason.
    private static final Pattern PASSWORD = Pattern.compile("(?<=://)([^:/@\\s]*):(?:(?!://)\\S)*(?=@)");

    private static final Pattern MEMORY = Pattern.compile("(\\d{1,10}) *(|[kmgt](?:i?b)?)", Pattern.CASE_INSENSITIVE);

    private static final Pattern RATE =
            Pattern.compile("(\\d{1,15}) *(|[kmgt](?:i?b)?)(?:/s)?", Pattern.CASE_INSENSITIVE);

    private final Map<Setting, String> values;

    private Settings(Map<Setting, String> values) {
        this.values = values;
    }

    /// The presets, with the data folder given.
    public static Settings embedded(Path data) {
        return new Settings(new EnumMap<>(Setting.class)).with(Setting.DATA, data.toString());
    }

    /// @param values what [#given] returned
    public static Settings of(Map<Setting, String> values) {
        var copy = new EnumMap<Setting, String>(Setting.class);
        copy.putAll(values);
        return new Settings(copy);
    }

    /// @param file YAML, a map of names to values
    /// @throws BadSetting naming what was found, and the nearest known name for an unknown one
    public static Settings read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new BadSetting("The settings file " + file + " was not found.");
        }
        var given = map(file);
        var values = new EnumMap<Setting, String>(Setting.class);
        for (var entry : given.entrySet()) {
            var setting = known(String.valueOf(entry.getKey()));
            values.put(
                    setting,
                    setting == Setting.TASK_ROUTES
                                    || setting == Setting.TASK_QUEUES
                                    || entry.getValue() instanceof Map<?, ?>
                            ? Json.text(Json.tree(entry.getValue()))
                            : String.valueOf(entry.getValue()));
        }
        var settings = new Settings(values);
        settings.check();
        return settings;
    }

    /// A file of comments alone, or of nothing, sets nothing.
    private static Map<?, ?> map(Path file) {
        JsonNode tree;
        var yaml = new YAMLMapper();
        try {
            tree = yaml.readTree(file.toFile());
        } catch (JacksonException e) {
            throw new BadSetting("The settings file " + file + " is not YAML: "
                    + e.getOriginalMessage().strip().replaceAll("\\s+", " ") + ".");
        }
        if (tree.isMissingNode() || tree.isNull()) {
            return Map.of();
        }
        if (!tree.isObject()) {
            throw new BadSetting("The settings file " + file
                    + " is to be a map of names to values, such as 'worker_concurrency: 8', one on each line.");
        }
        return yaml.treeToValue(tree, LinkedHashMap.class);
    }

    /// @param environment `LOVAGE_BROKER_URL` and so on (`LOVAGE_JAVA_…` is the launcher's); Celery's own
    ///     `CELERY_BROKER_URL` and `CELERY_RESULT_BACKEND` count too
    public Settings overriddenBy(Map<String, String> environment) {
        var changed = this;
        for (var entry : environment.entrySet()) {
            var name = entry.getKey();
            if (name.equals("CELERY_BROKER_URL") && !environment.containsKey("LOVAGE_BROKER_URL")) {
                changed = changed.with(Setting.BROKER_URL, entry.getValue());
            } else if (name.equals("CELERY_RESULT_BACKEND") && !environment.containsKey("LOVAGE_RESULT_BACKEND")) {
                changed = changed.with(Setting.RESULT_BACKEND, entry.getValue());
            } else if (name.startsWith("LOVAGE_") && !name.startsWith("LOVAGE_JAVA_")) {
                changed = changed.with(
                        known(name.substring("LOVAGE_".length()).toLowerCase(Locale.ROOT)), entry.getValue());
            }
        }
        changed.check();
        return changed;
    }

    public Settings with(Setting setting, String value) {
        var copy = new EnumMap<Setting, String>(Setting.class);
        copy.putAll(values);
        copy.put(setting, value);
        return new Settings(copy);
    }

    public String text(Setting setting) {
        return values.getOrDefault(setting, setting.preset());
    }

    public boolean isSet(Setting setting) {
        return values.containsKey(setting);
    }

    /// The map that a setting is; an empty one unless it is set. In the environment it is a JSON object.
    public ObjectNode map(Setting setting) {
        var text = text(setting);
        if (text.isBlank()) {
            return Json.object();
        }
        try {
            if (Json.read(text.getBytes(StandardCharsets.UTF_8)) instanceof ObjectNode map) {
                return map;
            }
        } catch (JacksonException e) {
            // Said below.
        }
        throw new BadSetting(setting.key() + " is a map of names to values, in the environment a JSON object, but is '"
                + text + "'.");
    }

    public boolean flag(Setting setting) {
        return switch (text(setting).toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on", "1" -> true;
            case "false", "no", "off", "0" -> false;
            default -> throw new BadSetting(setting.key() + " is true or false, but is '" + text(setting) + "'.");
        };
    }

    public int number(Setting setting) {
        try {
            var number = Integer.parseInt(text(setting));
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException _) {
            // told below
        }
        throw new BadSetting(setting.key() + " is a whole number of 0 or more, but is '" + text(setting) + "'.");
    }

    /// A setting in seconds, fractions allowed.
    public Duration duration(Setting setting) {
        try {
            return Setting.seconds(text(setting));
        } catch (NumberFormatException e) {
            throw new BadSetting(setting.key() + " is a number of seconds, but is '" + text(setting) + "'.");
        }
    }

    /// A setting in bytes: a number of KiB, or a number with its unit, such as `512MiB` or `1GiB`.
    public long bytes(Setting setting) {
        var text = text(setting);
        var matcher = MEMORY.matcher(text);
        if (!matcher.matches()) {
            throw new BadSetting(setting.key() + " is a number of KiB, or a number with KiB, MiB, GiB or TiB behind it,"
                    + " but is '" + text + "'.");
        }
        return shifted(matcher.group(1), (matcher.group(2) + "K").charAt(0));
    }

    /// A setting in bytes per second: a number of bytes, or a number with its unit, such as `512KiB` or
    /// `200MiB`.
    public long bytesPerSecond(Setting setting) {
        var text = text(setting);
        var matcher = RATE.matcher(text);
        if (!matcher.matches()) {
            throw new BadSetting(setting.key() + " is a number of bytes per second, or a number with KiB, MiB, GiB or"
                    + " TiB behind it, but is '" + text + "'.");
        }
        return shifted(matcher.group(1), (matcher.group(2) + "B").charAt(0));
    }

    /// At most what fits; more is no limit for anyone.
    private static long shifted(String number, char unit) {
        var shift = 10 * "BKMGT".indexOf(Character.toUpperCase(unit));
        return Math.min(Long.parseLong(number), Long.MAX_VALUE >> shift) << shift;
    }

    /// All that are set; task_routes and task_queues as JSON.
    public Map<Setting, String> given() {
        return Map.copyOf(values);
    }

    /// Where tasks go, by their names or patterns, in the order given.
    public Map<String, Route> routes() {
        return Route.all(structure(Setting.TASK_ROUTES));
    }

    /// The queues that are described, by name, in the order given.
    public Map<String, DeclaredQueue> queues() {
        return DeclaredQueue.all(structure(Setting.TASK_QUEUES));
    }

    /// What is said of a task in place of what its descriptor says: by its name, or for all.
    public Optional<Annotation> annotation(String task) {
        var all = Annotation.all(structure(Setting.TASK_ANNOTATIONS));
        return Optional.ofNullable(all.get(task)).or(() -> Optional.ofNullable(all.get("*")));
    }

    private JsonNode structure(Setting setting) {
        try {
            return isSet(setting) ? new JsonMapper().readTree(text(setting)) : new JsonMapper().createObjectNode();
        } catch (JacksonException e) {
            throw new BadSetting(
                    setting.key() + " is a map, and in the environment a map as JSON, but is '" + text(setting) + "'.");
        }
    }

    /// Whose wall clock crontabs go by.
    public ZoneId zone() {
        try {
            return ZoneId.of(text(Setting.TIMEZONE));
        } catch (DateTimeException e) {
            throw new BadSetting("timezone is the name of a time zone, such as UTC or Europe/Berlin, but is '"
                    + text(Setting.TIMEZONE) + "'.");
        }
    }

    public Path data() {
        return Path.of(text(Setting.DATA)).toAbsolutePath().normalize();
    }

    /// Where arguments are kept that travel as a reference.
    public Path payloadFolder() {
        return data().resolve(text(Setting.TASK_PAYLOAD_FOLDER)).normalize();
    }

    /// The broker's URL; the SQLite file in the data folder unless one is set.
    public String brokerUrl() {
        return text(Setting.BROKER_URL).isEmpty()
                ? "sqlite:///" + data().resolve("lovage.db")
                : text(Setting.BROKER_URL);
    }

    /// Where executions, timers and dead letters are kept: what is set; else the broker, or where results go,
    /// if that is SQL; else the SQLite file in the data folder.
    public String storeUrl() {
        var given = text(Setting.STORE_URL);
        if (!given.isEmpty()) {
            return given;
        }
        var broker = brokerUrl();
        if (SQL.matcher(broker).matches() || broker.startsWith("memory:")) {
            return broker;
        }
        var results = text(Setting.RESULT_BACKEND);
        return SQL.matcher(results).matches() ? results : "sqlite:///" + data().resolve("lovage.db");
    }

    /// A URL, or a text with one in it, with its password masked.
    public static String masked(String url) {
        return PASSWORD.matcher(url).replaceAll("$1:**");
    }

    /// These settings, each of which can be read.
    ///
    /// @throws BadSetting if one can't be
    public Settings checked() {
        check();
        return this;
    }

    private void check() {
        for (var setting : Setting.values()) {
            switch (setting) {
                case TASK_ACKS_LATE,
                        TASK_REJECT_ON_WORKER_LOST,
                        TASK_IGNORE_RESULT,
                        TASK_TRACK_STARTED,
                        TASK_CREATE_MISSING_QUEUES,
                        RESULT_EXTENDED,
                        WORKER_SEND_TASK_EVENTS,
                        WORKER_ENABLE_REMOTE_CONTROL,
                        ENABLE_UTC -> flag(setting);
                case TASK_TIME_LIMIT,
                        TASK_SOFT_TIME_LIMIT,
                        RESULT_EXPIRES,
                        WORKER_LEASE,
                        WORKER_SHUTDOWN_GRACE,
                        BROKER_HEARTBEAT,
                        BROKER_CONNECTION_TIMEOUT,
                        BROKER_PUBLISH_TIMEOUT,
                        WORKER_PROC_ALIVE_TIMEOUT -> duration(setting);
                case WORKER_MAX_MEMORY_PER_CHILD -> bytes(setting);
                case TASK_ROUTES -> routes();
                case TASK_QUEUES -> queues();
                case TASK_ANNOTATIONS -> annotation("");
                case TASK_COMPRESSION -> oneOf(setting, "none", "zlib", "gzip", "zstd", "bz2", "bzip2", "xz", "lzma");
                case TASK_JSON_TYPES -> oneOf(setting, "plain", "typed");
                case TASK_DEFAULT_QUEUE_TYPE, TASK_CREATE_MISSING_QUEUE_TYPE -> oneOf(setting, "classic", "quorum");
                case ARCHIVE_READ_BUDGET -> bytesPerSecond(setting);
                case TASK_UNENFORCEABLE_LIMIT -> oneOf(setting, "fail", "ignore");
                case TASK_CRASHES_MAX,
                        TASK_QUEUE_MAX_PRIORITY,
                        TASK_LOG_LINES_MAX,
                        WORKER_CONCURRENCY,
                        WORKER_MAX_TASKS_PER_CHILD,
                        WORKER_PREFETCH_MULTIPLIER,
                        BROKER_QUEUE_MAX,
                        TASK_PAYLOAD_MAX,
                        TASK_PAYLOAD_REFERENCE_MAX,
                        TASK_DEFAULT_PRIORITY -> number(setting);
                case BROKER_TRANSPORT_OPTIONS, RESULT_BACKEND_TRANSPORT_OPTIONS, BEAT_SCHEDULE -> map(setting);
                case TIMEZONE -> zone();
                case BROKER_URL,
                        RESULT_BACKEND,
                        STORE_URL,
                        DATA,
                        TASK_PAYLOAD_FOLDER,
                        TASK_DEFAULT_QUEUE,
                        TASK_UNKNOWN,
                        WORKER_POOL -> {}
            }
        }
    }

    private void oneOf(Setting setting, String... words) {
        if (!java.util.List.of(words).contains(text(setting))) {
            throw new BadSetting(
                    setting.key() + " is " + String.join(" or ", words) + ", but is '" + text(setting) + "'.");
        }
    }

    private static Setting known(String key) {
        return Setting.named(key)
                .orElseThrow(() -> new BadSetting("There is no setting '" + key + "'. The nearest known one is '"
                        + Setting.nearest(key).key() + "'."));
    }
}
