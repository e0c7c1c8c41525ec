package dev.lovage.redis;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Messages as an engine sends them.
public final class Sent {
    private Sent() {}

    /// @param args JSON array
    public static Message task(String queue, String task, String id, String args) {
        return task(queue, task, id, args, 0);
    }

    public static Message task(String queue, String task, String id, String args, int priority) {
        var headers = Json.object();
        headers.put("lang", "java").put("task", task).put("id", id).put("root_id", id);
        headers.putNull("parent_id").putNull("group").putNull("eta").putNull("expires");
        headers.put("retries", 0);
        headers.putArray("timelimit").addNull().addNull();
        var properties = Json.object();
        properties.put("content_type", "application/json").put("content_encoding", "utf-8");
        properties.put("correlation_id", id).put("reply_to", "java").put("delivery_mode", 2);
        properties.put("priority", priority);
        var body = "[" + args + ", {}, {\"callbacks\": null, \"errbacks\": null, \"chain\": null, \"chord\": null}]";
        return message(queue, task, id, priority, headers, properties, body.getBytes(StandardCharsets.UTF_8));
    }

    public static Message message(
            String queue,
            String task,
            String id,
            int priority,
            ObjectNode headers,
            ObjectNode properties,
            byte[] body) {
        return new Message(
                new ExecutionKey(id, 0, 0),
                task,
                queue,
                priority,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Json.text(headers),
                Json.text(properties),
                body);
    }
}
