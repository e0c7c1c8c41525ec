package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.lovage.engine.beat.BadSchedule;
import dev.lovage.engine.beat.Beat;
import dev.lovage.engine.beat.PeriodicTask;
import dev.lovage.engine.beat.Timetable;
import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Routes;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.store.Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Beats on one store, each with connections of its own, whose clock the test sets.
public abstract class BeatContract {
    private static final Settings SETTINGS = Settings.embedded(Path.of("unused"));
    private static final Duration LEASE = SETTINGS.duration(Setting.WORKER_LEASE);

    private final SettableClock clock = new SettableClock(Instant.parse("2026-03-02T08:00:00Z"));
    private final Planner planner = new Planner(Routes.DEFAULT, clock, "gen1@test", 100_000);
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Backbone backbone;

    /// A store on the test's clock.
    ///
    /// @param fresh whether it is to be empty; else it is the one of before
    protected abstract Backbone store(boolean fresh, Planner planner, InstantSource clock);

    @BeforeEach
    void open() {
        backbone = backbone();
    }

    @AfterEach
    void close() throws Exception {
        for (var one : opened.reversed()) {
            one.close();
        }
    }

    @Test
    void what_the_settings_have_is_sent_when_it_is_due_and_not_again() {
        var settings = configured("{'every': {'task': 't.every', 'schedule': 60, 'args': [1]},"
                + " 'nightly': {'task': 't.nightly', 'schedule': {'crontab': '0 3 * * *'}}}");
        var beat = beat(backbone, settings, "one");
        beat.round();
        assertThat(sent()).isEmpty();
        clock.advance(Duration.ofSeconds(60));
        beat.round();
        beat.round();
        assertThat(sent()).containsExactly(id(settings, "every", "2026-03-02T08:01:00Z"));
        clock.advance(Duration.ofHours(19));
        beat.round();
        assertThat(sent())
                .containsExactlyInAnyOrder(
                        id(settings, "every", "2026-03-02T08:01:00Z"),
                        id(settings, "every", "2026-03-03T03:01:00Z"),
                        id(settings, "nightly", "2026-03-03T03:00:00Z"));
    }

