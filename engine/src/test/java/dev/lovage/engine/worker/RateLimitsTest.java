package dev.lovage.engine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.rate.Line;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RateLimitsTest {
    private static final Instant NOW = Instant.parse("2026-11-20T08:00:00Z");
    private final RateLimits rates = new RateLimits();

    private static ExecutionKey key(int number) {
        return new ExecutionKey("t" + number, 0, 0);
    }

    @Test
    void each_gets_a_place_of_its_own_and_passes_when_it_has_come() {
        rates.set("t", 2);
        assertThat(rates.admit("t", key(1), NOW)).isEmpty();
        assertThat(rates.admit("t", key(2), NOW)).contains(NOW.plusMillis(500));
        assertThat(rates.admit("t", key(3), NOW)).contains(NOW.plusMillis(1000));
        assertThat(rates.admit("t", key(2), NOW.plusMillis(500))).isEmpty();
        assertThat(rates.admit("t", key(4), NOW.plusMillis(600))).contains(NOW.plusMillis(1500));
        assertThat(rates.admit("other", key(5), NOW)).isEmpty();
    }

    @Test
    void nobody_is_put_off_for_long_and_a_limit_that_is_lifted_holds_nothing() {
        rates.set("t", 0.001);
        assertThat(rates.admit("t", key(1), NOW)).isEmpty();
        assertThat(rates.admit("t", key(2), NOW).orElseThrow())
                .isBetween(NOW.plus(Line.FAR.dividedBy(2)), NOW.plus(Line.FAR));
        rates.set("t", 0);
        assertThat(rates.admit("t", key(2), NOW.plus(Line.FAR))).isEmpty();
        assertThat(rates.of("t")).isEmpty();
    }

    @Test
    void those_who_come_late_do_not_start_at_once() {
        rates.set("t", 1);
        assertThat(rates.admit("t", key(0), NOW)).isEmpty();
        IntStream.range(1, 5).forEach(i -> rates.admit("t", key(i), NOW));
        var late = NOW.plusSeconds(60);
        assertThat(IntStream.range(1, 5)
                        .filter(i -> rates.admit("t", key(i), late).isEmpty()))
                .containsExactly(1);
        assertThat(IntStream.range(2, 5)
                        .filter(i ->
                                rates.admit("t", key(i), late.plusSeconds(1)).isEmpty()))
                .containsExactly(2);
    }

    @Test
    void a_raised_limit_moves_the_line_on_and_no_two_start_within_its_step() {
        var line = new Simulation(1, 1.0 / 60);
        IntStream.range(0, 100).forEach(i -> line.comes(i, NOW));
        line.run(NOW.plusSeconds(90));
        assertThat(line.started).hasSize(2);
        line.limit(2);
        line.run(NOW.plusSeconds(90 + 240));
        assertThat(line.started).as("in four minutes instead of 98").hasSize(100);
        assertThat(line.starts(0)).allSatisfy(gap -> assertThat(gap).isGreaterThanOrEqualTo(Duration.ofMillis(500)));
    }

    @Test
    void a_clock_that_is_set_back_holds_the_line_up_for_no_longer_than_a_step() {
        rates.set("t", 2);
        assertThat(rates.admit("t", key(1), NOW)).isEmpty();
        IntStream.range(2, 6).forEach(i -> rates.admit("t", key(i), NOW));
        var before = NOW.minusSeconds(3_600);
        assertThat(rates.admit("t", key(2), before)).isPresent();
        for (int i = 2; i < 6; i++) {
            before = before.plusMillis(500);
            assertThat(rates.admit("t", key(i), before)).as("task %d", i).isEmpty();
            assertThat(rates.admit("t", key(9), before.plusMillis(499))).isPresent();
        }
    }

    @Test
    void a_backlog_is_worked_off_in_its_order_at_the_full_rate_and_newcomers_stand_behind() {
        var line = new Simulation(1, 2.0);
        IntStream.range(0, 300).forEach(i -> line.comes(i, NOW));
        IntStream.range(0, 100).forEach(i -> line.comes(300 + i, NOW.plusSeconds(5 + i)));
        line.run(NOW.plusSeconds(220));
        assertThat(line.started).hasSize(400);
        assertThat(line.order()).isSorted();
        assertThat(line.starts(0)).allSatisfy(gap -> assertThat(gap).isGreaterThanOrEqualTo(Duration.ofMillis(500)));
        assertThat(line.asked).as("asked 400 times in the best case").isLessThan(4_000);
    }

    @Test
    void several_workers_reach_their_rates_together_though_tasks_change_between_them() {
        var line = new Simulation(4, 2.0);
        IntStream.range(0, 2_000).forEach(i -> line.comes(i, NOW));
        line.run(NOW.plusSeconds(200));
        assertThat(line.started.size()).as("of 1600 that the limits allow").isBetween(1_200, 1_608);
        for (int worker = 0; worker < 4; worker++) {
            assertThat(line.starts(worker))
                    .allSatisfy(gap -> assertThat(gap).isGreaterThanOrEqualTo(Duration.ofMillis(500)));
        }
    }

    /// Workers with a common store, each with a limit of its own: what is put off comes back to any of them.
    private static final class Simulation {
        private record Visit(int task, Instant at, long order) {}

        private record Start(int task, int worker, Instant at) {}

        private final Random random;
        private final List<RateLimits> workers;
        private final PriorityQueue<Visit> visits =
                new PriorityQueue<>(Comparator.comparing(Visit::at).thenComparing(Visit::order));
        private final List<Start> started = new ArrayList<>();
        private long asked;

        Simulation(int count, double perSecond) {
            var seed = new Random().nextLong();
            System.out.println("seed of rate limits: " + seed);
            this.random = new Random(seed);
            this.workers = Stream.generate(RateLimits::new).limit(count).toList();
            workers.forEach(one -> one.set("t", perSecond));
        }

        void limit(double perSecond) {
            workers.forEach(one -> one.set("t", perSecond));
        }

        void comes(int task, Instant at) {
            visits.add(new Visit(task, at, asked++));
        }

        void run(Instant until) {
            asked = 0;
            while (!visits.isEmpty() && !visits.peek().at().isAfter(until)) {
                var visit = visits.remove();
                asked++;
                var worker = random.nextInt(workers.size());
                workers.get(worker)
                        .admit("t", key(visit.task()), visit.at())
                        .ifPresentOrElse(
                                again -> visits.add(new Visit(visit.task(), again, asked)),
                                () -> started.add(new Start(visit.task(), worker, visit.at())));
            }
        }

        List<Integer> order() {
            return started.stream().map(Start::task).toList();
        }

        /// The times between starts on one worker.
        List<Duration> starts(int worker) {
            var all = started.stream()
                    .filter(one -> one.worker() == worker)
                    .map(Start::at)
                    .toList();
            return IntStream.range(1, all.size())
                    .mapToObj(i -> Duration.between(all.get(i - 1), all.get(i)))
                    .toList();
        }
    }
}
