package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.result.TaskState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Invariants 1, 4 and 6, with processes that are killed or stand still. They run where what is accepted
/// outlives a process.
abstract class CrashContract extends TraceContract {
    private static final int FAULT_POINTS = 9;

    /// Without the one in a commit.
    private static final int FAULT_POINTS_WITHOUT_EFFECTS = 8;

    @Test
    @Timeout(180)
    protected void what_was_sent_is_run_after_sender_and_worker_were_killed() {
        onRealTime();
        var random = Seeds.random("kill sender and worker");
        for (int round = 0; round < 3; round++) {
            try (var sender = ContractProcess.sender(settings, history(), "r" + round + "-");
                    var worker = ContractProcess.worker(settings, history(), 0)) {
                sender.hears("ready");
                worker.hears("ready");
                var lines = History.read(history()).size() + 50 + random.nextInt(400);
                var settled = History.read(history(), "settled").size() + 20;
                Eventually.until(
                        "some are sent and some run, those among them that were running at the last kill",
                        () -> History.read(history()).size() > lines
                                && History.read(history(), "settled").size() > settled,
                        () -> History.read(history()).size());
                sender.kill();
                worker.kill();
            }
        }
        var sent = new HashSet<ExecutionKey>();
        History.read(history(), "sent").forEach(line -> sent.add(line.execution()));
        assertThat(sent).isNotEmpty();
        try (var seen = History.in(history());
                var _ = ContractProcess.work(lovage, seen, new Faults(0), "last@test")) {
            Eventually.until("everything has ended", () -> inventory().isEmpty(), this::inventory);
        }
        var missing = sent.stream()
                .filter(one -> lovage.backbone()
                        .results()
                        .result(one.taskId())
                        .filter(meta -> meta.state() == TaskState.SUCCESS)
                        .isEmpty())
                .toList();
        assertThat(missing).isEmpty();
    }

    @Test
    @Timeout(180)
    protected void killed_between_any_two_steps_a_step_is_repeated_and_none_is_skipped() {
        onRealTime();
        var points = store().transactional() ? FAULT_POINTS : FAULT_POINTS_WITHOUT_EFFECTS;
        for (int point = 1; point <= points; point++) {
            lovage.send(ContractProcess.EFFECT
                    .with("e" + point)
                    .taskId("e" + point)
                    .then(ECHO.partial().taskId("s" + point)));
            try (var child = ContractProcess.worker(settings, history(), point)) {
                var said = String.join(" ", child.rest());
                assertThat(child.ends()).as(said).isEqualTo(Faults.KILLED);
                assertThat(said).contains("halted " + point);
            }
            try (var seen = History.in(history());
                    var _ = ContractProcess.work(lovage, seen, new Faults(0), "after@test")) {
                awaitState("s" + point, TaskState.SUCCESS);
            }
            assertThat(inventory()).as("after point %d", point).isEmpty();
        }
        var expected = new HashSet<ExecutionKey>();
        for (int point = 1; point <= points; point++) {
            expected.add(new ExecutionKey("e" + point, 0, 0));
            expected.add(new ExecutionKey("s" + point, 0, 0));
            assertOneEffect("e" + point);
        }
        var settled = History.read(history(), "settled");
        assertThat(settled.stream().map(History.Line::execution)).containsExactlyInAnyOrderElementsOf(expected);
        for (var end : settled) {
            assertThat(History.read(history(), "ran"))
                    .as("nothing runs after it was settled")
                    .noneMatch(line -> line.execution().equals(end.execution()) && line.epoch() > end.epoch());
        }
    }

    @Test
    @Timeout(120)
    protected void a_join_fires_once_while_workers_are_killed_at_random() throws Exception {
        onRealTime();
        var random = Seeds.random("join and killed workers");
        var header = new ArrayList<Signature<String>>();
        var expected = new ArrayList<String>();
        for (int i = 0; i < 40; i++) {
            header.add(ECHO.with("m" + i));
            expected.add("m" + i);
        }
        var sent = lovage.send(Chord.of(header, COLLECT.partial().taskId("body")));
        for (int round = 0; round < 3; round++) {
            try (var child = ContractProcess.worker(settings, history(), 10 + random.nextInt(15))) {
                assertThat(child.ends()).isEqualTo(Faults.KILLED);
            }
        }
        try (var seen = History.in(history());
                var _ = ContractProcess.work(lovage, seen, new Faults(0), "last@test")) {
            assertThat(sent.await(seconds(60))).isEqualTo(expected);
        }
        assertThat(inventory()).isEmpty();
        assertThat(History.read(history(), "settled").stream()
                        .filter(line -> line.execution().taskId().equals("body")))
                .hasSize(1);
        assertThat(store().stalled(10)).isEmpty();
    }

    @Test
    @Timeout(120)
    protected void a_worker_that_stood_still_longer_than_its_lease_commits_nothing_afterwards() throws Exception {
        onRealTime();
        var go = folder.resolve("go");
        lovage.send(ContractProcess.SLOW.with(go.toString()).taskId("slow"));
        try (var child = ContractProcess.worker(settings, history(), 0)) {
            child.hears("running");
            stopOutsideOfAWrite(child);
            Files.createFile(go);
            try (var seen = History.in(history());
                    var _ = ContractProcess.work(lovage, seen, new Faults(0), "other@test")) {
                awaitState("slow", TaskState.SUCCESS);
                child.go();
                Eventually.until(
                        "the one that stood still is refused",
                        () -> !History.read(history(), "refused").isEmpty(),
                        () -> History.read(history()));
                assertThat(child.alive()).isTrue();
            }
        }
        assertOneEffect(go.toString());
        assertThat(History.read(history(), "settled")).hasSize(1);
        assertThat(History.read(history(), "ran")).hasSize(2);
        assertThat(inventory()).isEmpty();
    }

    private Path history() {
        return folder.resolve("history");
    }

    /// The children are on the machine's clock, so this process has to be too.
    private void onRealTime() {
        assumeTrue(durable(), "what is in memory ends with its process");
        lovage.close();
        lovage = Lovage.open(settings, InstantSource.system());
        if (!store().transactional()) {
            return;
        }
        lovage.transaction(tx -> {
            try (var create = tx.connection().createStatement()) {
                return create.executeUpdate("CREATE TABLE contract_effects (name VARCHAR(1000))");
            }
        });
    }

    /// A process that is stopped while it writes to SQLite keeps everybody from writing until it goes on: no
    /// one can take a file's lock from it. That is not what is to be shown here.
    private void stopOutsideOfAWrite(ChildJvm child) {
        while (true) {
            child.stop();
            try {
                store().revoke("nobody", false);
                return;
            } catch (Busy e) {
                child.go();
            }
        }
    }

    /// Where effects are written at all.
    private void assertOneEffect(String name) {
        if (store().transactional()) {
            assertThat(rows(name)).as("rows of %s", name).isEqualTo(1);
        }
    }

    private int rows(String name) {
        return lovage.transaction(tx -> {
            try (var count = tx.connection().prepareStatement("SELECT COUNT(*) FROM contract_effects WHERE name = ?")) {
                count.setString(1, name);
                try (var rows = count.executeQuery()) {
                    rows.next();
                    return rows.getInt(1);
                }
            }
        });
    }
}
