package dev.lovage.engine.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AutoscalerTest {
    private long now;
    private int slots = 2;
    private int busy;

    private boolean waits;

    private final Autoscaler scaler = new Autoscaler(
            new Autoscaler.Scaled() {
                @Override
                public int slots() {
                    return slots;
                }

                @Override
                public int busy() {
                    return busy;
                }

                @Override
                public boolean waits() {
                    return waits;
                }

                @Override
                public void resize(int by) {
                    slots += by;
                }
            },
            new Worker.Bounds(7, 2),
            () -> now);

    @AfterEach
    void close() {
        scaler.close();
    }

    @Test
    void it_grows_up_to_its_bound_while_old_tasks_wait_and_no_slot_is_free() {
        scaler.claimed(true, Duration.ofSeconds(5));
        var seen = new int[6];
        for (int look = 0; look < seen.length; look++) {
            busy = slots;
            scaler.look();
            seen[look] = slots;
        }
        assertThat(seen).containsExactly(3, 4, 6, 7, 7, 7);
    }

    @Test
    void it_grows_while_all_its_slots_are_held_for_long_and_tasks_lie_in_its_queues() {
        busy = slots;
        waits = true;
        scaler.look();
        assertThat(slots).as("they may have come just now").isEqualTo(2);
        scaler.look();
        assertThat(slots).isEqualTo(3);
        scaler.look();
        scaler.look();
        assertThat(slots).as("a slot is free").isEqualTo(3);
    }

    @Test
    void it_does_not_grow_for_tasks_that_have_just_come_or_when_a_slot_is_free_or_fewer_came_than_it_asked_for() {
        busy = slots;
        scaler.claimed(true, Duration.ofMillis(20));
        scaler.look();
        scaler.claimed(false, Duration.ofSeconds(5));
        scaler.look();
        scaler.claimed(true, Duration.ofSeconds(5));
        busy = slots - 1;
        scaler.look();
        assertThat(slots).isEqualTo(2);
    }

    @Test
    void slots_that_stood_idle_for_half_a_minute_are_taken_back_and_no_others() {
        slots = 7;
        busy = 5;
        scaler.look();
        busy = 0;
        pass(29);
        scaler.look();
        assertThat(slots).isEqualTo(7);
        pass(1);
        scaler.look();
        assertThat(slots).as("so many were busy within that time").isEqualTo(5);
        pass(30);
        scaler.look();
        assertThat(slots).as("never below its bound").isEqualTo(2);
    }

    @Test
    void other_bounds_hold_at_once() {
        scaler.bounds(new Worker.Bounds(10, 9));
        scaler.look();
        assertThat(slots).isEqualTo(9);
        scaler.bounds(new Worker.Bounds(1, 1));
        scaler.look();
        assertThat(slots).isEqualTo(1);
        assertThatThrownBy(() -> new Worker.Bounds(1, 2)).hasMessageContaining("at most 1 and at least 2");
        assertThatThrownBy(() -> new Worker.Bounds(1, 0)).hasMessageContaining("at least 0");
    }

    private void pass(int seconds) {
        now += TimeUnit.SECONDS.toNanos(seconds);
    }
}
