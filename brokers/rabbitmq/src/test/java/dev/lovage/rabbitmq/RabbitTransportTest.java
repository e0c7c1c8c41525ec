package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.transport.Arrival;
import dev.lovage.engine.transport.Depth;
import dev.lovage.engine.transport.Transport;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import dev.lovage.testkit.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

@Tag("services")
class RabbitTransportTest {
    private String url = "";
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeEach
    void freshVhost() {
        url = LocalRabbit.freshUrl();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (var one : opened.reversed()) {
            one.close();
        }
    }

    private RabbitTransport open(Setting setting, String value) {
        var transport = new RabbitTransport(url, Mail.settings().with(setting, value), Duration.ofSeconds(1));
        opened.add(transport);
        return transport;
    }

    private RabbitTransport open() {
        return open(Setting.BROKER_CONNECTION_TIMEOUT, "4");
    }

    /// A channel of somebody else's, with our frames, so that headers are laid down byte by byte.
    private Channel stranger() throws IOException {
        var dialer = new Dialer(BrokerAddress.list(url), Mail.settings());
        Connection connection = dialer.connect("stranger");
        opened.add(() -> {
            connection.abort();
            dialer.close();
        });
        return connection.createChannel();
    }

    private static ObjectNode json(String json) {
        return (ObjectNode) Json.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, Integer> byQueue(List<Arrival> arrivals) {
        Map<String, Integer> counts = new HashMap<>();
        arrivals.forEach(one -> counts.merge(one.queue(), 1, Integer::sum));
        return counts;
    }

    @Test
    void a_message_that_has_expired_comes_to_a_worker_that_says_so() {
        var transport = open();
        var expired = Mail.message(
                "celery",
                "{\"expires\": \"2026-11-20T08:00:00+00:00\"}",
                "{\"expiration\": \"1\", \"delivery_mode\": 2}",
                new byte[] {1});
        assertThat(transport.publish(List.of(expired, Mail.message("celery")))).isEmpty();
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("celery"), 10);
        assertThat(Mail.receive(consumer, 2).getFirst().body()).containsExactly(1);
    }

    @Test
    void headers_properties_and_body_arrive_as_they_were_sent() {
        var random = Seeds.random("RabbitTransportTest");
        var transport = open();
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("celery"), 100);
        for (int i = 0; i < 100; i++) {
            var headers = Json.text(RandomJson.object(random, 3));
            var body = new byte[random.nextInt(4) == 0 ? random.nextInt(300_000) : random.nextInt(300)];
            random.nextBytes(body);
            var properties = Json.object();
            properties.put("content_type", "application/json");
            properties.put("content_encoding", "binary");
            properties.put("delivery_mode", 2);
            properties.put("priority", random.nextInt(11));
            properties.put("correlation_id", RandomJson.text(random, 36));
            properties.put("reply_to", RandomJson.text(random, random.nextInt(36)));
            if (random.nextBoolean()) {
                properties.put("expiration", Integer.toString(100_000 + random.nextInt(1000)));
                properties.put("message_id", RandomJson.text(random, 10));
                properties.put("type", RandomJson.text(random, 10));
                properties.put("app_id", RandomJson.text(random, 10));
            }
            assertThat(transport.publish(List.of(Mail.message("celery", headers, Json.text(properties), body))))
                    .isEmpty();
            var arrival = Mail.receive(consumer, 1).getFirst();
            // RabbitMQ 4 sorts them.
            assertThat(json(arrival.headers())).isEqualTo(json(headers));
            assertThat(arrival.body()).isEqualTo(body);
            assertThat(arrival.queue()).isEqualTo("celery");
            assertThat(arrival.redelivered()).isFalse();
            properties.putObject("delivery_info").put("exchange", "").put("routing_key", "celery");
            assertThat(json(arrival.properties())).isEqualTo(properties);
            consumer.acknowledge(List.of(arrival.tag()));
        }
        assertThat(ready(transport, "celery")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void no_more_than_max_is_unacknowledged_over_all_queues(String type) {
        var transport = open(Setting.TASK_CREATE_MISSING_QUEUE_TYPE, type);
        Set<String> queues = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            queues.add("q" + i);
            transport.publish(Mail.messages("q" + i, 40));
        }
        var consumer = transport.consumer("worker@test");
        consumer.consume(queues, 7);
        Set<String> bodies = new HashSet<>();
        Map<String, Integer> most = new HashMap<>();
        for (int i = 0; bodies.size() < 200; i++) {
            var held = Mail.receive(consumer, Math.min(7, 200 - bodies.size()));
            assertThat(held).hasSizeLessThanOrEqualTo(7);
            if (i % 10 == 0) {
                assertThat(unacknowledged(transport)).isLessThanOrEqualTo(7);
            }
            byQueue(held).forEach((queue, count) -> most.merge(queue, count, Math::max));
            held.forEach(one -> assertThat(bodies.add(Mail.text(one.body()))).isTrue());
            consumer.acknowledge(Mail.tags(held));
        }
        assertThat(bodies).hasSize(200);
        // What one queue has alone, it may use.
        transport.publish(Mail.messages("q3", 7));
        assertThat(Mail.receive(consumer, 7)).hasSize(7);
    }

