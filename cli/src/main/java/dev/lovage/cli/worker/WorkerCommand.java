package dev.lovage.cli.worker;

import dev.lovage.archive.Archive;
import dev.lovage.cli.data.Installed;
import dev.lovage.cli.held.Purge;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.LogSetup;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.WorkerBuilder;
import dev.lovage.engine.control.Node;
import dev.lovage.engine.settings.Origin;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Agency;
import dev.lovage.records.intake.Pipeline;
import dev.lovage.sql.broker.SqlBackbone;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Runs a worker until it is told to stop. SIGTERM and SIGINT stop it warmly: it claims nothing more, lets what runs
/// finish within `worker_shutdown_grace`, gives back the rest, and ends with 0.
@Command(name = "worker", description = "run tasks until stopped (SIGTERM or Ctrl-C lets running tasks finish)")
public final class WorkerCommand implements Callable<Integer> {
    private final Setup setup;

    @Option(
            names = {"-A", "--app"},
            paramLabel = "PATH",
            description = "jars and folders with task providers and what they need: my.jar:lib/*")
    private Optional<String> app = Optional.empty();

    @Option(
            names = {"-Q", "--queues"},
            paramLabel = "NAMES",
            split = ",",
            description = "claim from these queues only; unless set, from the default queue and those the tasks name")
    private List<String> queues = new ArrayList<>();

    @Option(
            names = {"-c", "--concurrency"},
            paramLabel = "N",
            description = "tasks that run at once")
    private Optional<Integer> concurrency = Optional.empty();

    @Option(
            names = {"-P", "--pool"},
            paramLabel = "POOL",
            description = "gevent (virtual threads), threads, solo, or prefork (child processes)")
    private Optional<String> pool = Optional.empty();

    @Option(
            names = "--without-children",
            description = "start no child process for a message with a hard time limit; it fails instead")
    private boolean withoutChildren;

    @Option(
            names = {"-n", "--hostname"},
            paramLabel = "NAME",
            description =
                    "the worker's name, in which %%h is the host, %%n the host without its domain and %%d the domain;"
                            + " celery@%%h unless set")
    private Optional<String> name = Optional.empty();

    @Option(
            names = {"-X", "--exclude-queues"},
            paramLabel = "NAMES",
            split = ",",
            description = "claim from none of these queues")
    private List<String> excluded = new ArrayList<>();

    @Option(
            names = {"-l", "--loglevel"},
            paramLabel = "LEVEL",
            description = "debug, info, warning, error or critical; info unless set")
    private Optional<String> logLevel = Optional.empty();

    @Option(
            names = "--autoscale",
            paramLabel = "MAX,MIN",
            description = "scale between MIN and MAX tasks at once, by how long due tasks wait")
    private Optional<String> autoscale = Optional.empty();

    @Option(names = "--time-limit", paramLabel = "SECONDS", description = "hard limit for every task")
    private Optional<String> timeLimit = Optional.empty();

    @Option(names = "--soft-time-limit", paramLabel = "SECONDS", description = "soft limit for every task")
    private Optional<String> softTimeLimit = Optional.empty();

    @Option(names = "--max-tasks-per-child", paramLabel = "N", description = "tasks that a child process runs at most")
    private Optional<String> maxTasks = Optional.empty();

    @Option(
            names = "--max-memory-per-child",
            paramLabel = "KIB",
            description = "what a child process may use, in KiB or such as 1GiB")
    private Optional<String> maxMemory = Optional.empty();

    @Option(
            names = {"-E", "--task-events"},
            description = "tell of each task, over RabbitMQ and Redis")
    private boolean taskEvents;

    @Option(names = "--without-gossip", description = "neither listen to other workers nor take part in elections")
    private boolean withoutGossip;

    @Option(names = "--without-mingle", description = "do not ask other workers at start what is revoked")
    private boolean withoutMingle;

    @Option(names = "--without-heartbeat", description = "do not show other programs that it lives")
    private boolean withoutHeartbeat;

    @Option(
            names = {"-B", "--beat"},
            description = "send periodic tasks, too, as ./lovage beat does")
    private boolean beat;

    @Option(
            names = {"--purge", "--discard"},
            description = "before it starts, export and end what waits in its queues; needs --reason")
    private boolean purge;

    @Option(names = "--reason", paramLabel = "TEXT", description = "why --purge ends accepted work")
    private Optional<String> reason = Optional.empty();

