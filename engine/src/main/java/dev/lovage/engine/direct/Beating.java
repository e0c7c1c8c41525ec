package dev.lovage.engine.direct;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.tx.Tx;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// What a beat sees of a broker without a store: schedules in memory. A unit of writing that throws changes none of
/// them, and what it sends is sent before it ends; so a time for which sending failed is sent again, perhaps twice
/// under one id.
final class Beating implements Backbone {
    private final Backbone inner;
    private final MemorySchedules schedules = new MemorySchedules();
    private final Broker broker;
    private final ReentrantLock lock = new ReentrantLock();

    Beating(Backbone inner) {
        this.inner = inner;
        this.broker = sendingAtOnce(inner.broker());
    }

    /// There is no connection to write through.
    private static final class NoConnection implements Tx {
        private final List<Consumer<Boolean>> atEnd = new ArrayList<>();

        @Override
        public Connection connection() {
            throw Direct.noTransactions();
        }

        @Override
        public void afterCommit(Runnable action) {
            atEnd.add(committed -> {
                if (committed) {
                    action.run();
                }
            });
        }

        @Override
        public void afterEnd(Consumer<Boolean> action) {
            atEnd.add(action);
        }
    }

    private static Broker sendingAtOnce(Broker inner) {
        return (Broker) Proxy.newProxyInstance(
                Broker.class.getClassLoader(), new Class<?>[] {Broker.class}, (_, method, arguments) -> {
                    if (method.getName().equals("publish") && arguments.length == 2) {
                        inner.publish((Plan) arguments[1]);
                        return null;
                    }
                    try {
                        return method.invoke(inner, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Override
    public Broker broker() {
        return broker;
    }

    @Override
    public ResultBackend results() {
        return inner.results();
    }

    @Override
    public Store store() {
        return inner.store();
    }

    @Override
    public Optional<Schedules> schedules() {
        return Optional.of(schedules);
    }

    @Override
    public <T> T transaction(Unit<T> unit) {
        var tx = new NoConnection();
        var committed = false;
        lock.lock();
        var before = schedules.copy();
        try {
            var value = unit.run(tx);
            committed = true;
            return value;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            if (!committed) {
                schedules.restore(before);
            }
            lock.unlock();
            for (var action : tx.atEnd) {
                action.accept(committed);
            }
        }
    }

    /// The backbone is closed by whoever opened it.
    @Override
    public void close() {}
}
