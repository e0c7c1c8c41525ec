package dev.lovage.engine.transport;

import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Notes to all who listen just now, on the exchanges of Celery's remote control and events: commands to
/// workers, replies to whoever asked, and events. Nothing is kept: what nobody listens to is lost.
///
/// Invariants:
/// 1. It has connections of its own: neither what tasks send nor what they wait for goes through them.
/// 2. A lost connection is taken up again without a call, and listening goes on as before. What was sent
///    meanwhile is lost.
/// 3. Sending returns or fails within the time that an answer of this broker may take.
public interface Broadcast extends AutoCloseable {
    /// Where commands go, and in Celery's words the mailbox of all nodes.
    String CONTROL = "celery.pidbox";

    /// Where clients of this process have replies sent.
    String REPLIES = "reply.celery.pidbox";

    /// Where events go.
    String EVENTS = "celeryev";

    /// To every worker that listens.
    ///
    /// @return false when the broker says that nobody listens; true may mean that one who is gone did
    /// @throws dev.lovage.engine.broker.Busy while there is no connection; nothing was sent
    boolean command(ObjectNode headers, JsonNode body);

    /// To the one who asked, if it still waits.
    ///
    /// @param exchange and
    /// @param routingKey as the command's `reply_to` names them
    /// @throws dev.lovage.engine.broker.Busy while there is no connection, or no such exchange can be had
    void reply(String exchange, String routingKey, ObjectNode headers, JsonNode body);

    /// @param routingKey the event's type, with dots for dashes
    /// @throws dev.lovage.engine.broker.Busy while there is no connection; nothing was sent
    void event(String routingKey, ObjectNode headers, JsonNode body);

    /// Listens to commands, as the worker of that name.
    Listening commands(String node, Ear ear);

    /// Listens to replies that are sent to [#REPLIES] with this key.
    Listening replies(String key, Ear ear);

    /// Listens to events.
    ///
    /// @param pattern `#` for all, `worker.#` for those of workers
    Listening events(String pattern, Ear ear);

    @Override
    void close();

    /// Is told what arrives, on a thread that reads the connection: it neither waits nor throws.
    @FunctionalInterface
    interface Ear {
        void hear(Note note);
    }

    /// @param routingKey with which it was sent
    /// @param headers perhaps empty
    /// @param body as it was sent; anyone may have sent it
    record Note(String routingKey, ObjectNode headers, byte[] body) {
        public Note {
            body = body.clone();
        }

        @Override
        public byte[] body() {
            return body.clone();
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }

        @Override
        public String toString() {
            return "note " + routingKey + ", " + body.length + " bytes";
        }
    }

    /// Goes on until it is closed.
    interface Listening extends AutoCloseable {
        /// Waits until all that is sent from now on is heard, while the connection lasts.
        ///
        /// @return false when `wait` has passed before
        boolean begun(Duration wait) throws InterruptedException;

        @Override
        void close();
    }
}
