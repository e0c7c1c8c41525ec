package dev.lovage.records.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import dev.lovage.records.Records;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.Database;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What intake does with deliveries, one by one, on each database.
abstract class IntakeContract {
    @TempDir
    Path data;

    private Lovage lovage;
    private Records records;

    abstract Settings settings(Path data);

    @BeforeEach
    void open() {
        lovage = Lovage.open(settings(data), InstantSource.system());
        records = Records.open(lovage, Agency.sample(), InstantSource.system());
    }

    @AfterEach
    void close() {
        lovage.close();
    }

    @Test
    void a_request_goes_through_every_step_and_each_is_in_the_ledger_once() {
        var id = accepted(json("steps", "The arrest log of 3 March, please."));
        try (var _ = worker()) {
            reaches(id, State.ACKNOWLEDGED);
        }
        assertThat(records.timeline(id))
                .extracting(Intake.Event::type)
                .containsExactly(
                        "submission.received",
                        "submission.parsed",
                        "submission.pii.separated",
                        "submission.clock.changed",
                        "submission.scored",
                        "submission.routed",
                        "submission.ack.written");
        var item = records.find(id).orElseThrow();
        assertThat(item.department()).contains("police");
        assertThat(item.queue()).contains("intake_default");
        assertThat(item.dueOn()).isPresent();
        assertThat(item.score().orElseThrow()).contains("\"parts\"", "\"business_days_left\"");
        assertThat(item.route().orElseThrow()).contains("law_enforcement");
        assertThat(item.obligations().orElseThrow()).contains("determination");
        assertThat(letters(id)).hasSize(1);
        assertThat(records.unaccounted()).isEmpty();
        assertThat(records.verify().verified()).isTrue();
    }

    @Test
    void a_claimed_emergency_is_urgent_but_not_critical_before_staff_has_verified_it() {
        var id = accepted(json(
                "critical",
                "Test results of the water.\", \"expedited_processing\": true,"
                        + " \"expedited_processing_explanation\": \"It is being drunk.\", \"emergency\": true,"
                        + " \"emergency_explanation\": \"Imminent threat to life"));
        try (var _ = worker()) {
            reaches(id, State.ACKNOWLEDGED);
        }
        assertThat(records.find(id).orElseThrow().queue()).contains("intake_high");
    }

    @Test
    void no_identity_is_in_messages_results_the_ledger_or_the_working_copy() {
        var id = accepted(json("privacy", "The file of my brother, born on 04/12/1971, SSN 536-22-1234, please."));
        assertThat(dump("SELECT body FROM lovage_message", "SELECT payload FROM ledger_intent"))
                .doesNotContain("quill", "Quill", "536-22-1234");
        try (var _ = worker()) {
            reaches(id, State.ACKNOWLEDGED);
        }
        assertThat(dump(
                        "SELECT payload FROM ledger_intent",
                        "SELECT working_copy FROM records_submission",
                        "SELECT score FROM records_submission",
                        "SELECT route FROM records_submission"))
                .contains("brother")
                .doesNotContain("quill", "Quill", "536-22-1234", "04/12/1971");
    }

    @Test
    void what_only_a_person_can_go_on_with_is_held_with_its_reason() {
        var automatic = accepted(mail("Auto-Submitted: auto-replied\nMessage-ID: <auto-1@example.org>\n", "Away."));
        var silent = accepted(mail("Message-ID: <silent-1@example.org>\n", "").replace("Subject: Records\n", ""));
        try (var _ = worker()) {
            reaches(automatic, State.HOLDING);
            reaches(silent, State.HOLDING);
        }
        assertThat(records.find(automatic).orElseThrow().reason().orElseThrow()).startsWith("not_a_request:");
        assertThat(records.find(silent).orElseThrow().reason()).contains("no_text");
        assertThat(records.timeline(automatic))
                .extracting(Intake.Event::type)
                .containsExactly("submission.received", "submission.held");
        assertThat(letters(automatic)).isEmpty();
        assertThat(records.unaccounted()).isEmpty();
        assertThat(records.totals().holding()).isEqualTo(2);
    }

    @Test
    void what_no_department_may_have_is_held() {
        var sample = Agency.sample();
        records = Records.open(
                lovage,
                new Agency(
                        sample.tenant(),
                        sample.jurisdiction(),
                        sample.code(),
                        sample.component(),
                        "ELSEWHERE",
                        sample.regime(),
                        sample.matrix(),
                        sample.policy()),
                InstantSource.system());
        var id = accepted(json("jurisdiction", "The arrest log, please."));
        try (var _ = worker()) {
            reaches(id, State.HOLDING);
        }
        assertThat(records.find(id).orElseThrow().reason()).contains("jurisdiction_mismatch");
    }

