package dev.lovage.testkit;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A backbone that tells a history what passes through it, and can end its process in between: after a claim
/// was written and before the worker hears of it, before a settlement, and after it.
public final class FaultyBackbone implements Backbone {
    private final Backbone inner;
    private final Broker broker;
    private final Store store;

    public FaultyBackbone(Backbone inner, History history, Faults faults) {
        this.inner = inner;
        this.broker = around(Broker.class, inner.broker(), (method, arguments, call) -> {
            var result = call.run();
            if (method.getName().equals("claim") && result instanceof List<?> claimed && !claimed.isEmpty()) {
                for (var one : claimed) {
                    var delivery = (Delivery) one;
                    history.saw("claimed", delivery.message().execution(), delivery.epoch());
                }
                faults.point("a claim is written, the worker does not know of it");
            }
            return result;
        });
        this.store = around(Store.class, inner.store(), (method, arguments, call) -> {
            if (!method.getName().equals("settle")) {
                return call.run();
            }
            var transition = (Transition) arguments[1];
            faults.point("the handler has ended, nothing is settled");
            var delivery = transition.delivery();
            Object result;
            try {
                result = call.run();
            } catch (LeaseLost e) {
                history.saw("refused", delivery.message().execution(), delivery.epoch());
                throw e;
            }
            history.saw("settled", delivery.message().execution(), delivery.epoch());
            faults.point("it is settled, the worker does not know of it");
            return result;
        });
    }

    interface Call {
        @Nullable
        Object run() throws Throwable;
    }

    interface Around {
        @Nullable
        Object call(Method method, Object[] arguments, Call call) throws Throwable;
    }

    static <T> T around(Class<T> port, T inner, Around around) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(),
                new Class<?>[] {port},
                (_, method, arguments) -> around.call(method, arguments, () -> {
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
    public <T> T transaction(Unit<T> unit) {
        return inner.transaction(unit);
    }

    @Override
    public void close() {
        inner.close();
    }
}
