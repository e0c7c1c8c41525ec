package dev.lovage.redis;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Puts something between a caller and what it calls, to force an order of events.
final class Woven {
    private Woven() {}

    interface Around {
        /// @param goOn calls what was meant
        @Nullable
        Object called(String method, @Nullable Object[] arguments, Callable<@Nullable Object> goOn) throws Exception;
    }

    static <T> T around(Class<T> type, T base, Around around) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (_, method, arguments) ->
                        around.called(method.getName(), arguments == null ? new Object[0] : arguments, () -> {
                            try {
                                return method.invoke(base, arguments);
                            } catch (InvocationTargetException e) {
                                if (e.getCause() instanceof Exception cause) {
                                    throw cause;
                                }
                                throw e;
                            }
                        })));
    }
}
