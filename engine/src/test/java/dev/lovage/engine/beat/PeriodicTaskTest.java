package dev.lovage.engine.beat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class PeriodicTaskTest {
    private static final Instant START = Instant.parse("2026-03-02T08:00:00Z");

    @Test
    void a_definition_says_what_is_sent() {
        var task = task("{'task': 'texts.count', 'schedule': 30, 'args': [1], 'kwargs': {'a': 2},"
                + " 'options': {'queue': 'slow', 'priority': 7, 'expires': 90}}");
        var node = task.signature(START, START).node();
        assertThat(node.get("task").stringValue()).isEqualTo("texts.count");
        assertThat(Json.text(node.get("args"))).isEqualTo("[1]");
        assertThat(Json.text(node.get("kwargs"))).isEqualTo("{\"a\":2}");
        assertThat(node.at("/options/queue").stringValue()).isEqualTo("slow");
        assertThat(node.at("/options/priority").intValue()).isEqualTo(7);
        assertThat(node.at("/options/expires").stringValue()).startsWith("2026-03-02T08:01:30");
        assertThat(node.at("/options/task_id").stringValue()).isEqualTo(task.taskId(START));
    }

    @Test
    void the_id_of_a_task_follows_from_name_and_time() {
        var task = task("{'task': 't', 'schedule': 30}");
        assertThat(task.taskId(START))
                .isEqualTo(task("{'task': 'u', 'schedule': 60}").taskId(START));
        assertThat(task.taskId(START)).isNotEqualTo(task.taskId(START.plusSeconds(1)));
        assertThat(task.taskId(START))
                .isNotEqualTo(PeriodicTask.of("other", json("{'task': 't', 'schedule': 30}"))
                        .taskId(START));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'schedule': 30} | task is missing",
                "{'task': 'a b', 'schedule': 30} | without blanks",
                "{'task': 't'} | schedule is missing",
                "{'task': 't', 'schedule': 0} | interval is 0 seconds",
                "{'task': 't', 'schedule': -1} | interval is -1 seconds",
                "{'task': 't', 'schedule': 'hourly'} | schedule is 'hourly'",
                "{'task': 't', 'schedule': {'crontab': {'hour': 25}}} | hour is '25'",
                "{'task': 't', 'schedule': 30, 'relative': true} | has 'relative'",
                "{'task': 't', 'schedule': 30, 'args': {}} | args is {}",
                "{'task': 't', 'schedule': 30, 'kwargs': []} | kwargs is []",
                "{'task': 't', 'schedule': 30, 'misfire': 'never'} | skip, once or all",
                "{'task': 't', 'schedule': 30, 'misfire_grace': -1} | misfire_grace is -1",
                "{'task': 't', 'schedule': 30, 'options': {'priority': 11}} | priority is 11",
                "{'task': 't', 'schedule': 30, 'options': {'queue': 1}} | queue is 1",
                "{'task': 't', 'schedule': 30, 'options': {'eta': 1}} | has 'eta'",
                "[] | It is []"
            })
    void what_cannot_be_used_is_named(String definition, String message) {
        assertThatThrownBy(() -> task(definition))
                .isInstanceOf(BadSchedule.class)
                .hasMessageStartingWith("The periodic task 'name' can't be used.")
                .satisfies(e -> assertThat(String.valueOf(e.getMessage()).replace('"', '\''))
                        .contains(message));
    }

    @Test
    void missed_times_are_sent_for_once_for_all_or_not_at_all() {
        var late = START.plusSeconds(3600);
        assertThat(due("'once'", late)).containsExactly(late);
        assertThat(due("'all'", late)).hasSize(60).contains(START.plusSeconds(60), late);
        assertThat(due("'skip', 'misfire_grace': 5", late.plusSeconds(5))).containsExactly(late);
        assertThat(due("'skip', 'misfire_grace': 5", late.plusSeconds(6))).isEmpty();
        assertThat(due("'once'", START.plusSeconds(59))).isEmpty();
    }

    @Test
    void as_many_missed_times_are_made_up_for_as_is_allowed_and_the_last_ones() {
        var due = due("'all'", START.plus(Duration.ofDays(30)));
        assertThat(due).hasSize(Misfire.ALL_MAX);
        assertThat(due.getLast()).isEqualTo(START.plus(Duration.ofDays(30)));
        assertThat(due.getFirst()).isEqualTo(START.plus(Duration.ofDays(30)).minusSeconds(60L * 999));
    }

    @Test
    void an_interval_does_not_drift() {
        var third = new Interval(Duration.ofMillis(333));
        assertThat(third.between(START, START.plusSeconds(1), ZoneOffset.UTC, 10))
                .containsExactly(START.plusMillis(333), START.plusMillis(666), START.plusMillis(999));
        assertThat(third.next(START, ZoneOffset.UTC)).contains(START.plusMillis(333));
    }

    private static List<Instant> due(String misfire, Instant now) {
        return task("{'task': 't', 'schedule': 60, 'misfire': " + misfire + "}").due(START, now, ZoneOffset.UTC);
    }

    private static PeriodicTask task(String definition) {
        return PeriodicTask.of("name", json(definition));
    }

    private static JsonNode json(String text) {
        return Json.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
