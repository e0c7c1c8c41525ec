package dev.lovage.server.web;

import static dev.lovage.server.web.Client.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.server.installation.Installation;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseBusy;
import dev.lovage.testkit.Eventually;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverloadTest {
    private static final String REQUEST = """
            {"requester": {"email": "ada.quill@example.org"}, "description": "All purchase orders."}""";

    @TempDir
    private Path data;

    @Test
    void a_full_writer_is_answered_with_503_within_a_second_and_nothing_is_accepted() throws Exception {
        var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        var settings = Settings.embedded(data).with(Setting.BROKER_QUEUE_MAX, "2");
        try (var installation = Installation.start(settings, InstantSource.system(), meters);
                var server = WebServer.start(installation, meters, "127.0.0.1", 0);
                var client = new Client(server.port())) {
            assertThat(client.postJson("warm", REQUEST).statusCode()).isEqualTo(202);
            var database = ((SqlBackbone) installation.lovage().backbone()).database();
            var release = new CountDownLatch(1);
            try {
                fill(database, release);
                var before = System.nanoTime();
                var answer = client.postJson("crowded", REQUEST);
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
                assertThat(answer.statusCode()).isEqualTo(503);
                assertThat(answer.headers().firstValue("Retry-After")).contains("1");
                assertThat(json(answer).path("description").asString()).contains("Nothing was accepted");
                assertThat(client.get("/health/ready").statusCode()).isEqualTo(503);
            } finally {
                release.countDown();
            }
            eventually("it is accepted after all", () -> {
                try {
                    return client.postJson("crowded", REQUEST).statusCode() == 202;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    @Test
    void a_taken_port_is_named_with_what_to_do() {
        var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        try (var installation = Installation.start(Settings.embedded(data), InstantSource.system(), meters);
                var first = WebServer.start(installation, meters, "127.0.0.1", 0)) {
            assertThatThrownBy(() -> WebServer.start(installation, meters, "127.0.0.1", first.port()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(Integer.toString(first.port()))
                    .hasMessageContaining("--port");
        }
    }

    @Test
    void a_body_is_read_no_further_than_it_may_be_long() {
        var bodies = new Bodies(100_000, 100_000);
        assertThatThrownBy(() -> bodies.read(new ByteArrayInputStream(new byte[200_000]), -1, body -> body.length))
                .isInstanceOf(Refused.Exit.class)
                .hasMessageContaining("100000");
        assertThatThrownBy(() -> bodies.read(new ByteArrayInputStream(new byte[0]), 100_001, body -> body.length))
                .isInstanceOf(Refused.Exit.class);
    }

    @Test
    void bodies_share_a_bounded_memory_and_give_it_back() throws Exception {
        var bodies = new Bodies(100_000, 100_000);
        var inside = bodies.read(new ByteArrayInputStream(new byte[100_000]), -1, outer -> {
            assertThatThrownBy(() -> bodies.read(new ByteArrayInputStream(new byte[10]), -1, inner -> inner.length))
                    .isInstanceOf(Refused.Exit.class)
                    .hasMessageContaining("no room");
            return outer.length;
        });
        assertThat(inside).isEqualTo(100_000);
        assertThat(bodies.<Integer>read(new ByteArrayInputStream(new byte[10]), 10, body -> body.length))
                .isEqualTo(10);
    }

    /// Holds the writer, and leaves no room in its queue.
    private static void fill(Database database, CountDownLatch release) {
        var busy = new AtomicInteger();
        var holds = new CountDownLatch(1);
        Thread.startVirtualThread(() -> database.write(tx -> {
            holds.countDown();
            await(release);
            return true;
        }));
        await(holds);
        for (int i = 0; i < 4; i++) {
            Thread.startVirtualThread(() -> {
                try {
                    database.write(tx -> true);
                } catch (DatabaseBusy full) {
                    busy.incrementAndGet();
                }
            });
        }
        eventually("the writer's queue is full", () -> busy.get() > 0);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void eventually(String what, BooleanSupplier condition) {
        Eventually.until(what, condition, () -> "not yet");
    }
}
