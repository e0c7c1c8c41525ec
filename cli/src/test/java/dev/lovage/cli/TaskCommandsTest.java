package dev.lovage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.engine.Lovage;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskCommandsTest {
    @TempDir
    Path folder;

    private Terminal terminal;

    @BeforeEach
    void open() {
        terminal = new Terminal(folder.resolve("data"));
    }

    @Test
    void call_prints_the_id_and_the_message_waits_in_its_queue() {
        var sent = terminal.run("call", "shop.bill", "--args", "[1]", "--kwargs", "{\"vat\": 7}", "--task-id", "b-1");
        assertThat(sent.out()).isEqualTo("b-1" + System.lineSeparator());
        assertThat(sent.code()).isZero();
        var queue = terminal.run("queues", "--json").json().get(0);
        assertThat(queue.get("queue").asString()).isEqualTo("celery");
        assertThat(queue.get("ready").asInt()).isEqualTo(1);
    }

    @Test
    void the_same_id_sent_twice_is_one_message() {
        terminal.run("call", "shop.bill", "--task-id", "b-1");
        terminal.run("call", "shop.bill", "--task-id", "b-1");
        assertThat(terminal.run("queues", "--json").json().get(0).get("ready").asInt())
                .isEqualTo(1);
    }

    @Test
    void arguments_that_are_not_json_are_refused_and_nothing_is_sent() {
        var broken = terminal.run("call", "shop.bill", "--args", "[1");
        var wrong = terminal.run("call", "shop.bill", "--args", "{}");
        assertThat(broken.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(broken.err()).contains("--args", "Nothing was sent");
        assertThat(wrong.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(terminal.data()).doesNotExist();
    }

    @Test
    void a_countdown_puts_a_task_among_the_scheduled_ones() {
        terminal.run("call", "shop.bill", "--countdown", "3600", "--task-id", "later");
        var scheduled = terminal.run("inspect", "scheduled", "--json").json();
        assertThat(scheduled.get(0).get("task_id").asString()).isEqualTo("later");
        assertThat(scheduled.get(0).get("eta").isNull()).isFalse();
        assertThat(terminal.run("inspect", "active", "--json").json().isEmpty()).isTrue();
    }

    @Test
    void waiting_for_a_task_that_no_worker_runs_ends_with_1_and_says_where_it_is() {
        var run = terminal.run("call", "shop.bill", "--wait", "0.05");
        assertThat(run.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(run.out()).contains("PENDING", "ready on celery");
    }

    @Test
    void a_result_of_an_unknown_id_is_not_found() {
        terminal.run("call", "shop.bill");
        var run = terminal.run("result", "no-such-id");
        assertThat(run.code()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(run.err()).contains("no-such-id");
    }

    @Test
    void status_without_workers_says_so() {
        terminal.run("call", "shop.bill");
        var run = terminal.run("status");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("workers alive: 0", "no consumer");
        var json = terminal.run("status", "--json").json();
        assertThat(json.get("workers").isEmpty()).isTrue();
        var queue = json.get("queues").get(0);
        assertThat(queue.get("unacknowledged").asInt()).isZero();
        assertThat(queue.get("consumers").asInt()).isZero();
        assertThat(queue.get("oldest_age_seconds").asDouble()).isNotNegative();
        assertThat(json.at("/unserved/queues/0").asString()).isEqualTo("celery");
        assertThat(json.get("untold").isEmpty()).isTrue();
        assertThat(json.get("unaccounted").isNull()).isTrue();
    }

    @Test
    void commands_to_workers_change_nothing_where_the_broker_has_no_way_to_them() {
        terminal.run("call", "shop.bill", "--task-id", "bill-1");
        for (var words : List.of(
                "control revoke bill-1",
                "control terminate SIGTERM bill-1",
                "control shutdown",
                "control pool_grow 2",
                "inspect ping",
                "events")) {
            var run = terminal.run(words.split(" "));
            assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.FAILED.number());
            assertThat(run.err())
                    .as(words)
                    .contains("hear commands over RabbitMQ and Redis", "Nothing was sent or changed", "lovage revoke");
        }
        try (var lovage = Lovage.embedded(terminal.data())) {
            assertThat(lovage.backbone().store().revoked(Set.of("bill-1"))).isEmpty();
        }
    }

    @Test
    void revoke_is_answered_for_ids_that_are_still_to_come() {
        terminal.run("call", "shop.bill");
        assertThat(terminal.run("revoke", "x-1", "x-2").out()).contains("x-1", "x-2");
    }

    @Test
    void a_worker_without_tasks_does_not_start() {
        var run = terminal.run("worker", "-A", folder.toString());
        assertThat(run.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(run.err()).contains("No TaskProvider", "Nothing was started");
    }

    @Test
    void a_worker_whose_class_path_is_not_there_says_which_part() {
        var run = terminal.run("worker", "-A", folder.resolve("gone.jar").toString());
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(run.err()).contains("gone.jar");
    }
}
