package dev.lovage.engine.transport;

import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.store.Backbone;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries off what the store has ready: messages to the broker, states and ends of joins to the shared
/// results.
///
/// A step that fails is repeated: each is safe to do twice. Joins begin before the messages of their members
/// are published.
final class Relay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final int AT_ONCE = 500;
    private static final Duration IDLE_WAIT = Duration.ofMillis(500);
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    /// Half of the time after which RabbitMQ gives up on a consumer that does not acknowledge.
    private static final Duration HELD_LONGEST = Duration.ofMinutes(15);

    private final Backbone base;
    private final Staging staging;
    private final Transport transport;
    private final Optional<SharedResults> shared;
    private final Planner planner;
    private final Reserved reserved;
    private final Thread thread =
            Thread.ofPlatform().name("lovage-relay").daemon().unstarted(this::run);
    private volatile boolean stops;

    Relay(
            Backbone base,
            Staging staging,
            Transport transport,
            Optional<SharedResults> shared,
            Planner planner,
            Reserved reserved) {
        this.base = base;
        this.staging = staging;
        this.transport = transport;
        this.shared = shared;
        this.planner = planner;
        this.reserved = reserved;
    }

    void start() {
        thread.start();
    }

    private void run() {
        var failures = 0;
        while (!stops) {
            var mark = base.broker().mark();
            try {
                if (!round()) {
                    reserved.keepLongHeld(HELD_LONGEST);
                    base.broker().awaitWork(mark, IDLE_WAIT);
                }
                failures = 0;
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                failures++;
                LOG.warn(
                        "What is ready could not be handed over ({} times in a row) and stays in the store: {}",
                        failures,
                        e.toString());
                LOG.debug("This was thrown while handing over.", e);
                if (!pause(Math.min(5_000, 100L << Math.min(failures, 6)))) {
                    return;
                }
            }
        }
    }

    private static boolean pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    /// @return whether there was anything
    private boolean round() {
        var outgoing = staging.outgoing(AT_ONCE);
        if (outgoing.isEmpty()) {
            return false;
        }
        if (!outgoing.orphans().isEmpty()) {
            transport.recover(outgoing.orphans());
            staging.recovered(outgoing.orphans());
        }
        begin(outgoing.notes());
        publish(outgoing.messages());
        tell(outgoing.notes());
        return true;
    }

    private void begin(List<Staging.Note> notes) {
        for (var note : notes) {
            if (note instanceof Staging.Note.Begin(var id, var join)) {
                shared.orElseThrow().begin(join);
                staging.done(List.of(id));
            }
        }
    }

    private void publish(List<Staging.Ready> ready) {
        if (ready.isEmpty()) {
            return;
        }
        var tags = new HashMap<Message, Long>();
        var messages = new ArrayList<Message>();
        for (var one : ready) {
            tags.put(one.message(), one.tag());
            messages.add(one.message());
        }
        List<Transport.Unroutable> refused;
        try {
            refused = transport.publish(messages);
        } catch (SendUnknown e) {
            LOG.warn("The broker did not answer for all of {} messages; they are handed over again.", messages.size());
            return;
        }
        for (var one : refused) {
            var tag = tags.remove(one.message());
            if (tag != null) {
                staging.refused(tag, one.reason());
            }
        }
        staging.sent(List.copyOf(tags.values()));
    }

    private void tell(List<Staging.Note> notes) {
        var results = new ArrayList<SharedResults.Written>();
        var told = new ArrayList<Long>();
        for (var note : notes) {
            switch (note) {
                case Staging.Note.Result(var id, var written) -> {
                    results.add(written);
                    told.add(id);
                }
                case Staging.Note.End _, Staging.Note.Begin _ -> {}
            }
        }
        if (!results.isEmpty()) {
            shared.orElseThrow().write(results);
            staging.done(told);
        }
        for (var note : notes) {
            if (note instanceof Staging.Note.End(var id, var end)) {
                end(end);
                staging.done(List.of(id));
            }
        }
    }

    /// The body goes into the store before the join's keys go: between the two, the last end comes again.
    private void end(Join.End end) {
        var results = shared.orElseThrow();
        var ends = results.end(end);
        if (ends.isPresent()) {
            var join = new Join(
                    end.joinId(),
                    end.body(),
                    ends.get().stream().map(Join.End::taskId).toList(),
                    end.rootId().isEmpty() ? end.taskId() : end.rootId(),
                    end.taskId());
            base.broker().publish(planner.close(join, ends.get()));
            results.closed(end.joinId());
        }
    }

    /// Hands over what is ready, as far as that works within a few seconds.
    @Override
    public void close() {
        stops = true;
        try {
            thread.join(LAST_WORDS);
            var until = System.nanoTime() + LAST_WORDS.toNanos();
            while (System.nanoTime() - until < 0 && round()) {}
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("What is ready stays in the store, for whoever opens it next: {}", e.toString());
        }
        reserved.close();
    }
}
