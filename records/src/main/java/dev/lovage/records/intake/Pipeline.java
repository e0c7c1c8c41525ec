package dev.lovage.records.intake;

import static dev.lovage.engine.retry.RetryRule.on;

import dev.lovage.custody.ledger.Ledger;
import dev.lovage.custody.ledger.LedgerEvent;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.tx.Tx;
import dev.lovage.records.letter.Letter;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseFailed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// The way of a submission from receipt to acknowledgement, each step a task.
///
/// Invariants:
/// 1. A step changes the record only from the state that it starts at, in the transaction that ends its
///    execution, together with the ledger's intent and the next step's message: so it happens once, however
///    often it runs.
/// 2. What a step can't do ends in HOLDING with a reason, or, when it is an error, in the dead letters; nothing is
/// dropped.
/// 3. Messages carry tracking ids, never what was asked or by whom.
///
/// Until it is scored a submission goes through `intake_triage`; from then on through `intake_default`,
/// `intake_high` or `intake_critical` by its level, earlier due dates first.
public final class Pipeline implements TaskProvider {
    /// The queue of steps before the level is known. It is never frozen.
    public static final String TRIAGE = "intake_triage";

    /// Every queue of this pipeline, the most urgent first.
    public static final List<String> QUEUES = List.of("intake_critical", "intake_high", "intake_default", TRIAGE);

    /// The arguments of every step.
    public record Step(String tenant, String trackingId) {}

    /// What a step found out.
    ///
    /// @param skipped the record is past this step already
    /// @param hold why a person has to look at it
    /// @param columns what changes in the record
    /// @param said what the ledger is told
    /// @param vault what the original says, identity included, as JSON; from the step that reads it
    /// @param departments which departments get it; from the step that routes
    /// @param letter what was written; from the step that acknowledges
    public record Progress(
            boolean skipped,
            Optional<String> hold,
            Map<String, String> columns,
            JsonNode said,
            Optional<String> vault,
            List<String> departments,
            Optional<Letter> letter) {
        static final Progress SKIPPED = new Progress(
                true, Optional.empty(), Map.of(), Json.object(), Optional.empty(), List.of(), Optional.empty());

        static Progress held(String reason) {
            return new Progress(
                    false, Optional.of(reason), Map.of(), Json.object(), Optional.empty(), List.of(), Optional.empty());
        }

        static Progress of(Map<String, String> columns, JsonNode said) {
            return new Progress(false, Optional.empty(), columns, said, Optional.empty(), List.of(), Optional.empty());
        }

        Progress vault(String original) {
            return new Progress(skipped, hold, columns, said, Optional.of(original), departments, letter);
        }

        Progress departments(List<String> names) {
            return new Progress(skipped, hold, columns, said, vault, names, letter);
        }

        Progress letter(Letter written) {
            return new Progress(skipped, hold, columns, said, vault, departments, Optional.of(written));
        }
    }

    /// A step's progress, with the submission that it is about.
    public record Done(String trackingId, Progress progress) {}

    /// The work of one step on one record.
    @FunctionalInterface
    interface Work {
        Progress run(Item item) throws Exception;
    }

    /// One step: its task, the state that it starts from, and the state that it leads to.
    enum Stage {
        PARSE("records.intake.parse", State.RECEIVED, State.PARSED, "submission.parsed"),
        SEPARATE("records.intake.separate", State.PARSED, State.SEPARATED, "submission.pii.separated"),
        CLOCK("records.intake.clock", State.SEPARATED, State.CLOCKED, "submission.clock.changed"),
        SCORE("records.intake.score", State.CLOCKED, State.SCORED, "submission.scored"),
        ROUTE("records.intake.route", State.SCORED, State.ROUTED, "submission.routed"),
        ACKNOWLEDGE("records.intake.acknowledge", State.ROUTED, State.ACKNOWLEDGED, "submission.ack.written");

        private final Task<Step, Done> task;
        private final State from;
        private final State to;
        private final String event;

        Stage(String name, State from, State to, String event) {
            this.task = Task.named(name, Step.class, Done.class)
                    .queue(TRIAGE)
                    .ignoreResult(true)
                    .retry(on(
                                    Busy.class,
                                    DatabaseFailed.class,
                                    IOException.class,
                                    UncheckedIOException.class,
                                    SQLException.class)
                            .maxRetries(6)
                            .backoff(Duration.ofSeconds(1), Duration.ofMinutes(5))
                            .fullJitter());
            this.from = from;
            this.to = to;
            this.event = event;
        }

