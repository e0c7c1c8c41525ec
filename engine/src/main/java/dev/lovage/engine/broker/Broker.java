package dev.lovage.engine.broker;

import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The port to whatever moves messages. Every broker is held to the ten invariants of the contract suite in
/// `testkit`.
public interface Broker {
    /// Writes all of a plan or none of it, durably. Executions that are known already are left as they are, so
    /// that sending the same signature again is safe.
    ///
    /// @throws SendUnknown when it can't be told whether it was written; anything else means that nothing was
    void publish(Plan plan);

    /// Writes a plan in the caller's transaction.
    ///
    /// @throws UnsupportedOperationException if this broker does not lie in the database of `tx`
    void publish(Tx tx, Plan plan);

    /// Claims at most `max` entries from the queues, the most urgent first, and without waiting.
    ///
    /// @param earlyTasks the names of tasks that are acknowledged early, or end when their worker is lost
    /// @throws LeaseLost when the incarnation of `lease` was declared dead
    List<Delivery> claim(Lease lease, Set<String> queues, Set<String> earlyTasks, int max);

    /// A mark for [#awaitWork]: taken before a claim, so that nothing that arrives in between is missed.
    long mark();

    /// Waits until something may have become claimable since `mark`, or until `wait` has passed.
    void awaitWork(long mark, Duration wait) throws InterruptedException;

    Map<String, QueueState> queues();

    /// As [#queues()], for people: looked at more closely, and with these queues, of which a broker that others use
    /// too may know nothing else.
    default Map<String, QueueState> queues(Set<String> also) {
        return queues();
    }

    /// Binds a queue that is claimed from later; what is not there yet is made then. A queue whose binding is known,
    /// from
    /// the settings or because it was bound before, keeps it, as in Celery.
    ///
    /// @throws UnsupportedOperationException if this broker has no such exchanges
    default void bind(String queue, Binding binding) {
        throw new UnsupportedOperationException("This broker has queues alone, and no exchanges.");
    }

    /// Nothing is claimed from a paused queue; what arrives there waits.
    void pause(Set<String> queues);

    void resume(Set<String> queues);

    /// Pauses in the caller's transaction, together with what says why.
    ///
    /// @throws UnsupportedOperationException if this broker does not lie in the database of `tx`
    void pause(Tx tx, Set<String> queues);

    /// Resumes in the caller's transaction.
    ///
    /// @throws UnsupportedOperationException if this broker does not lie in the database of `tx`
    void resume(Tx tx, Set<String> queues);

    /// Ends what waits in a queue, to be claimed or for its time, after recording each with its bytes as disposed
    /// of. What comes in meanwhile may stay.
    ///
    /// @param by the person who asked for it
    /// @param export is given some at a time, each before it is ended
    /// @return how many were ended
    int purge(String queue, String reason, String by, Export export);

    default int purge(String queue, String reason, String by) {
        return purge(queue, reason, by, Export.NONE);
    }
}
