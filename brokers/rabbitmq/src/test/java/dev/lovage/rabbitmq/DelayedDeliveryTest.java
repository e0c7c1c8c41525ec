package dev.lovage.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import dev.lovage.testkit.PythonCelery;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Native delayed delivery as of Celery 5.5, between Java and kombu on one RabbitMQ.
@Tag("services")
class DelayedDeliveryTest {
    private static final Task<Integer, Integer> STEP = Task.named("t.step", Integer.class, Integer.class);

    @TempDir
    Path folder;

    private static PythonCelery python(String url) throws IOException {
        try (var app = Objects.requireNonNull(DelayedDeliveryTest.class.getResourceAsStream("delayed_app.py"))) {
            return PythonCelery.with(url, url, new String(app.readAllBytes(), UTF_8));
        }
    }

    private Settings settings(String url) {
        return Settings.embedded(folder)
                .with(Setting.BROKER_URL, url)
                .with(Setting.TASK_CREATE_MISSING_QUEUE_TYPE, "quorum")
                .with(Setting.TASK_CREATE_MISSING_QUEUE_EXCHANGE_TYPE, "topic");
    }

    private Lovage open(String url) {
        return Lovage.open(settings(url), InstantSource.system());
    }

    @Test
    void a_delay_is_written_in_28_bits_before_the_routing_key() {
        assertThat(DelayLevels.routingKey(4000, "celery"))
                .isEqualTo("0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.1.1.1.1.0.1.0.0.0.0.0.celery");
        assertThat(DelayLevels.routingKey(1, "a.b")).isEqualTo("0.".repeat(27) + "1.a.b");
        assertThat(DelayLevels.routingKey(268_435_455, "q")).isEqualTo("1.".repeat(28) + "q");
        assertThat(DelayLevels.LONGEST).isEqualTo(Duration.ofSeconds(268_435_455));
        assertThatIllegalArgumentException().isThrownBy(() -> DelayLevels.routingKey(268_435_456, "q"));
        assertThatIllegalArgumentException().isThrownBy(() -> DelayLevels.routingKey(0, "q"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"quorum", "classic"})
    void kombu_and_we_declare_the_same_whoever_comes_first(String type) throws IOException {
        var first = LocalRabbit.freshUrl();
        var second = LocalRabbit.freshUrl();
        var byKombu = "from app import declare; declare('mixed', '" + type + "')";
        try (var python = python(first)) {
            python.run(byKombu);
            weDeclare(first, type);
        }
        weDeclare(second, type);
        try (var python = python(second)) {
            python.run(byKombu);
        }
        var queues = queues(second);
        assertThat(queues).isEqualTo(queues(first)).hasSize(29);
        for (int level = 0; level < 28; level++) {
            assertThat(queues)
                    .anyMatch(Pattern.compile("celery_delayed_" + level + "\t.*x-message-ttl.{1,10}\\b"
                                    + (1000L << level) + "\\b.*")
                            .asMatchPredicate());
        }
        assertThat(bindings(second)).isEqualTo(bindings(first));
    }

    private void weDeclare(String url, String type) {
        try (var transport = new RabbitTransport(
                        url, settings(url).with(Setting.BROKER_NATIVE_DELAYED_DELIVERY_QUEUE_TYPE, type));
                var consumer = transport.consumer("worker@test")) {
            consumer.consume(Set.of("mixed"), 1);
            var sent = Mail.message("mixed", eta(Duration.ofMillis(2500)), "{}", new byte[0]);
            assertThat(transport.publish(List.of(sent))).isEmpty();
            consumer.acknowledge(Mail.tags(Mail.receive(consumer, 1)));
        }
    }

    private static String eta(Duration in) {
        return Json.text(Json.object().put("eta", Instant.now().plus(in).toString()));
    }

    private static List<String> queues(String url) {
        return listed(url, "list_queues", "name", "arguments", "durable", "auto_delete").stream()
                .map(DelayedDeliveryTest::inOrder)
                .toList();
    }

    /// Arguments are printed in the order in which they were declared.
    private static String inOrder(String line) {
        return Pattern.compile("\\[\\{(.*)}]")
                .matcher(line)
                .replaceFirst(found -> Arrays.stream(found.group(1).split("},\\{"))
                        .sorted()
                        .collect(Collectors.joining(" ", "[", "]")));
    }

    private static List<String> bindings(String url) {
        return listed(url, "list_bindings");
    }

    private static List<String> listed(String url, String... what) {
        var command = new ArrayList<>(List.of("-q", "-p", url.substring(url.lastIndexOf('/') + 1)));
        command.addAll(List.of(what));
        return LocalRabbit.shared()
                .control(command.toArray(String[]::new))
                .lines()
                .filter(line -> line.contains("mixed") || line.contains("celery_delayed"))
                .sorted()
                .toList();
    }

    @Test
    void what_python_sends_with_a_countdown_comes_through_the_levels_and_runs_in_java_at_its_time() throws IOException {
        var url = LocalRabbit.freshUrl();
        var ran = new CopyOnWriteArrayList<Instant>();
        try (var python = python(url);
                var lovage = open(url);
                var _ = lovage.worker()
                        .tasks(tasks -> tasks.handle(STEP, number -> {
                            ran.add(Instant.now());
                            if (ran.size() == 1) {
                                throw new RetryTask(new IllegalStateException("once more"), Duration.ofMillis(10));
                            }
                            return number;
                        }))
                        .queues("java")
                        .start()) {
            var transport = ((Bridge) lovage.backbone()).transport();
            Eventually.until(
                    "the worker has declared the levels",
                    () -> transport.depths(Set.of("celery_delayed_27", "java")).size() == 2,
                    () -> transport.depths(Set.of("celery_delayed_27", "java")));
            var before = Instant.now();
            var id = python.run("from app import send; print(send('java', 't.step', 3, [7]))")
                    .getLast();
            Eventually.until("it has run and was tried again", () -> ran.size() == 2, () -> ran);
            assertThat(ran.getFirst()).isAfterOrEqualTo(before.plusSeconds(3));
            var history = lovage.backbone().store().history(id);
            assertThat(history).isNotEmpty();
            assertThat(history.getFirst().at()).isAfterOrEqualTo(before.plusSeconds(3));
        }
    }

    @Test
    void what_waits_in_the_levels_is_unacknowledged_with_nobody() throws IOException {
        var url = LocalRabbit.freshUrl();
        try (var python = python(url);
                var transport = new RabbitTransport(url, settings(url));
                var consumer = transport.consumer("worker@test")) {
            consumer.consume(Set.of("java"), 1);
            Eventually.until(
                    "the levels are there",
                    () -> transport.depths(Set.of("celery_delayed_27")).size() == 1,
                    () -> transport.depths(Set.of("celery_delayed_27")));
            python.run("from app import send; print(send('java', 't.step', 3, [7]))");
            var arrival = Mail.receive(consumer, 1).getFirst();
            var info = json(arrival.properties()).get("delivery_info");
            assertThat(info.get("exchange").asString()).isEqualTo("celery_delayed_delivery");
            assertThat(info.get("routing_key").asString()).isEqualTo("0.".repeat(26) + "1.1.java");

            // Handed over once more, it goes to its queue and not through the levels again.
            var again = Mail.message("java", arrival.headers(), arrival.properties(), arrival.body());
            assertThat(transport.publish(List.of(again))).isEmpty();
            consumer.acknowledge(List.of(arrival.tag()));
            var second = Mail.receive(consumer, 1).getFirst();
            assertThat(json(second.properties()).at("/delivery_info/exchange").asString())
                    .isEqualTo("java");
            assertThat(second.body()).isEqualTo(arrival.body());
        }
    }

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(UTF_8));
    }

    @Test
    void what_java_sends_with_a_countdown_reaches_python_after_its_sender_has_gone() throws IOException {
        var url = LocalRabbit.freshUrl();
        try (var python = python(url)) {
            String id;
            var before = Instant.now();
            try (var lovage = open(url)) {
                id = lovage.send(STEP.with(1).queue("python").countdown(Duration.ofSeconds(6)))
                        .id();
                assertThat(lovage.backbone().store().findTask(id)).noneMatch(held -> held.custody() == Custody.TIMER);
            }
            var peer = python.start("from app import receive; receive('python')");
            assertThat(peer.ends()).isZero();
            var received = json(peer.output().getLast());
            assertThat(received.at("/headers/id").asString()).isEqualTo(id);
            assertThat(received.get("exchange").asString()).isEqualTo("celery_delayed_delivery");
            // Whole seconds are waited in RabbitMQ, the rest of the last one is the receiver's.
            var due = Instant.parse(received.at("/headers/eta").asString());
            assertThat(due).isAfterOrEqualTo(before.plusSeconds(6));
            assertThat(received.get("at").asDouble()).isGreaterThan(due.toEpochMilli() / 1000.0 - 1.0);
        }
    }

    @Test
    void what_a_java_worker_serves_or_is_too_far_away_waits_in_the_store() {
        var url = LocalRabbit.freshUrl();
        try (var lovage = open(url);
                var _ = lovage.worker()
                        .tasks(tasks -> tasks.handle(STEP, number -> number))
                        .queues("java")
                        .start()) {
            var served = lovage.send(STEP.with(1).queue("java").countdown(Duration.ofHours(1)));
            var far = lovage.send(STEP.with(1).queue("python").countdown(Duration.ofSeconds(268_435_500)));
            var levels = lovage.send(STEP.with(1).queue("python").countdown(Duration.ofHours(1)));
            assertThat(custody(lovage, served.id())).isEqualTo(Custody.TIMER);
            assertThat(custody(lovage, far.id())).isEqualTo(Custody.TIMER);
            assertThat(custody(lovage, levels.id())).isEqualTo(Custody.READY);
            var transport = ((Bridge) lovage.backbone()).transport();
            // 3600 s less what has passed: the highest bit is 2^11.
            Eventually.until(
                    "it waits in the level of its highest bit",
                    () -> transport.depths(Set.of("celery_delayed_11")).values().stream()
                            .anyMatch(depth -> depth.ready() == 1),
                    () -> transport.depths(Set.of("celery_delayed_11")));
        }
    }

    private static Custody custody(Lovage lovage, String id) {
        return lovage.backbone().store().findTask(id).getFirst().custody();
    }

    @Test
    void where_the_levels_are_others_a_message_is_sent_once_it_is_due() throws IOException {
        var url = LocalRabbit.freshUrl();
        try (var python = python(url);
                var lovage = open(url)) {
            python.run("from app import declare; declare('python', 'classic')");
            var before = Instant.now();
            var waits = lovage.send(STEP.with(1).queue("python").countdown(Duration.ofSeconds(2)));
            var far = lovage.send(STEP.with(1).queue("python").countdown(Duration.ofHours(1)));
            Eventually.until(
                    "what the levels do not take waits in the store",
                    () -> custody(lovage, far.id()) == Custody.TIMER,
                    () -> custody(lovage, far.id()));
            var now = lovage.send(STEP.with(2).queue("python"));
            var received = Stream.generate(() -> json(received(python)))
                    .limit(2)
                    .collect(Collectors.toMap(one -> one.at("/headers/id").asString(), one -> one));
            assertThat(received).containsOnlyKeys(now.id(), waits.id());
            var waited = Objects.requireNonNull(received.get(waits.id()));
            assertThat(waited.get("exchange").asString()).isEqualTo("python");
            assertThat(waited.get("at").asDouble()).isGreaterThan(before.toEpochMilli() / 1000.0 + 1);
        }
    }

    @Test
    void a_queue_that_was_deleted_meanwhile_is_declared_again_before_anything_waits_for_it() throws IOException {
        var url = LocalRabbit.freshUrl();
        try (var python = python(url);
                var lovage = open(url)) {
            var first = lovage.send(STEP.with(1).queue("python").countdown(Duration.ofSeconds(1)));
            assertThat(json(received(python)).at("/headers/id").asString()).isEqualTo(first.id());
            python.run("from app import delete; delete('python')");
            var second = lovage.send(STEP.with(2).queue("python").countdown(Duration.ofSeconds(1)));
            assertThat(json(received(python)).at("/headers/id").asString()).isEqualTo(second.id());
        }
    }

    private static String received(PythonCelery python) {
        var peer = python.start("from app import receive; receive('python')");
        assertThat(peer.ends()).isZero();
        return peer.output().getLast();
    }
}
