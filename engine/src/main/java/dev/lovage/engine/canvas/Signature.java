package dev.lovage.engine.canvas;

import dev.lovage.engine.argument.Arguments;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Times;
import dev.lovage.engine.payload.ByReference;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// One task with its arguments and options, not yet sent. Every method returns another signature.
public final class Signature<O> implements Canvas<O> {
    private final ObjectNode node;
    private final Type result;
    private final Optional<Type> awaits;

    private Signature(ObjectNode node, Type result, Optional<Type> awaits) {
        this.node = node;
        this.result = result;
        this.awaits = awaits;
    }

    /// A signature of a task that may have no descriptor here, perhaps a Python worker's.
    ///
    /// @param awaits the type of the argument that an earlier step's result fills, if one is open
    public static <O> Signature<O> of(String task, Arguments arguments, Type result, Optional<Type> awaits) {
        var node = Json.object();
        node.put("task", task);
        node.set("args", arguments.args().deepCopy());
        node.set("kwargs", arguments.kwargs().deepCopy());
        node.putObject("options");
        node.putNull("subtask_type");
        node.put("immutable", false);
        return new Signature<>(node, result, awaits);
    }

    @Override
    public ObjectNode node() {
        return node.deepCopy();
    }

    @Override
    public Type result() {
        return result;
    }

    /// The type of the argument that an earlier step's result fills; empty for a complete or immutable
    /// signature.
    public Optional<Type> awaits() {
        return node.path("immutable").asBoolean() ? Optional.empty() : awaits;
    }

    public boolean isImmutable() {
        return node.path("immutable").asBoolean();
    }

    public String task() {
        return node.get("task").stringValue();
    }

    /// Celery's `.si()`: an earlier step's result is not handed to this one.
    public Signature<O> immutable() {
        return with(copy -> copy.put("immutable", true));
    }

    /// @param priority 0 to 10, higher is claimed first
    public Signature<O> priority(int priority) {
        return option("priority", Json.tree(priority));
    }

    public Signature<O> queue(String queue) {
        return option("queue", Json.tree(queue));
    }

    /// Among messages of equal priority the one with the lower order is claimed first; 0 unless set. Travels as
    /// the header `lovage_order`.
    public Signature<O> order(long order) {
        return header("lovage_order", Json.tree(order));
    }

    /// What this work is about (a tracking id), for whoever has to account for it. Travels as the header
    /// `lovage_subject`.
    public Signature<O> subject(String subject) {
        return header("lovage_subject", Json.tree(subject));
    }

    public Signature<O> taskId(String id) {
        return option("task_id", Json.tree(id));
    }

    /// Starts no earlier than `wait` after it was sent.
    public Signature<O> countdown(Duration wait) {
        return option("countdown", Json.tree(wait.toNanos() / 1e9));
    }

    public Signature<O> eta(Instant eta) {
        return option("eta", Json.tree(Times.wire(eta)));
    }

    /// Is revoked instead of started after `expires`.
    public Signature<O> expires(Instant expires) {
        return option("expires", Json.tree(Times.wire(expires)));
    }

    /// @param soft after which the handler is interrupted
    /// @param hard after which its process is killed; only a process pool can
    public Signature<O> timeLimit(Optional<Duration> soft, Optional<Duration> hard) {
        return with(copy -> {
            var options = (ObjectNode) copy.get("options");
            soft.ifPresent(limit -> options.put("soft_time_limit", limit.toNanos() / 1e9));
            hard.ifPresent(limit -> options.put("time_limit", limit.toNanos() / 1e9));
        });
    }

    /// Arguments that are too long for a message travel as a reference. For tasks that workers of this project run;
    /// see [dev.lovage.engine.payload.ByReference].
    public Signature<O> byReference() {
        return header(ByReference.NAME, Json.array());
    }

    public Signature<O> ignoreResult(boolean ignore) {
        return option("ignore_result", Json.tree(ignore));
    }

    /// A header of the caller's own; every execution of the task carries it, retries included.
    public Signature<O> header(String name, JsonNode value) {
        return with(copy ->
                ((ObjectNode) copy.get("options")).withObject("/headers").set(name, value));
    }

    /// Sent when this task succeeds, with its result as first argument.
    public Signature<O> link(Canvas<?> callback) {
        return with(copy -> listed(copy, "link").add(callback.node()));
    }

    /// Sent when this task fails, with its id as the only argument.
    public Signature<O> linkError(Canvas<?> errback) {
        return with(copy -> listed(copy, "link_error").add(errback.node()));
    }

    /// Celery's pipe operator.
    public <N> Chain<N> then(Canvas<N> next) {
        return Chain.of(this, next);
    }

    private Signature<O> option(String name, JsonNode value) {
        return with(copy -> ((ObjectNode) copy.get("options")).set(name, value));
    }

    private Signature<O> with(Consumer<ObjectNode> change) {
        var copy = node();
        change.accept(copy);
        return new Signature<>(copy, result, awaits);
    }

    private static ArrayNode listed(ObjectNode signature, String option) {
        return ((ObjectNode) signature.get("options")).withArray("/" + option);
    }

    @Override
    public String toString() {
        return task() + node.get("args");
    }
}
