package dev.lovage.rabbitmq;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Arrival;
import dev.lovage.engine.transport.Transport;
import dev.lovage.testkit.Eventually;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;

/// Messages for tests, and what is done with them again and again.
final class Mail {
    private Mail() {}

    static Settings settings() {
        return Settings.embedded(Path.of("target")).with(Setting.BROKER_CONNECTION_TIMEOUT, "4");
    }

    static Message message(String queue) {
        return message(queue, 0, "{}", UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));
    }

    static Message message(String queue, int priority, String headers, byte[] body) {
        var id = UUID.randomUUID().toString();
        var properties = Json.object();
        properties.put("content_type", "application/json");
        properties.put("content_encoding", "utf-8");
        properties.put("correlation_id", id);
        properties.put("reply_to", "");
        properties.put("delivery_mode", 2);
        properties.put("priority", priority);
        return message(queue, headers, Json.text(properties), body);
    }

    static Message message(String queue, String headers, String properties, byte[] body) {
        return new Message(
                new ExecutionKey(UUID.randomUUID().toString(), 0, 0),
                "test.task",
                queue,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                headers,
                properties,
                body);
    }

    static List<Message> messages(String queue, int count) {
        return IntStream.range(0, count).mapToObj(_ -> message(queue)).toList();
    }

    static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    /// Receives until there are so many, and acknowledges none.
    static List<Arrival> receive(Transport.Consumer consumer, int count) {
        List<Arrival> all = new ArrayList<>();
        Eventually.until(
                count + " deliveries arrive",
                () -> {
                    all.addAll(receiveNow(consumer, count - all.size()));
                    return all.size() >= count;
                },
                () -> all.size() + " have");
        return all;
    }

    /// What is there now; nothing while there is no connection.
    static List<Arrival> receiveNow(Transport.Consumer consumer, int max) {
        try {
            return consumer.receive(max);
        } catch (Busy e) {
            return List.of();
        }
    }

    static List<String> tags(List<Arrival> arrivals) {
        return arrivals.stream().map(Arrival::tag).toList();
    }
}