    @Option(names = "--reviewer", paramLabel = "ID", description = "who decided to --purge; recorded as claimed")
    private Optional<String> reviewer = Optional.empty();

    public WorkerCommand(Setup setup) {
        this.setup = setup;
    }

    @Override
    public Integer call() throws Exception {
        System.setProperty(LogSetup.WORKER, "true");
        logLevel.ifPresent(LogSetup::level);
        var settings = settings();
        var jars = AppPath.of(app.orElse(""));
        var providers = new ArrayList<>(jars.providers());
        try (var shutdown = new Shutdown();
                var lovage = Lovage.open(settings, setup.clock())) {
            // The steps of records need the store, which child processes do not have.
            var processes = Pool.inChildren(settings.text(Setting.WORKER_POOL));
            var records = processes ? Optional.<Records>empty() : Installed.records(lovage, setup.clock());
            records.ifPresent(installed -> providers.add(installed.tasks()));
            var archive = archive(lovage, processes);
            archive.ifPresent(providers::add);
            if (providers.isEmpty()) {
                throw new CommandFailed(
                        ExitCode.FAILED,
                        "No TaskProvider was found in "
                                + app.map(path -> "the class path " + path).orElse("this program")
                                + ", and "
                                + (processes
                                        ? "in child processes run, beside those of an app, only the archive's tasks of -Q "
                                                + String.join(",", Archive.HEAVY)
                                        : "there are no records in this data, and -Q names no queue of the"
                                                + " archive")
                                + ", so that every message would be parked. Name"
                                + " your jars with -A; each provider is listed in"
                                + " META-INF/services/dev.lovage.engine.task.TaskProvider. Nothing was started.");
            }
            if (queues.isEmpty() && records.isPresent()) {
                queues = WorkerCommand.with(Pipeline.QUEUES, settings.text(Setting.TASK_DEFAULT_QUEUE));
            }
            try (AutoCloseable sending = beat ? lovage.beat() : () -> {};
                    var worker = start(lovage, providers)) {
                shutdown.listen();
                banner(lovage, worker);
                // Told from afar to stop, it ends by itself.
                Thread.ofVirtual().start(() -> stopWith(worker, shutdown));
                shutdown.await();
            }
            return shutdown.well();
        }
    }

    /// The archive's tasks of the queues that were named, and no others. The archive begins with its worker, because a
    /// batch that comes later would be parked.
    private Optional<TaskProvider> archive(Lovage lovage, boolean processes) {
        var served = new HashSet<>(Archive.HEAVY);
        if (!processes) {
            // Those need the store, which child processes do not have.
            served.addAll(Archive.LIGHT);
        }
        served.retainAll(queues);
        return served.isEmpty() || SqlBackbone.databaseOf(lovage.backbone()).isEmpty()
                ? Optional.empty()
                : Optional.of(Archive.open(lovage, Agency.sample().tenant(), setup.clock())
                        .tasks(served));
    }

    private static List<String> with(List<String> queues, String more) {
        var all = new ArrayList<>(queues);
        all.add(more);
        return all;
    }

    /// Without tasks of an app it runs those of the applications, which keep their truth in SQL.
    private Settings settings() {
        var settings = app.isPresent() ? setup.settings() : setup.settings().withSqlStore();
        if (concurrency.isPresent()) {
            if (concurrency.get() < 1) {
                throw CommandFailed.usage(
                        "Concurrency is 1 or more, but is " + concurrency.get() + ". Nothing was started.");
            }
            settings =
                    settings.with(Setting.WORKER_CONCURRENCY, concurrency.get().toString(), Origin.option("-c"));
        }
        settings = changed(settings, Setting.WORKER_POOL, pool, "--pool");
        settings = changed(settings, Setting.TASK_TIME_LIMIT, timeLimit, "--time-limit");
        settings = changed(settings, Setting.TASK_SOFT_TIME_LIMIT, softTimeLimit, "--soft-time-limit");
        settings = changed(settings, Setting.WORKER_MAX_TASKS_PER_CHILD, maxTasks, "--max-tasks-per-child");
        settings = changed(settings, Setting.WORKER_MAX_MEMORY_PER_CHILD, maxMemory, "--max-memory-per-child");
        return changed(
                settings, Setting.WORKER_SEND_TASK_EVENTS, taskEvents ? Optional.of("true") : Optional.empty(), "-E");
    }

