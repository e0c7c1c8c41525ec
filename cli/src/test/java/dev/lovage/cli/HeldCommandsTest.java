package dev.lovage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.task.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldCommandsTest {
    private static final Task<String, String> FAILS = Task.named("shop.fails", String.class, String.class);

    @TempDir
    Path folder;

    private Terminal terminal;

    @BeforeEach
    void open() {
        terminal = new Terminal(folder.resolve("data"));
    }

    @Test
    void a_dead_letter_is_listed_shown_with_its_history_and_retried() throws Exception {
        fail("dead-1");
        assertThat(terminal.run("dlq", "list").out()).contains("dead-1", "shop.fails");
        var shown = terminal.run("dlq", "show", "dead-1", "--json").json();
        assertThat(shown.get("history").toString()).contains("no paper");
        assertThat(shown.get("body").asString()).contains("order 7");
        assertThat(terminal.run("dlq", "retry", "dead-1").code()).isZero();
        assertThat(terminal.run("dlq", "list").out()).contains("There are no dead letters");
        assertThat(terminal.run("queues", "--json").json().get(0).get("ready").asInt())
                .isEqualTo(1);
    }

    @Test
    void disposing_needs_a_reason_and_names_who_decided() throws Exception {
        fail("dead-1");
        var refused = terminal.run("dlq", "dispose", "dead-1", "--reason", " ");
        assertThat(refused.code()).isEqualTo(ExitCode.REFUSED.number());
        assertThat(terminal.run("dlq", "list", "--json").json()).hasSize(1);
        var disposed =
                terminal.run("dlq", "dispose", "dead-1", "--reason", "test order", "--reviewer", "u-7", "--json");
        assertThat(disposed.json().get("disposed").asInt()).isEqualTo(1);
        assertThat(terminal.run("dlq", "list", "--json").json()).isEmpty();
    }

    @Test
    void an_entry_that_is_not_there_is_not_found() throws Exception {
        fail("dead-1");
        assertThat(terminal.run("dlq", "show", "999999").code()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(terminal.run("parked", "release", "dead-1").code()).isEqualTo(ExitCode.NOT_FOUND.number());
    }

    @Test
    void parked_messages_are_released_all_at_once() throws Exception {
        terminal.run("call", "shop.unknown", "--task-id", "p-1");
        try (var lovage = Lovage.embedded(terminal.data());
                var worker = lovage.worker()
                        .tasks(tasks -> tasks.handle(FAILS, in -> in))
                        .start()) {
            assertThat(worker.ready()).isTrue();
            awaitListed("parked", "p-1");
        }
        assertThat(terminal.run("parked", "release").code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(terminal.run("parked", "release", "--all", "--json")
                        .json()
                        .get("released")
                        .asInt())
                .isEqualTo(1);
        assertThat(terminal.run("parked", "list").out()).contains("Nothing is parked");
    }

    @Test
    void purging_is_refused_without_a_reason_and_without_anyone_to_ask() {
        terminal.run("call", "shop.bill");
        assertThat(terminal.run("purge", "celery", "--force").code()).isEqualTo(ExitCode.REFUSED.number());
        assertThat(terminal.run("purge", "celery", "--reason", "moved").code()).isEqualTo(ExitCode.REFUSED.number());
        assertThat(terminal.run("queues", "--json").json().get(0).get("ready").asInt())
                .isEqualTo(1);
    }

    @Test
    void purging_exports_what_waits_and_leaves_other_queues_alone() throws Exception {
        terminal.run("call", "shop.bill", "--task-id", "a", "--args", "[\"ä\"]");
        terminal.run("call", "shop.bill", "--task-id", "b", "--countdown", "3600");
        terminal.run("call", "shop.bill", "--task-id", "c", "--queue", "other");
        var purged = terminal.run("purge", "celery", "--reason", "moved", "--force", "--json")
                .json();
        assertThat(purged.get("purged").asInt()).isEqualTo(2);
        var lines = Files.readAllLines(Path.of(purged.get("export").asString()));
        assertThat(lines).hasSize(2);
        assertThat(String.join("", lines)).contains("\"a\"", "\"b\"").doesNotContain("\"c\"");
        assertThat(terminal.run("queues", "--json").out()).contains("\"queue\":\"other\",\"ready\":1");
        assertThat(terminal.run("result", "a").out()).contains("REVOKED");
    }

    @Test
    void nothing_is_purged_that_could_not_be_exported_before() throws Exception {
        terminal.run("call", "shop.bill", "--task-id", "a");
        // A file where the folder is to be.
        Files.writeString(terminal.data().resolve("exports"), "");
        var purged = terminal.run("purge", "celery", "--reason", "moved", "--force");
        assertThat(purged.code()).isNotZero();
        assertThat(purged.err()).contains("What it does not hold was not purged");
        assertThat(terminal.run("queues", "--json").json().get(0).get("ready").asInt())
                .isEqualTo(1);
    }

    private void fail(String id) throws Exception {
        try (var lovage = Lovage.embedded(terminal.data());
                var worker = lovage.worker()
                        .tasks(tasks -> tasks.handle(FAILS, in -> {
                            throw new IllegalStateException("no paper for " + in);
                        }))
                        .start()) {
            assertThat(worker.ready()).isTrue();
            lovage.send(FAILS.with("order 7").taskId(id));
            assertThat(lovage.backbone().results().await(id, Duration.ofSeconds(30)))
                    .isPresent();
        }
    }

    private void awaitListed(String command, String id) throws InterruptedException {
        var deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        try (var lovage = Lovage.embedded(terminal.data())) {
            while (!terminal.run(command, "list").out().contains(id)) {
                assertThat(System.nanoTime())
                        .as(
                                "%s is not listed by `%s list` in time: %s",
                                id, command, terminal.run("status").out())
                        .isLessThan(deadline);
                lovage.backbone().broker().awaitWork(lovage.backbone().broker().mark(), Duration.ofMillis(50));
            }
        }
    }
}