    @Test
    void a_repeated_delivery_gets_the_same_bytes_and_other_content_a_task_for_the_staff() {
        var first = (Answer.Accepted) records.accept(json("key", "The minutes, please."));
        var again = (Answer.Replayed) records.accept(json("key", "The   minutes, please. "));
        assertThat(again.response()).isEqualTo(first.response());
        for (int i = 0; i < 2; i++) {
            assertThat(records.accept(json("key", "Something else.")))
                    .isEqualTo(new Answer.Conflict(Optional.of(first.trackingId())));
        }
        assertThat(records.staffTasks()).singleElement().satisfies(task -> {
            assertThat(task.kind()).isEqualTo("idempotency_conflict");
            assertThat(task.trackingId()).isEqualTo(first.trackingId());
        });
        assertThat(records.totals().accepted()).isEqualTo(1);
        assertThat(records.timeline(first.trackingId()))
                .extracting(Intake.Event::type)
                .containsOnlyOnce("submission.conflict");
    }

    @Test
    void a_mail_with_anothers_message_id_is_accepted_and_the_staff_is_told() {
        var name = "Message-ID: <the-same@example.org>\n";
        var first = accepted(mail(name, "One."));
        var second = accepted(mail(name, "Another."));
        assertThat(second).isNotEqualTo(first);
        assertThat(records.accept(read(mail(name, "Another.")))).isInstanceOf(Answer.Replayed.class);
        assertThat(records.staffTasks()).hasSize(1);
    }

