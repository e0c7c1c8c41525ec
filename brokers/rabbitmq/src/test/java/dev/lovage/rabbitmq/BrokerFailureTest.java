package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.transport.Depth;
import dev.lovage.engine.transport.Transport;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of messages while a broker stops, blocks, or throws everyone out.
@Tag("services")
@Timeout(400)
class BrokerFailureTest {
    private static final Task<String, String> STEP = Task.named("t.step", String.class, String.class);

    /// Bytes.
    private static final int MESSAGE_MAX = 100_000;

    @TempDir
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private static LocalRabbit rabbit;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeAll
    static void start() {
        rabbit = LocalRabbit.start(Map.of("max_message_size", String.valueOf(MESSAGE_MAX)));
    }

    @AfterAll
    static void end() {
        rabbit.close();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (var one : opened.reversed()) {
            one.close();
        }
    }

    private RabbitTransport open(String timeoutSeconds, String queueType) {
        var transport = new RabbitTransport(
                rabbit.url(),
                Mail.settings()
                        .with(Setting.BROKER_PUBLISH_TIMEOUT, timeoutSeconds)
                        .with(Setting.TASK_CREATE_MISSING_QUEUE_TYPE, queueType));
        opened.add(transport);
        return transport;
    }

    /// Publishes one after the other until told to stop, each until the broker has it, and remembers those.
    private static Thread load(RabbitTransport transport, String queue, Set<String> sent, AtomicBoolean stop) {
        return Thread.ofVirtual().start(() -> {
            while (!stop.get()) {
                var batch = Mail.messages(queue, 10);
                while (!stop.get()) {
                    try {
                        assertThat(transport.publish(batch)).isEmpty();
                        batch.forEach(one -> sent.add(Mail.text(one.body())));
                        break;
                    } catch (Busy | SendUnknown e) {
                        // As a caller who does not give up.
                    }
                }
            }
        });
    }

