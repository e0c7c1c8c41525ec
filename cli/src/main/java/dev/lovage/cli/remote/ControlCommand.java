package dev.lovage.cli.remote;

import dev.lovage.cli.terminal.Setup;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.control.Control;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Celery's `control`: changes what workers do until they end.
@Command(
        name = "control",
        description = "change what workers do, Python's and ours, over RabbitMQ and Redis",
        synopsisSubcommandLabel = "COMMAND")
public final class ControlCommand {
    private final Setup setup;

    public ControlCommand(Setup setup) {
        this.setup = setup;
    }

    @Command(name = "revoke", description = "let no worker start these tasks; durable here, and told to all")
    void revoke(@Mixin Remote remote, @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids) {
        try (var lovage = setup.existing()) {
            revokeHere(lovage, ids, false);
            remote.ask(setup, lovage, Control.Command.of("revoke").with("task_id", ids));
        }
    }

    @Command(name = "terminate", description = "stop these tasks where they run, and let no worker start them")
    void terminate(
            @Mixin Remote remote,
            @Parameters(paramLabel = "SIGNAL", description = "for Python's workers, such as SIGTERM or SIGKILL")
                    String signal,
            @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids) {
        try (var lovage = setup.existing()) {
            revokeHere(lovage, ids, true);
            remote.ask(
                    setup,
                    lovage,
                    Control.Command.of("terminate").with("signal", signal).with("task_id", ids));
        }
    }

    @Command(
            name = "revoke_by_stamped_headers",
            description = "let no worker start tasks that are stamped so; Celery from 5.3 on, and ours")
    void revokeStamped(
            @Mixin Remote remote,
            @Option(names = "--terminate", description = "also stop those that run") boolean terminate,
            @Parameters(paramLabel = "STAMP=VALUE", arity = "1..*") List<String> stamps) {
        ask(
                remote,
                Control.Command.of("revoke_by_stamped_headers")
                        .with("headers", stamps)
                        .with("terminate", terminate));
    }

    @Command(
            name = "rate_limit",
            description = "how often each worker starts tasks of a name: 10/s, 100/m, 5/h; 0 for no limit")
    void rateLimit(
            @Mixin Remote remote,
            @Parameters(paramLabel = "TASK") String task,
            @Parameters(paramLabel = "RATE") String rate) {
        ask(remote, Control.Command.of("rate_limit").with("task_name", task).with("rate_limit", rate));
    }

    @Command(name = "time_limit", description = "the limits of tasks of a name, in seconds")
    void timeLimit(
            @Mixin Remote remote,
            @Parameters(paramLabel = "TASK") String task,
            @Parameters(paramLabel = "SOFT") double soft,
            @Parameters(paramLabel = "HARD", arity = "0..1") Optional<Double> hard) {
        ask(
                remote,
                Control.Command.of("time_limit")
                        .with("task_name", task)
                        .with("soft", soft)
                        .with("hard", hard.orElse(null)));
    }

    @Command(name = "add_consumer", description = "receive from one queue more")
    void addConsumer(
            @Mixin Remote remote,
            @Parameters(paramLabel = "QUEUE") String queue,
            @Parameters(paramLabel = "EXCHANGE", arity = "0..1", description = "that it is bound to; the queue's name")
                    Optional<String> exchange,
            @Parameters(paramLabel = "TYPE", arity = "0..1", description = "of the exchange; direct")
                    Optional<String> type,
            @Parameters(paramLabel = "KEY", arity = "0..1", description = "that it is bound by; the queue's name")
                    Optional<String> key) {
        ask(
                remote,
                Control.Command.of("add_consumer")
                        .with("queue", queue)
                        .with("exchange", exchange.orElse(null))
                        .with("exchange_type", type.orElse(null))
                        .with("routing_key", key.orElse(null)));
    }

    @Command(name = "cancel_consumer", description = "receive from this queue no more")
    void cancelConsumer(@Mixin Remote remote, @Parameters(paramLabel = "QUEUE") String queue) {
        ask(remote, Control.Command.of("cancel_consumer").with("queue", queue));
    }

    @Command(name = "pool_grow", description = "run more at once")
    void grow(@Mixin Remote remote, @Parameters(paramLabel = "N", defaultValue = "1") int more) {
        ask(remote, Control.Command.of("pool_grow").with("n", more));
    }

    @Command(name = "pool_shrink", description = "run less at once")
    void shrink(@Mixin Remote remote, @Parameters(paramLabel = "N", defaultValue = "1") int less) {
        ask(remote, Control.Command.of("pool_shrink").with("n", less));
    }

    @Command(
            name = "autoscale",
            description = "the bounds between which a worker that was started with --autoscale runs")
    void autoscale(
            @Mixin Remote remote,
            @Parameters(paramLabel = "MAX") int max,
            @Parameters(paramLabel = "MIN", defaultValue = "0") int min) {
        ask(remote, Control.Command.of("autoscale").with("max", max).with("min", min));
    }

    @Command(name = "enable_events", description = "tell of each task, for ./lovage events and celery events")
    void enableEvents(@Mixin Remote remote) {
        ask(remote, Control.Command.of("enable_events"));
    }

    @Command(name = "disable_events", description = "tell of tasks no more")
    void disableEvents(@Mixin Remote remote) {
        ask(remote, Control.Command.of("disable_events"));
    }

    @Command(name = "shutdown", description = "finish what runs, then end")
    void shutdown(@Mixin Remote remote) {
        try (var lovage = setup.existing()) {
            remote.tell(lovage, Control.Command.of("shutdown"));
        }
        setup.note("The workers were told to finish what runs, and end. Nobody answers to that.");
    }

    private void ask(Remote remote, Control.Command command) {
        try (var lovage = setup.existing()) {
            remote.ask(setup, lovage, command);
        }
    }

    /// Durably, and before any worker hears of it; but not where none would.
    private void revokeHere(Lovage lovage, List<String> ids, boolean terminate) {
        Remote.requireWay(lovage);
        lovage.backbone().store().revoke(ids, terminate);
        setup.note("No worker of this store will start " + String.join(", ", ids) + ", whoever answers.");
    }
}
