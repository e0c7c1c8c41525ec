package dev.lovage.engine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.message.ExecutionKey;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RateLimitsTest {
    private static final Instant NOW = Instant.parse("2026-11-20T08:00:00Z");
    private final RateLimits rates = new RateLimits();

    private static ExecutionKey key(int number) {
        return new ExecutionKey("t" + number, 0, 0);
    }

    @Test
    void each_gets_a_turn_of_its_own_and_passes_when_it_has_come() {
        rates.set("t", 2);
        assertThat(rates.admit("t", key(1), NOW)).isEmpty();
        assertThat(rates.admit("t", key(2), NOW)).contains(NOW.plusMillis(500));
        assertThat(rates.admit("t", key(3), NOW)).contains(NOW.plusMillis(1000));
        assertThat(rates.admit("t", key(2), NOW.plusMillis(500))).isEmpty();
        assertThat(rates.admit("t", key(4), NOW.plusMillis(600))).contains(NOW.plusMillis(1500));
        assertThat(rates.admit("other", key(5), NOW)).isEmpty();
    }

    @Test
    void no_turn_is_far_away_and_a_limit_that_is_lifted_holds_nothing() {
        rates.set("t", 0.01);
        assertThat(rates.admit("t", key(1), NOW)).isEmpty();
        assertThat(rates.admit("t", key(2), NOW)).contains(NOW.plus(RateLimits.AHEAD));
        rates.set("t", 0);
        assertThat(rates.admit("t", key(2), NOW.plus(Duration.ofSeconds(10)))).isEmpty();
        assertThat(rates.of("t")).isEmpty();
    }
}
