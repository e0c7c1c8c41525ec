package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Binding;
import dev.lovage.engine.message.Message;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// The port to a broker that moves messages and remembers nothing else, such as RabbitMQ, or Redis in Celery's
/// layout. Executions, timers and dead letters are kept beside it in a store.
///
/// Invariants:
/// 1. What [#publish] returned for is delivered again and again until it is acknowledged, over restarts of the
///    broker.
/// 2. A [Consumer] never holds more unacknowledged deliveries than it was told, over all its queues.
/// 3. A lost connection is taken up again without a call: queues are declared and consumed as before.
///    Deliveries of the lost one come again; their old tags can be acknowledged without effect.
/// 4. Bytes are sacred: headers, properties and body arrive as they were sent.
public interface Transport extends AutoCloseable {
    /// Where it leads, without a password.
    String url();

    /// Publishes messages, pipelined, and returns when the broker has all of them durably. A message goes to
    /// the queue that it names, unless its properties have a `delivery_info` with `routing_key` and an
    /// `exchange` that is not empty. Queues that do not exist are declared.
    ///
    /// @return those that the broker did not take; empty when all is well
    /// @throws dev.lovage.engine.broker.Busy when the broker can't be reached or takes nothing just now;
    ///     nothing was sent
    /// @throws dev.lovage.engine.broker.SendUnknown when the deadline passed, or the connection was lost, without
    ///     an answer for all; it names those that the broker has
    List<Unroutable> publish(List<Message> messages);

    /// How long at most this broker itself holds this message back, if it is published before the time in its
    /// header `eta`; zero where it hands it to a receiver at once. It does not matter then whether the sender
    /// lives to see that time.
    default Duration holdsBack(Message message) {
        return Duration.ZERO;
    }

    /// As [dev.lovage.engine.broker.Broker#bind].
    ///
    /// @throws UnsupportedOperationException if this broker has no such exchanges
    void bind(String queue, Binding binding);

    /// @param name the worker's name, for people who look at the broker
    /// @param incarnation unique to one start of one worker
    Consumer consumer(String name, String incarnation);

    /// For whoever is no worker.
    default Consumer consumer(String name) {
        return consumer(name, UUID.randomUUID().toString());
    }

    /// A mark for [#awaitArrival]: taken before [Consumer#receive], so that nothing that arrives in between is
    /// missed.
    long mark();

    /// Waits until something may have arrived since `mark`, or until `wait` has passed.
    void awaitArrival(long mark, Duration wait) throws InterruptedException;

    /// Deliveries of processes that are known to be dead, which the broker would hold back until a timeout: it
    /// delivers them again now. A broker that notices by itself has nothing to do; what is held by nobody is
    /// passed over.
    default void recover(List<String> tags) {}

    /// As [#recover], of all that the consumer of a dead incarnation had received and told nobody of.
    default void recoverFrom(String incarnation) {}

    /// What lies in these queues; of a queue that does not exist, nothing.
    Map<String, Depth> depths(Set<String> queues);

    /// As [#depths], with all that can be found out, at some cost.
    default Map<String, Depth> depthsForPeople(Set<String> queues) {
        return depths(queues);
    }

    /// What can't be known of this broker's queues, each in a sentence for people.
    default List<String> untold() {
        return List.of();
    }

    /// What this broker, as it is set up, does not promise, each in a sentence with what to change; for people
    /// who ask how it stands, and said once at start.
    default List<String> weaknesses() {
        return List.of();
    }

    /// What all processes at this broker can tell each other, on connections of its own. The caller closes it.
    ///
    /// @return empty where the broker has no such means
    default Optional<Broadcast> broadcast() {
        return Optional.empty();
    }

    /// Whether it has a connection that works.
    boolean connected();

    @Override
    void close();

    /// A message that the broker did not take.
    record Unroutable(Message message, String reason, Why why) {
        /// One that has nowhere to go.
        public Unroutable(Message message, String reason) {
            this(message, reason, Why.NOWHERE);
        }

        /// What may be sent another time.
        public enum Why {
            /// It has nowhere to go, now or later.
            NOWHERE,
            /// Its queue was full, or could not be written just then.
            NOT_NOW,
            /// It is not due, and this broker can't hold it back, whatever [#holdsBack] said.
            NOT_DUE
        }
    }

    /// What one process receives. Its methods may be called by any thread.
    interface Consumer extends AutoCloseable {
        /// Receives from these queues, which are declared if they do not exist, and holds at most `max`
        /// unacknowledged deliveries over all of them. Called again when either changes; what was received from
        /// a queue that is no longer named, and was not handed out, is given back.
        void consume(Set<String> queues, int max);

        /// Hands out what has arrived, at most `max`, without waiting; the most urgent first, as this broker
        /// means it.
        ///
        /// @throws dev.lovage.engine.broker.Busy while there is no connection
        List<Arrival> receive(int max);

        /// Receives nothing more, and hands out all that has arrived. What was handed out is given back, unless it is
        /// acknowledged, when this is closed.
        ///
        /// @throws dev.lovage.engine.broker.Busy while there is no connection
        default List<Arrival> receiveLast() {
            var arrived = receive(Integer.MAX_VALUE);
            consume(Set.of(), 0);
            return arrived;
        }

        /// The broker may forget these. Tags of a lost connection are passed over.
        ///
        /// @throws dev.lovage.engine.broker.Busy when they could not be sent; they will be delivered again
        void acknowledge(List<String> tags);

        /// The broker delivers these again, to anyone, before what has not been delivered yet where it can. What
        /// could not be given back now is given back as soon as that works, without another call.
        ///
        /// @throws dev.lovage.engine.broker.Busy when they could not be given back now
        void giveBack(List<String> tags);

        /// Gives back all that is not acknowledged.
        @Override
        void close();
    }
}