    @Test
    void many_at_once_under_one_key_become_one() throws Exception {
        var answers = new ArrayList<Answer>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var calls = new ArrayList<Callable<Answer>>();
            for (int i = 0; i < 50; i++) {
                calls.add(() -> records.accept(json("one-key", "The minutes, please.")));
            }
            for (Future<Answer> one : threads.invokeAll(calls)) {
                answers.add(one.get());
            }
        }
        assertThat(answers).filteredOn(Answer.Accepted.class::isInstance).hasSize(1);
        assertThat(answers).filteredOn(Answer.Replayed.class::isInstance).hasSize(49);
        assertThat(records.totals().accepted()).isEqualTo(1);
    }

    @Test
    void long_originals_lie_in_a_file_and_short_ones_in_the_row() {
        var small = accepted(mail("Message-ID: <small-1@example.org>\n", "The minutes."));
        var large = accepted(mail("Message-ID: <large-1@example.org>\n", "The minutes.\n".repeat(8_000)));
        assertThat(raw(small)).isTrue();
        assertThat(raw(large)).isFalse();
        try (var _ = worker()) {
            reaches(large, State.ACKNOWLEDGED);
        }
    }

    @Test
    void a_freeze_parks_what_is_not_critical_while_receipt_goes_on() {
        var on = records.freeze().on("flood", "ann");
        assertThat(records.freeze().on("again", "bob")).isEqualTo(on);
        assertThat(on.reason()).isEqualTo("flood");
        var id = accepted(json("frozen", "The minutes, please."));
        try (var _ = worker()) {
            reaches(id, State.SCORED);
            waits(id, Custody.READY);
            assertThat(records.unaccounted()).isEmpty();
            assertThat(records.freeze().off("dry", "ann").frozen()).isFalse();
            reaches(id, State.ACKNOWLEDGED);
        }
        assertThat(dump("SELECT type FROM ledger_intent WHERE subject = 'intake'"))
                .containsOnlyOnce("freeze.on")
                .containsOnlyOnce("freeze.off");
    }

    @Test
    void a_lost_message_is_named_and_sent_again_once() throws Exception {
        var id = accepted(json("lost", "The minutes, please."));
        assertThat(records.unaccounted()).isEmpty();
        execute("DELETE FROM lovage_message WHERE subject = '" + id + "'");
        assertThat(records.unaccounted())
                .extracting(Reconciliation.Unaccounted::trackingId)
                .containsExactly(id);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var calls = new ArrayList<Callable<List<String>>>();
            for (int i = 0; i < 4; i++) {
                calls.add(records::redrive);
            }
            for (Future<List<String>> one : threads.invokeAll(calls)) {
                one.get();
            }
        }
        assertThat(lovage.backbone().store().inventory()).hasSize(1);
        assertThat(records.redrive()).isEmpty();
        try (var _ = worker()) {
            reaches(id, State.ACKNOWLEDGED);
        }
        assertThat(letters(id)).hasSize(1);
        assertThat(records.unaccounted()).isEmpty();
    }

    @Test
    void a_missing_letter_a_changed_letter_and_a_missing_record_are_named() throws IOException {
        var ids = List.of(
                accepted(json("a", "The minutes of May.")),
                accepted(json("b", "The minutes of June.")),
                accepted(json("c", "The minutes of July.")),
                accepted(json("d", "The minutes of August.")));
        try (var _ = worker()) {
            ids.forEach(id -> reaches(id, State.ACKNOWLEDGED));
        }
        assertThat(records.unaccounted()).isEmpty();
        Files.delete(letters(ids.get(0)).getFirst());
        Files.writeString(letters(ids.get(1)).getFirst(), "something else");
        execute("DELETE FROM records_submission WHERE tracking_id = '" + ids.get(2) + "'");
        assertThat(records.unaccounted())
                .extracting(Reconciliation.Unaccounted::trackingId)
                .containsExactlyElementsOf(ids.subList(0, 3));
        assertThat(records.unaccounted()).noneMatch(Reconciliation.Unaccounted::redrivable);
    }

    @Test
    void a_missing_hand_off_and_a_state_that_nobody_gave_are_named() {
        var handed = accepted(json("handed", "The minutes of May."));
        try (var _ = worker()) {
            reaches(handed, State.ACKNOWLEDGED);
        }
        var hidden = accepted(json("hidden", "The minutes of June."));
        assertThat(records.unaccounted()).isEmpty();
        execute("DELETE FROM records_handoff WHERE tracking_id = '" + handed + "'");
        execute("DELETE FROM lovage_message WHERE subject = '" + hidden + "'");
        execute("UPDATE records_submission SET state = 'HOLDING' WHERE tracking_id = '" + hidden + "'");
        assertThat(records.unaccounted())
                .extracting(Reconciliation.Unaccounted::trackingId)
                .containsExactly(handed, hidden);
    }

    @Test
    void a_step_that_meets_a_busy_database_is_tried_again() {
        var tasks = new Tasks();
        records.tasks().register(tasks);
        assertThat(tasks.all().values())
                .hasSize(6)
                .allSatisfy(handler -> assertThat(handler.task().options().rules())
                        .anyMatch(rule -> rule.covers(new Busy("All connections were in use."))));
    }

    @Test
    void a_step_that_comes_again_changes_nothing() {
        var id = accepted(json("again", "The minutes, please."));
        var early = records.find(id).orElseThrow();
        try (var _ = worker()) {
            reaches(id, State.ACKNOWLEDGED);
            var events = records.timeline(id).size();
            lovage.send(Pipeline.again(early, 6).orElseThrow());
            Eventually.until(
                    "the repeated step has ended",
                    () -> lovage.backbone().store().inventory().isEmpty(),
                    () -> lovage.backbone().store().inventory());
            assertThat(records.timeline(id)).hasSize(events);
        }
        assertThat(letters(id)).hasSize(1);
    }

    private Worker worker() {
        return lovage.worker()
                .tasks(records.tasks())
                .queues(Pipeline.QUEUES.toArray(String[]::new))
                .pool(Pool.virtual(4))
                .start();
    }

    private static Arrival json(String key, String description) {
        var body = """
                {"requester": {"first": "Ada", "last": "Quill", "email": "ada.quill@example.org"},
                 "description": "%s"}""".formatted(description).getBytes(StandardCharsets.UTF_8);
        var found = new Reader().json(key, body, "test", Optional.of(key));
        assertThat(found.rejected()).isEmpty();
        return found.arrivals().getFirst();
    }

    private static String mail(String header, String text) {
        return "From: Ada Quill <ada.quill@example.org>\nTo: records@example.gov\nSubject: Records\n" + header + "\n"
                + text;
    }

    private static Arrival read(String mail) {
        return new Reader()
                .mail("mail", mail.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8), "records@example.gov");
    }

    private String accepted(String mail) {
        return accepted(read(mail));
    }

    private String accepted(Arrival arrival) {
        var answer = records.accept(arrival);
        assertThat(answer).isInstanceOf(Answer.Accepted.class);
        return ((Answer.Accepted) answer).trackingId();
    }

    private void reaches(String id, State state) {
        Eventually.until(
                id + " is " + state,
                () -> records.find(id).orElseThrow().state() == state,
                () -> records.find(id).orElseThrow().state() + ", "
                        + lovage.backbone().store().held(java.util.Set.of(Custody.values()), 5));
    }

    private void waits(String id, Custody custody) {
        Eventually.until(
                id + " is " + custody,
                () -> lovage.backbone().store().inventory().stream()
                        .anyMatch(entry -> entry.subject().equals(Optional.of(id)) && entry.custody() == custody),
                () -> lovage.backbone().store().inventory());
    }

    private boolean raw(String id) {
        return !dump("SELECT tracking_id FROM records_submission WHERE raw IS NOT NULL AND tracking_id = '" + id + "'")
                .isEmpty();
    }

    private List<Path> letters(String id) {
        var folder = data.resolve("letters");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(id))
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Database database() {
        return ((SqlBackbone) lovage.backbone()).database();
    }

    private void execute(String sql) {
        var changed = database().write(tx -> {
            try (var statement = tx.connection().createStatement()) {
                return statement.executeUpdate(sql);
            }
        });
        assertThat(changed).isEqualTo(1);
    }

    private String dump(String... queries) {
        return database().read(connection -> {
            var all = new StringBuilder();
            for (var query : queries) {
                try (var statement = connection.createStatement();
                        var row = statement.executeQuery(query)) {
                    while (row.next()) {
                        var value = row.getBytes(1);
                        all.append(value == null ? "" : new String(value, StandardCharsets.UTF_8))
                                .append('\n');
                    }
                }
            }
            return all.toString();
        });
    }
}