    private static Thread work(
            RabbitTransport transport,
            RabbitTransport.Consumer consumer,
            Map<String, Integer> received,
            AtomicBoolean stop) {
        return Thread.ofVirtual().start(() -> {
            while (!stop.get()) {
                var mark = transport.mark();
                var some = Mail.receiveNow(consumer, 5);
                some.forEach(one -> received.merge(Mail.text(one.body()), 1, Integer::sum));
                try {
                    consumer.acknowledge(Mail.tags(some));
                } catch (Busy e) {
                    // They come again.
                }
                if (some.isEmpty()) {
                    try {
                        transport.awaitArrival(mark, Duration.ofSeconds(1));
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void nothing_is_lost_while_the_broker_stops_and_starts_under_load(String type) throws InterruptedException {
        var transport = open("10", type);
        var queue = "load-" + type;
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of(queue), 20);
        Set<String> sent = ConcurrentHashMap.newKeySet();
        Map<String, Integer> received = new ConcurrentHashMap<>();
        var stopSending = new AtomicBoolean();
        var stopWorking = new AtomicBoolean();
        var sender = load(transport, queue, sent, stopSending);
        var worker = work(transport, consumer, received, stopWorking);
        for (int i = 0; i < 5; i++) {
            var before = received.size();
            Eventually.until("messages flow", () -> received.size() > before + 50, received::size);
            if (i % 2 == 0) {
                rabbit.stop();
            } else {
                rabbit.kill();
            }
            rabbit.restart();
        }
        var before = received.size();
        Eventually.until("messages flow again", () -> received.size() > before + 50, received::size);
        stopSending.set(true);
        sender.join();
        Eventually.until(
                "each message that was sent was received",
                () -> received.keySet().containsAll(sent),
                () -> received.size() + " of " + sent.size());
        stopWorking.set(true);
        worker.join();
    }

    @Test
    void connections_that_the_broker_closes_are_made_again_and_old_tags_mean_nothing() {
        var transport = open("10", "classic");
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("closed"), 10);
        for (int i = 0; i < 5; i++) {
            assertThat(transport.publish(Mail.messages("closed", 10))).isEmpty();
            var held = Mail.receive(consumer, 10);
            rabbit.closeConnections();
            var again = Mail.receive(consumer, 10);
            assertThat(again).allMatch(one -> one.redelivered());
            assertThat(Mail.tags(again)).doesNotContainAnyElementsOf(Mail.tags(held));
            consumer.acknowledge(Mail.tags(held));
            consumer.giveBack(Mail.tags(held));
            consumer.acknowledge(Mail.tags(again));
        }
        Eventually.until("it is connected", transport::connected, () -> "not connected");
        assertThat(transport.depths(Set.of("closed")).values())
                .extracting(Depth::ready)
                .containsExactly(0L);
    }

    @Test
    void a_broker_that_is_down_is_busy_for_both_sides_until_it_is_back() {
        var transport = open("2", "classic");
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("down"), 10);
        transport.publish(Mail.messages("down", 1));
        Mail.receive(consumer, 1);
        rabbit.stop();
        try {
            Eventually.until("the loss is noticed", () -> !transport.connected(), () -> "connected");
            assertThatThrownBy(() -> consumer.receive(1))
                    .isInstanceOf(Busy.class)
                    .hasMessageContaining("RabbitMQ");
            assertThatThrownBy(() -> transport.publish(Mail.messages("down", 1)))
                    .isInstanceOf(Busy.class);
            assertThatThrownBy(() -> transport.depths(Set.of("down"))).isInstanceOf(Busy.class);
        } finally {
            rabbit.restart();
        }
        assertThat(Mail.receive(consumer, 1)).hasSize(1);
    }

    @Test
    void a_memory_alarm_is_busy_after_the_deadline_and_over_when_it_is_over() {
        var transport = open("2", "classic");
        assertThat(transport.publish(Mail.messages("alarm", 1))).isEmpty();
        rabbit.memoryAlarm(true);
        try {
            // The broker says that it blocks a connection when that one publishes: this one is in its hands.
            assertThatThrownBy(() -> transport.publish(Mail.messages("alarm", 1)))
                    .isInstanceOf(SendUnknown.class);
            assertThatThrownBy(() -> transport.publish(Mail.messages("alarm", 1)))
                    .isInstanceOf(Busy.class)
                    .hasMessageContaining("low on memory")
                    .hasMessageContaining("Nothing was sent");
            // Receiving goes on.
            var consumer = transport.consumer("worker@test");
            consumer.consume(Set.of("alarm"), 5);
            consumer.acknowledge(Mail.tags(Mail.receive(consumer, 1)));
        } finally {
            rabbit.memoryAlarm(false);
        }
        Eventually.until(
                "it takes messages again",
                () -> {
                    try {
                        return transport.publish(Mail.messages("alarm", 1)).isEmpty();
                    } catch (Busy | SendUnknown e) {
                        return false;
                    }
                },
                () -> "blocked");
    }

    @Test
    void a_full_queue_that_refuses_is_busy() {
        rabbit.policy("full", "^full$", "{\"max-length\": 1, \"overflow\": \"reject-publish\"}");
        var transport = open("5", "classic");
        Map<Boolean, Integer> taken = new HashMap<>();
        for (Message message : Mail.messages("full", 20)) {
            try {
                transport.publish(List.of(message));
                taken.merge(true, 1, Integer::sum);
            } catch (Busy e) {
                assertThat(e).hasMessageContaining("full");
                taken.merge(false, 1, Integer::sum);
            }
        }
        assertThat(taken.get(false)).isGreaterThan(10);
        assertThatThrownBy(() -> transport.publish(Mail.messages("full", 5))).isInstanceOf(Busy.class);
    }

    @Test
    void a_full_queue_says_which_messages_it_refused() {
        rabbit.policy("nearly", "^nearly$", "{\"max-length\": 2, \"overflow\": \"reject-publish\"}");
        var transport = open("5", "classic");
        var refused = transport.publish(Mail.messages("nearly", 50));
        assertThat(refused).isNotEmpty().allMatch(one -> one.why() == Transport.Unroutable.Why.NOT_NOW);
        Eventually.until(
                "all others lie there",
                () -> refused.size()
                                + Objects.requireNonNull(transport
                                                .depths(Set.of("nearly"))
                                                .get("nearly"))
                                        .ready()
                        == 50,
                () -> transport.depths(Set.of("nearly")));
    }

    private static Message tooLarge(String queue) {
        return Mail.message(queue, 0, "{}", new byte[2 * MESSAGE_MAX]);
    }

    @Test
    void a_message_that_closes_the_channel_is_refused_with_a_reason_when_it_is_sent_alone() {
        var transport = open("10", "classic");
        var large = tooLarge("large");
        assertThatThrownBy(() -> transport.publish(List.of(Mail.message("large"), large, Mail.message("large"))))
                .isInstanceOfSatisfying(
                        SendUnknown.class, e -> assertThat(e.taken()).doesNotContain(large));
        assertThat(transport.publish(List.of(large))).singleElement().satisfies(one -> {
            assertThat(one.why()).isEqualTo(Transport.Unroutable.Why.NOWHERE);
            assertThat(one.reason()).contains("message size").contains(String.valueOf(MESSAGE_MAX));
        });
        assertThat(transport.publish(List.of(Mail.message("large")))).isEmpty();
    }

    @Test
    void a_message_that_closes_the_channel_becomes_a_dead_letter_and_keeps_no_other_one_back() {
        var settings = Settings.embedded(folder).with(Setting.BROKER_URL, rabbit.url());
        try (var lovage = Lovage.open(settings, InstantSource.system())) {
            var backbone = lovage.backbone();
            backbone.broker().pause(Set.of("beside"));
            lovage.send(STEP.with("first").queue("beside"));
            lovage.send(STEP.with("x".repeat(2 * MESSAGE_MAX)).queue("beside"));
            lovage.send(STEP.with("last").queue("beside"));
            backbone.broker().resume(Set.of("beside"));
            Eventually.until(
                    "one is a dead letter",
                    () -> backbone.store().inventory().stream().anyMatch(one -> one.custody() == Custody.DEAD),
                    () -> backbone.store().inventory());
            assertThat(backbone.store().inventory()).hasSize(3);
        }
        var transport = open("10", "classic");
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("beside"), 10);
        // The first one may have been handed over twice: the broker had it, and did not say so.
        var bodies = new StringBuilder();
        Eventually.until(
                "the other ones arrive",
                () -> {
                    Mail.receiveNow(consumer, 10).forEach(one -> bodies.append(Mail.text(one.body())));
                    return bodies.indexOf("first") >= 0 && bodies.indexOf("last") >= 0;
                },
                () -> bodies);
    }

    @Test
    void a_queue_whose_name_amqp_cannot_carry_is_refused_beside_others() {
        var transport = open("10", "classic");
        var refused = transport.publish(List.of(Mail.message("x".repeat(300)), Mail.message("short")));
        assertThat(refused).singleElement().satisfies(one -> {
            assertThat(one.why()).isEqualTo(Transport.Unroutable.Why.NOWHERE);
            assertThat(one.reason()).contains("300 bytes");
        });
    }

    @Test
    void a_queue_that_the_client_library_cannot_declare_is_busy_and_stalls_no_other() {
        var transport = new RabbitTransport(
                rabbit.url(),
                Mail.settings()
                        .with(Setting.BROKER_PUBLISH_TIMEOUT, "30")
                        .with(Setting.TASK_QUEUES, "{\"odd\": {\"exchange\": \"" + "x".repeat(300) + "\"}}"));
        opened.add(transport);
        assertThatThrownBy(() -> transport.publish(List.of(Mail.message("odd"))))
                .isInstanceOf(Busy.class)
                .hasMessageContaining("Nothing was sent");
        assertThat(transport.publish(List.of(Mail.message("even")))).isEmpty();
    }
}
