package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.Faults;
import dev.lovage.testkit.LocalRabbit;
import dev.lovage.testkit.PythonCelery;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RabbitMQ alone, with `store_url: none`.
@Tag("services")
@Timeout(300)
class WithoutStoreTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Task<String, String> STEP = UnstoredProcess.STEP;
    private static final Task<String, String> FAILING = Task.named("u.failing", String.class, String.class);
    private static final Task<List<String>, String> JOIN =
            Task.named("u.join", new TypeRef<List<String>>() {}, new TypeRef<String>() {});

    /// Steps of one delivery with a successor at which its worker ends.
    private static final int FAULT_POINTS = 8;

    @TempDir
    Path folder;

    private final List<String> ran = new CopyOnWriteArrayList<>();

    private Lovage open(String url, String type) {
        return Lovage.open(UnstoredProcess.settings(url, type, folder), InstantSource.system());
    }

    private Worker worker(Lovage lovage) {
        return worker(lovage, tasks -> {});
    }

    private Worker worker(Lovage lovage, TaskProvider more) {
        return lovage.worker()
                .name("parent@test")
                .pool(Pool.threads(2))
                .tasks(tasks -> tasks.handle(STEP, text -> {
                    ran.add(text);
                    return text + "!";
                }))
                .tasks(more)
                .start();
    }

    private static Channel channel(String url) {
        try {
            var factory = new ConnectionFactory();
            factory.setUri(url);
            return Objects.requireNonNull(factory.newConnection().createChannel());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static GetResponse lying(Channel channel, String queue) {
        var found = new GetResponse[1];
        Eventually.until(
                "something lies in " + queue,
                () -> {
                    try {
                        if (channel.queueDeclarePassive(queue).getMessageCount() > 0) {
                            found[0] = channel.basicGet(queue, true);
                        }
                        return found[0] != null;
                    } catch (IOException e) {
                        throw new IllegalStateException(queue + " is not there: declare it first", e);
                    }
                },
                () -> queue);
        return Objects.requireNonNull(found[0]);
    }

    private static List<Held> held(Lovage lovage, Custody custody, int count) {
        var found = new ArrayList<Held>();
        Eventually.until(
                count + " are " + custody,
                () -> {
                    found.clear();
                    found.addAll(lovage.backbone().store().held(Set.of(custody), 100));
                    return found.size() == count;
                },
                () -> found);
        return found;
    }

    private static void nothingLies(Lovage lovage, String queue) {
        var broker = lovage.backbone().broker();
        Eventually.until(
                "nothing lies in " + queue,
                () -> broker.queues(Set.of(queue)).values().stream().allMatch(state -> state.count(Custody.READY) == 0),
                () -> broker.queues(Set.of(queue)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void tasks_run_fail_are_tried_again_and_follow_each_other(String type) throws Exception {
        var url = LocalRabbit.freshUrl();
        var tries = new AtomicInteger();
        var again = Task.named("u.again", String.class, String.class);
        try (var lovage = open(url, type);
                var _ = worker(lovage, tasks -> {
                    tasks.handle(FAILING, text -> {
                        throw new IllegalStateException("no " + text);
                    });
                    tasks.handle(again, text -> {
                        if (tries.incrementAndGet() < 2) {
                            throw new RetryTask(new IOException("not yet"), Duration.ofMillis(300));
                        }
                        return text + tries;
                    });
                })) {
            assertThat(lovage.send(STEP.with("a")).await(LONG)).isEqualTo("a!");
            assertThat(lovage.send(STEP.with("b").then(STEP.partial())).await(LONG))
                    .isEqualTo("b!!");
            assertThat(lovage.send(Group.<String>of(List.of(STEP.with("c"), STEP.with("d"))))
                            .await(LONG))
                    .isEqualTo(List.of("c!", "d!"));
            assertThat(lovage.send(again.with("e")).await(LONG)).isEqualTo("e2");
            var failing =
                    lovage.send(FAILING.with("f").linkError(STEP.with("errback").immutable()));
            assertThatExceptionOfType(TaskFailed.class)
                    .isThrownBy(() -> failing.await(LONG))
                    .withMessageContaining("no f");
            var dead = held(lovage, Custody.DEAD, 1).getFirst();
            assertThat(dead.message().task()).isEqualTo("u.failing");
            assertThat(dead.reason())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("no f"));
            assertThat(dead.history().getFirst().trace()).contains("IllegalStateException");
            Eventually.until("the errback ran", () -> ran.contains("errback"), () -> ran);
            nothingLies(lovage, "celery");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void nothing_starts_before_its_time_and_what_waits_survives_its_sender(String type) {
        var url = LocalRabbit.freshUrl();
        var due = Instant.now().plusMillis(2_500);
        var started = new CopyOnWriteArrayList<Instant>();
        try (var lovage = open(url, type)) {
            lovage.send(STEP.with("later").eta(due).queue("slow.celery"));
        }
        try (var lovage = open(url, type);
                var _ = lovage.worker()
                        .queues("celery", "slow.celery")
                        .tasks(tasks -> tasks.handle(STEP, text -> {
                            started.add(Instant.now());
                            return text;
                        }))
                        .start()) {
            Eventually.until("it ran", () -> !started.isEmpty(), () -> started);
            nothingLies(lovage, "celery");
            assertThat(started).hasSize(1).allSatisfy(at -> assertThat(at).isAfterOrEqualTo(due));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void a_worker_that_is_killed_between_any_two_steps_loses_nothing(String type) throws Exception {
        var url = LocalRabbit.freshUrl();
        try (var lovage = open(url, type)) {
            for (int point = 1; point <= FAULT_POINTS; point++) {
                var sent = lovage.send(STEP.with("p" + point).then(STEP.partial()));
                try (var child = UnstoredProcess.start(url, type, folder, point)) {
                    var said = String.join(" ", child.rest());
                    assertThat(child.ends()).as(said).isEqualTo(Faults.KILLED);
                    assertThat(said).contains("halted " + point);
                }
                try (var _ = worker(lovage)) {
                    assertThat(sent.await(LONG)).as("after point %d", point).isEqualTo("p" + point + "!!");
                    nothingLies(lovage, "celery");
                }
            }
            assertThat(lovage.backbone().store().held(Set.of(Custody.DEAD, Custody.QUARANTINED, Custody.PARKED), 10))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void a_task_that_kills_its_worker_each_time_is_quarantined(String type) throws Exception {
        var url = LocalRabbit.freshUrl();
        try (var lovage = open(url, type)) {
            var poison = lovage.send(UnstoredProcess.POISON.with("x"));
            for (int i = 0; i < 3; i++) {
                try (var child = UnstoredProcess.start(url, type, folder, 0)) {
                    assertThat(child.ends()).isEqualTo(Faults.KILLED);
                }
            }
            try (var _ = worker(
                    lovage,
                    tasks -> tasks.handle(UnstoredProcess.POISON, text -> {
                        ran.add(text);
                        return text;
                    }))) {
                assertThatExceptionOfType(TaskFailed.class)
                        .isThrownBy(() -> poison.await(LONG))
                        .withMessageContaining("WorkerLostError");
            }
            assertThat(ran).isEmpty();
            var dead = held(lovage, Custody.QUARANTINED, 1).getFirst();
            assertThat(dead.crashes()).isEqualTo(3);
            assertThat(dead.reason()).hasValueSatisfying(why -> assertThat(why).contains("3 times"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void what_a_worker_gives_back_when_it_stops_counts_as_no_crash(String type) throws Exception {
        var url = LocalRabbit.freshUrl();
        var settings = UnstoredProcess.settings(url, type, folder).with(Setting.WORKER_SHUTDOWN_GRACE, "0");
        try (var lovage = Lovage.open(settings, InstantSource.system())) {
            var sent = lovage.send(STEP.with("slow"));
            for (int i = 0; i < 4; i++) {
                var begun = new CountDownLatch(1);
                var never = new CountDownLatch(1);
                try (var _ = lovage.worker()
                        .tasks(tasks -> tasks.handle(STEP, text -> {
                            begun.countDown();
                            never.await();
                            return text;
                        }))
                        .start()) {
                    begun.await();
                }
            }
            try (var _ = worker(lovage)) {
                assertThat(sent.await(LONG)).isEqualTo("slow!");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void what_nobody_knows_or_can_read_is_parked_with_its_bytes_and_comes_back_unchanged(String type) throws Exception {
        var url = LocalRabbit.freshUrl();
        var body = new byte[] {(byte) 0xff, 0, '[', 1, 2};
        Map<String, Object> headers = Map.of(
                "task",
                "python.only",
                "id",
                "id-1",
                "lovage_subject",
                "S-1",
                "deep",
                Map.of("list", List.of(1, "two")));
        var properties = new BasicProperties.Builder()
                .headers(headers)
                .contentType("application/x-odd")
                .contentEncoding("binary")
                .correlationId("id-1")
                .deliveryMode(1)
                .priority(4)
                .expiration("86400000")
                .build();
        var channel = channel(url);
        try (var lovage = open(url, type)) {
            try (var _ = worker(lovage)) {
                assertThat(lovage.send(STEP.with("first")).await(LONG)).isEqualTo("first!");
                channel.basicPublish("", "celery", properties, body);
                var parked = held(lovage, Custody.PARKED, 1).getFirst();
                assertThat(parked.message().queue()).isEqualTo("celery");
                assertThat(parked.message().body()).isEqualTo(body);
                // Whoever looks gives back, however often.
                for (int i = 0; i < 25; i++) {
                    assertThat(held(lovage, Custody.PARKED, 1).getFirst().tag()).isEqualTo(parked.tag());
                }
                assertThat(lovage.send(STEP.with("next")).await(LONG)).isEqualTo("next!");
            }
            var parked = held(lovage, Custody.PARKED, 1).getFirst();
            assertThat(lovage.backbone().store().release(parked.tag() + 1, "", ""))
                    .isFalse();
            assertThat(lovage.backbone().store().release(parked.tag(), "a worker has it now", "somebody"))
                    .isTrue();
            held(lovage, Custody.PARKED, 0);
            var back = lying(channel, "celery");
            assertThat(back.getBody()).isEqualTo(body);
            var came = back.getProps();
            assertThat(came.getHeaders().toString())
                    .isEqualTo(readBack(channel, properties, body).toString());
            assertThat(came.getContentType()).isEqualTo("application/x-odd");
            assertThat(came.getContentEncoding()).isEqualTo("binary");
            assertThat(came.getDeliveryMode()).isEqualTo(1);
            assertThat(came.getPriority()).isEqualTo(4);
            assertThat(came.getExpiration()).isEqualTo("86400000");
        } finally {
            channel.getConnection().close();
        }
    }

    /// As RabbitMQ's client shows them that come straight from their sender.
    private static Map<String, Object> readBack(Channel channel, BasicProperties properties, byte[] body)
            throws IOException {
        channel.basicPublish("", "celery", properties, body);
        return lying(channel, "celery").getProps().getHeaders();
    }

    @Test
    void the_queues_beside_a_queue_are_of_its_type() throws Exception {
        var url = LocalRabbit.freshUrl();
        try (var lovage = open(url, "quorum");
                var _ = worker(lovage)) {
            lovage.send(Task.named("u.nobody", String.class, String.class).with("x"));
            held(lovage, Custody.PARKED, 1);
        }
        var vhost = url.substring(url.lastIndexOf('/') + 1);
        assertThat(LocalRabbit.shared().control("list_queues", "-p", vhost, "name", "type", "durable"))
                .containsPattern("celery\\.lovage\\.parked\\s+(rabbit_)?quorum\\w*\\s+true");
    }

    @Test
    void a_broker_that_stops_and_starts_loses_nothing_and_a_running_task_is_handed_over() throws Exception {
        try (var rabbit = LocalRabbit.start();
                var lovage = open(rabbit.url(), "quorum")) {
            var begun = new CountDownLatch(1);
            var goOn = new CountDownLatch(1);
            var runs = new AtomicInteger();
            var slow = Task.named("u.slow", String.class, String.class);
            try (var _ = worker(
                    lovage,
                    tasks -> tasks.handle(slow, text -> {
                        runs.incrementAndGet();
                        begun.countDown();
                        goOn.await();
                        return text + "!";
                    }))) {
                var running = lovage.send(slow.with("slow"));
                begun.await();
                rabbit.closeConnections();
                Eventually.until("it is sent", () -> sends(lovage, "during"), () -> ran);
                // It lies behind the one that comes again.
                Eventually.until("it runs over a new connection", () -> ran.contains("during"), () -> ran);
                goOn.countDown();
                assertThat(running.await(LONG)).isEqualTo("slow!");
                assertThat(runs.get()).isEqualTo(1);

                rabbit.stop();
                rabbit.restart();
                var after = new ArrayList<String>();
                for (int i = 0; i < 20; i++) {
                    var text = "after" + i;
                    Eventually.until("it is sent", () -> sends(lovage, text), () -> text);
                    after.add(text);
                }
                Eventually.until("all ran", () -> ran.containsAll(after), () -> ran);
            }
        }
    }

    private static boolean sends(Lovage lovage, String text) {
        try {
            lovage.send(STEP.with(text));
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    @Test
    void a_revoke_reaches_the_workers_that_run_and_ends_what_waits() throws Exception {
        try (var lovage = open(LocalRabbit.freshUrl(), "classic");
                var _ = worker(lovage)) {
            assertThat(lovage.send(STEP.with("warm")).await(LONG)).isEqualTo("warm!");
            var sent = lovage.send(STEP.with("unwanted").countdown(Duration.ofSeconds(3)));
            lovage.revoke(List.of(sent.id()), false);
            assertThatExceptionOfType(TaskFailed.class)
                    .isThrownBy(() -> sent.await(LONG))
                    .satisfies(e -> assertThat(e.meta().state()).isEqualTo(TaskState.REVOKED));
            assertThat(ran).containsExactly("warm");
        }
    }

    @Test
    void a_task_over_its_rate_is_held_by_the_broker_and_all_run() throws Exception {
        var limited = Task.named("u.limited", String.class, String.class).rateLimit("2/s");
        try (var lovage = open(LocalRabbit.freshUrl(), "classic");
                var _ = worker(lovage, tasks -> tasks.handle(limited, text -> text))) {
            var all = new ArrayList<dev.lovage.engine.AsyncResult<String>>();
            for (int i = 0; i < 5; i++) {
                all.add(lovage.send(limited.with("r" + i)));
            }
            for (int i = 0; i < 5; i++) {
                assertThat(all.get(i).await(LONG)).isEqualTo("r" + i);
            }
        }
    }

    @Test
    void what_needs_a_store_is_refused_with_what_to_do() {
        var url = LocalRabbit.freshUrl();
        try (var lovage = open(url, "classic")) {
            assertThatThrownBy(() -> lovage.send(Chord.of(List.of(STEP.with("a"), STEP.with("b")), JOIN.partial())))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("redis://")
                    .hasMessageContaining("Nothing was sent");
            assertThatThrownBy(() -> lovage.backbone().broker().pause(Set.of("celery")))
                    .hasMessageContaining("cancel_consumer");
            assertThatThrownBy(() -> lovage.backbone().broker().purge("celery", "why", "who"))
                    .hasMessageContaining("Nothing was purged");
            assertThatThrownBy(() -> lovage.transaction(_ -> "x")).hasMessageContaining("no transactions");
            assertThatThrownBy(() -> worker(
                            lovage, tasks -> tasks.handle(FAILING, text -> text).commit((_, _) -> {})))
                    .hasMessageContaining("has a commit");
            var annotated = UnstoredProcess.settings(url, "classic", folder)
                    .with(Setting.TASK_ANNOTATIONS, "{\"u.step\": {\"rate_limit\": \"1/s\", \"cluster\": true}}");
            try (var limited = Lovage.open(annotated, InstantSource.system())) {
                assertThatThrownBy(() -> worker(limited)).hasMessageContaining("which is kept in a store");
            }
            assertThat(lovage.backbone().off()).hasSizeGreaterThan(5);
        }
        assertThatExceptionOfType(BadSetting.class)
                .isThrownBy(() ->
                        Lovage.open(Settings.embedded(folder).with(Setting.STORE_URL, "none"), InstantSource.system()))
                .withMessageContaining("only RabbitMQ");
    }

    @Test
    void a_chord_that_a_task_starts_where_none_can_join_fails_under_its_own_ids() throws Exception {
        try (var lovage = open(LocalRabbit.freshUrl(), "classic");
                var _ = worker(lovage)) {
            var sent = lovage.send(STEP.with("a")
                    .then(Group.<String>of(List.of(STEP.partial(), STEP.partial())))
                    .then(JOIN.partial()));
            assertThatExceptionOfType(TaskFailed.class)
                    .isThrownBy(() -> sent.await(LONG))
                    .withMessageContaining("store_url is none");
            nothingLies(lovage, "celery");
        }
    }

    @Test
    void one_beat_sends_what_is_due_from_the_memory_of_its_process() {
        var settings = UnstoredProcess.settings(LocalRabbit.freshUrl(), "classic", folder)
                .with(
                        Setting.BEAT_SCHEDULE,
                        "{\"often\": {\"task\": \"u.step\", \"schedule\": 1, \"args\": [\"tick\"]}}");
        try (var lovage = Lovage.open(settings, InstantSource.system());
                var _ = worker(lovage);
                var _ = lovage.beat()) {
            Eventually.until("it ticked twice", () -> ran.size() >= 2, () -> ran);
            assertThat(ran).containsOnly("tick");
            assertThatThrownBy(() -> lovage.timetable().enable("often", false)).hasMessageContaining("beat_schedule");
        }
    }

    @Test
    void python_sends_and_gets_results() {
        var url = LocalRabbit.freshUrl();
        try (var lovage = open(url, "classic");
                var _ = worker(lovage);
                var python = PythonCelery.with(url, "rpc://", """
                        import os
                        from celery import Celery
                        app = Celery("peer", broker=os.environ["BROKER_URL"], backend="rpc://")
                        """)) {
            var said = python.run("""
                    from app import app
                    from celery import chain
                    step = app.signature("u.step")
                    print(app.send_task("u.step", args=["p"]).get(timeout=50))
                    print(app.send_task("u.step", args=["q"], countdown=1.5).get(timeout=50))
                    print(chain(app.signature("u.step", args=["r"]), app.signature("u.step"))().get(timeout=50))
                    """);
            assertThat(said).containsSubsequence("p!", "q!", "r!!");
        }
    }
}
