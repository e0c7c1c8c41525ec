package dev.lovage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.sample.SameTasks;
import dev.lovage.cli.sample.SampleTasks;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerProcessTest {
    @TempDir
    Path folder;

    private Terminal terminal;

    @BeforeEach
    void open() {
        terminal = new Terminal(folder.resolve("data"));
    }

    @Test
    void a_worker_runs_what_is_called_and_stops_warmly() throws Exception {
        var log = folder.resolve("worker.err");
        try (var worker = worker(log)) {
            assertThat(worker.banner()).contains("queues       celery", "sample.greet", "concurrency  2");
            var greeted =
                    terminal.run("call", "sample.greet", "--args", "[\"Ada\"]", "--wait", "60", "--task-id", "g-1");
            assertThat(greeted.out()).isEqualTo("Hello, Ada" + System.lineSeparator());
            assertThat(greeted.code()).isZero();
            assertThat(terminal.run("result", "g-1", "--json")
                            .json()
                            .get("state")
                            .asString())
                    .isEqualTo("SUCCESS");
            assertThat(terminal.run("status").out()).contains("workers alive: 1");
            assertThat(terminal.run("inspect", "registered").out()).contains("sample.take_time");

            terminal.run("call", "sample.take_time", "--args", "[1500]", "--task-id", "slow");
            awaitRunning("slow");
            worker.stop();
        }
        assertThat(terminal.run("result", "slow").out()).isEqualTo("done" + System.lineSeparator());
        assertThat(terminal.run("inspect", "active", "--json").json()).isEmpty();
        assertThat(Files.readAllLines(log))
                .anyMatch(line -> line.contains("Greeting Ada") && line.contains("task_id=g-1 root_id=g-1 parent_id="));
    }

    @Test
    void a_worker_shows_what_it_is_started_with_and_names_each_setting_that_is_not_honoured_once() throws Exception {
        var config = Files.writeString(folder.resolve("shop.yaml"), """
                task_reject_on_worker_lost: false
                worker_state_db: revoked.db
                worker_max_tasks_per_child: 10
                """).toString();
        var log = folder.resolve("worker.err");
        try (var worker = worker(log, "-Q", "one,two", "--config", config)) {
            assertThat(worker.banner().lines().map(line -> line.strip().replaceAll(" {2,}", "  ")))
                    .anyMatch(line -> line.startsWith("app  ") && line.contains("app"))
                    .contains(
                            "broker  sqlite:///" + terminal.data().resolve("lovage.db"),
                            "results  in the store",
                            "store  the broker; nothing is off",
                            "concurrency  2 (gevent)",
                            "queues  one, two")
                    .anyMatch(line -> line.startsWith("tasks  ") && line.contains("sample.greet"));
            worker.stop();
        }
        assertThat(Files.readAllLines(log).stream().filter(line -> line.contains("Remarks")))
                .hasSize(3)
                .anyMatch(line ->
                        line.contains(config + " line 1: task_reject_on_worker_lost: false is unsafe: a task whose"
                                + " process died is not run again. Safe is true."))
                .anyMatch(line ->
                        line.contains(config + " line 2: worker_state_db has no effect here: revokes are kept in"
                                + " the store, and outlive every worker."))
                .anyMatch(line ->
                        line.contains(config + " line 3: worker_max_tasks_per_child has no effect here: the pool"
                                + " gevent has no child processes"));
    }

    @Test
    void a_worker_with_child_processes_runs_tasks_of_the_app_in_them() throws Exception {
        var log = folder.resolve("worker.err");
        try (var worker = worker(log, "--pool=prefork", "-Q", "compute_intensive")) {
            assertThat(worker.banner())
                    .contains("concurrency  2 (prefork)", "queues       compute_intensive")
                    .contains("sample.where", "archival.tasks.run_ocr_pipeline");
            var where = terminal.run(
                    "call", "sample.where", "--args", "[\"Ada\"]", "--queue", "compute_intensive", "--wait", "60");
            assertThat(where.code()).isZero();
            assertThat(where.out().strip())
                    .startsWith("Ada in ")
                    .doesNotEndWith(" " + worker.process().pid());
            worker.stop();
        }
        assertThat(Files.readAllLines(log))
                .anyMatch(line -> line.contains("Looking for Ada") && line.contains("task_id="));
    }

    @Test
    void what_tasks_log_on_two_nodes_is_traced_with_their_attempts_in_order() throws Exception {
        try (var light = worker(folder.resolve("light.err"), "-n", "light@test");
                var heavy = worker(
                        folder.resolve("heavy.err"), "-n", "heavy@test", "--pool=prefork", "-Q", "compute_intensive")) {
            var args = List.of("--args", "[\"Ada\"]", "--wait", "60", "--task-id");
            for (var call : List.of(
                    List.of("call", "sample.where", "--queue", "compute_intensive"),
                    List.of("call", "sample.stubborn"))) {
                var words = new ArrayList<>(call);
                words.addAll(args);
                words.add(call.get(1));
                var called = terminal.run(words.toArray(String[]::new));
                assertThat(called.code()).as(called.err()).isZero();
            }
            light.stop();
            heavy.stop();
        }
        assertThat(traced("sample.where"))
                .containsExactly(
                        "LOG INFO Looking for Ada heavy@test 1 sample.where",
                        "ATTEMPT SUCCESS  heavy@test 1 sample.where");
        assertThat(traced("sample.stubborn"))
                .containsExactly(
                        "LOG INFO Start 1 for Ada light@test 1 sample.stubborn",
                        "ATTEMPT retry IOException('the disk is away'), again after PT0.001S light@test 1 sample.stubborn",
                        "LOG INFO Start 2 for Ada light@test 2 sample.stubborn",
                        "LOG WARN It was hard light@test 2 sample.stubborn",
                        "ATTEMPT SUCCESS  light@test 2 sample.stubborn");
        var last = terminal.run("trace", "sample.stubborn", "--max", "2");
        assertThat(last.out())
                .contains("3 earlier lines are left out", "SampleTasks", "It was hard", "SUCCESS")
                .doesNotContain("Start 2");
    }

    private List<String> traced(String id) {
        var lines = terminal.run("trace", id, "--json")
                .json()
                .get("lines")
                .valueStream()
                .toList();
        assertThat(lines).extracting(line -> line.get("at").asString()).isSorted();
        return lines.stream()
                .map(line -> String.join(
                        " ",
                        line.get("source").asString(),
                        line.get("what").asString(),
                        line.get("detail").asString(),
                        line.get("node").asString(),
                        String.valueOf(line.get("attempt").asLong()),
                        line.get("root_id").asString()))
                .toList();
    }

    @Test
    void two_providers_of_one_task_stop_the_start() throws Exception {
        var run = terminal.run("worker", "-A", WorkerProcess.app(folder, List.of(SampleTasks.class, SameTasks.class)));
        assertThat(run.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(run.err())
                .contains("sample.greet", "two handlers", SameTasks.class.getName(), "Nothing was started");
    }

    @Test
    void options_that_can_not_be_used_stop_the_start_and_say_what_to_change() throws Exception {
        var app = WorkerProcess.app(folder, List.of(SampleTasks.class));
        var nothing = terminal.run("worker", "-A", app, "-Q", "a,b", "-X", "a,b");
        assertThat(nothing.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(nothing.err()).contains("is excluded: ", "Nothing was started");
        for (var wrong : List.of(
                List.of("-l", "loud"),
                List.of("-n", "w%i@%h"),
                List.of("--autoscale", "1,3"),
                List.of("--autoscale", "many"),
                List.of("--time-limit", "soon"),
                List.of("--max-tasks-per-child", "-1"),
                List.of("--max-memory-per-child", "much"))) {
            var words = new ArrayList<>(List.of("worker", "-A", app));
            words.addAll(wrong);
            var refused = terminal.run(words.toArray(String[]::new));
            assertThat(refused.code()).as(refused.err()).isEqualTo(ExitCode.USAGE.number());
            assertThat(refused.err()).contains("Nothing was started");
        }
    }

    @Test
    void the_archives_queues_are_served_without_an_app_and_a_batch_goes_through_two_such_workers() throws Exception {
        var in = Files.createDirectories(folder.resolve("in"));
        try (var tiff =
                Objects.requireNonNull(getClass().getResourceAsStream("archive/sane-grid-100dpi-bilevel.tif"))) {
            Files.write(in.resolve("001.tif"), tiff.readAllBytes());
        }
        Files.writeString(
                in.resolve("manifest.json"),
                "{\"id\": \"B-1\", \"scanner_model\": \"Test Scanner 1\", \"resolution_dpi\": 300,"
                        + " \"color_profile\": \"none\", \"file_paths\": [\"001.tif\"]}");
        try (var light = bare(folder.resolve("light.err"), "-Q", "io_bound,default", "-c", "8", "--pool=gevent");
                var heavy = bare(folder.resolve("heavy.err"), "-Q", "compute_intensive", "-c", "1", "--pool=prefork")) {
            assertThat(light.banner())
                    .contains(
                            "concurrency  8 (gevent)",
                            "archival.tasks.validate_batch_schema",
                            "archival.tasks.verify_checksum")
                    .doesNotContain("archival.tasks.run_ocr_pipeline");
            assertThat(heavy.banner())
                    .contains("concurrency  1 (prefork)", "archival.tasks.run_ocr_pipeline")
                    .doesNotContain("archival.tasks.verify_checksum");
            var ingested = terminal.run("archive", "ingest", in.toString(), "--wait", "--timeout", "120");
            assertThat(ingested.code()).as(ingested.out() + ingested.err()).isZero();
            light.stop();
            heavy.stop();
        }
    }

    @Test
    void a_pool_of_threads_is_refused_the_archives_computing_and_child_processes_its_decisions() {
        var threads = terminal.run("worker", "-Q", "compute_intensive", "--pool=gevent");
        assertThat(threads.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(threads.err()).contains("hard time limit", "gevent");
        var processes = terminal.run("worker", "-Q", "default", "--pool=prefork");
        assertThat(processes.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(processes.err()).contains("compute_intensive", "Nothing was started");
    }

    private WorkerProcess worker(Path log, String... more) throws Exception {
        var words = new ArrayList<>(List.of("-A", WorkerProcess.app(folder, List.of(SampleTasks.class)), "-c", "2"));
        words.addAll(List.of(more));
        return bare(log, words.toArray(String[]::new));
    }

    private WorkerProcess bare(Path log, String... more) throws Exception {
        return WorkerProcess.start(terminal.data(), log, Map.of(), List.of(more));
    }

    private void awaitRunning(String id) throws InterruptedException {
        var deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        try (var lovage = Lovage.embedded(terminal.data())) {
            var broker = lovage.backbone().broker();
            while (lovage.backbone().store().held(Set.of(Custody.LEASED), 10).stream()
                    .noneMatch(one -> one.message().execution().taskId().equals(id))) {
                assertThat(System.nanoTime())
                        .as("%s did not start in time: %s", id, broker.queues())
                        .isLessThan(deadline);
                broker.awaitWork(broker.mark(), Duration.ofMillis(20));
            }
        }
    }
}
