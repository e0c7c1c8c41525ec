package dev.lovage.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.Main;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.testkit.ChildJvm;
import dev.lovage.testkit.Eventually;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Tasks that misbehave, each run by the program `lovage worker` in a process of its own: every one ends where a person
/// finds it, and the worker goes on.
@Timeout(180)
class EndsWhereItShouldTest {
    private static final String NOT_JSON = "\u0000 this is not [ JSON";

    @TempDir
    Path folder;

    private Settings settings = Settings.embedded(Path.of("lovage-data"));
    private Lovage lovage = Lovage.inMemory(java.time.InstantSource.system());

    @BeforeEach
    void open() {
        settings = Settings.embedded(folder.resolve("data"));
        lovage = Lovage.embedded(settings.data());
    }

    @AfterEach
    void close() {
        lovage.close();
    }

    @Test
    void a_task_that_always_fails_ends_in_the_dead_letters_with_its_whole_history() throws Exception {
        var file = folder.resolve("always");
        var id = lovage.send(ProofTasks.FAILS_ALWAYS.with(file.toString())).id();
        try (var worker = worker()) {
            var dead = awaitHeld(id, Custody.DEAD);
            assertThat(ProofTasks.runs(file)).isEqualTo(4);
            assertThat(dead.history().stream().map(Happening::what))
                    .containsExactly("retry", "retry", "retry", "failure");
            assertThat(dead.history().getLast().detail()).contains("failed in run 4");
            assertThat(dead.history().getLast().trace()).contains("ProofTasks");
            assertGoesOn(worker);
        }
        assertThat(state(id)).contains(TaskState.FAILURE);
        var shown = new Cli(settings).run("dlq", "show", id, "--json");
        assertThat(shown.json().path("history").size()).isEqualTo(4);
    }

    @Test
    void a_task_that_fails_twice_succeeds_at_the_third_attempt() throws Exception {
        var file = folder.resolve("twice");
        var sent = lovage.send(ProofTasks.FAILS_TWICE.with(file.toString()));
        try (var worker = worker()) {
            assertThat(sent.await(Duration.ofMinutes(1))).isEqualTo("third time");
            assertGoesOn(worker);
        }
        assertThat(ProofTasks.runs(file)).isEqualTo(3);
        assertThat(lovage.backbone().store().inventory()).isEmpty();
    }

    @Test
    void a_task_that_ends_its_process_three_times_is_quarantined_unrun_and_the_worker_stays_up() throws Exception {
        var file = folder.resolve("ends");
        var id = lovage.send(ProofTasks.ENDS_ITS_PROCESS.with(file.toString())).id();
        for (int start = 1; start <= 3; start++) {
            try (var worker = worker()) {
                assertThat(worker.ends()).as("start " + start).isEqualTo(ProofTasks.ENDED);
            }
            assertThat(ProofTasks.runs(file)).isEqualTo(start);
        }
        try (var worker = worker()) {
            var held = awaitHeld(id, Custody.QUARANTINED);
            assertThat(held.crashes()).isEqualTo(3);
            assertThat(held.history().getLast().what()).isEqualTo("quarantined");
            assertGoesOn(worker);
        }
        assertThat(ProofTasks.runs(file)).isEqualTo(3);
        assertThat(state(id)).as("whoever waits for it is told").contains(TaskState.FAILURE);
    }

    @Test
    void a_task_with_an_unknown_name_is_parked() throws Exception {
        var id = lovage.send(Signature.<String>of(
                        "proof.nobody_knows", ProofTasks.ECHO.arguments().unbind("x"), String.class, Optional.empty()))
                .id();
        try (var worker = worker()) {
            var parked = awaitHeld(id, Custody.PARKED);
            assertThat(parked.reason().orElse("")).contains("proof.nobody_knows");
            assertGoesOn(worker);
        }
        assertThat(state(id)).contains(TaskState.PARKED);
        assertThat(new Cli(settings).run("parked", "list").out()).contains(id);
    }

    @Test
    void a_message_with_a_broken_body_is_parked_with_its_bytes() throws Exception {
        var bytes = NOT_JSON.getBytes(StandardCharsets.UTF_8);
        lovage.backbone()
                .broker()
                .publish(Plan.of(new Message(
                        new ExecutionKey("broken", 0, 0),
                        ProofTasks.ECHO.name().value(),
                        "celery",
                        0,
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        "{\"id\": \"broken\", \"task\": \"proof.echo\"}",
                        "{\"content_type\": \"application/json\", \"content_encoding\": \"utf-8\"}",
                        bytes)));
        try (var worker = worker()) {
            var parked = awaitHeld("broken", Custody.PARKED);
            assertThat(parked.message().body()).isEqualTo(bytes);
            assertGoesOn(worker);
        }
        assertThat(state("broken")).contains(TaskState.PARKED);
    }

    private ChildJvm worker() {
        var worker = ChildJvm.start(
                Main.class,
                List.of("worker", "-c", "2", "--data", settings.data().toString()));
        worker.hears("Ready.");
        return worker;
    }

    private void assertGoesOn(ChildJvm worker) throws Exception {
        assertThat(lovage.send(ProofTasks.ECHO.with("still here")).await(Duration.ofMinutes(1)))
                .isEqualTo("still here");
        assertThat(worker.alive()).isTrue();
    }

    private Held awaitHeld(String id, Custody custody) {
        Eventually.until(
                id + " is " + custody,
                Duration.ofMinutes(1),
                () -> held(id).filter(one -> one.custody() == custody).isPresent(),
                () -> held(id) + " " + state(id));
        return held(id).orElseThrow();
    }

    private Optional<Held> held(String id) {
        return lovage.backbone().store().findTask(id).stream().findFirst();
    }

    private Optional<TaskState> state(String id) {
        return lovage.backbone().results().result(id).map(meta -> meta.state());
    }
}
