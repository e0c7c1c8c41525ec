package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.transport.Depth;
import dev.lovage.engine.transport.Transport;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import java.time.Duration;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of messages while a broker stops, blocks, or throws everyone out.
@Tag("services")
@Timeout(400)
class BrokerFailureTest {
    @SuppressWarnings("NullAway.Init")
    private static LocalRabbit rabbit;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeAll
    static void start() {
        rabbit = LocalRabbit.start();
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
        assertThat(refused).isNotEmpty().allMatch(Transport.Unroutable::passing);
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
}
