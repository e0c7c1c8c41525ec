package dev.lovage.engine.beat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.PythonCelery;
import dev.lovage.engine.json.Json;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

@Tag("services")
class CrontabOfCeleryTest {
    private static final List<String> DAYS =
            List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat", "Sunday", "tuesday");

    @Test
    void random_crontabs_are_due_when_they_are_in_celery() throws Exception {
        long seed = Long.getLong("lovage.seed", System.nanoTime());
        System.out.println("CrontabOfCeleryTest seed " + seed);
        var random = new Random(seed);
        var data = Json.array();
        while (data.size() < 500) {
            var crontab = crontab(random);
            var after = random.nextLong(
                    Instant.parse("2020-01-01T00:00:00Z").getEpochSecond(),
                    Instant.parse("2040-01-01T00:00:00Z").getEpochSecond());
            try {
                Crontab.of(crontab);
            } catch (BadSchedule e) {
                continue; // never due; Celery would search for ever
            }
            data.add(Json.object().put("after", after).set("crontab", crontab));
        }
        var answers = PythonCelery.ask("""
                from datetime import datetime, timezone
                from celery.schedules import crontab
                answer = []
                for one in data:
                    due = datetime.fromtimestamp(one['after'], timezone.utc)
                    dues = []
                    for _ in range(5):
                        due = due + crontab(nowfun=lambda: due, app=app, **one['crontab']).remaining_estimate(due)
                        dues.append(int(due.timestamp()))
                    answer.append(dues)
                """, data);
        for (int i = 0; i < data.size(); i++) {
            var given = data.get(i);
            var due = Instant.ofEpochSecond(given.get("after").longValue());
            var crontab = Crontab.of(given.get("crontab"));
            for (var theirs : answers.get(i)) {
                due = crontab.next(due, ZoneOffset.UTC).orElseThrow();
                assertThat(due)
                        .as("seed %s, %s: %s", seed, i, given)
                        .isEqualTo(Instant.ofEpochSecond(theirs.longValue()));
            }
        }
    }

    private static ObjectNode crontab(Random random) {
        var crontab = Json.object();
        field(random, crontab, "minute", 0, 59, false);
        field(random, crontab, "hour", 0, 23, false);
        field(random, crontab, "day_of_week", 0, 6, true);
        field(random, crontab, "day_of_month", 1, 31, false);
        field(random, crontab, "month_of_year", 1, 12, false);
        return crontab;
    }

    private static void field(Random random, ObjectNode crontab, String key, int min, int max, boolean days) {
        switch (random.nextInt(5)) {
            case 0 -> crontab.put(key, "*");
            case 1 -> crontab.put(key, random.nextInt(min, max + 1));
            case 2 -> {
                var numbers = crontab.putArray(key);
                for (int i = random.nextInt(3); i >= 0; i--) {
                    numbers.add(random.nextInt(min, max + 1));
                }
            }
            case 3 ->
                crontab.put(
                        key,
                        IntStream.rangeClosed(0, random.nextInt(3))
                                .mapToObj(i -> part(random, min, max, days))
                                .collect(Collectors.joining(",")));
            default -> {} // as if it were '*'
        }
    }

    private static String part(Random random, int min, int max, boolean days) {
        var step = "/" + random.nextInt(1, max + 3);
        return switch (random.nextInt(4)) {
            case 0 -> number(random, min, max, days);
            case 1 -> "*" + step;
            case 2 -> number(random, min, max, days) + "-" + number(random, min, max, days);
            default -> number(random, min, max, days) + "-" + number(random, min, max, days) + step;
        };
    }

    private static String number(Random random, int min, int max, boolean days) {
        return days && random.nextBoolean()
                ? DAYS.get(random.nextInt(DAYS.size()))
                : String.valueOf(random.nextInt(min, max + 1));
    }
}
