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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The settings of one installation: presets, overridden by `lovage.yaml`, overridden by the environment.
public final class Settings {
    private static final Pattern SQL = Pattern.compile("(sql\\+)?(sqlite|postgres(ql)?(\\+psycopg2?)?):.*");
    /// Up to the last @ before a blank or the next URL: a password may hold what does not belong there, and is in
    /// an error for that very reason.
    private static final Pattern PASSWORD = Pattern.compile("(?<=://)([^:/@\\s]*):(?:(?!://)\\S)*(?=@)");

    private static final Pattern MEMORY = Pattern.compile("(\\d{1,10}) *(|[kmgt](?:i?b)?)", Pattern.CASE_INSENSITIVE);

    private static final Pattern RATE =
            Pattern.compile("(\\d{1,15}) *(|[kmgt](?:i?b)?)(?:/s)?", Pattern.CASE_INSENSITIVE);

    private final Map<Setting, String> values;
    /// Names that are none of ours: Celery's, and unknown ones.
    private final Map<String, String> others;

    /// By name; an option in a map has both names with a dot between them.
    private final Map<String, Origin> origins;

    private Settings(Map<Setting, String> values, Map<String, String> others, Map<String, Origin> origins) {
        this.values = values;
        this.others = others;
        this.origins = origins;
    }

    /// The presets, with the data folder given.
    public static Settings embedded(Path data) {
        return of(Map.of()).with(Setting.DATA, data.toString());
    }

    /// @param values what [#given] returned
    public static Settings of(Map<Setting, String> values) {
        var copy = new EnumMap<Setting, String>(Setting.class);
        copy.putAll(values);
        return new Settings(copy, Map.of(), Map.of());
    }

    /// @param file YAML, a map of names to values
    /// @throws BadSetting naming what was found, with its line, and the nearest known name for an unknown one
    public static Settings read(Path file) {
        return unchecked(file).checked();
    }

