package dev.lovage.engine.direct;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.transport.Arrival;
import dev.lovage.engine.transport.Aside;
import dev.lovage.engine.transport.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// What waits for a person in the queues beside the task queues: whoever looks receives it, and gives it back. Two who
/// look at once each see a part.
final class Shelves {
    /// More are not looked through for one.
    private static final int LOOKED_AT_MAX = 10_000;

    /// What was given back so often is written anew: a broker may end a message after twenty times.
    private static final int GIVEN_BACK_MAX = 10;

    private static final int LOOKS_MAX = 75;
    private static final Duration LOOK = Duration.ofMillis(200);

    private static final Set<Custody> DEAD = Set.of(Custody.DEAD, Custody.QUARANTINED);

    private final Transport transport;
    private final Set<String> queues = ConcurrentHashMap.newKeySet();

    /// @param queues beside which is looked
    Shelves(Transport transport, Set<String> queues) {
        this.transport = transport;
        this.queues.addAll(queues);
    }

    /// Looks beside these, too.
    void also(Set<String> names) {
        queues.addAll(names);
    }

    /// What is to become of an entry that was looked at.
    private enum Fate {
        GIVEN_BACK,
        RELEASED
    }

    @FunctionalInterface
    private interface Look {
        Fate at(Held held);
    }

    List<Held> held(Set<Custody> custodies, int max) {
        var found = new ArrayList<Held>();
        look(asides(custodies), max, held -> {
            if (custodies.contains(held.custody()) && found.size() < max) {
                found.add(held);
            }
            return Fate.GIVEN_BACK;
        });
        return List.copyOf(found);
    }

    List<Held> find(Predicate<Held> wanted) {
        var found = new ArrayList<Held>();
        look(EnumSet.allOf(Aside.class), LOOKED_AT_MAX, held -> {
            if (wanted.test(held)) {
                found.add(held);
            }
            return Fate.GIVEN_BACK;
        });
        return List.copyOf(found);
    }

    /// Sends entries to their queues again, as they came.
    ///
    /// @return how many; what is not there any more is passed over
    int release(Set<Long> tags) {
        var released = new int[1];
        look(EnumSet.allOf(Aside.class), LOOKED_AT_MAX, held -> {
            if (!tags.contains(held.tag())) {
                return Fate.GIVEN_BACK;
            }
            send(held.message());
            released[0]++;
            return Fate.RELEASED;
        });
        return released[0];
    }

    private static Set<Aside> asides(Set<Custody> custodies) {
        var asides = EnumSet.noneOf(Aside.class);
        if (custodies.contains(Custody.PARKED)) {
            asides.add(Aside.PARKED);
        }
        if (custodies.stream().anyMatch(DEAD::contains)) {
            asides.add(Aside.DEAD);
        }
        return asides;
    }

    /// @throws Busy while there is no connection
    private void look(Set<Aside> asides, int max, Look look) {
        for (var queue : new TreeSet<>(queues)) {
            for (var aside : asides) {
                var name = aside.of(queue);
                var lying = Optional.ofNullable(transport.depths(Set.of(name)).get(name))
                        .map(depth -> depth.ready())
                        .orElse(0L);
                if (lying > 0) {
                    look(queue, name, (int) Math.min(lying, Math.min(max, LOOKED_AT_MAX)), look);
                }
            }
        }
    }

    private void look(String queue, String name, int count, Look look) {
        try (var consumer = transport.consumer("lovage looks at " + name)) {
            consumer.consume(Set.of(name), count);
            int seen = 0;
            for (int looks = 0; seen < count && looks < LOOKS_MAX; ) {
                var mark = transport.mark();
                var arrivals = consumer.receive(count - seen);
                if (arrivals.isEmpty()) {
                    looks++;
                    transport.awaitArrival(mark, LOOK);
                }
                for (var arrival : arrivals) {
                    seen++;
                    switch (look.at(Marks.held(arrival, queue))) {
                        case RELEASED -> consumer.acknowledge(List.of(arrival.tag()));
                        case GIVEN_BACK -> refresh(consumer, name, arrival);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Busy("The look into " + name + " was interrupted. What was seen lies there again.");
        }
    }

    private void refresh(Transport.Consumer consumer, String name, Arrival arrival) {
        if (Marks.givenBack(arrival) >= GIVEN_BACK_MAX) {
            send(Marks.asItLies(arrival, name));
            consumer.acknowledge(List.of(arrival.tag()));
        }
    }

    private void send(Message message) {
        var refused = transport.publish(List.of(message));
        if (!refused.isEmpty()) {
            throw new Busy("The broker does not take " + message + ": "
                    + refused.getFirst().reason() + " It lies where it lay.");
        }
    }
}
