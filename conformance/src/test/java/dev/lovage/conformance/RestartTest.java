package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.testkit.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// A broker that stops, or is killed, under load.
@ParameterizedClass
@EnumSource(Kind.class)
class RestartTest extends Lines {
    private static final Task<Integer, Integer> EFFECT = Task.named("j.effect", Integer.class, Integer.class);

    /// Sent and not run yet.
    private static final int AHEAD_MAX = 300;

    private final AtomicInteger begun = new AtomicInteger();

    @Override
    String pythonTasks() {
        return "";
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(EFFECT, number -> {
                    begun.incrementAndGet();
                    return number;
                })
                .commit((tx, number) -> {
                    try (var insert =
                            tx.connection().prepareStatement("INSERT INTO conformance_effect (number) VALUES (?)")) {
                        insert.setInt(1, number);
                        insert.executeUpdate();
                    }
                });
    }

    @Override
    Fleet fleet(Kind on) {
        return Fleet.onItsOwn(on, Map.of(), pythonTasks(), this::register);
    }

    @Test
    @Line(55)
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void nothing_is_lost_and_no_effect_comes_twice_while_the_broker_stops_and_starts() throws Exception {
        begun.set(0);
        var lovage = fleet().lovage();
        lovage.transaction(tx -> {
            try (var statement = tx.connection().createStatement()) {
                return statement.execute("CREATE TABLE conformance_effect (number integer NOT NULL)");
            }
        });
        fleet().worker();
        var sent = new AtomicInteger();
        var stop = new AtomicBoolean();
        var sender = Thread.ofVirtual().start(() -> {
            while (!stop.get()) {
                if (sent.get() - begun.get() < AHEAD_MAX) {
                    lovage.send(EFFECT.with(sent.get()));
                    sent.incrementAndGet();
                } else {
                    Thread.yield();
                }
            }
        });
        flows(Duration.ofSeconds(40));
        int times = Length.full() ? 10 : 2;
        for (int i = 0; i < times; i++) {
            if (i % 2 == 0) {
                fleet().killBroker();
            } else {
                fleet().stopBroker();
            }
            fleet().restartBroker();
            flows(Duration.ofSeconds(Length.full() ? 10 : 40));
        }
        stop.set(true);
        sender.join();

        Eventually.until(
                "all that was sent has run",
                Duration.ofMinutes(3),
                () -> begun.get() >= sent.get() && effects(lovage).size() >= sent.get(),
                () -> effects(lovage).size() + " of " + sent.get() + ", begun " + begun.get());
        assertThat(effects(lovage))
                .containsExactlyElementsOf(
                        IntStream.range(0, sent.get()).boxed().toList());
        fleet().awaitEmpty("java");
    }

    private void flows(Duration within) {
        int before = begun.get();
        Eventually.until("it works on", within, () -> begun.get() >= before + AHEAD_MAX + 50, begun::get);
    }

    private static List<Integer> effects(Lovage lovage) {
        return lovage.transaction(tx -> {
            var numbers = new ArrayList<Integer>();
            try (var select = tx.connection().createStatement();
                    var rows = select.executeQuery("SELECT number FROM conformance_effect ORDER BY number")) {
                while (rows.next()) {
                    numbers.add(rows.getInt(1));
                }
            }
            return numbers;
        });
    }
}