    /// As Celery reads it: without the second number it is 1 at least.
    private static void autoscale(WorkerBuilder builder, String words) {
        var numbers = words.split(",", -1);
        try {
            builder.autoscale(
                    Integer.parseInt(numbers[0].strip()),
                    numbers.length == 1 ? 1 : Integer.parseInt(numbers[1].strip()));
        } catch (IllegalArgumentException e) {
            throw CommandFailed.usage("--autoscale is two numbers, such as 10,3: at most so many tasks at once, and at"
                    + " least so many, 1 or more. It is " + words + ". Nothing was started.");
        }
    }

    private static Settings changed(Settings settings, Setting setting, Optional<String> value, String option) {
        return value.map(text ->
                        settings.with(setting, text, Origin.option(option)).checked())
                .orElse(settings);
    }

    private Worker start(Lovage lovage, List<TaskProvider> providers) {
        var builder = lovage.worker().queues(queues.toArray(String[]::new)).exclude(excluded.toArray(String[]::new));
        name.map(NodeName::of).ifPresent(builder::name);
        autoscale.ifPresent(words -> autoscale(builder, words));
        if (withoutGossip) {
            builder.without(Node.Habit.GOSSIP);
        }
        if (withoutMingle) {
            builder.without(Node.Habit.MINGLE);
        }
        if (withoutHeartbeat) {
            builder.without(Node.Habit.HEARTBEAT);
        }
        if (withoutChildren) {
            builder.withoutChildren();
        }
        for (var provider : providers) {
            try {
                builder.tasks(provider);
            } catch (IllegalStateException e) {
                throw new IllegalStateException(
                        e.getMessage() + " The second one is of the provider "
                                + provider.getClass().getName() + ". Nothing was started.",
                        e);
            }
        }
        if (purge) {
            // Refused, it starts nothing: who asks for an empty queue does not want this one's work done.
            Purge.allowed(setup, lovage, reason, reviewer)
                    .all(builder.claimsFrom())
                    .forEach(one -> setup.note(one.words()));
        }
        return builder.start();
    }

    private static void stopWith(Worker worker, Shutdown shutdown) {
        try {
            worker.awaitEnd();
            shutdown.ask();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void banner(Lovage lovage, Worker worker) {
        var pid = ProcessHandle.current().pid();
        var state = lovage.backbone().store().workers().stream()
                .filter(one -> one.name().equals(worker.name()) && one.pid() == pid)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "The worker " + worker.name() + " has started and is not registered in its store."));
        var settings = lovage.settings();
        if (setup.json()) {
            setup.printJson(state);
            return;
        }
        setup.print("lovage worker " + state.name() + ", process " + pid);
        setup.print("  app          " + app.orElse("built in"));
        setup.print("  broker       " + Settings.masked(settings.brokerUrl()));
        setup.print("  results      "
                + (settings.isSet(Setting.RESULT_BACKEND)
                        ? Settings.masked(settings.text(Setting.RESULT_BACKEND))
                        : settings.withoutStore() ? "nowhere" : "in the store"));
        setup.print("  store        " + store(settings) + off(lovage));
        lovage.backbone().off().forEach(off -> setup.print("    off        " + off));
        setup.print("  concurrency  " + state.slots() + " (" + state.pool() + ")");
        if (beat) {
            setup.print("  beat         in this process, "
                    + lovage.timetable().list().size() + " periodic tasks");
        }
        setup.print("  queues       " + String.join(", ", state.queues()));
        setup.print("  tasks        " + tasks(state));
        setup.print("Ready. Ctrl-C stops it and lets running tasks finish.");
    }

    private static String tasks(WorkerState state) {
        return String.join(", ", state.tasks().stream().sorted().toList());
    }

    private static String store(Settings settings) {
        var url = settings.storeUrl();
        var redis = url.startsWith("redis");
        return url.equals(settings.brokerUrl()) && !redis
                ? "the broker"
                : Settings.masked(url)
                        + (redis ? " (keys lovage:*)" : "")
                        + (Setup.sqlite(settings).isPresent()
                                ? " (a file that workers on other machines don't see)"
                                : "");
    }

    private static String off(Lovage lovage) {
        if (!lovage.backbone().off().isEmpty()) {
            return "; what is delivered again runs again";
        }
        var store = lovage.backbone().store();
        return store.transactional()
                ? "; nothing is off"
                : "; off: effects of tasks in the transaction that ends them"
                        + (store.durable() ? "" : ", and all that is to survive this process");
    }
}
