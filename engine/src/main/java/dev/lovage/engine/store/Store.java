package dev.lovage.engine.store;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.payload.Payloads;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// The port to whatever remembers what no broker keeps: executions and their outcome, timers, parked,
/// quarantined and dead entries with their bytes, revokes, workers, joins.
///
/// Invariants:
/// 1. An execution that has been accepted is in exactly one [Custody], or has ended.
/// 2. Epochs of an entry grow with every claim. What is written under an older epoch, or by an incarnation that
///    was declared dead, changes nothing and is told so by [dev.lovage.engine.broker.LeaseLost].
/// 3. A transition is one commit: outcome, results, successors, members of joins, the end of the entry.
/// 4. A join fires once.
public interface Store {
    /// What is written in the same transaction, before anything else of it.
    @FunctionalInterface
    interface Effects {
        void write(Tx tx) throws Exception;
    }

    /// Whether [Effects] can be written here.
    boolean transactional();

    /// Whether it knows which executions have ended, so that none of them runs again. Where it does not, a delivery
    /// that
    /// comes again runs again.
    default boolean remembers() {
        return true;
    }

    /// Applies a transition.
    ///
    /// @throws dev.lovage.engine.broker.LeaseLost when the delivery is no longer the caller's; nothing was
    ///     changed
    /// @throws dev.lovage.engine.broker.Busy when the store can't be reached just now: settle again, and it
    ///     happens one time
    void settle(Lease lease, Transition transition);

    /// Applies a transition together with the effects of its task. An exception of `effects` rolls all of it
    /// back and is thrown on.
    void settle(Lease lease, Transition transition, Effects effects);

    /// Records how far a task that runs has come; nothing when the delivery has passed to another.
    ///
    /// @param state STARTED, or one of the application's own
    /// @param value what belongs to it
    void state(Lease lease, long tag, String state, JsonNode value);

    /// The store's clock, which decides what is due, what has expired and what is stamped.
    Instant now();

    // Workers

    void register(Lease lease, WorkerState state);

    /// Advances the worker's counter.
    ///
    /// @throws dev.lovage.engine.broker.LeaseLost when the incarnation was declared dead
    void beat(Lease lease, int running);

    List<WorkerState> workers();

    /// Declares an incarnation dead and gives all that it had claimed back, each with one crash more.
    ///
    /// @param evidence what is known of its death
    /// @param beats the counter that the observer saw standing still; if it has moved since, nothing is done
    /// @return how many deliveries were given back
    int bury(String incarnation, long beats, String evidence);

    /// Gives back what was claimed and not settled, without a crash, and signs the worker off.
    void leave(Lease lease);

    // What waits for a person

    List<Held> held(Set<Custody> custodies, int max);

    Optional<Held> find(long tag);

    List<Held> findTask(String taskId);

    /// Makes a parked, quarantined or dead entry ready again, its bytes unchanged, its crashes and its
    /// failure forgotten: its state is PENDING until it has run again.
    ///
    /// @return false if there is no such entry
    boolean release(long tag, String reason, String by);

    /// Ends an entry that waits for a person, keeping its history and bytes in the record of disposals.
    ///
    /// @return false if there is no such entry
    boolean dispose(Tx tx, long tag, String reason, String by);

    // What is left of attempts, until the results are forgotten

    /// How attempts of a task ended that did not simply succeed, and what people decided about it, oldest
    /// first. It outlives a success.
    List<Happening> history(String taskId);

    /// Keeps lines that tasks logged. They are in no settlement, and may come after it.
    ///
    /// @throws dev.lovage.engine.broker.Busy when the store can't be reached just now; nothing was written
    void keep(List<LogLine> lines);

    /// What these tasks logged.
    ///
    /// @param max lines, the newest ones
    Log log(Set<String> taskIds, int max);

    /// What is known of whole workflows beside the children that their results name: the tasks that logged, and
    /// the members and bodies of chords.
    ///
    /// @param rootIds ids of the first tasks of the workflows
    Set<String> tasksOf(Set<String> rootIds);

    /// @param lines oldest first; those of one attempt in the order in which it logged them
    /// @param earlier how many there are before these
    record Log(List<LogLine> lines, long earlier) {
        public Log {
            lines = List.copyOf(lines);
        }
    }

    // Revokes

    /// Written in one transaction.
    ///
    /// @param terminate also stop those that run
    void revoke(Collection<String> taskIds, boolean terminate);

    default void revoke(String taskId, boolean terminate) {
        revoke(List.of(taskId), terminate);
    }

    /// Those of the given ids that are revoked; `true` where the running task is to be terminated.
    java.util.Map<String, Boolean> revoked(Set<String> taskIds);

    /// The ids that were revoked last, the newest first.
    List<String> revokes(int max);

    // Rates

    /// Lets a task start whose rate all workers of this store share, or gives it a place in the line, see
    /// [dev.lovage.engine.rate.Line]. A start that is let and does not happen is lost, and no other.
    ///
    /// @param step the time between two starts
    /// @return empty when it may start now, or when it is to ask again
    Optional<Instant> admit(String task, ExecutionKey execution, Duration step);

    // Joins

    /// Joins without a live member, which can't close by themselves.
    List<Join> stalled(int max);

    /// Closes a stalled join: the members that are missing have ended badly, for this reason.
    void closeStalled(String joinId, String reason);

    // Accounts

    /// Every execution that has not ended, with its custody.
    List<Entry> inventory();

    /// @param subject as [dev.lovage.engine.canvas.Signature#subject]
    record Entry(ExecutionKey execution, Custody custody, String queue, String task, Optional<String> subject) {}

    /// Forgets results and ended executions that are older than `keep`, then what is left of their attempts.
    int forget(Duration keep);

    /// As [#forget(Duration)], and then arguments that were kept before that time and that nothing here names.
    default int forget(Duration keep, Payloads payloads) {
        var forgotten = forget(keep);
        payloads.sweep(now().minus(keep), this::payloads);
        return forgotten;
    }

    /// The digests of arguments that anything names that is kept here: messages in any custody, and what they lead
    /// to; open joins; what was disposed of. All of one moment.
    Set<String> payloads();
}
