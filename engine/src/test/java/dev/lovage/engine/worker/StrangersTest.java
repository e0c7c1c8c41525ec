package dev.lovage.engine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Routes;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/// What strangers put into messages does the worker no harm.
class StrangersTest {
    private static final Task<String, String> ECHO = Task.named("t.echo", String.class, String.class);

    private final Lovage lovage = Lovage.open(
            Settings.embedded(Path.of("lovage-data")).with(Setting.BROKER_URL, "memory:"), InstantSource.system());

    @Test
    void a_failure_whose_errback_can_not_be_sent_is_a_dead_letter_all_the_same() {
        try (lovage;
                var _ = lovage.worker()
                        .tasks(tasks -> tasks.handle(ECHO, text -> {
                            throw new IllegalStateException("bad");
                        }))
                        .start()) {
            send(
                    ECHO.name().value(),
                    "[[\"x\"],{},{\"callbacks\":null,\"errbacks\":[{\"task\":\"t.alarm\",\"options\":{\"compression\":\"rar\"}}],"
                            + "\"chain\":null,\"chord\":null}]");
            until(() -> lovage.backbone().store().inventory().stream().anyMatch(one -> one.custody() == Custody.DEAD));
        }
    }

    @Test
    void names_of_unknown_tasks_make_no_meters_of_their_own() {
        var registry = new SimpleMeterRegistry();
        try (lovage;
                var _ = lovage.worker()
                        .tasks(tasks -> tasks.handle(ECHO, text -> text))
                        .meters(registry)
                        .start()) {
            for (int i = 0; i < 3; i++) {
                send("stranger." + i, "[[\"x\"],{},{}]");
            }
            until(() ->
                    lovage.backbone().store().held(Set.of(Custody.PARKED), 10).size() == 3);
        }
        assertThat(registry.getMeters())
                .extracting(Meter::getId)
                .noneMatch(id -> String.valueOf(id.getTag("task")).startsWith("stranger"))
                .anyMatch(id -> "unknown".equals(id.getTag("task")));
    }

    private void send(String task, String body) {
        var planner = new Planner(Routes.DEFAULT, InstantSource.system(), "test", 1 << 20);
        var message = planner.freeze(
                        Task.named(task, String.class, String.class).with("x").node(), Lineage.CLIENT)
                .plan()
                .messages()
                .getFirst();
        lovage.backbone()
                .broker()
                .publish(new Plan(
                        List.of(new Message(
                                message.execution(),
                                message.task(),
                                message.queue(),
                                message.priority(),
                                message.order(),
                                message.eta(),
                                message.expires(),
                                message.subject(),
                                message.headers(),
                                message.properties(),
                                body.getBytes(StandardCharsets.UTF_8))),
                        List.of(),
                        List.of(),
                        List.of()));
    }

    private void until(BooleanSupplier condition) {
        var deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as("within 10 s: %s", lovage.backbone().store().inventory())
                    .isLessThan(deadline);
            LockSupport.parkNanos(2_000_000);
        }
    }
}