    @Test
    void it_waits_until_the_next_time_but_looks_in_between() {
        var beat = beat(backbone, configured("{'a': {'task': 't', 'schedule': 3}}"), "one");
        assertThat(beat.round()).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(3));
        clock.advance(Duration.ofMillis(2_900));
        assertThat(beat.round()).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void another_beat_takes_over_from_one_that_died_and_nothing_is_lost_or_sent_twice() {
        var settings = configured("{'every': {'task': 't', 'schedule': 1, 'misfire': 'all'}}");
        var first = beat(backbone, settings, "first");
        var second = beat(backbone(), settings, "second");
        first.round();
        var from = clock.instant();
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofSeconds(1));
            first.round();
            second.round();
        }
        assertThat(first.leading()).isTrue();
        assertThat(second.leading()).isFalse();
        // The first one stands still from here on.
        second.round();
        clock.advance(LEASE.minusMillis(1));
        second.round();
        assertThat(second.leading()).isFalse();
        assertThat(sent()).hasSize(5);
        clock.advance(Duration.ofMillis(1));
        second.round();
        assertThat(second.leading()).isTrue();
        assertThat(sent()).hasSize(15);
        clock.advance(Duration.ofSeconds(1));
        first.round();
        assertThat(first.leading()).isFalse();
        second.round();
        assertThat(sent()).containsExactlyInAnyOrderElementsOf(ids(settings, "every", from));
    }

    @Test
    void a_beat_that_is_closed_hands_over_at_once() {
        var settings = configured("{'every': {'task': 't', 'schedule': 1}}");
        var first = beat(backbone, settings, "first");
        var second = beat(backbone(), settings, "second");
        first.round();
        second.round();
        first.close();
        second.round();
        assertThat(second.leading()).isTrue();
        assertThat(Timetable.of(backbone, settings).leader()).contains("second");
    }

    @Test
    void beats_that_fail_at_any_point_and_come_back_send_each_time_exactly_once() {
        long seed = Long.getLong("lovage.seed", System.nanoTime());
        System.out.println("BeatContract seed " + seed);
        var random = new Random(seed);
        var settings = configured("{'second': {'task': 't', 'schedule': 1, 'misfire': 'all'},"
                + " 'seventh': {'task': 't', 'schedule': 7.5, 'misfire': 'all'},"
                + " 'minutes': {'task': 't', 'schedule': {'crontab': {'minute': '*/2'}}, 'misfire': 'all'}}");
        var from = clock.instant();
        var beats = new ArrayList<Beat>();
        for (int i = 0; i < 3; i++) {
            beats.add(beat(new Failing(backbone(), random), settings, "beat" + i));
        }
        beat(backbone(), settings, "first").round(); // makes the schedules, and leads no further
        var leaders = new HashSet<String>();
        for (int i = 0; i < 300; i++) {
            clock.advance(Duration.ofMillis(random.nextInt(20) == 0 ? 12_000 : random.nextInt(1_500)));
            // Mostly one of them runs, so that the others' lead grows old.
            var beat = beats.get(random.nextInt(4) == 0 ? random.nextInt(3) : i / 60 % 3);
            try {
                beat.round();
            } catch (Failed e) {
                // As if its process had paused just there.
            }
            leaders.add(Timetable.of(backbone, settings).leader().orElse(""));
        }
        clock.advance(LEASE);
        var last = beat(backbone(), settings, "last");
        last.round();
        clock.advance(LEASE);
        last.round();
        assertThat(last.leading()).isTrue();
        assertThat(leaders).as("seed %s", seed).hasSizeGreaterThan(2);
        assertThat(sent())
                .as("seed %s", seed)
                .containsExactlyInAnyOrderElementsOf(Stream.of("second", "seventh", "minutes")
                        .flatMap(name -> ids(settings, name, from).stream())
                        .toList());
        // Sent again under the same id would not be seen in the store.
        assertThat(counts(settings))
                .as("seed %s", seed)
                .isEqualTo(Stream.of("minutes", "second", "seventh")
                        .map(name -> (long) ids(settings, name, from).size())
                        .toList());
    }

    @Test
    void missed_times_are_made_up_for_as_each_task_says() {
        var settings = configured("{'once': {'task': 't', 'schedule': 60},"
                + " 'all': {'task': 't', 'schedule': 60, 'misfire': 'all'},"
                + " 'skip': {'task': 't', 'schedule': 60, 'misfire': 'skip', 'misfire_grace': 10}}");
        var beat = beat(backbone, settings, "one");
        beat.round();
        clock.advance(Duration.ofSeconds(60 * 60 + 11));
        beat.round();
        assertThat(counts(settings)).containsExactly(60L, 1L, 0L);
        clock.advance(Duration.ofSeconds(50));
        beat.round();
        assertThat(counts(settings)).containsExactly(61L, 2L, 1L);
    }

    @Test
    void a_schedule_that_is_changed_counts_from_the_change_and_one_that_is_left_out_goes() {
        beat(backbone, configured("{'a': {'task': 't', 'schedule': 60}, 'b': {'task': 't', 'schedule': 60}}"), "one")
                .round();
        clock.advance(Duration.ofSeconds(90));
        var settings = configured("{'b': {'task': 't', 'schedule': 30}}");
        var other = beat(backbone(), settings, "other");
        other.round();
        clock.advance(LEASE);
        other.round();
        assertThat(other.leading()).isTrue();
        assertThat(sent()).isEmpty();
        assertThat(Timetable.of(backbone, settings).list())
                .extracting(Timetable.Listed::name, Timetable.Listed::next)
                .containsExactly(tuple("b", Optional.of(clock.instant().plusSeconds(30))));
    }

    @Test
    void periodic_tasks_are_made_disabled_enabled_and_removed_in_the_store() {
        var timetable = Timetable.of(backbone, SETTINGS);
        var beat = beat(backbone, SETTINGS, "one");
        timetable.put("mine", json("{'task': 't', 'schedule': 60}"));
        clock.advance(Duration.ofSeconds(60));
        beat.round();
        assertThat(sent()).hasSize(1);
        assertThat(timetable.enable("mine", false)).isTrue();
        clock.advance(Duration.ofSeconds(90));
        beat.round();
        assertThat(timetable.list().getFirst().next()).isEmpty();
        timetable.enable("mine", true);
        beat.round();
        assertThat(sent()).hasSize(1);
        clock.advance(Duration.ofSeconds(60));
        beat.round();
        assertThat(sent()).hasSize(2);
        assertThat(timetable.list().getFirst().count()).isEqualTo(2);
        assertThat(timetable.remove("mine")).isTrue();
        assertThat(timetable.remove("mine")).isFalse();
        assertThat(timetable.enable("mine", true)).isFalse();
        clock.advance(Duration.ofSeconds(60));
        beat.round();
        assertThat(sent()).hasSize(2);
    }

    @Test
    void what_cannot_be_used_in_the_store_is_shown_and_does_not_stop_the_rest() {
        backbone.transaction(tx -> {
            var schedules = backbone.schedules().orElseThrow();
            schedules.put(tx, "bad", false, "{\"task\": \"t\"}", clock.instant(), true);
            schedules.put(tx, "broken", false, "{", clock.instant(), true);
            return schedules;
        });
        var timetable = Timetable.of(backbone, SETTINGS);
        timetable.put("good", json("{'task': 't', 'schedule': 60}"));
        clock.advance(Duration.ofSeconds(60));
        beat(backbone, SETTINGS, "one").round();
        assertThat(sent()).hasSize(1);
        assertThat(timetable.list())
                .extracting(one -> one.problem().orElse(""))
                .satisfiesExactly(
                        bad -> assertThat(bad).contains("'bad'", "schedule is missing"),
                        broken -> assertThat(broken).contains("'broken'", "not JSON"),
                        good -> assertThat(good).isEmpty());
    }

    @Test
    void a_name_of_the_settings_is_not_taken_in_the_store() {
        var settings = configured("{'a': {'task': 't', 'schedule': 60}}");
        beat(backbone, settings, "one").round();
        var timetable = Timetable.of(backbone, settings);
        assertThatThrownBy(() -> timetable.put("a", json("{'task': 't', 'schedule': 1}")))
                .isInstanceOf(BadSchedule.class)
                .hasMessageContaining("beat_schedule");
        assertThatThrownBy(() -> timetable.remove("a")).isInstanceOf(BadSchedule.class);
    }

    @Test
    void a_wrong_setting_stops_the_start_and_is_named() {
        assertThatThrownBy(() -> beat(backbone, configured("{'a': {'task': 't', 'schedule': 'daily'}}"), "one"))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("beat_schedule")
                .hasMessageContaining("'a'")
                .hasMessageContaining("Nothing was started");
    }

    private Backbone backbone() {
        var opening = store(opened.isEmpty(), planner, clock);
        opened.add(opening);
        return opening;
    }

    private Beat beat(Backbone on, Settings settings, String name) {
        return Beat.of(on, planner, settings, name);
    }

    /// The ids of the tasks that were sent; one that was sent twice would be there twice.
    private List<String> sent() {
        return backbone.store().inventory().stream()
                .map(Store.Entry::execution)
                .map(ExecutionKey::taskId)
                .toList();
    }

    private List<Long> counts(Settings settings) {
        return Timetable.of(backbone, settings).list().stream()
                .map(Timetable.Listed::count)
                .toList();
    }

    private static Settings configured(String schedules) {
        return SETTINGS.with(Setting.BEAT_SCHEDULE, schedules.replace('\'', '"'));
    }

    private static PeriodicTask task(Settings settings, String name) {
        return PeriodicTask.of(name, settings.map(Setting.BEAT_SCHEDULE).get(name));
    }

    private static String id(Settings settings, String name, String time) {
        return task(settings, name).taskId(Instant.parse(time));
    }

    /// Those of all its times until now.
    private List<String> ids(Settings settings, String name, Instant from) {
        var task = task(settings, name);
        return task.schedule().between(from, clock.instant(), ZoneOffset.UTC, 10_000).stream()
                .map(task::taskId)
                .toList();
    }

    private static JsonNode json(String text) {
        return Json.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static final class Failed extends RuntimeException {}

    /// Transactions that fail before they begin, at their end, or after their commit.
    private record Failing(Backbone inner, Random random) implements Backbone {
        private void perhaps() {
            if (random.nextInt(12) == 0) {
                throw new Failed();
            }
        }

        @Override
        public <T> T transaction(Unit<T> unit) {
            perhaps();
            var result = inner.transaction(tx -> {
                var inside = unit.run(tx);
                perhaps();
                return inside;
            });
            perhaps();
            return result;
        }

        @Override
        public Broker broker() {
            return inner.broker();
        }

        @Override
        public ResultBackend results() {
            return inner.results();
        }

        @Override
        public Store store() {
            return inner.store();
        }

        @Override
        public Optional<Schedules> schedules() {
            return inner.schedules();
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
