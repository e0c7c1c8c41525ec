package dev.lovage.engine.beat;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.tx.Tx;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The periodic tasks of one store: those of the setting `beat_schedule`, which a beat writes there when it takes
/// the lead, and those that were made there.
public final class Timetable {
    private static final Logger LOG = LoggerFactory.getLogger(Beat.class);

    private final Backbone backbone;
    private final Schedules schedules;
    private final Settings settings;
    private final ZoneId zone;

    private Timetable(Backbone backbone, Schedules schedules, Settings settings) {
        this.backbone = backbone;
        this.schedules = schedules;
        this.settings = settings;
        this.zone = settings.zone();
    }

    /// One periodic task as it stands.
    ///
    /// @param origin `settings` or `store`
    /// @param schedule in words
    /// @param last nominal time that was sent or passed over, or when it was made; empty if no beat has seen it yet
    /// @param next nominal time; empty if it is disabled or can't be used
    /// @param count how many tasks were sent
    /// @param problem why it can't be used
    public record Listed(
            String name,
            String origin,
            String task,
            String schedule,
            boolean enabled,
            Optional<Instant> last,
            Optional<Instant> next,
            Optional<Instant> sent,
            long count,
            Optional<String> problem) {}

    /// @throws UnsupportedOperationException if the store remembers no schedules
    public static Timetable of(Backbone backbone, Settings settings) {
        return new Timetable(
                backbone,
                backbone.schedules()
                        .orElseThrow(() -> new UnsupportedOperationException(
                                "Beat remembers in a store what it has sent, and the broker "
                                        + Settings.masked(settings.brokerUrl())
                                        + " has none. Nothing was started. Set broker_url to sqlite:///file or"
                                        + " postgresql://user:password@host:port/database, or to amqp:// or redis:// with"
                                        + " a store_url beside it.")),
                settings);
    }

    Schedules schedules() {
        return schedules;
    }

    ZoneId zone() {
        return zone;
    }

    /// Those of the setting `beat_schedule`, by name.
    ///
    /// @throws BadSetting if one can't be used
    static Map<String, JsonNode> configured(Settings settings) {
        var definitions = new LinkedHashMap<String, JsonNode>();
        for (var entry : settings.map(Setting.BEAT_SCHEDULE).properties()) {
            try {
                PeriodicTask.of(entry.getKey(), entry.getValue());
            } catch (BadSchedule e) {
                throw new BadSetting("In beat_schedule: " + e.getMessage());
            }
            definitions.put(entry.getKey(), entry.getValue());
        }
        return definitions;
    }

    /// All, by name, with those of the settings that no beat has seen yet.
    ///
    /// @throws BadSetting if `beat_schedule` can't be used
    public List<Listed> list() {
        var listed = new TreeMap<String, Listed>();
        var now = backbone.store().now();
        configured(settings).forEach((name, definition) -> {
            var task = PeriodicTask.of(name, definition);
            var row = new Schedules.Row(name, true, Json.text(definition), true, now, Optional.empty(), 0);
            listed.put(name, listed(row, Optional.of(task), Optional.empty(), Optional.empty()));
        });
        for (var row : schedules.all()) {
            Optional<PeriodicTask> task = Optional.empty();
            Optional<String> problem = Optional.empty();
            try {
                task = Optional.of(task(row));
            } catch (BadSchedule e) {
                problem = Optional.of(String.valueOf(e.getMessage()));
            }
            listed.put(row.name(), listed(row, task, Optional.of(row.last()), problem));
        }
        return List.copyOf(listed.values());
    }

    private Listed listed(
            Schedules.Row row, Optional<PeriodicTask> task, Optional<Instant> last, Optional<String> problem) {
        return new Listed(
                row.name(),
                row.configured() ? "settings" : "store",
                task.map(PeriodicTask::task).orElse(""),
                task.map(one -> one.schedule().words()).orElse(""),
                row.enabled(),
                last,
                task.filter(one -> row.enabled()).flatMap(one -> one.schedule().next(row.last(), zone)),
                row.sent(),
                row.count(),
                problem);
    }

