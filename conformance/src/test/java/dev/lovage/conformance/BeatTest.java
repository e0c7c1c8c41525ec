package dev.lovage.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.beat.Solar;
import dev.lovage.engine.beat.Solar.Event;
import dev.lovage.engine.beat.Timetable;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.testkit.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol.Command;

/// Each side's beat sends to the other's workers.
@ParameterizedClass
@EnumSource(Kind.class)
class BeatTest extends Lines {
    private static final int TIMES = 3;
    private static final Task<String, String> J_TICK = Task.named("j.tick", String.class, String.class);

    private static final String DAY = "2026-04-17";

    /// Latitude and longitude.
    private static final List<double[]> PLACES = List.of(
            new double[] {52.52, 13.41},
            new double[] {48.86, 2.35},
            new double[] {51.51, -0.13},
            new double[] {40.71, -74.01},
            new double[] {34.05, -118.24},
            new double[] {19.43, -99.13},
            new double[] {-23.55, -46.63},
            new double[] {-34.60, -58.38},
            new double[] {-12.05, -77.04},
            new double[] {64.15, -21.94},
            new double[] {59.91, 10.75},
            new double[] {30.04, 31.24},
            new double[] {-1.29, 36.82},
            new double[] {-33.92, 18.42},
            new double[] {28.61, 77.21},
            new double[] {39.90, 116.41},
            new double[] {35.68, 139.69},
            new double[] {-33.87, 151.21},
            new double[] {-41.29, 174.78},
            new double[] {0.0, 0.0});

    @TempDir
    Path folder;

    private final AtomicInteger ticks = new AtomicInteger();

    @Override
    String pythonTasks() {
        return """
            app.conf.beat_schedule = {'tick': {'task': 'j.tick', 'schedule': 0.2, 'args': ['from Python']}}
            app.conf.beat_max_loop_interval = 0.2

            @app.task(name='p.tick', ignore_result=True)
            def tick(text):
                app.backend.client.rpush('ticks', text)
            """;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_TICK, text -> {
            if (text.equals("from Python")) {
                ticks.incrementAndGet();
            }
            return text;
        });
    }

    @Test
    @Line(96)
    void beat_of_python_sends_to_java() {
        fleet().worker();
        ticks.set(0);
        fleet().closing(fleet().python()
                .celery("beat", "-s", folder.resolve("schedule").toString(), "--pidfile="));
        Eventually.until("Java hears it", () -> ticks.get() >= TIMES, ticks::get);
    }

    @Test
    @Line(96)
    void beat_of_java_sends_to_python() {
        fleet().pythonWorker();
        var lovage = fleet().another(Map.of(
                Setting.BEAT_SCHEDULE,
                "{\"tick\": {\"task\": \"p.tick\", \"schedule\": 0.2, \"args\": [\"from Java\"]}}"));
        var redis = fleet().closing(new Raw(fleet().redis().port(), 1));
        fleet().closing(lovage.beat());
        Eventually.until("Python hears it", () -> redis.number(Command.LLEN, "ticks") >= TIMES, () -> "not yet");
        assertThat(redis.list(Command.LRANGE, "ticks", 0, -1)).containsOnly("from Java");
    }

    @Test
    @Line(96)
    void both_find_the_same_minutes_of_a_crontab_and_all_its_fields_have_to_match() {
        var lovage = fleet().another(Map.of(
                Setting.BEAT_SCHEDULE,
                "{\"friday-13th\": {\"task\": \"p.tick\", \"schedule\": {\"crontab\": \"0 0 13 * fri\"}}}"));
        var next = lovage.timetable().list().stream()
                .map(Timetable.Listed::next)
                .findFirst()
                .orElseThrow()
                .orElseThrow();
        var theirs = fleet().python().run("""
                from datetime import datetime, timezone
                from app import app
                from celery.schedules import crontab
                now = datetime.now(timezone.utc)
                schedule = crontab(minute=0, hour=0, day_of_month=13, day_of_week='fri', nowfun=lambda: now, app=app)
                print(int((now + schedule.remaining_estimate(now)).timestamp()))
                """);
        assertThat(next).isEqualTo(Instant.ofEpochSecond(Long.parseLong(theirs.getLast())));
    }

    @Test
    @Line(97)
    void both_find_the_sun_within_two_minutes() {
        var asked = Json.array();
        for (var place : PLACES) {
            asked.add(Json.array().add(place[0]).add(place[1]));
        }
        var start = Instant.parse(DAY + "T00:00:00Z");
        var theirs = fleet().python().run("""
                import json, sys
                from datetime import datetime, timezone
                from app import app
                from celery.schedules import solar
                start = datetime.fromisoformat(sys.argv[1]).replace(tzinfo=timezone.utc)
                for lat, lon in json.loads(sys.argv[2]):
                    for event in ['dawn_civil', 'sunrise', 'solar_noon', 'sunset', 'dusk_civil']:
                        schedule = solar(event, lat, lon, nowfun=lambda: start, app=app)
                        print(event, lat, lon, (start + schedule.remaining_estimate(start)).timestamp())
                """, DAY, new String(Json.bytes(asked), UTF_8));
        assertThat(theirs).hasSize(PLACES.size() * 5);
        for (var line : theirs) {
            var parts = line.split(" ", -1);
            var ours = new Solar(
                            Event.valueOf(parts[0].toUpperCase(Locale.ROOT)),
                            Double.parseDouble(parts[1]),
                            Double.parseDouble(parts[2]))
                    .next(start, ZoneOffset.UTC)
                    .orElseThrow();
            var found = Instant.ofEpochMilli((long) (Double.parseDouble(parts[3]) * 1000));
            assertThat(Duration.between(found, ours).abs())
                    .as("%s, ours %s", line, ours)
                    .isLessThan(Duration.ofMinutes(2));
        }
    }
}
