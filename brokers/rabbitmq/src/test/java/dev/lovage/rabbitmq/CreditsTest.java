package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.testkit.Seeds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CreditsTest {
    private static final long STEP = 50_000_000L;

    /// Queues that deliver as a broker does: as much as the consumers' prefetch counts let through.
    private static final class Queues {
        final Credits credits = new Credits();
        final Map<String, Integer> ready = new LinkedHashMap<>();
        final Map<String, Credits.Change.Start> consumers = new LinkedHashMap<>();
        final Map<String, Integer> unacknowledged = new HashMap<>();
        final Map<String, Integer> served = new HashMap<>();
        int max;
        long now;

        void step() {
            now += STEP;
            credits.want(ready.keySet(), max);
            credits.watched().forEach(queue -> credits.ready(queue, ready.getOrDefault(queue, 0)));
            for (int round = 0; round < 20; round++) {
                for (var change : credits.changes(now)) {
                    switch (change) {
                        case Credits.Change.Start start -> consumers.put(start.tag(), start);
                        case Credits.Change.Cancel(var tag) -> {
                            deliver(tag);
                            consumers.remove(tag);
                            credits.ended(tag);
                        }
                    }
                }
            }
        }

        void deliver(String tag) {
            var consumer = Objects.requireNonNull(consumers.get(tag));
            while (unacknowledged.getOrDefault(tag, 0) < consumer.credit()
                    && ready.getOrDefault(consumer.queue(), 0) > 0) {
                ready.merge(consumer.queue(), -1, Integer::sum);
                served.merge(consumer.queue(), 1, Integer::sum);
                unacknowledged.merge(tag, 1, Integer::sum);
                credits.delivered(tag, now);
            }
        }

        void deliverAll() {
            List.copyOf(consumers.keySet()).forEach(this::deliver);
        }

        void settle(Random random, double share) {
            for (var tag : List.copyOf(unacknowledged.keySet())) {
                for (int i = unacknowledged.getOrDefault(tag, 0); i > 0; i--) {
                    if (random.nextDouble() < share) {
                        unacknowledged.merge(tag, -1, Integer::sum);
                        credits.settled(tag);
                    }
                }
                unacknowledged.remove(tag, 0);
            }
        }

        int reserved() {
            return unacknowledged.values().stream().mapToInt(Integer::intValue).sum();
        }

        int credit(String queue) {
            return consumers.values().stream()
                    .filter(one -> one.queue().equals(queue))
                    .mapToInt(Credits.Change.Start::credit)
                    .sum();
        }
    }

    @Test
    void an_even_share_at_first_and_all_for_the_only_busy_queue() {
        var queues = new Queues();
        queues.max = 9;
        queues.ready.putAll(Map.of("a", 0, "b", 0, "c", 0));
        queues.step();
        assertThat(List.of("a", "b", "c"))
                .allSatisfy(queue -> assertThat(queues.credit(queue)).isEqualTo(3));
        queues.ready.put("b", 1000);
        for (int i = 0; i < 40; i++) {
            queues.deliverAll();
            queues.step();
        }
        assertThat(queues.credit("b")).isEqualTo(9);

        // A message elsewhere is served as soon as there is credit again.
        queues.ready.put("a", 1);
        var random = new Random(1);
        for (int i = 0; i < 40; i++) {
            queues.step();
            queues.deliverAll();
            queues.settle(random, 0.3);
        }
        assertThat(queues.ready.get("a")).isZero();
    }

    @Test
    void credit_that_an_empty_queue_has_left_is_used_though_its_delivery_is_worked_on() {
        var queues = new Queues();
        queues.max = 6;
        queues.ready.putAll(Map.of("a", 1, "b", 1, "c", 1000));
        for (int i = 0; i < 40; i++) {
            queues.step();
            queues.deliverAll();
        }
        assertThat(queues.reserved()).isEqualTo(6);
        assertThat(queues.credit("c")).isEqualTo(4);
    }

    @Test
    void more_queues_than_credit_are_all_served_though_one_of_them_is_never_empty() {
        var queues = new Queues();
        queues.max = 2;
        for (int i = 0; i < 7; i++) {
            queues.ready.put("q" + i, i == 0 ? 1_000_000 : 5);
        }
        var random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            queues.step();
            queues.deliverAll();
            assertThat(queues.reserved()).isLessThanOrEqualTo(2);
            queues.settle(random, 1);
        }
        assertThat(queues.served).hasSize(7);
        assertThat(queues.ready.entrySet().stream()
                        .filter(entry -> !entry.getKey().equals("q0")))
                .allSatisfy(entry -> assertThat(entry.getValue()).isZero());
    }

    @Test
    void two_busy_queues_end_with_a_fair_share_however_they_began() {
        var queues = new Queues();
        queues.max = 10;
        queues.ready.put("a", 1_000_000);
        var random = new Random(1);
        for (int i = 0; i < 20; i++) {
            queues.step();
            queues.deliverAll();
            queues.settle(random, 0.5);
        }
        assertThat(queues.credit("a")).isEqualTo(10);
        queues.ready.put("b", 1_000_000);
        for (int i = 0; i < 400; i++) {
            queues.step();
            queues.deliverAll();
            queues.settle(random, 0.5);
        }
        assertThat(queues.credit("a")).isBetween(4, 6);
        assertThat(queues.credit("b")).isBetween(4, 6);
    }

    @Test
    void the_bound_holds_while_queues_and_bound_change_at_random() {
        var random = Seeds.random("CreditsTest");
        for (int run = 0; run < 200; run++) {
            var queues = new Queues();
            queues.max = 1 + random.nextInt(12);
            queues.ready.put("q0", 0);
            var allowed = queues.max;
            for (int i = 0; i < 200; i++) {
                switch (random.nextInt(12)) {
                    case 0 -> queues.max = random.nextInt(13);
                    case 1 -> queues.ready.put("q" + random.nextInt(8), random.nextInt(50));
                    case 2 -> {
                        Set<String> names = new LinkedHashSet<>(queues.ready.keySet());
                        new ArrayList<>(names).stream().limit(1).forEach(queues.ready::remove);
                    }
                    default -> {}
                }
                queues.step();
                var before = queues.reserved();
                queues.deliverAll();
                // What was reserved under a higher bound stays; nothing is added beyond the lower one.
                allowed = Math.max(queues.max, before);
                assertThat(queues.reserved()).isLessThanOrEqualTo(allowed);
                queues.settle(random, random.nextDouble());
            }
        }
    }
}
