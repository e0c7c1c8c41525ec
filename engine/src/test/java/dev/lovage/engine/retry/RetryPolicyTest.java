package dev.lovage.engine.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
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
}
