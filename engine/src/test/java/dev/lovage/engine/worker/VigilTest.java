package dev.lovage.engine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.task.Task;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class VigilTest {
    private static final Task<String, String> ECHO = Task.named("t.echo", String.class, String.class);

    @Test
    void a_worker_that_was_declared_dead_comes_back_even_if_the_store_is_busy_at_first() throws Exception {
        var registrations = new AtomicInteger();
        try (var lovage = Lovage.open(
                                Settings.embedded(Path.of("lovage-data"))
                                        .with(Setting.BROKER_URL, "memory:")
                                        .with(Setting.WORKER_LEASE, "1"),
                                InstantSource.system())
                        .decorated(backbone -> new BusyAtFirst(backbone, registrations));
                var worker = lovage.worker()
                        .tasks(tasks -> tasks.handle(ECHO, text -> text))
                        .start()) {
            var store = lovage.backbone().store();
            var buried = false;
            while (!buried) { // the beats go on until it is buried between two of them
                var state = store.workers().getFirst();
                store.bury(state.incarnation(), state.beats(), "a test said so");
                buried = store.workers().stream()
                        .noneMatch(one -> one.incarnation().equals(state.incarnation()));
            }
            assertThat(lovage.send(ECHO.with("x")).await(Duration.ofSeconds(20)))
                    .isEqualTo("x");
            assertThat(registrations).hasValueGreaterThan(3);
            assertThat(worker.ready()).isTrue();
        }
    }

    /// Refuses the second and the third registration.
    private record BusyAtFirst(Backbone inner, Store store, Broker broker, ResultBackend results) implements Backbone {
        BusyAtFirst(Backbone inner, AtomicInteger registrations) {
            this(
                    inner,
                    (Store) Proxy.newProxyInstance(
                            Store.class.getClassLoader(), new Class<?>[] {Store.class}, (_, method, arguments) -> {
                                if (method.getName().equals("register")) {
                                    var count = registrations.incrementAndGet();
                                    if (count == 2 || count == 3) {
                                        throw new Busy("too much is waiting to be written");
                                    }
                                }
                                try {
                                    return method.invoke(inner.store(), arguments);
                                } catch (InvocationTargetException e) {
                                    throw e.getCause();
                                }
                            }),
                    inner.broker(),
                    inner.results());
        }

        @Override
        public <T> T transaction(Unit<T> unit) {
            return inner.transaction(unit);
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
