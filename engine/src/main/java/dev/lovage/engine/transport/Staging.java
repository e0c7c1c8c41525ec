package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.message.Message;
import java.util.List;
import java.util.Set;

/// What a store does beside its own duties when another broker moves its messages.
///
/// An entry that is ready in the store is on its way out: it is handed to the broker, and counts as ready there
/// until it arrives again. An entry that is leased lies in the broker too, unacknowledged, unless the store was
/// told to keep it. An arrival whose execution is known already is not run again.
///
/// Invariants:
/// 1. What was taken and is acknowledged at the broker is kept by the store, or has ended.
/// 2. What the broker has and the store knows goes back to the broker when its worker dies, with its crashes
///    counted.
/// 3. Handing over may happen twice, when a process dies between the broker's answer and the store's: the
///    second one finds the execution known.
public interface Staging {
    /// Takes what has arrived, in one commit.
    ///
    /// @return for each message, in order
    /// @throws dev.lovage.engine.broker.LeaseLost when the incarnation was declared dead; nothing was taken
    List<Taken> take(Lease lease, List<Arrived> arrived, Set<String> earlyTasks);

    /// The broker is about to be told that these are done with: from now on they are kept here alone.
    void keep(Lease lease, List<Long> tags);

    /// Takes what has arrived into the store as ready, for nobody yet; the broker is told afterwards.
    void absorb(List<Message> arrived);

    /// What is to be carried off: messages that are marked as on their way, and notes for the results, in the
    /// order in which they were written. What was marked and not carried off is handed out again after a while.
    Outgoing outgoing(int max);

    /// The broker has these.
    void sent(List<Long> tags);

    /// The broker has nowhere to put this one: it fails, and is a dead letter.
    void refused(long tag, String reason);

    /// The broker was told to deliver these again.
    void recovered(List<String> orphans);

    /// What the notes said has been done.
    void done(List<Long> notes);

    /// Whether a message of this queue is being handed over just now.
    boolean onTheirWay(String queue);

    /// Queues from which nothing is to be claimed.
    Set<String> paused();

    /// @param tag names it to its broker
    /// @param redelivered as the broker says
    record Arrived(String tag, Message message, boolean redelivered) {}

    /// What became of an arrival.
    sealed interface Taken {
        /// It is the caller's; the broker keeps it until the caller acknowledges.
        record Claimed(Delivery delivery) implements Taken {}

        /// The store has it, or it has ended: the broker may forget it.
        record Kept() implements Taken {}
    }

    /// What is written to results that are shared with Celery, rather than kept here alone.
    record Sharing(boolean results, boolean joins) {
        public static final Sharing NOTHING = new Sharing(false, false);
    }

    /// @param orphans tags of deliveries whose worker was declared dead
    record Outgoing(List<Ready> messages, List<Note> notes, List<String> orphans) {
        public static final Outgoing NOTHING = new Outgoing(List.of(), List.of(), List.of());

        public Outgoing {
            messages = List.copyOf(messages);
            notes = List.copyOf(notes);
            orphans = List.copyOf(orphans);
        }

        boolean isEmpty() {
            return messages.isEmpty() && notes.isEmpty() && orphans.isEmpty();
        }
    }

    record Ready(long tag, Message message) {}

    /// Something that shared results have to be told.
    sealed interface Note {
        long id();

        record Begin(long id, Join join) implements Note {}

        record End(long id, Join.End end) implements Note {}

        record Result(long id, SharedResults.Written written) implements Note {}
    }
}
