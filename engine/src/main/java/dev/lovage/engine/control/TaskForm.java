package dev.lovage.engine.control;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.json.PythonRepr;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Times;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.worker.InHand;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Tasks as inspections and events show them.
final class TaskForm {
    private TaskForm() {}

    /// @param safe whether arguments are shown as Python prints them
    static ObjectNode info(InHand task, String node, boolean safe) {
        var message = task.message();
        var form = Json.object().put("id", message.execution().taskId());
        try {
            var request = Request.read(message);
            form.put("name", name(request));
            if (safe) {
                form.put("args", args(request)).put("kwargs", kwargs(request));
            } else {
                form.set("args", request.args());
                form.set("kwargs", request.kwargs());
            }
        } catch (Unreadable e) {
            form.put("name", message.task());
            form.putArray("args");
            form.putObject("kwargs");
        }
        form.put("type", message.task()).put("hostname", node);
        form.set("time_start", task.started().map(TaskForm::seconds).orElse(Json.nothing()));
        form.put("acknowledged", task.started().isPresent() && !task.late());
        form.set("delivery_info", deliveryInfo(message));
        form.set("worker_pid", task.started().isPresent() ? Json.tree(Host.pid()) : Json.nothing());
        return form;
    }

    /// What an event tells of a task that has come.
    static ObjectNode received(Request request) {
        var form = Json.object()
                .put("name", name(request))
                .put("args", args(request))
                .put("kwargs", kwargs(request))
                .put("root_id", request.rootId())
                .put("parent_id", request.parentId().orElse(null))
                .put("retries", request.retries());
        form.put("eta", request.eta().map(Times::wire).orElse(null));
        form.put("expires", request.expires().map(Times::wire).orElse(null));
        return form;
    }

    private static JsonNode seconds(Instant at) {
        return Json.tree(at.toEpochMilli() / 1000.0);
    }

    private static String name(Request request) {
        var shadow = request.headers().path("shadow").asString("");
        return shadow.isEmpty() ? request.task() : shadow;
    }

    private static String args(Request request) {
        return Optional.of(request.headers().path("argsrepr").asString(""))
                .filter(text -> !text.isEmpty())
                .orElseGet(() -> PythonRepr.args(request.args()));
    }

    private static String kwargs(Request request) {
        return Optional.of(request.headers().path("kwargsrepr").asString(""))
                .filter(text -> !text.isEmpty())
                .orElseGet(() -> PythonRepr.kwargs(request.kwargs()));
    }

    private static ObjectNode deliveryInfo(Message message) {
        var info = Json.object();
        JsonNode properties;
        try {
            properties = Json.read(message.properties().getBytes(StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            properties = Json.object();
        }
        info.put("exchange", properties.at("/delivery_info/exchange").asString(""));
        info.put("routing_key", properties.at("/delivery_info/routing_key").asString(message.queue()));
        info.put("priority", message.priority());
        info.put("redelivered", properties.at("/delivery_info/redelivered").asBoolean(false));
        return info;
    }
}
