package dev.lovage.testkit;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.tx.Tx;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;

/// A sender or a worker in a process of its own, for [CrashContract] to kill.
final class ContractProcess {
    /// Writes its input as a row of `contract_effects`, in the transaction that ends its execution; nothing where the
    /// store has no transactions.
    static final Task<String, String> EFFECT = Task.named("contract.effect", String.class, String.class);

    /// As [#EFFECT], and runs until the file that it is given exists.
    static final Task<String, String> SLOW = Task.named("contract.slow", String.class, String.class);

    private ContractProcess() {}

    static ChildJvm sender(Settings settings, Path history, String prefix) {
        return start("send", settings, history, prefix);
    }

    /// Says `kept` where it would publish, and goes no further.
    static ChildJvm senderThatStops(Settings settings, Path history) {
        return start("stop", settings, history, "");
    }

    static ChildJvm worker(Settings settings, Path history, int haltAt) {
        return start("work", settings, history, String.valueOf(haltAt));
    }

    private static ChildJvm start(String mode, Settings settings, Path history, String last) {
        return ChildJvm.start(ContractProcess.class, List.of(mode, given(settings), history.toString(), last));
    }

    private static String given(Settings settings) {
        var given = Json.object();
        settings.with(Setting.DATA, settings.data().toString())
                .given()
                .forEach((setting, value) -> given.put(setting.name(), value));
        return Json.text(given);
    }

    public static void main(String[] args) throws IOException {
        var given = new EnumMap<Setting, String>(Setting.class);
        Json.read(args[1].getBytes(StandardCharsets.UTF_8))
                .properties()
                .forEach(one ->
                        given.put(Setting.valueOf(one.getKey()), one.getValue().stringValue()));
        var settings = Settings.of(given).with(Setting.WORKER_LEASE, "1");
        try (var lovage = Lovage.open(settings, InstantSource.system());
                var history = History.in(Path.of(args[2]))) {
            if (args[0].equals("send")) {
                send(lovage, history, args[3]);
            } else if (args[0].equals("stop")) {
                stop(lovage);
            } else {
                try (var _ = work(lovage, history, new Faults(Integer.parseInt(args[3])), "child@test")) {
                    System.out.println("ready");
                    System.in.read();
                }
            }
        }
    }

    private static void send(Lovage lovage, History history, String prefix) {
        System.out.println("ready");
        for (int i = 0; ; i++) {
            try {
                lovage.send(ContractGround.ECHO.with("x").taskId(prefix + i));
            } catch (Busy e) {
                continue;
            }
            history.saw("sent", new ExecutionKey(prefix + i, 0, 0), 0);
        }
    }

    private static void stop(Lovage lovage) {
        var stopping = lovage.decorated(backbone -> new WatchedBackbone(
                backbone,
                (method, _, call) -> {
                    if (method.getName().equals("publish")) {
                        System.out.println("kept");
                        System.in.read();
                    }
                    return call.run();
                },
                WatchedBackbone.Around.NOTHING));
        stopping.send(PayloadContract.withPayload());
    }

    /// A worker that tells the history what it runs and settles, and ends its process at the fault.
    static Worker work(Lovage lovage, History history, Faults faults, String name) {
        return lovage.decorated(backbone -> FaultyBackbone.of(backbone, history, faults))
                .worker()
                .name(name)
                .pool(Pool.threads(2))
                .tasks(tasks -> register(
                        tasks, history, faults, lovage.backbone().store().transactional()))
                .start();
    }

    private static void register(Tasks tasks, History history, Faults faults, boolean effects) {
        tasks.handle(ContractGround.ECHO, text -> ran(history, faults, text));
        tasks.handle(ContractGround.COLLECT, texts -> {
            ran(history, faults, "");
            return texts;
        });
        var effect = tasks.handle(EFFECT, text -> ran(history, faults, text));
        var slow = tasks.handle(SLOW, file -> {
            ran(history, faults, file);
            System.out.println("running");
            Eventually.until(file + " exists", Duration.ofSeconds(60), () -> Files.exists(Path.of(file)), () -> file);
            return file;
        });
        if (effects) {
            effect.commit((tx, text) -> insert(tx, faults, text));
            slow.commit((tx, text) -> insert(tx, faults, text));
        }
    }

    private static String ran(History history, Faults faults, String value) {
        var context = TaskContext.current();
        history.saw("ran", new ExecutionKey(context.id(), context.retries(), 0), context.epoch());
        faults.point("in the handler");
        return value;
    }

    private static void insert(Tx tx, Faults faults, String value) throws Exception {
        try (var insert = tx.connection().prepareStatement("INSERT INTO contract_effects (name) VALUES (?)")) {
            insert.setString(1, value);
            insert.executeUpdate();
        }
        faults.point("in the commit");
    }
}
