package dev.lovage.engine.transport;

/// A delivery that is not acknowledged yet.
///
/// @param tag names it to its [Transport.Consumer]
/// @param queue it came from
/// @param headers JSON object
/// @param properties JSON object with AMQP's names in snake case, among them `content_type`,
///     `content_encoding`, `correlation_id`, `reply_to`, `priority`, `expiration`, and `delivery_info` with
///     `exchange`, `routing_key`; both are `{}` when what lay in the queue was no message
/// @param body as it was sent, or all the bytes of what was no message
/// @param redelivered whether the broker says that it had been delivered before
public record Arrival(String tag, String queue, String headers, String properties, byte[] body, boolean redelivered) {
    public Arrival {
        body = body.clone();
    }

    @Override
    public byte[] body() {
        return body.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Arrival that && tag.equals(that.tag);
    }

    @Override
    public int hashCode() {
        return tag.hashCode();
    }

    @Override
    public String toString() {
        return "delivery " + tag + " from " + queue + ", " + body.length + " bytes";
    }
}
