package dev.lovage.engine.transport;

import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.result.ResultMeta;
import java.util.List;
import java.util.Optional;

/// Results where Celery's own clients and workers look for them, in Celery's own form.
///
/// Invariants:
/// 1. A SUCCESS is never overwritten.
/// 2. A join fires once: ends of one member count once, however often and by whomever they are written.
public interface SharedResults extends ResultBackend, AutoCloseable {
    /// Writes states, and tells those who wait for them.
    ///
    /// @param results in order
    /// @throws dev.lovage.engine.broker.Busy when they could not be written; write them again
    void write(List<Written> results);

    /// The queue that replies to this process are sent to, where results travel as messages: it goes into
    /// `reply_to` of what this process sends.
    default Optional<String> replyTo() {
        return Optional.empty();
    }

    /// Whether chords can join here.
    boolean joins();

    /// Before the last member is sent. Beginning the same join again changes nothing.
    void begin(Join join);

    /// A member has ended.
    ///
    /// @return all ends in the order of their index, when this was the last one
    Optional<List<Join.End>> end(Join.End end);

    /// The join's body was sent, and its keys may go.
    void closed(String joinId);

    @Override
    void close();

    /// A state, and what travelled with the message of its task.
    ///
    /// @param headers JSON object, for what `result_extended` adds
    /// @param properties JSON object; `reply_to` and `correlation_id` say where replies go
    record Written(ResultMeta meta, String headers, String properties) {}
}
