package dev.lovage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.sample.SampleTasks;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import dev.lovage.testkit.LocalRedis;
import dev.lovage.testkit.PythonCelery;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The command line with `store_url: none`: RabbitMQ moves the messages, and results are in Redis.
@Tag("services")
class WithoutStoreCommandsTest {
    @TempDir
    Path folder;

    private Map<String, String> environment(LocalRedis redis, String broker) {
        return Map.of("LOVAGE_BROKER_URL", broker, "LOVAGE_RESULT_BACKEND", redis.url(0), "LOVAGE_STORE_URL", "none");
    }

    private Terminal.Run run(Map<String, String> environment, String... words) {
        var all = new ArrayList<>(List.of(words));
        all.add("--data");
        all.add(folder.resolve("data").toString());
        return Terminal.bare(environment, all.toArray(String[]::new));
    }

    @Test
    void a_worker_says_what_is_off_and_commands_look_beside_the_queues() throws Exception {
        try (var redis = LocalRedis.start()) {
            var environment = environment(redis, LocalRabbit.freshUrl());
            try (var worker = WorkerProcess.start(
                    folder.resolve("data"),
                    folder.resolve("worker.err"),
                    environment,
                    List.of("-A", WorkerProcess.app(folder, List.of(SampleTasks.class)), "-Q", "java"))) {
                assertThat(worker.banner())
                        .contains("store        none; what is delivered again runs again")
                        .contains("off        exactly-once effects (P2)")
                        .contains("off        joins that can't hang (P6)")
                        .contains("off        durable revokes")
                        .contains("off        a beat without doubles");
                var greeted = run(
                        environment, "call", "sample.greet", "--args", "[\"Bob\"]", "--queue", "java", "--wait", "50");
                assertThat(greeted.out()).as(greeted.err()).isEqualTo("Hello, Bob" + System.lineSeparator());
                var strange = run(environment, "call", "nobody.knows", "--queue", "java", "--task-id", "stray");
                assertThat(strange.code()).as(strange.err()).isZero();
                Eventually.until(
                        "it is parked",
                        () -> run(environment, "parked", "list").out().contains("nobody.knows"),
                        () -> run(environment, "status").out());
                var status = run(environment, "status").out();
                assertThat(status).contains("ask them: lovage inspect ping", "Off without a store: ");
                var doctor = run(environment, "doctor").out();
                assertThat(doctor).contains("none; off: ", "answers");
                var failed = run(environment, "call", "sample.greet", "--args", "[\"Bob\"]", "--queue", "java");
                assertThat(failed.code()).isZero();
                assertThat(run(environment, "trace", "nothing").err()).contains("store_url is none");
                assertThat(run(environment, "purge", "java", "--reason", "a test", "--force")
                                .err())
                        .contains("Nothing was purged");
                worker.stop();
            }
            // Nobody receives from the queue now: a setting names it.
            var named = new HashMap<>(environment);
            named.put("LOVAGE_TASK_DEFAULT_QUEUE", "java");
            assertThat(run(named, "dlq", "dispose", "stray", "--reason", "a test")
                            .code())
                    .isNotZero();
            var released = run(named, "parked", "release", "stray");
            assertThat(released.out()).as(released.err()).contains("Released 1.");
            assertThat(run(named, "parked", "list").out()).contains("Nothing is parked.");
            assertThat(run(named, "queues").out()).containsPattern("java\\s+1");
            assertThat(Files.exists(folder.resolve("data/lovage.db"))).isFalse();
        }
    }

    @Test
    void redis_as_broker_can_not_do_without_a_store() throws Exception {
        try (var redis = LocalRedis.start()) {
            var refused = run(environment(redis, redis.url(1)), "worker");
            assertThat(refused.code()).isNotEqualTo(ExitCode.OK.number());
            assertThat(refused.err()).contains("store_url is none", "only RabbitMQ");
        }
    }

    @Test
    void chords_of_java_and_python_join_in_redis() throws Exception {
        var add = Task.named("u.one", Integer.class, Integer.class);
        var sum = Task.named("u.sum", new TypeRef<List<Integer>>() {}, new TypeRef<Integer>() {});
        try (var redis = LocalRedis.start()) {
            var broker = LocalRabbit.freshUrl();
            var settings = Settings.embedded(folder)
                    .with(Setting.BROKER_URL, broker)
                    .with(Setting.RESULT_BACKEND, redis.url(0))
                    .with(Setting.STORE_URL, "none");
            try (var lovage = Lovage.open(settings, InstantSource.system());
                    var _ = lovage.worker()
                            .tasks(tasks -> {
                                tasks.handle(add, number -> number + 1);
                                tasks.handle(
                                        sum,
                                        numbers -> numbers.stream()
                                                .mapToInt(one -> one)
                                                .sum());
                            })
                            .start();
                    var python = PythonCelery.with(broker, redis.url(0), """
                            import os
                            from celery import Celery
                            app = Celery('app', broker=os.environ['BROKER_URL'], backend=os.environ['RESULT_URL'])
                            """)) {
                assertThat(lovage.send(Chord.of(List.of(add.with(1), add.with(2), add.with(3)), sum.partial()))
                                .await(Duration.ofSeconds(60)))
                        .isEqualTo(9);
                assertThat(python.run("""
                                from app import app
                                from celery import chord
                                one = lambda n: app.signature('u.one', args=[n])
                                print(chord([one(1), one(2)])(app.signature('u.sum')).get(timeout=50))
                                """)).containsExactly("5");
            }
        }
    }
}
