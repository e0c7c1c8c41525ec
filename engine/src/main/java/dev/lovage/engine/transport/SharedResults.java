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

    /// Keeps which tasks a group has, for [#saved] and for Celery's `GroupResult.restore()`.
    ///
    /// @param taskIds in the order of their index
    /// @throws UnsupportedOperationException where nobody could read it
    /// @throws dev.lovage.engine.broker.Busy when it could not be written
    void save(String groupId, List<String> taskIds);

    /// The tasks of a group that was saved, here or by Celery's `GroupResult.save()`, in order.
    ///
    /// @return empty if it was not saved, or has expired
    Optional<List<String>> saved(String groupId);

    /// Drops results, where they are kept until they expire; elsewhere nothing happens.
    ///
    /// @throws dev.lovage.engine.broker.Busy when that could not be done
    default void forget(List<String> taskIds) {}

    /// Whether they tell the arguments and the queue of their tasks, as `result_extended` asks for.
    default boolean extended() {
        return false;
    }

    /// Whether chords can join here.
    boolean joins();

    /// Before the last member is sent. Beginning the same join again changes nothing.
    void begin(Join join);

    /// A join that has begun waits for so many more members, or fewer. Before a new member is sent.
    ///
    /// @throws UnsupportedOperationException if chords do not join here
    default void lengthen(String joinId, int by) {
        throw new UnsupportedOperationException("Chords do not join in these results.");
    }

    /// A member has ended.
    ///
    /// @return all ends in the order of their index, when this was the last one; again, when the last one ends
    ///     again before the join is [#closed], as after a crash in between
    Optional<List<Join.End>> end(Join.End end);

    /// The join's body was sent, and its keys may go.
    void closed(String joinId);

    @Override
    void close();

    /// A state, and what travelled with the message of its task.
    ///
    /// @param headers JSON object, for what `result_extended` adds
    /// @param properties JSON object; `reply_to` and `correlation_id` say where replies go
    /// @param body of the message, for the arguments that `result_extended` adds; empty where it is not known
    record Written(ResultMeta meta, String headers, String properties, String body) {
        public Written(ResultMeta meta, String headers, String properties) {
            this(meta, headers, properties, "");
        }
    }
}