    private static long unacknowledged(RabbitTransport transport) {
        var vhost = transport.url().replaceFirst(".*/", "");
        return LocalRabbit.shared()
                .control("-q", "list_queues", "-p", vhost, "messages_unacknowledged")
                .lines()
                .filter(line -> line.matches("\\d+"))
                .mapToLong(Long::parseLong)
                .sum();
    }

    @Test
    void the_most_urgent_comes_first_from_a_queue_with_priorities() {
        var transport = open(Setting.TASK_QUEUE_MAX_PRIORITY, "10");
        for (var priority : List.of(1, 9, 5, 9, 0, 3)) {
            transport.publish(List.of(Mail.message(
                    "urgent", priority, "{}", Integer.toString(priority).getBytes(StandardCharsets.UTF_8))));
        }
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("urgent"), 1);
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            var one = Mail.receive(consumer, 1);
            order.add(Mail.text(one.getFirst().body()));
            consumer.acknowledge(Mail.tags(one));
        }
        assertThat(order).containsExactly("9", "9", "5", "3", "1", "0");
    }

    @Test
    void what_is_given_back_comes_again_and_says_so() {
        var transport = open();
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("celery"), 3);
        transport.publish(Mail.messages("celery", 3));
        var first = Mail.receive(consumer, 3);
        assertThat(first).noneMatch(Arrival::redelivered);
        consumer.giveBack(Mail.tags(first));
        var second = Mail.receive(consumer, 3);
        assertThat(second).allMatch(Arrival::redelivered);
        assertThat(second.stream().map(one -> Mail.text(one.body())).toList())
                .isEqualTo(first.stream().map(one -> Mail.text(one.body())).toList());
        consumer.acknowledge(Mail.tags(first));
        // Those were the old tags: nothing was acknowledged by them.
        consumer.close();
        var other = transport.consumer("other@test");
        other.consume(Set.of("celery"), 3);
        assertThat(Mail.receive(other, 3)).allMatch(Arrival::redelivered);
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void queues_and_bound_change_while_it_runs(String type) {
        var transport = open(Setting.TASK_CREATE_MISSING_QUEUE_TYPE, type);
        transport.publish(Mail.messages("a", 10));
        transport.publish(Mail.messages("b", 10));
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("a"), 2);
        var two = Mail.receive(consumer, 2);
        consumer.consume(Set.of("a"), 5);
        var five = new ArrayList<>(two);
        five.addAll(Mail.receive(consumer, 3));
        assertThat(five).hasSize(5);

        // Nothing new while as much is held as the lower bound lets through.
        consumer.consume(Set.of("a", "b"), 0);
        consumer.acknowledge(Mail.tags(five));
        assertThat(consumer.receive(10)).isEmpty();
        Eventually.until(
                "nobody consumes",
                () -> consumers(transport, "a") == 0 && consumers(transport, "b") == 0,
                () -> transport.depths(Set.of("a", "b")));

        // From a queue that is not named any more nothing stays behind.
        consumer.consume(Set.of("a"), 5);
        Eventually.until("five are reserved", () -> ready(transport, "a") == 0, () -> transport.depths(Set.of("a")));
        consumer.consume(Set.of("b"), 5);
        assertThat(byQueue(Mail.receive(consumer, 5))).isEqualTo(Map.of("b", 5));
        Eventually.until("they are back", () -> ready(transport, "a") == 5, () -> transport.depths(Set.of("a")));
    }

    private static long ready(RabbitTransport transport, String queue) {
        return depth(transport, queue).ready();
    }

    private static long consumers(RabbitTransport transport, String queue) {
        return depth(transport, queue).consumers().orElse(-1);
    }

    private static Depth depth(RabbitTransport transport, String queue) {
        return java.util.Objects.requireNonNull(transport.depths(Set.of(queue)).get(queue));
    }

    @Test
    void acknowledged_in_any_order_none_is_acknowledged_that_was_not_named() {
        var random = Seeds.random("RabbitTransportTest");
        var transport = open();
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("celery"), 60);
        transport.publish(Mail.messages("celery", 300));
        Set<String> kept = new HashSet<>();
        var seen = 0;
        while (seen < 300) {
            var some = Mail.receive(consumer, Math.min(20, 300 - seen));
            seen += some.size();
            List<String> done = new ArrayList<>();
            for (var one : some) {
                if (random.nextInt(10) == 0 && kept.size() < 30) {
                    kept.add(Mail.text(one.body()));
                } else {
                    done.add(one.tag());
                }
            }
            java.util.Collections.shuffle(done, random);
            consumer.acknowledge(done);
        }
        consumer.close();
        var other = transport.consumer("other@test");
        other.consume(Set.of("celery"), 300);
        var again = Mail.receive(other, kept.size());
        assertThat(again.stream().map(one -> Mail.text(one.body())).toList()).containsExactlyInAnyOrderElementsOf(kept);
        assertThat(other.receive(10)).isEmpty();
    }

    @Test
    void what_can_not_be_routed_is_told_with_its_reason_and_the_others_are_sent() throws IOException {
        stranger().exchangeDeclare("nobody", "direct", true);
        var transport = open();
        var properties = "{\"delivery_info\": {\"exchange\": \"%s\", \"routing_key\": \"key\"}}";
        var unbound = Mail.message("celery", "{}", properties.formatted("nobody"), new byte[1]);
        var missing = Mail.message("celery", "{}", properties.formatted("missing"), new byte[2]);
        var number = Mail.message("celery", "{\"stamp\": 18446744073709551616}", "{}", new byte[3]);
        var long1 = Mail.message("celery", "{\"argsrepr\": \"%s\"}".formatted("x".repeat(200_000)), "{}", new byte[4]);
        var expiry = Mail.message("celery", "{}", "{\"expiration\": \"soon\"}", new byte[5]);
        var unroutable = transport.publish(
                List.of(unbound, Mail.message("celery"), missing, number, long1, expiry, Mail.message("celery")));
        assertThat(unroutable.stream().map(Transport.Unroutable::message).toList())
                .containsExactly(unbound, missing, number, long1, expiry);
        assertThat(unroutable.stream().map(Transport.Unroutable::reason).toList())
                .satisfiesExactly(
                        reason -> assertThat(reason).isEqualTo("NO_ROUTE"),
                        reason -> assertThat(reason).isEqualTo("there is no exchange missing"),
                        reason -> assertThat(reason).contains("stamp", "64 bits"),
                        reason -> assertThat(reason).contains("200014 bytes"),
                        reason -> assertThat(reason).contains("'soon'"));
        assertThat(ready(transport, "celery")).isEqualTo(2);
    }

    @Test
    void a_queue_that_was_deleted_is_declared_again_by_the_next_message() throws IOException {
        var transport = open();
        transport.publish(Mail.messages("celery", 1));
        stranger().queueDelete("celery");
        assertThat(transport.publish(Mail.messages("celery", 3))).isEmpty();
        assertThat(ready(transport, "celery")).isEqualTo(3);
    }

    @Test
    void a_queue_that_is_deleted_under_its_consumer_is_consumed_again() throws IOException {
        var transport = open();
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("celery"), 3);
        stranger().queueDelete("celery");
        Eventually.until(
                "it consumes again",
                () -> transport.depths(Set.of("celery")).containsKey("celery") && consumers(transport, "celery") > 0,
                () -> transport.depths(Set.of("celery")));
        transport.publish(Mail.messages("celery", 1));
        assertThat(Mail.receive(consumer, 1)).hasSize(1);
    }

    @Test
    void queues_are_declared_as_celery_declares_them() throws IOException {
        var transport = open(Setting.TASK_QUEUES, """
                {"intake_high": {"exchange": "intake_exchange", "routing_key": "intake.high", "max_priority": 10,
                  "queue_arguments": {"x-dead-letter-exchange": "dead"}}}""");
        transport.publish(Mail.messages("celery", 1));
        transport.publish(Mail.messages("intake_high", 1));
        var stranger = stranger();
        // Equal declarations are let through, different ones close the channel.
        stranger.exchangeDeclare("celery", "direct", true);
        stranger.queueDeclare("celery", true, false, false, Map.of());
        stranger.exchangeDeclare("intake_exchange", "direct", true);
        stranger.queueDeclare(
                "intake_high", true, false, false, Map.of("x-max-priority", 10, "x-dead-letter-exchange", "dead"));
        stranger.basicPublish("intake_exchange", "intake.high", null, new byte[0]);
        stranger.basicPublish("celery", "celery", null, new byte[0]);
        Eventually.until(
                "both bindings are there",
                () -> ready(transport, "celery") == 2 && ready(transport, "intake_high") == 2,
                () -> transport.depths(Set.of("celery", "intake_high")));
    }

    @Test
    void a_queue_with_other_arguments_is_named_with_both_and_does_not_stop_the_others() throws IOException {
        stranger().queueDeclare("slow", true, false, false, Map.of("x-max-priority", 3));
        var transport = open(Setting.TASK_QUEUE_MAX_PRIORITY, "10");
        assertThatThrownBy(() -> transport.publish(Mail.messages("slow", 1)))
                .isInstanceOf(QueueMismatch.class)
                .hasMessageContaining("The queue slow is there already with x-max-priority = 3")
                .hasMessageContaining("ask for x-max-priority = 10");
        var consumer = transport.consumer("worker@test");
        assertThatThrownBy(() -> consumer.consume(Set.of("slow", "fast"), 2))
                .isInstanceOf(QueueMismatch.class)
                .hasMessageContaining("x-max-priority = 3");
        transport.publish(Mail.messages("fast", 1));
        assertThat(Mail.receive(consumer, 1)).hasSize(1);
        stranger().queueDelete("slow");
        consumer.consume(Set.of("slow", "fast"), 2);
        transport.publish(Mail.messages("slow", 1));
        assertThat(Mail.receive(consumer, 1)).hasSize(1);
    }

    @Test
    void large_integers_of_python_and_headers_that_nobody_can_read_harm_nothing() throws IOException {
        var transport = open();
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("celery"), 10);
        var stranger = stranger();
        var two40 = ByteBuffer.allocate(13)
                .put("\u0003bigL".getBytes(StandardCharsets.ISO_8859_1))
                .putLong(1L << 40)
                .array();
        var deep = new byte[0];
        for (int i = 0; i < 300; i++) {
            deep = ByteBuffer.allocate(deep.length + 7)
                    .put("\u0001aF".getBytes(StandardCharsets.ISO_8859_1))
                    .putInt(deep.length)
                    .put(deep)
                    .array();
        }
        for (var table : List.of(two40, deep, new byte[0])) {
            stranger.basicPublish(
                    "",
                    "celery",
                    new BasicProperties.Builder()
                            .headers(TableFrames.packed(table))
                            .build(),
                    "body".getBytes(StandardCharsets.UTF_8));
        }
        var arrivals = Mail.receive(consumer, 3);
        assertThat(arrivals.get(0).headers()).isEqualTo("{\"big\":1099511627776}");
        assertThat(arrivals.get(1).headers()).isEqualTo("{}");
        assertThat(arrivals.get(2).headers()).isEqualTo("{}");
        assertThat(arrivals).allSatisfy(one -> assertThat(Mail.text(one.body())).isEqualTo("body"));
        consumer.acknowledge(Mail.tags(arrivals));
    }

    @Test
    void depths_tell_what_is_ready_and_who_consumes_and_nothing_of_a_queue_that_is_not_there() {
        var transport = open();
        transport.publish(Mail.messages("celery", 4));
        var depths = transport.depths(Set.of("missing", "celery", "lost"));
        assertThat(depths).containsOnlyKeys("celery");
        assertThat(depth(transport, "celery").ready()).isEqualTo(4);
        assertThat(consumers(transport, "celery")).isZero();
    }

    @Test
    void a_free_consumer_that_gets_nothing_though_messages_are_ready_consumes_again() throws IOException {
        var stranger = stranger();
        var arguments = Map.<String, Object>of("x-single-active-consumer", true);
        stranger.queueDeclare("single", true, false, false, arguments);
        stranger.basicQos(1);
        stranger.basicConsume("single", false, "first", new com.rabbitmq.client.DefaultConsumer(stranger));
        var transport =
                open(Setting.TASK_QUEUES, "{\"single\": {\"queue_arguments\": {\"x-single-active-consumer\": true}}}");
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("single"), 5);
        transport.publish(Mail.messages("single", 5));
        var consumers = new HashSet<String>();
        Eventually.until(
                "there was another consumer of ours",
                () -> {
                    consumers.addAll(consumerTags(transport, "single"));
                    return consumers.size() >= 3;
                },
                () -> consumers);
        stranger.basicCancel("first");
        assertThat(Mail.receive(consumer, 4)).hasSize(4);
    }

    private static List<String> consumerTags(RabbitTransport transport, String queue) {
        var vhost = transport.url().replaceFirst(".*/", "");
        return LocalRabbit.shared()
                .control("-q", "list_consumers", "-p", vhost, "queue_name", "consumer_tag")
                .lines()
                .filter(line -> line.startsWith(queue + "\t"))
                .map(line -> line.substring(queue.length() + 1))
                .toList();
    }

    @Test
    void who_waits_is_woken_by_an_arrival() throws InterruptedException {
        var transport = open();
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("celery"), 1);
        var mark = transport.mark();
        transport.publish(Mail.messages("celery", 1));
        transport.awaitArrival(mark, Duration.ofSeconds(60));
        assertThat(transport.mark()).isGreaterThan(mark);
    }

    @Test
    void connections_carry_the_node_name_and_no_password_is_shown() {
        var transport = open();
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("celery"), 1);
        transport.publish(Mail.messages("celery", 1));
        assertThat(LocalRabbit.shared().control("-q", "list_connections", "client_properties"))
                .contains("worker@test");
        assertThat(transport.url()).doesNotContain("guest:guest").contains("guest@127.0.0.1");
    }

    @Test
    void a_broker_that_is_not_there_is_busy_and_the_next_one_is_used() {
        var dead = "amqp://guest:secret@127.0.0.1:1/";
        var failing = new RabbitTransport(dead, Mail.settings().with(Setting.BROKER_PUBLISH_TIMEOUT, "1"));
        opened.add(failing);
        assertThatThrownBy(() -> failing.publish(Mail.messages("celery", 1)))
                .isInstanceOf(Busy.class)
                .hasMessageContaining("127.0.0.1:1")
                .hasMessageNotContaining("secret");
        assertThat(failing.connected()).isFalse();
        var transport = new RabbitTransport(dead + ";" + url, Mail.settings());
        opened.add(transport);
        assertThat(transport.publish(Mail.messages("celery", 1))).isEmpty();
        var consumer = transport.consumer("worker@test");
        consumer.consume(Set.of("celery"), 1);
        assertThat(Mail.receive(consumer, 1)).hasSize(1);
        assertThat(transport.connected()).isTrue();
    }

    @Test
    void a_wrong_password_is_named_without_being_shown() {
        var transport = new RabbitTransport(
                url.replace("guest:guest", "guest:wrong-one"),
                Mail.settings().with(Setting.BROKER_PUBLISH_TIMEOUT, "2"));
        opened.add(transport);
        assertThatThrownBy(() -> transport.publish(Mail.messages("celery", 1)))
                .isInstanceOf(Busy.class)
                .hasMessageContaining("ACCESS_REFUSED")
                .hasMessageNotContaining("wrong-one");
    }
}