    /// The same with what is refused in it, to be judged.
    ///
    /// @throws BadSetting if the file can't be read
    public static Settings unchecked(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new BadSetting("The settings file " + file + " was not found.");
        }
        var lines = YamlLines.of(file);
        var settings = of(Map.of());
        for (var entry : map(file).entrySet()) {
            var name = String.valueOf(entry.getKey());
            if (entry.getValue() != null || name.equals(Setting.RESULT_EXPIRES.key())) {
                settings = settings.put(name, text(name, entry.getValue()), lines);
            }
        }
        return settings;
    }

    private static String text(String name, @Nullable Object value) {
        if (name.equals(Setting.BROKER_URL.key()) && value instanceof List<?> several) {
            return several.stream().map(String::valueOf).collect(Collectors.joining(";"));
        }
        return value instanceof Map || value instanceof List || isStructure(name)
                ? Json.text(Json.tree(value))
                : String.valueOf(value);
    }

    private static boolean isStructure(String name) {
        return name.equals(Setting.TASK_ROUTES.key()) || name.equals(Setting.TASK_QUEUES.key());
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
    /// @throws BadSetting as [#read]
    public Settings overriddenBy(Map<String, String> environment) {
        return uncheckedOver(environment).checked();
    }

    /// The same with what is refused in it, to be judged.
    public Settings uncheckedOver(Map<String, String> environment) {
        var changed = this;
        for (var entry : environment.entrySet()) {
            var name = entry.getKey();
            var celery = name.equals("CELERY_BROKER_URL") || name.equals("CELERY_RESULT_BACKEND");
            var ours = name.startsWith("LOVAGE_") && !name.startsWith("LOVAGE_JAVA_");
            if (ours || celery && !environment.containsKey(name.replace("CELERY_", "LOVAGE_"))) {
                changed = changed.put(
                        name.substring("LOVAGE_".length()).toLowerCase(Locale.ROOT),
                        entry.getValue(),
                        Map.of("", Origin.variable(name)));
            }
        }
        return changed;
    }

    public Settings with(Setting setting, String value) {
        return with(setting, value, Origin.PROGRAM);
    }

    /// @param origin for what is said about it
    public Settings with(Setting setting, String value, Origin origin) {
        return put(setting.key(), value, Map.of("", origin));
    }

    /// @param from origins by names, of what it is in and of its options; under the empty name for all
    private Settings put(String name, String value, Map<String, Origin> from) {
        var setting = Setting.named(name);
        var changed = new EnumMap<Setting, String>(Setting.class);
        changed.putAll(values);
        setting.ifPresent(one -> changed.put(one, value));
        var changedOthers = new LinkedHashMap<>(others);
        if (setting.isEmpty()) {
            changedOthers.put(name, value);
        }
        var changedOrigins = new LinkedHashMap<>(origins);
        changedOrigins.keySet().removeIf(key -> key.startsWith(name + "."));
        changedOrigins.put(name, from.getOrDefault(name, from.getOrDefault("", Origin.PROGRAM)));
        from.forEach((key, origin) -> {
            if (key.startsWith(name + ".")) {
                changedOrigins.put(key, origin);
            }
        });
        return new Settings(changed, changedOthers, changedOrigins);
    }

    /// What becomes of each setting that was given, those that are refused included.
    ///
    /// @param pool of a worker that is started with them; empty where none is concerned
    public List<Judgement> judged(Optional<String> pool) {
        return new Judge(this, pool).all();
    }

    /// What becomes of each setting that was given, in the pool that they name.
    public List<Judgement> judged() {
        return judged(Optional.of(text(Setting.WORKER_POOL)));
    }

    Map<String, String> others() {
        return others;
    }

    /// Where a setting stands, or the map that an option is in.
    Origin origin(String name) {
        return origins.getOrDefault(name, origins.getOrDefault(name.replaceFirst("\\..*", ""), Origin.PROGRAM));
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
        return text(Setting.BROKER_URL).isEmpty() ? fileUrl() : text(Setting.BROKER_URL);
    }

    /// Where executions, timers and dead letters are kept: what is set; else the broker, or where results go,
    /// if that is SQL; else the SQLite file in the data folder, if it is there; else where results go, or the
    /// broker, if that is Redis; else the SQLite file in the data folder.
    ///
    /// What lies in that file is not left behind without a word.
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
        if (SQL.matcher(results).matches()) {
            return results;
        }
        return Stream.of(results, broker)
                .filter(Scope::redis)
                .filter(_ -> !Files.exists(file()))
                .findFirst()
                .orElseGet(this::fileUrl);
    }

    /// These settings for whoever keeps tables of their own beside the executions: if the store that is chosen where
    /// none is set is no SQL database, the SQLite file in the data folder is taken.
    public Settings withSqlStore() {
        return !text(Setting.STORE_URL).isEmpty() || !Scope.redis(storeUrl())
                ? this
                : with(Setting.STORE_URL, fileUrl());
    }

    private Path file() {
        return data().resolve("lovage.db");
    }

    private String fileUrl() {
        return "sqlite:///" + file();
    }

    /// Whether a URL names a SQL database.
    static boolean inSql(String url) {
        return SQL.matcher(url).matches();
    }

    /// A SQL database's URL without the scheme that Celery puts before it.
    static String plain(String url) {
        return url.replaceFirst("^sql\\+", "");
    }

    /// A URL, or a text with one in it, with its password masked.
    public static String masked(String url) {
        return PASSWORD.matcher(url).replaceAll("$1:**");
    }

    /// These settings, none of which is refused.
    ///
    /// @throws BadSetting naming all that are
    public Settings checked() {
        var refused = judged(Optional.empty()).stream()
                .filter(one -> one.verdict() == Judgement.Verdict.REFUSED)
                .map(Judgement::line)
                .toList();
        if (!refused.isEmpty()) {
            throw new BadSetting(String.join("\n", refused));
        }
        return this;
    }
}
