package dev.lovage.redis.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Arrival;
import dev.lovage.engine.transport.Depth;
import dev.lovage.engine.transport.Transport;
import dev.lovage.redis.Raw;
import dev.lovage.redis.Sent;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRedis;
import dev.lovage.testkit.Seeds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Protocol.Command;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Tag("services")
class RedisTransportTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static LocalRedis redis;

    @TempDir
    Path data;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private Raw raw;

    @BeforeAll
    static void start() {
        redis = LocalRedis.start("--enable-debug-command", "yes");
    }

    @AfterAll
    static void end() {
        redis.close();
    }

    @BeforeEach
    void empty() {
        raw = new Raw(redis.port());
        raw.ask(Command.FLUSHALL);
    }

    @AfterEach
    void close() throws Exception {
        for (var one : opened.reversed()) {
            one.close();
        }
        raw.close();
    }

    private RedisTransport open() {
        return open("{}");
    }

    private RedisTransport open(String options) {
        var transport = RedisTransport.open(
                redis.url(0), Settings.embedded(data).with(Setting.BROKER_TRANSPORT_OPTIONS, options));
        opened.add(transport);
        return transport;
    }

    private static Transport.Consumer consumer(Transport transport, int max, String... queues) {
        var consumer = transport.consumer("test");
        consumer.consume(Set.of(queues), max);
        return consumer;
    }

    private static Message numbered(String queue, int number) {
        return Sent.task(queue, "test.add", "id-" + number, "[" + number + "]");
    }

    private static long ready(Transport transport, String queue) {
        return Objects.requireNonNull(transport.depths(Set.of(queue, "beside")).get(queue))
                .ready();
    }

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(UTF_8));
    }

    private static List<String> ids(List<Arrival> arrivals) {
        return arrivals.stream()
                .map(one -> json(one.headers()).path("id").asString("none"))
                .toList();
    }

    @Test
    void what_is_unacknowledged_is_counted_by_queue_with_pythons_and_not_when_it_is_very_much() {
        var transport = open();
        var consumer = consumer(transport, 2, "q", "other");
        transport.publish(List.of(numbered("q", 1), numbered("q", 2), numbered("q", 3)));
        assertThat(consumer.receive(2)).hasSize(2);
        // As kombu writes it: another spacing, and an exchange.
        raw.ask(Command.HSET, "unacked", "tag-1", "[{\"body\": \"\"}, \"celery\", \"other\"]");
        var depths = transport.depthsForPeople(Set.of("q", "other", "none"));
        assertThat(depths.get("q"))
                .extracting(Depth::ready, Depth::unacknowledged)
                .containsExactly(1L, OptionalLong.of(2));
        assertThat(depths.get("other")).extracting(Depth::unacknowledged).isEqualTo(OptionalLong.of(1));
        assertThat(depths.get("none")).extracting(Depth::unacknowledged).isEqualTo(OptionalLong.of(0));
        for (int i = 0; i < 2000; i++) {
            raw.ask(Command.HSET, "unacked", "more-" + i, "[{}, \"\", \"q\"]");
        }
        assertThat(transport.depthsForPeople(Set.of("q")).get("q"))
                .extracting(Depth::unacknowledged)
                .isEqualTo(OptionalLong.empty());
    }

    @Test
    void headers_properties_and_body_arrive_as_they_were_sent() {
        var random = Seeds.random("RedisTransportTest");
        var transport = open();
        var consumer = consumer(transport, 1000, "q");
        var sent = new ArrayList<Message>();
        for (int i = 0; i < 200; i++) {
            var body = new byte[random.nextInt(2000)];
            random.nextBytes(body);
            var headers = Json.object().put("id", "id-" + i).put("task", text(random));
            headers.set("more", Json.tree(List.of(text(random), random.nextDouble(), random.nextLong(), true)));
            var properties = Json.object()
                    .put("content_type", "application/json")
                    .put("content_encoding", "binary")
                    .put("correlation_id", text(random))
                    .put("priority", random.nextInt(10));
            sent.add(Sent.message("q", "t", "id-" + i, 0, headers, properties, body));
        }

        assertThat(transport.publish(sent)).isEmpty();
        var arrived = new ArrayList<Arrival>();
        while (arrived.size() < sent.size()) {
            arrived.addAll(consumer.receive(50));
        }

        for (var one : arrived) {
            var message = sent.get(
                    Integer.parseInt(json(one.headers()).path("id").asString().substring(3)));
            assertThat(one.body()).isEqualTo(message.body());
            assertThat(json(one.headers())).isEqualTo(json(message.headers()));
            var properties = (ObjectNode) json(one.properties());
            assertThat(properties.remove("delivery_info"))
                    .isEqualTo(json("{\"exchange\": \"\", \"routing_key\": \"q\"}"));
            assertThat(properties).isEqualTo(json(message.properties()));
            assertThat(one.redelivered()).isFalse();
        }
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(20); i > 0; i--) {
            text.appendCodePoint(random.nextInt(4) == 0 ? 0x1F600 + random.nextInt(50) : random.nextInt(0x800));
        }
        return text.toString();
    }

    @Test
    void a_message_lies_in_kombus_envelope_in_the_list_of_its_priority_step() {
        var transport = open();

        transport.publish(IntStream.range(0, 10)
                .mapToObj(priority -> Sent.task("q", "t", "id-" + priority, "[]", priority))
                .toList());

        assertThat(raw.number(Command.LLEN, "q")).isEqualTo(3);
        assertThat(raw.number(Command.LLEN, "q\u0006\u00163")).isEqualTo(3);
        assertThat(raw.number(Command.LLEN, "q\u0006\u00166")).isEqualTo(3);
        assertThat(raw.number(Command.LLEN, "q\u0006\u00169")).isEqualTo(1);
        assertThat(raw.list(Command.SMEMBERS, "_kombu.binding.q")).containsExactly("q\u0006\u0016\u0006\u0016q");
        var envelope = json(raw.text(Command.LINDEX, "q\u0006\u00169", 0));
        assertThat(envelope.propertyNames())
                .containsExactly("body", "content-encoding", "content-type", "headers", "properties");
        assertThat(envelope.at("/properties/priority").asInt()).isEqualTo(9);
        assertThat(envelope.at("/properties/body_encoding").asString()).isEqualTo("base64");
        assertThat(UUID.fromString(envelope.at("/properties/delivery_tag").asString()))
                .isNotNull();
        assertThat(ready(transport, "q")).isEqualTo(10);
        assertThat(ready(transport, "none")).isZero();
    }

    @Test
    void the_most_urgent_come_first_over_all_queues_and_queues_take_turns() {
        var transport = open();
        transport.publish(List.of(
                Sent.task("a", "t", "a-low", "[]", 9),
                Sent.task("b", "t", "b-1", "[]"),
                Sent.task("b", "t", "b-2", "[]"),
                Sent.task("a", "t", "a-1", "[]"),
                Sent.task("a", "t", "a-2", "[]")));

        assertThat(ids(consumer(transport, 10, "a", "b").receive(10)))
                .containsExactly("a-1", "b-1", "a-2", "b-2", "a-low");
    }

    @Test
    void no_more_is_held_than_there_are_slots() {
        var transport = open();
        transport.publish(IntStream.range(0, 10).mapToObj(i -> numbered("q", i)).toList());
        var consumer = consumer(transport, 3, "q");

        var first = consumer.receive(10);

        assertThat(ids(first)).containsExactly("id-0", "id-1", "id-2");
        assertThat(consumer.receive(10)).isEmpty();
        consumer.acknowledge(List.of(first.get(1).tag()));
        assertThat(ids(consumer.receive(10))).containsExactly("id-3");
        assertThat(raw.number(Command.HLEN, "unacked")).isEqualTo(3);
        assertThat(raw.number(Command.ZCARD, "unacked_index")).isEqualTo(3);
    }

    @Test
    void what_is_given_back_comes_first_again_in_its_order_and_says_so() {
        var transport = open();
        transport.publish(IntStream.range(0, 5).mapToObj(i -> numbered("q", i)).toList());
        var consumer = consumer(transport, 3, "q");
        var first = consumer.receive(3);

        consumer.giveBack(first.stream().map(Arrival::tag).toList());
        var again = consumer(transport, 10, "q").receive(10);

        assertThat(ids(again)).containsExactly("id-0", "id-1", "id-2", "id-3", "id-4");
        assertThat(again).extracting(Arrival::redelivered).containsExactly(true, true, true, false, false);
        assertThat(again.getFirst().headers()).isEqualTo(first.getFirst().headers());
        assertThat(again.getFirst().properties()).isEqualTo(first.getFirst().properties());
        consumer.acknowledge(first.stream().map(Arrival::tag).toList());
        assertThat(raw.number(Command.HLEN, "unacked")).isEqualTo(5);
    }

    @Test
    void close_gives_back_all_that_is_not_acknowledged() {
        var transport = open();
        transport.publish(IntStream.range(0, 3).mapToObj(i -> numbered("q", i)).toList());
        var consumer = consumer(transport, 3, "q");
        var first = consumer.receive(3);
        consumer.acknowledge(List.of(first.getFirst().tag()));

        consumer.close();
        consumer.close();

        assertThat(raw.number(Command.LLEN, "q")).isEqualTo(2);
        assertThat(raw.number(Command.EXISTS, "unacked", "unacked_index")).isZero();
        assertThat(raw.list(Command.KEYS, "lovage:*")).isEmpty();
    }

    @Test
    void whoever_waits_hears_of_a_message_and_the_queue_stays_as_it_is() throws InterruptedException {
        var transport = open();
        var consumer = consumer(transport, 1, "q", "r");
        for (int round = 0; round < 3; round++) {
            var mark = transport.mark();
            assertThat(consumer.receive(1)).isEmpty();
            var message = Sent.task("q", "t", "id-" + round, "[]", round * 3);
            Eventually.until(
                    "a connection is blocked",
                    () -> {
                        Thread.ofVirtual().start(() -> waits(transport, mark));
                        return raw.text(Command.CLIENT, "LIST").contains("cmd=blmove");
                    },
                    () -> raw.text(Command.CLIENT, "LIST"));
            transport.publish(List.of(message));
            transport.awaitArrival(mark, LONG);
            assertThat(transport.mark()).isGreaterThan(mark);
            var arrived = consumer.receive(1);
            assertThat(ids(arrived)).containsExactly("id-" + round);
            consumer.acknowledge(List.of(arrived.getFirst().tag()));
        }
    }

    private static void waits(Transport transport, long mark) {
        try {
            transport.awaitArrival(mark, LONG);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void what_is_no_message_arrives_with_all_its_bytes_and_never_lies_where_python_would_die_of_it() {
        var random = Seeds.random("no_message");
        var noise = new byte[300];
        random.nextBytes(noise);
        var items = List.of(
                "{not json".getBytes(UTF_8),
                new byte[0],
                noise,
                "\"a\\u0000b\u0000\"".getBytes(UTF_8),
                "[1, 2]".getBytes(UTF_8),
                "{\"body\": \"\", \"headers\": {}, \"properties\": {}}".getBytes(UTF_8),
                "{\"body\": \"!!\", \"headers\": {}, \"properties\": {\"body_encoding\": \"base64\", \"delivery_tag\": \"t\", \"delivery_info\": {\"exchange\": \"\", \"routing_key\": \"q\"}}}"
                        .getBytes(UTF_8),
                "{\"headers\": {}, \"n\": 0x10, \"properties\": {\"delivery_tag\": \"u\", \"delivery_info\": {\"exchange\": \"\", \"routing_key\": \"q\"}}}"
                        .getBytes(UTF_8));
        items.forEach(item -> raw.ask(Command.LPUSH, "q", item));
        var transport = open();
        transport.publish(List.of(numbered("q", 1)));
        var consumer = consumer(transport, 100, "q");

        var arrived = consumer.receive(100);

        assertThat(arrived).hasSize(items.size() + 1);
        for (int i = 0; i < items.size(); i++) {
            assertThat(arrived.get(i).body()).isEqualTo(items.get(i));
            assertThat(arrived.get(i).headers()).isEqualTo("{}");
            assertThat(arrived.get(i).properties()).isEqualTo("{}");
        }
        assertThat(ids(List.of(arrived.getLast()))).containsExactly("id-1");
        for (var kept : raw.list(Command.HVALS, "unacked")) {
            assertThat(Envelope.read(json(kept).get(0).toString().getBytes(UTF_8)))
                    .isPresent();
        }

        consumer.giveBack(arrived.stream().map(Arrival::tag).toList());
        assertThat(raw.number(Command.LLEN, "q")).isEqualTo(1);
        assertThat(ready(transport, "q")).isEqualTo(arrived.size());
        var again = consumer.receive(100);
        assertThat(again.stream().map(one -> new String(one.body(), UTF_8)))
                .containsExactlyInAnyOrderElementsOf(arrived.stream()
                        .map(one -> new String(one.body(), UTF_8))
                        .toList());
        consumer.acknowledge(again.stream().map(Arrival::tag).toList());
        assertThat(raw.list(Command.KEYS, "*")).noneMatch(key -> key.contains("unacked") || key.startsWith("q"));
    }

    @Test
    void what_was_no_message_is_released_as_it_came_but_aside() {
        var transport = open();
        transport.publish(List.of(Sent.message("q", "t", "x", 0, Json.object(), Json.object(), "{no".getBytes(UTF_8))));

        assertThat(raw.number(Command.EXISTS, "q")).isZero();
        var arrived = consumer(transport, 1, "q").receive(1);
        assertThat(arrived).singleElement().satisfies(one -> {
            assertThat(one.body()).isEqualTo("{no".getBytes(UTF_8));
            assertThat(one.headers()).isEqualTo("{}");
        });
    }

    @Test
    void two_copies_with_one_tag_are_two_deliveries() {
        var transport = open();
        transport.publish(List.of(numbered("q", 1)));
        var item = raw.text(Command.LINDEX, "q", 0);
        raw.ask(Command.LPUSH, "q", item);
        var consumer = consumer(transport, 10, "q");

        var arrived = consumer.receive(10);

        assertThat(ids(arrived)).containsExactly("id-1", "id-1");
        consumer.acknowledge(List.of(arrived.getFirst().tag()));
        assertThat(raw.number(Command.HLEN, "unacked")).isEqualTo(1);
        consumer.acknowledge(List.of(arrived.getLast().tag()));
        assertThat(raw.number(Command.HLEN, "unacked")).isZero();
    }

    @Test
    void a_delivery_is_alive_as_long_as_its_consumer() {
        var transport = open("{\"visibility_timeout\": 0.6}");
        transport.publish(List.of(numbered("q", 1)));
        var consumer = consumer(transport, 1, "q");
        var other = consumer(transport, 1, "q");
        var arrived = consumer.receive(1);
        var tag = arrived.getFirst().tag().replaceFirst("@.*", "");
        var first = Double.parseDouble(raw.text(Command.ZSCORE, "unacked_index", tag));

        Eventually.until(
                "three visibility timeouts have passed",
                () -> Double.parseDouble(raw.text(Command.ZSCORE, "unacked_index", tag)) > first + 1.8,
                () -> raw.text(Command.ZSCORE, "unacked_index", tag));

        assertThat(other.receive(1)).isEmpty();
        consumer.acknowledge(List.of(arrived.getFirst().tag()));
        assertThat(raw.number(Command.EXISTS, "unacked", "unacked_index", "q")).isZero();
    }

    @Test
    void what_could_not_be_given_back_is_given_back_once_redis_is_back() {
        var own = LocalRedis.start();
        try (var transport = RedisTransport.open(
                own.url(0),
                Settings.embedded(data)
                        .with(
                                Setting.BROKER_TRANSPORT_OPTIONS,
                                "{\"visibility_timeout\": 3, \"socket_timeout\": 1}"))) {
            transport.publish(List.of(numbered("q", 1)));
            try (var first = consumer(transport, 1, "q");
                    var second = consumer(transport, 1, "q")) {
                var arrived = first.receive(1);
                own.stop();
                assertThatThrownBy(() -> first.giveBack(
                                arrived.stream().map(Arrival::tag).toList()))
                        .isInstanceOf(Busy.class);
                own.restart();
                var again = new ArrayList<Arrival>();
                Eventually.until(
                        "it comes to the other one",
                        () -> {
                            try {
                                again.addAll(second.receive(1));
                            } catch (Busy e) {
                                return false; // Redis starts
                            }
                            return !again.isEmpty();
                        },
                        () -> again);
            }
        } finally {
            own.close();
        }
    }

    @Test
    void a_delivery_of_somebody_who_is_gone_comes_back_to_the_front_of_its_step() {
        open("{\"global_keyprefix\": \"p:\"}").publish(List.of(Sent.task("q", "t", "id-1", "[]", 7)));
        var list = "p:q\u0006\u00166";
        var item = raw.text(Command.RPOP, list);
        raw.ask(Command.ZADD, "p:unacked_index", "1000.5", "tag");
        raw.ask(Command.HSET, "p:unacked", "tag", "[" + item + ", \"\", \"q\"]");
        raw.ask(Command.ZADD, "p:unacked_index", "1000.5", "nothing");
        raw.ask(Command.ZADD, "p:unacked_index", "1000.5", "broken");
        raw.ask(Command.HSET, "p:unacked", "broken", "{broken");
        raw.ask(Command.LPUSH, list, item.replace("id-1", "id-2").replace("delivery_tag\": \"", "delivery_tag\": \"x"));

        var consumer = consumer(open("{\"global_keyprefix\": \"p:\", \"visibility_timeout\": 3600}"), 5, "q");
        Eventually.until(
                "all are restored",
                () -> raw.number(Command.EXISTS, "p:unacked", "p:unacked_index") == 0,
                () -> raw.list(Command.KEYS, "*"));

        var restored = json(raw.text(Command.LINDEX, list, -1));
        assertThat(restored.at("/headers/redelivered").asBoolean()).isTrue();
        assertThat(restored.at("/properties/delivery_info/redelivered").asBoolean())
                .isTrue();
        var arrived = consumer.receive(5);
        assertThat(ids(arrived)).containsExactly("id-1", "id-2");
        assertThat(arrived).extracting(Arrival::redelivered).containsExactly(true, false);
        assertThat(raw.number(Command.LLEN, "p:lovage.lovage.unreadable")).isEqualTo(1);
        assertThat(raw.number(Command.EXISTS, "p:unacked_mutex")).isZero();
    }

    @Test
    void an_acknowledgement_of_a_delivery_that_became_somebody_elses_does_nothing() {
        var transport = open();
        transport.publish(List.of(numbered("q", 1)));
        var consumer = consumer(transport, 1, "q");
        var arrived = consumer.receive(1);
        raw.ask(
                Command.ZADD,
                "unacked_index",
                "4000000000.25",
                arrived.getFirst().tag().replaceFirst("@.*", ""));

        consumer.acknowledge(List.of(arrived.getFirst().tag()));

        assertThat(raw.number(Command.HLEN, "unacked")).isEqualTo(1);
    }

    @Test
    void exchanges_route_by_kombus_bindings_and_a_key_that_nothing_is_bound_by_is_told() {
        raw.ask(Command.SADD, "_kombu.binding.x", "k\u0006\u0016\u0006\u0016one", "k\u0006\u0016\u0006\u0016two");
        raw.ask(Command.SADD, "_kombu.binding.t", "a.#\u0006\u0016^a\\..*?$\u0006\u0016three");
        var transport = open();

        var lost = transport.publish(List.of(by("x", "k"), by("t", "a.b.c"), by("x", "other")));

        assertThat(lost)
                .singleElement()
                .satisfies(one -> assertThat(one.reason()).contains("other"));
        for (var queue : List.of("one", "two", "three")) {
            assertThat(consumer(transport, 9, queue).receive(9)).hasSize(1);
        }
    }

    private static Message by(String exchange, String key) {
        var message = numbered("q", 1);
        var properties = (ObjectNode) json(message.properties());
        properties.putObject("delivery_info").put("exchange", exchange).put("routing_key", key);
        var headers = (ObjectNode) json(message.headers());
        return Sent.message("q", "t", "id-1", 0, headers, properties, message.body());
    }

    @Test
    void a_full_redis_is_busy_and_takes_nothing() {
        var transport = open();
        raw.ask(Command.CONFIG, "SET", "maxmemory", "1");
        try {
            assertThatThrownBy(() -> transport.publish(List.of(numbered("q", 1), numbered("q", 2))))
                    .isInstanceOf(Busy.class)
                    .hasMessageContaining("OOM");
        } finally {
            raw.ask(Command.CONFIG, "SET", "maxmemory", "0");
        }
        assertThat(raw.number(Command.EXISTS, "q")).isZero();
        assertThat(transport.publish(List.of(numbered("q", 1)))).isEmpty();
    }

    @Test
    void what_makes_messages_less_than_durable_is_said() {
        var transport = open();
        assertThat(transport.weaknesses()).isEmpty();
        raw.ask(Command.CONFIG, "SET", "appendfsync", "everysec", "maxmemory-policy", "allkeys-lru");
        try {
            assertThat(transport.weaknesses())
                    .satisfiesExactly(
                            one -> assertThat(one).contains("appendfsync is everysec"),
                            two -> assertThat(two).contains("maxmemory-policy is allkeys-lru"));
        } finally {
            raw.ask(Command.CONFIG, "SET", "appendfsync", "always", "maxmemory-policy", "noeviction");
        }
    }

    @Test
    void a_claim_whose_answer_was_lost_is_taken_up_by_the_next_one() {
        var transport = open("{\"socket_timeout\": 0.3}");
        transport.publish(IntStream.range(0, 3).mapToObj(i -> numbered("q", i)).toList());
        var consumer = consumer(transport, 2, "q");
        consumer.receive(0);
        var asleep = Thread.ofVirtual().start(() -> {
            try (var another = new Raw(redis.port())) {
                another.ask(() -> "DEBUG".getBytes(UTF_8), "SLEEP", "1");
            }
        });
        var arrived = new ArrayList<Arrival>();
        var busy = new HashSet<String>();
        Eventually.until(
                "both are received",
                () -> {
                    try {
                        arrived.addAll(consumer.receive(2));
                    } catch (Busy e) {
                        busy.add("busy");
                    }
                    return arrived.size() == 2;
                },
                () -> arrived);

        assertThat(ids(arrived)).containsExactly("id-0", "id-1");
        assertThat(raw.number(Command.LLEN, "q")).isEqualTo(1);
        assertThat(asleep.isAlive()).isFalse();
    }

    @Test
    void nothing_is_lost_when_redis_is_killed_and_started_again_under_load() throws InterruptedException {
        try (var own = LocalRedis.start()) {
            var settings =
                    Settings.embedded(data).with(Setting.BROKER_TRANSPORT_OPTIONS, "{\"visibility_timeout\": 2}");
            var accepted = ConcurrentHashMap.<String>newKeySet();
            var done = ConcurrentHashMap.<String>newKeySet();
            var stop = new AtomicBoolean();
            try (var sending = RedisTransport.open(own.url(3), settings);
                    var taking = RedisTransport.open(own.url(3), settings)) {
                var sender = Thread.ofVirtual().start(() -> {
                    for (int i = 0; !stop.get(); i++) {
                        try {
                            sending.publish(List.of(numbered("q", i)));
                            accepted.add("id-" + i);
                        } catch (Busy | SendUnknown e) {
                            LockSupport.parkNanos(1_000_000);
                        }
                    }
                });
                var worker = Thread.ofVirtual().start(() -> work(taking, stop, accepted, done));
                for (int round = 1; round <= 3; round++) {
                    int enough = done.size() + 100;
                    Eventually.until("messages flow", () -> done.size() > enough, done::size);
                    own.kill();
                    own.restart();
                }
                int enough = done.size() + 100;
                Eventually.until("messages flow again", () -> done.size() > enough, done::size);
                stop.set(true);
                sender.join();
                worker.join();
                assertThat(taking.connected()).isTrue();
            }
            assertThat(done).containsAll(accepted);
        }
    }

    private static void work(RedisTransport transport, AtomicBoolean stop, Set<String> accepted, Set<String> done) {
        try (var consumer = consumer(transport, 8, "q")) {
            while (!stop.get() || !done.containsAll(accepted)) {
                var mark = transport.mark();
                try {
                    var arrived = consumer.receive(8);
                    done.addAll(ids(arrived));
                    consumer.acknowledge(arrived.stream().map(Arrival::tag).toList());
                    if (arrived.isEmpty()) {
                        transport.awaitArrival(mark, Duration.ofMillis(200));
                    }
                } catch (Busy e) {
                    transport.awaitArrival(mark, Duration.ofMillis(20));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void only_the_first_who_finds_an_incarnation_dead_has_its_last_claim_delivered_again() {
        var transport = open();
        var dead = transport.consumer("test", "dead");
        dead.consume(Set.of("q"), 1);
        transport.publish(List.of(numbered("q", 1)));
        assertThat(dead.receive(1)).hasSize(1);
        transport.recoverFrom("dead");
        assertThat(ids(consumer(transport, 1, "q").receive(1))).containsExactly("id-1");
        open().recoverFrom("dead");
        assertThat(ready(transport, "q")).isZero();
    }
}
