package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.message.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
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

    /// Executions that had been acknowledged early when their worker died. They end, and must not run again: no
    /// broker gets them, whose other workers would run them.
    ///
    /// @param queues to look for them in
    /// @return at most `max`, under this lease
    /// @throws dev.lovage.engine.broker.LeaseLost when the incarnation was declared dead; nothing was taken
    List<Delivery> lost(Lease lease, Set<String> queues, int max);

    /// The broker is about to be told that some are done with: from now on these are kept here alone.
    ///
    /// @return those that are; the others are not this lease's any more, and the broker is not to be told
    Set<Long> keep(Lease lease, List<Long> tags);

    /// Takes what has arrived into the store as ready, for nobody yet; the broker is told afterwards.
    void absorb(List<Message> arrived);

    /// What is to be handed to the broker, each marked as on its way: what was marked and neither sent nor given
    /// back is handed out again after a while, to whoever asks. A message does not go before the results were
    /// told that its join begins. An orphan is handed out once, unless it is given back: whoever told the broker a
    /// second time would take it from its new holder. Called by one thread.
    Outgoing outgoing(Wanted wanted);

    /// The broker has these. One whose mark is another one by now has been elsewhere meanwhile, and stays as it
    /// is.
    void sent(List<Ready> messages);

    /// The broker took none of these: they may be handed out again at once.
    void notSent(List<Ready> messages);

    /// The broker can't hold these back until they are due: they wait here, as timers.
    void notDue(List<Ready> messages);

    /// The broker has nowhere to put this one: it fails, and is a dead letter.
    void refused(Ready message, String reason);

    /// The broker could not be told of these: they may be handed out again at once. One whose mark is another one
    /// by now stays as it is.
    void notRecovered(List<Orphan> orphans);

    /// What shared results have still to be told, marked as on its way as [#outgoing] does. What there is about one
    /// task or join goes to one process at a time, in the order in which it was written. Called by one thread.
    ///
    /// @param bytesMax of all together; the first one may be longer
    List<Note> untold(int max, long bytesMax);

    /// What the notes said has been done.
    void done(List<Long> notes);

    /// Nobody was told of these, which were handed out last: they may be handed out again at once.
    void notTold(List<Long> notes);

    /// Forgets what was sent on to the broker and of whose end nobody told, message and execution: should it
    /// arrive after all, it is taken as new. What a join here waits for is not forgotten.
    ///
    /// @param keep how long to wait for it
    /// @param except queues in which it may still lie
    /// @return how many
    int forgetSent(Duration keep, Set<String> except);

    /// When the oldest of the messages was sent that lie at the broker, if these were the last that were sent there
    /// from this store; the oldest of all that it sent there and nobody told the end of, if those are fewer.
    ///
    /// @param lying how many lie there, 1 or more
    Optional<Instant> oldestSent(String queue, long lying);

    /// The queues that messages were sent to of whose arrival or end nobody told.
    Set<String> sentTo();

    /// Whether a message of this queue is being handed over just now.
    boolean onTheirWay(String queue);

    /// Queues from which nothing is to be claimed.
    Set<String> paused();

    /// @param tag names it to its broker
    /// @param redelivered as the broker says
    record Arrived(String tag, Message message, boolean redelivered) {}

    /// What became of an arrival.
    sealed interface Taken {
        /// It is the caller's.
        ///
        /// @param early whether the store keeps it alone, and the broker may forget it; else the broker
        ///     keeps it until the caller acknowledges
        record Claimed(Delivery delivery, boolean early) implements Taken {}

        /// The store has it, or it has ended: the broker may forget it.
        record Kept() implements Taken {}
    }

    /// What is written to results that are shared with Celery, rather than kept here alone.
    ///
    /// @param arguments whether results are told the arguments of their task, too
    record Sharing(boolean results, boolean joins, boolean arguments) {
        public static final Sharing NOTHING = new Sharing(false, false);

        public Sharing(boolean results, boolean joins) {
            this(results, joins, false);
        }
    }

    /// @param bytesMax of all together; the first one may be longer
    /// @param except queues to leave alone
    record Wanted(int max, long bytesMax, Set<String> except) {
        public Wanted {
            except = Set.copyOf(except);
        }
    }

    record Outgoing(List<Ready> messages, List<Orphan> orphans) {
        public static final Outgoing NOTHING = new Outgoing(List.of(), List.of());

        public Outgoing {
            messages = List.copyOf(messages);
            orphans = List.copyOf(orphans);
        }

        boolean isEmpty() {
            return messages.isEmpty() && orphans.isEmpty();
        }
    }

    /// @param mark of this hand-over
    record Ready(long tag, long mark, Message message) {}

    /// A delivery whose worker was declared dead.
    ///
    /// @param mark of whoever tells the broker
    /// @param brokerTag names it to the broker
    record Orphan(long tag, long mark, String brokerTag) {}

    /// Something that shared results have to be told.
    sealed interface Note {
        long id();

        record Begin(long id, Join join) implements Note {}

        record End(long id, Join.End end) implements Note {}

        record Result(long id, SharedResults.Written written) implements Note {}
    }
}
