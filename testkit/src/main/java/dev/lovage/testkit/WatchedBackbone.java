package dev.lovage.testkit;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A backbone whose broker and store let a test look at each call, do something before and after it, or refuse it.
public final class WatchedBackbone implements Backbone {
    private final Backbone inner;
    private final Broker broker;
    private final Store store;

    /// The call that was made, not yet done.
    public interface Call {
        @Nullable
        Object run() throws Throwable;
    }

    /// What stands around each call.
    public interface Around {
        /// Nothing.
        Around NOTHING = (_, _, call) -> call.run();

        @Nullable
        Object call(Method method, Object[] arguments, Call call) throws Throwable;
    }

    public WatchedBackbone(Backbone inner, Around broker, Around store) {
        this.inner = inner;
        this.broker = around(Broker.class, inner.broker(), broker);
        this.store = around(Store.class, inner.store(), store);
    }

    /// With something around each call of the store.
    public static WatchedBackbone store(Backbone inner, Around around) {
        return new WatchedBackbone(inner, Around.NOTHING, around);
    }

    /// Tells of each message before it is settled, and after.
    public static WatchedBackbone settling(Backbone inner, Consumer<Message> before, Consumer<Message> after) {
        return store(inner, (method, arguments, call) -> {
            if (!method.getName().equals("settle")) {
                return call.run();
            }
            var message = ((Transition) arguments[1]).delivery().message();
            before.accept(message);
            var result = call.run();
            after.accept(message);
            return result;
        });
    }

    private static <T> T around(Class<T> port, T inner, Around around) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(),
                new Class<?>[] {port},
                (_, method, arguments) -> around.call(method, arguments == null ? new Object[0] : arguments, () -> {
                    try {
                        return method.invoke(inner, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                })));
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
        return store;
    }

    @Override
    public Optional<Schedules> schedules() {
        return inner.schedules();
    }

    @Override
    public List<String> off() {
        return inner.off();
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
