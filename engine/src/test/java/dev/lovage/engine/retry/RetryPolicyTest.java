package dev.lovage.engine.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    @Test
    void full_jitter_is_anything_from_nothing_to_the_doubled_wait_and_never_above_the_cap() {
        var seed = System.nanoTime();
        System.out.println("seed of full jitter: " + seed);
        var random = new Random(seed);
        var policy = RetryRule.on(IOException.class)
                .maxRetries(10)
                .backoff(Duration.ofSeconds(1), Duration.ofSeconds(10))
                .fullJitter()
                .policy();
        for (int retry = 1; retry <= 10; retry++) {
            var cap = Math.min(1000L << (retry - 1), 10_000);
            long low = Long.MAX_VALUE;
            long high = 0;
            long sum = 0;
            for (int i = 0; i < 4000; i++) {
                var wait = policy.delay(retry, random).toMillis();
                low = Math.min(low, wait);
                high = Math.max(high, wait);
                sum += wait;
            }
            assertThat(high).isLessThanOrEqualTo(cap).isGreaterThan(cap * 98 / 100);
            assertThat(low).isLessThan(cap * 2 / 100);
            assertThat(sum / 4000.0).isBetween(cap * 0.47, cap * 0.53);
        }
    }

    @Test
    void without_jitter_waits_double_up_to_the_cap() {
        var policy = new RetryPolicy(100, Duration.ofSeconds(30), Duration.ofHours(1), RetryPolicy.Jitter.NONE);
        assertThat(policy.delay(1, new Random(1))).isEqualTo(Duration.ofSeconds(30));
        assertThat(policy.delay(3, new Random(1))).isEqualTo(Duration.ofSeconds(120));
        assertThat(policy.delay(100, new Random(1))).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void a_rule_covers_subtypes() {
        var rule = RetryRule.on(IOException.class);
        assertThat(rule.covers(new FileNotFoundException())).isTrue();
        assertThat(rule.covers(new IllegalStateException(new IOException()))).isFalse();
        assertThat(rule.policy()).isEqualTo(RetryPolicy.CELERY);
    }

    @Test
    void contradictions_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RetryRule.on(IOException.class).maxRetries(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> RetryRule.on(IOException.class).backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)));
    }

    @Test
    void celery_s_backoff_is_what_celery_computes() {
        var exact = RetryPolicy.celeryBackoff(5, 2.9, Duration.ofSeconds(600), false);
        var waits = IntStream.rangeClosed(1, 11)
                .mapToObj(retry -> exact.delay(retry, new Random(1)).toSeconds())
                .toList();
        assertThat(waits).containsExactly(2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 600L, 600L);
        assertThat(RetryPolicy.celeryBackoff(RetryPolicy.UNLIMITED, 0.5, Duration.ofSeconds(600), false)
                        .delay(2_000_000_000, new Random(1)))
                .isEqualTo(Duration.ofSeconds(600));
        long seed = System.nanoTime();
        System.out.println("seed of Celery's jitter: " + seed);
        var random = new Random(seed);
        var jittered = RetryPolicy.celeryBackoff(5, 1, Duration.ofSeconds(600), true);
        var seen = new TreeSet<Duration>();
        for (int i = 0; i < 1000; i++) {
            seen.add(jittered.delay(3, random));
        }
        assertThat(seen)
                .as("seed %s", seed)
                .extracting(Duration::toMillis)
                .containsExactly(0L, 1000L, 2000L, 3000L, 4000L);
    }
}
