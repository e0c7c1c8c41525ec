package dev.lovage.engine.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.rate.Rates;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Broadcast;
import dev.lovage.engine.worker.Pool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class NodeTest {
    private final Settings settings = Settings.embedded(Path.of("lovage-data")).with(Setting.BROKER_URL, "memory:");
    private final Lovage lovage = Lovage.open(settings, InstantSource.system());

    @AfterEach
    void close() {
        lovage.close();
    }

    /// Nobody is there, and the broker takes nothing until it is told to.
    private static final class Silence implements Broadcast {
        private final CountDownLatch takes = new CountDownLatch(1);

        @Override
        public boolean command(ObjectNode headers, JsonNode body) {
            return false;
        }

        @Override
        public void reply(String exchange, String routingKey, ObjectNode headers, JsonNode body) {}

        @Override
        public void event(String routingKey, ObjectNode headers, JsonNode body) {
            try {
                takes.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Busy("interrupted");
            }
        }

        @Override
        public Listening commands(String node, Ear ear) {
            return new Ears();
        }

        @Override
        public Listening replies(String key, Ear ear) {
            return new Ears();
        }

        @Override
        public Listening events(String pattern, Ear ear) {
            return new Ears();
        }

        @Override
        public void close() {}

        private static final class Ears implements Listening {
            @Override
            public boolean begun(Duration wait) {
                return true;
            }

            @Override
            public void close() {}
        }
    }

    @Test
    void a_slow_broker_costs_events_that_are_counted_and_holds_up_nobody() {
        var broker = new Silence();
        try (var events = new Events(broker, "j1@java", new LamportClock(), InstantSource.system(), true)) {
            for (int i = 0; i < Events.WAITING_MAX + 100; i++) {
                events.task("started", "id" + i, Json.object());
            }
            assertThat(events.lost()).isBetween(99L, 100L);
            broker.takes.countDown();
        }
    }

    @Test
    void no_command_and_no_arguments_break_a_panel() {
        var seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        try (var worker = lovage.worker().pool(Pool.threads(2)).name("j1@java").start()) {
            var node = Node.open(
                    "j1@java",
                    new Silence(),
                    lovage.backbone().store(),
                    settings,
                    InstantSource.system(),
                    _ -> {},
                    EnumSet.allOf(Node.Habit.class));
            var panel = new Panel(node, worker, settings, "amqp://guest:secret@host/vhost");
            var methods = new String[] {
                "ping",
                "active",
                "reserved",
                "scheduled",
                "revoked",
                "registered",
                "stats",
                "conf",
                "report",
                "active_queues",
                "query_task",
                "clock",
                "hello",
                "memsample",
                "memdump",
                "objgraph",
                "revoke",
                "terminate",
                "revoke_by_stamped_headers",
                "rate_limit",
                "time_limit",
                "cancel_consumer",
                "pool_restart",
                "autoscale",
                "enable_events",
                "disable_events",
                "heartbeat",
                "election",
                "nosuch",
                ""
            };
            var names = new String[] {
                "task_id",
                "ids",
                "safe",
                "headers",
                "rate_limit",
                "task_name",
                "soft",
                "hard",
                "queue",
                "id",
                "topic",
                "revoked",
                "from_node",
                "taskinfoitems",
                "builtins",
                "with_defaults",
                "signal",
                "terminate"
            };
            var values = new String[] {
                "null",
                "1",
                "-1.5",
                "1e300",
                "\"\"",
                "\"x\"",
                "\"celery.map\"",
                "\"10/m\"",
                "true",
                "[]",
                "[1,null]",
                "[\"a=b\"]",
                "{}",
                "{\"a\":[5.0,\"a\"]}",
                "{\"a\":{}}"
            };
            for (int i = 0; i < 5000; i++) {
                var arguments = Json.object();
                for (int k = random.nextInt(4); k > 0; k--) {
                    arguments.set(
                            names[random.nextInt(names.length)],
                            Json.read(values[random.nextInt(values.length)].getBytes(StandardCharsets.UTF_8)));
                }
                var method = methods[random.nextInt(methods.length)];
                assertThat(panel.answer(method, arguments))
                        .as(method + " " + arguments)
                        .hasValueSatisfying(
                                reply -> assertThat(Json.text(reply)).doesNotContain("secret"));
            }
            assertThat(worker.ready()).isTrue();
            node.close();
        }
    }

    @Test
    void a_glob_matches_as_in_a_shell() {
        assertThat(Node.glob("j*@[ab]?").matcher("j1@a1").matches()).isTrue();
        assertThat(Node.glob("j*@[!ab]?").matcher("j1@a1").matches()).isFalse();
        assertThat(Node.glob("j.*").matcher("j1@a1").matches()).isFalse();
        assertThat(Node.glob("[j").matcher("[j").matches()).isTrue();
    }

    @Test
    void rates_are_read_and_shown_as_celery_has_them() {
        assertThat(Rates.perSecond(Json.tree("10/m"))).isEqualTo(10.0 / 60);
        assertThat(Rates.perSecond(Json.tree(2))).isEqualTo(2);
        assertThat(Rates.perSecond(Json.tree("0"))).isZero();
        assertThat(Rates.perSecond(Json.nothing())).isZero();
        assertThat(Rates.text(10.0 / 60)).isEqualTo("10/m");
        assertThat(Rates.text(2)).isEqualTo("2/s");
    }

    @Test
    void times_of_what_is_revoked_are_floats_or_a_python_worker_would_fail() {
        var revoked = new Revoked();
        revoked.add("a");
        assertThat(Json.text(revoked.shared())).matches("\\{\"a\":\\[\\d+\\.\\d+(E\\d+)?,\"a\"]}");
        assertThat(revoked.news(Json.object().put("a", 1).put("b", 2.0))).containsExactly("b");
    }
}
