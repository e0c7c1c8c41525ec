package dev.lovage.engine.message;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/// One message as a broker keeps it: Celery's headers, properties and body, byte for byte, and beside them what
/// a broker has to know without reading them.
///
/// @param execution the execution that this message starts
/// @param task the registered name of the task
/// @param queue where it is claimed from
/// @param priority 0 to 10; on the brokers of this project a higher one is claimed first
/// @param order among equal priorities the lower one is claimed first, then the earlier sent; 0 unless an
///     application orders
/// @param eta not to start before
/// @param expires not to start after
/// @param subject what the message is about, for whoever has to account for it (a tracking id)
/// @param headers JSON object
/// @param properties JSON object
/// @param body as it came; by Celery's protocol 2 the JSON array `[args, kwargs, embed]`
/// @see <a href="https://docs.celeryq.dev/en/stable/internals/protocol.html">Celery message protocol 2</a>
public record Message(
        ExecutionKey execution,
        String task,
        String queue,
        int priority,
        long order,
        Optional<Instant> eta,
        Optional<Instant> expires,
        Optional<String> subject,
        String headers,
        String properties,
        byte[] body) {

    /// What the bound of compressed bodies is reckoned from; see [Compression#EXPANDED_MAX_BYTES].
    public static final int BODY_MAX_BYTES = 8 * 1024 * 1024;

    public Message {
        if (priority < 0 || priority > 10) {
            throw new IllegalArgumentException(
                    "Priority is 0 to 10, but is " + priority + " for task " + task + ". Nothing was sent.");
        }
        body = body.clone();
    }

    @Override
    public byte[] body() {
        return body.clone();
    }

    /// The body as it was before it was compressed; as it is, where it was not, or can't be expanded.
    public byte[] expanded() {
        return headers.contains("\"compression\"") ? Body.expandedOrAsItIs(headers, body()) : body();
    }

    /// A message as a broker delivers it that anyone may have sent, by Celery's protocol 2 or 1 or by none.
    /// Never fails: what can't be read is kept as it came, for [Request#read] to say what is wrong with it.
    /// What has no id gets one that is made of its content.
    ///
    /// @param headers JSON object
    /// @param properties JSON object, with AMQP's names in snake case; a priority beyond 0 to 10 counts as the
    ///     nearest one
    public static Message received(String queue, String headers, String properties, byte[] body) {
        return Inbound.message(queue, headers, properties, body);
    }

    public Message toQueue(String other) {
        return new Message(execution, task, other, priority, order, eta, expires, subject, headers, properties, body);
    }

    /// The same bytes, as one that whoever keeps it does not hold until its time: its header `eta` says when it
    /// may start.
    public Message ready() {
        return new Message(
                execution, task, queue, priority, order, Optional.empty(), expires, subject, headers, properties, body);
    }

    /// When it may start, as its header `eta` says, also where nobody is to hold it until then.
    public Optional<Instant> due() {
        return eta.isPresent()
                ? eta
                : received(queue, headers, properties, body).eta();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Message that
                && execution.equals(that.execution)
                && queue.equals(that.queue)
                && headers.equals(that.headers)
                && properties.equals(that.properties)
                && java.util.Arrays.equals(body, that.body);
    }

    @Override
    public int hashCode() {
        return execution.hashCode();
    }

    @Override
    public String toString() {
        return task + "[" + execution + "] on " + queue + ", body " + new String(body, StandardCharsets.UTF_8).length()
                + " characters";
    }
}
