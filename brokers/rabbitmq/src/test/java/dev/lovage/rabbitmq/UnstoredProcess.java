package dev.lovage.rabbitmq;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Routes;
import dev.lovage.engine.direct.Direct;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.Transport;
import dev.lovage.engine.worker.Pool;
import dev.lovage.testkit.ChildJvm;
import dev.lovage.testkit.Faults;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A worker without a store in a process of its own, which ends at a fault as if it had been killed.
final class UnstoredProcess {
    static final Task<String, String> STEP = Task.named("u.step", String.class, String.class);

    /// Ends the process that runs it.
    static final Task<String, String> POISON = Task.named("u.poison", String.class, String.class);

    private UnstoredProcess() {}

    static Settings settings(String url, String type, Path folder) {
        return Settings.embedded(folder)
                .with(Setting.BROKER_URL, url)
                .with(Setting.RESULT_BACKEND, "rpc://")
                .with(Setting.STORE_URL, "none")
                .with(Setting.BROKER_HEARTBEAT, "4")
                .with(Setting.TASK_DEFAULT_QUEUE_TYPE, type)
                .with(Setting.TASK_CREATE_MISSING_QUEUE_TYPE, type);
    }

    /// @param haltAt the fault at which it ends; 0 for none
    static ChildJvm start(String url, String type, Path folder, int haltAt) {
        return ChildJvm.start(UnstoredProcess.class, List.of(url, type, folder.toString(), Integer.toString(haltAt)));
    }

    public static void main(String[] args) throws IOException {
        var settings = settings(args[0], args[1], Path.of(args[2]));
        var faults = new Faults(Integer.parseInt(args[3]));
        try (var lovage = Lovage.open(settings, InstantSource.system());
                var _ = lovage.decorated(_ -> faulty(settings, faults))
                        .worker()
                        .name("child@test")
                        .pool(Pool.threads(1))
                        .tasks(tasks -> {
                            tasks.handle(STEP, text -> {
                                System.out.println("ran " + text);
                                faults.point("in the handler");
                                return text + "!";
                            });
                            tasks.handle(POISON, text -> {
                                System.out.println("ran " + text);
                                System.out.flush();
                                Runtime.getRuntime().halt(Faults.KILLED);
                                return text;
                            });
                        })
                        .start()) {
            System.out.println("ready");
            System.in.read();
        }
    }

    /// Another backbone to the same broker, with a fault before and after each thing that it does there.
    private static Backbone faulty(Settings settings, Faults faults) {
        var provider = new RabbitProvider();
        var transport = provider.open(settings.brokerUrl(), settings);
        var results = provider.openResults("rpc://", settings, Optional.of(transport), "child-of-a-test");
        return Direct.open(
                around(Transport.class, transport, faults, Set.of("publish")),
                Optional.of(around(SharedResults.class, results, faults, Set.of("write"))),
                new Planner(Routes.DEFAULT, InstantSource.system(), "child@test", 1 << 20),
                settings,
                InstantSource.system());
    }

    private static <T> T around(Class<T> port, T inner, Faults faults, Set<String> steps) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (_, method, arguments) -> {
                    var step = steps.contains(method.getName());
                    if (step) {
                        faults.point("before " + method.getName());
                    }
                    Object result;
                    try {
                        result = method.invoke(inner, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (step || method.getName().equals("receive") && !((List<?>) result).isEmpty()) {
                        faults.point("after " + method.getName());
                    }
                    return result instanceof Transport.Consumer consumer
                            ? around(Transport.Consumer.class, consumer, faults, Set.of("acknowledge"))
                            : result;
                }));
    }
}
