package dev.lovage.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Routes;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.task.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static final Task<String, String> ECHO = Task.named("t.echo", String.class, String.class);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-20T08:00:00Z"));
    private final Planner planner = new Planner(Routes.DEFAULT, now::get, "gen1@test", Message.BODY_MAX_BYTES);
    private final Memory memory = new Memory(planner, now::get);

    @Test
    void what_is_purged_is_kept_with_its_bytes_and_the_reason() {
        var plan = planner.freeze(ECHO.with("x").node(), Lineage.CLIENT).plan();
        var broker = new MemoryBroker(memory);
        broker.publish(plan);
        assertThat(broker.purge("celery", "a test", "tester")).isEqualTo(1);
        assertThat(memory.disposals()).singleElement().satisfies(one -> {
            assertThat(one.held().message().body())
                    .isEqualTo(plan.messages().getFirst().body());
            assertThat(one.held().history()).extracting(line -> line.what()).containsExactly("disposed");
            assertThat(one.reason()).isEqualTo("a test");
            assertThat(one.by()).isEqualTo("tester");
        });
    }

    @Test
    void what_has_ended_is_known_until_it_is_forgotten() {
        var plan = planner.freeze(ECHO.with("x").taskId("a").node(), Lineage.CLIENT)
                .plan();
        var broker = new MemoryBroker(memory);
        var store = new MemoryStore(memory);
        broker.publish(plan);
        broker.purge("celery", "a test", "tester");
        broker.publish(plan);
        assertThat(store.inventory()).isEmpty();
        now.updateAndGet(before -> before.plus(Duration.ofHours(2)));
        assertThat(store.forget(Duration.ofHours(3))).isZero();
        assertThat(store.forget(Duration.ofHours(1))).isEqualTo(2);
        broker.publish(plan);
        assertThat(store.inventory()).hasSize(1);
    }

    @Test
    void a_transaction_is_refused_with_what_to_do() {
        try (var lovage = Lovage.inMemory(InstantSource.system())) {
            assertThatThrownBy(() -> lovage.transaction(_ -> 1))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("no transactions")
                    .hasMessageContaining("SQL broker");
        }
    }
}