    /// The name of the beat that leads, or led and is gone without a word.
    public Optional<String> leader() {
        return schedules.lead().leader();
    }

    /// @throws BadSchedule if the definition in the store can't be used
    static PeriodicTask task(Schedules.Row row) {
        return PeriodicTask.of(row.name(), definition(row));
    }

    private static JsonNode definition(Schedules.Row row) {
        try {
            return Json.read(row.definition().getBytes(StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            throw new BadSchedule("The periodic task '" + row.name() + "' can't be used. Its definition is not JSON: "
                    + row.definition());
        }
    }

    /// Makes a periodic task in the store, or gives it another definition. Times are counted from now on where it is
    /// new or its schedule is another.
    ///
    /// @param definition as in the setting `beat_schedule`
    /// @throws BadSchedule if it can't be used, or the settings have one of this name; nothing was written
    public void put(String name, JsonNode definition) {
        PeriodicTask.of(name, definition);
        var now = backbone.store().now();
        backbone.transaction(tx -> {
            var known = schedules.find(tx, name);
            if (known.filter(Schedules.Row::configured).isPresent()) {
                throw new BadSchedule("The periodic task '" + name + "' comes from the setting beat_schedule. Change it"
                        + " there, or take another name.");
            }
            write(tx, name, false, definition, known, now);
            return name;
        });
    }

    /// @return false if there is none
    /// @throws BadSchedule if it comes from the settings; nothing was written
    public boolean remove(String name) {
        return backbone.transaction(tx -> {
            if (schedules.find(tx, name).filter(Schedules.Row::configured).isPresent()) {
                throw new BadSchedule("The periodic task '" + name + "' comes from the setting beat_schedule, and would"
                        + " come back. Remove it there, or disable it.");
            }
            return schedules.remove(tx, name);
        });
    }

    /// What is disabled is not sent; when it is enabled again, its times are counted from then on.
    ///
    /// @return false if there is none
    public boolean enable(String name, boolean enabled) {
        var now = backbone.store().now();
        return backbone.transaction(tx -> schedules.enable(tx, name, enabled, now));
    }

    /// Writes what the settings have, and removes what they had.
    void configure(Map<String, JsonNode> definitions, long epoch) {
        var now = backbone.store().now();
        var rows = schedules.all();
        backbone.transaction(tx -> {
            schedules.fence(tx, epoch);
            for (var row : rows) {
                if (row.configured() && !definitions.containsKey(row.name())) {
                    schedules.remove(tx, row.name());
                    LOG.info("The periodic task '{}' is no longer in beat_schedule, and was removed.", row.name());
                }
            }
            for (var entry : definitions.entrySet()) {
                configure(tx, entry.getKey(), entry.getValue(), now);
            }
            return epoch;
        });
    }

    private void configure(Tx tx, String name, JsonNode definition, Instant now) {
        var known = schedules.find(tx, name);
        if (known.filter(row -> !row.configured()).isPresent()) {
            LOG.warn(
                    "The periodic task '{}' was made in the store, which counts; the one of this name in beat_schedule"
                            + " does not. Give either another name.",
                    name);
        } else if (known.filter(row -> row.definition().equals(Json.text(definition)))
                .isEmpty()) {
            write(tx, name, true, definition, known, now);
        }
    }

    private void write(
            Tx tx, String name, boolean configured, JsonNode definition, Optional<Schedules.Row> known, Instant now) {
        var same = known.filter(row -> sameSchedule(row, definition)).isPresent();
        schedules.put(tx, name, configured, Json.text(definition), now, !same);
    }

    private static boolean sameSchedule(Schedules.Row row, JsonNode definition) {
        try {
            return definition(row).path("schedule").equals(definition.path("schedule"));
        } catch (BadSchedule e) {
            return false;
        }
    }
}