        /// The step that a record in this state waits for; empty when it waits for none.
        static Optional<Stage> after(State state) {
            for (var stage : values()) {
                if (stage.from == state) {
                    return Optional.of(stage);
                }
            }
            return Optional.empty();
        }
    }

    private final Lovage lovage;
    private final Database database;
    private final Ledger ledger;
    private final InstantSource clock;
    private final Steps steps;

    Pipeline(Lovage lovage, Database database, Ledger ledger, InstantSource clock, Steps steps) {
        this.lovage = lovage;
        this.database = database;
        this.ledger = ledger;
        this.clock = clock;
        this.steps = steps;
    }

    @Override
    public void register(Tasks tasks) {
        for (var stage : Stage.values()) {
            tasks.handle(stage.task, step -> run(stage, step))
                    .commit((tx, done) -> commit(tx, stage, done.trackingId(), done.progress()));
        }
    }

    /// The first step of a submission that was just accepted.
    static Signature<Done> first(String tenant, String trackingId) {
        return signature(Stage.PARSE, tenant, trackingId, TRIAGE, 5, 0, "");
    }

    /// The step that a record waits for, once more under another task id; the record's state keeps it from being done
    /// twice.
    ///
    /// @param times how often it was re-driven before
    static Optional<Signature<Done>> again(Item item, int times) {
        return Stage.after(item.state())
                .map(stage -> signature(
                        stage,
                        item.tenant(),
                        item.trackingId(),
                        item.queue().orElse(TRIAGE),
                        item.level().orElse(5),
                        item.dueOn()
                                .map(due -> LocalDate.parse(due).toEpochDay())
                                .orElse(0L),
                        "/again-" + (times + 1)));
    }

    private static Signature<Done> signature(
            Stage stage, String tenant, String trackingId, String queue, int level, long order, String suffix) {
        return stage.task
                .with(new Step(tenant, trackingId))
                .taskId(trackingId + "/" + stage.name().toLowerCase(java.util.Locale.ROOT) + suffix)
                .subject(trackingId)
                .queue(queue)
                .priority(level)
                .order(order);
    }

    private Done run(Stage stage, Step step) throws Exception {
        var item = database.read(
                        connection -> Item.find(connection, step.tenant(), step.trackingId(), stage == Stage.PARSE))
                .orElseThrow(() -> new IllegalStateException("There is no record of " + step.trackingId()
                        + ". The ledger says that it was accepted: restore it from a backup, then retry this task."));
        if (item.state() != stage.from) {
            return new Done(step.trackingId(), Progress.SKIPPED);
        }
        Work work = switch (stage) {
            case PARSE -> steps::parse;
            case SEPARATE -> steps::separate;
            case CLOCK -> steps::clock;
            case SCORE -> steps::score;
            case ROUTE -> steps::route;
            case ACKNOWLEDGE -> steps::acknowledge;
        };
        return new Done(step.trackingId(), work.run(item));
    }

    private void commit(Tx tx, Stage stage, String trackingId, Progress progress) throws SQLException {
        if (progress.skipped()) {
            return;
        }
        var tenant = steps.agency().tenant();
        var to = progress.hold().isPresent() ? State.HOLDING : stage.to;
        var columns = new TreeMap<>(progress.columns());
        progress.hold().ifPresent(reason -> columns.put("reason", reason));
        if (!Register.advance(tx, tenant, trackingId, stage.from, to, columns, clock.instant())) {
            return; // another attempt was faster
        }
        Register.effects(tx, tenant, trackingId, progress, clock.instant());
        var data = Json.object();
        if (progress.hold().isPresent()) {
            data.put("stage", stage.name().toLowerCase(java.util.Locale.ROOT));
            data.put("reason", progress.hold().get());
        } else {
            data.setAll((tools.jackson.databind.node.ObjectNode) progress.said());
        }
        ledger.append(
                tx,
                LedgerEvent.of(
                        tenant,
                        progress.hold().isPresent() ? "submission.held" : stage.event,
                        trackingId,
                        LedgerEvent.Actor.service("intake"),
                        data));
        if (progress.hold().isEmpty()) {
            var next = Stage.after(to);
            if (next.isPresent()) {
                var item = Item.find(tx.connection(), tenant, trackingId, false).orElseThrow();
                lovage.send(
                        tx,
                        signature(
                                next.get(),
                                tenant,
                                trackingId,
                                item.queue().orElse(TRIAGE),
                                item.level().orElse(5),
                                item.dueOn()
                                        .map(due -> LocalDate.parse(due).toEpochDay())
                                        .orElse(0L),
                                ""));
            }
        }
    }
}
