package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.json.Json;
import dev.lovage.testkit.LocalRabbit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The other side is kombu, of Debian's package `python3-kombu`.
@Tag("services")
class KombuTest {
    private static final String PYTHON = "/usr/bin/python3";

    private static boolean kombu() {
        try {
            return new ProcessBuilder(PYTHON, "-c", "import kombu")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void messages_travel_both_ways_and_queues_are_declared_alike(@TempDir Path folder)
            throws IOException, InterruptedException {
        assertThat(kombu())
                .as("Debian's package python3-celery is installed, as ./check does it")
                .isTrue();
        var url = LocalRabbit.freshUrl();
        var script = folder.resolve("kombu_peer.py");
        try (var packed = Objects.requireNonNull(KombuTest.class.getResourceAsStream("kombu_peer.py"))) {
            Files.copy(packed, script);
        }
        try (var transport = new RabbitTransport(url, Mail.settings())) {
            var headers =
                    "{\"task\":\"a.b\",\"stamp\":1099511627776,\"negative\":-1099511627776,\"small\":-5,\"none\":null,"
                            + "\"nested\":{\"list\":[1,2.5,\"x\",true,[-3]],\"empty\":{}},\"text\":\"Grüße 😀\",\"timelimit\":[null,null]}";
            var sent = Mail.message("to-python", 4, headers, "[[], {}, {}]".getBytes(StandardCharsets.UTF_8));
            assertThat(transport.publish(List.of(sent))).isEmpty();
            var consumer = transport.consumer("worker@test");
            consumer.consume(Set.of("from-python"), 10);

            var python = new ProcessBuilder(PYTHON, script.toString(), url, "from-python", "to-python", "1")
                    .redirectErrorStream(true)
                    .start();
            var said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(python.waitFor()).as(said).isZero();

            var arrivals = Mail.receive(consumer, 3);
            assertThat(json(arrivals.get(0).headers()))
                    .isEqualTo(
                            json("{\"task\":\"a.b\",\"stamp\":1099511627776,\"negative\":-1099511627776,\"small\":-5,"
                                    + "\"none\":null}"));
            assertThat(json(arrivals.get(1).headers()))
                    .isEqualTo(json("{\"nested\":{\"list\":[1,2.5,\"x\",true,[8589934592]],\"empty\":{}},"
                            + "\"text\":\"Grüße 😀\"}"));
            assertThat(json(arrivals.get(2).headers()))
                    .isEqualTo(json("{\"high\":2147483648,\"edge\":2147483647,\"low\":-2147483649}"));
            assertThat(Mail.text(arrivals.getFirst().body())).isEqualTo("{\"hello\": \"world\"}");
            var properties = Json.read(arrivals.getFirst().properties().getBytes(StandardCharsets.UTF_8));
            assertThat(Json.text(properties))
                    .isEqualTo(
                            "{\"content_type\":\"application/json\",\"content_encoding\":\"utf-8\",\"delivery_mode\":2,"
                                    + "\"priority\":3,\"correlation_id\":\"c-1\",\"reply_to\":\"r-1\",\"expiration\":\"60000\","
                                    + "\"delivery_info\":{\"exchange\":\"\",\"routing_key\":\"from-python\"}}");

            var seen = Json.read(said.strip().getBytes(StandardCharsets.UTF_8)).get(0);
            assertThat(seen.get("headers")).isEqualTo(json(headers));
            assertThat(seen.get("body").asString()).isEqualTo("[[], {}, {}]");
            assertThat(seen.at("/properties/priority").asInt()).isEqualTo(4);
            assertThat(seen.at("/properties/delivery_mode").asInt()).isEqualTo(2);
            assertThat(seen.at("/properties/correlation_id").asString())
                    .isEqualTo(Json.read(sent.properties().getBytes(StandardCharsets.UTF_8))
                            .get("correlation_id")
                            .asString());
            assertThat(seen.get("content_type").asString()).isEqualTo("application/json");
            assertThat(seen.at("/delivery_info/routing_key").asString()).isEqualTo("to-python");
        }
    }

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }
}
