package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Routes;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.engine.transport.Bridgeable;
import dev.lovage.engine.transport.Staging;
import dev.lovage.engine.transport.Staging.Arrived;
import dev.lovage.engine.transport.Staging.Note;
import dev.lovage.engine.transport.Staging.Orphan;
import dev.lovage.engine.transport.Staging.Ready;
import dev.lovage.engine.transport.Staging.Sharing;
import dev.lovage.engine.transport.Staging.Taken;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the store of a bridge has to do, step by step, whatever order the steps come in.
public abstract class StagingContract {
    private static final Task<Integer, Integer> STEP = Task.named("t.step", Integer.class, Integer.class);
    private static final Task<Integer, Integer> OTHER =
            Task.named("t.other", Integer.class, Integer.class).queue("other");
    private static final Task<List<Integer>, Integer> SUM =
            Task.named("t.sum", new TypeRef<List<Integer>>() {}, new TypeRef<Integer>() {});
    private static final Lease A = new Lease("incarnation-a", "celery@a");
    private static final Lease B = new Lease("incarnation-b", "celery@b");
    private static final long MUCH = 1_000_000;
    private static final Duration DAY = Duration.ofDays(1);

    private final SettableClock clock = new SettableClock(Instant.parse("2026-03-02T08:00:00Z"));
    private final Planner planner = new Planner(Routes.DEFAULT, clock, "gen1@test", 100_000);
    private Bridgeable backbone;
    private Bridgeable second;
    private Staging staging;
    private Store store;

    /// A store on the test's clock, closed with what is returned.
    ///
    /// @param fresh whether it is to be empty, and able to lose an answer; else it is the one of before
    protected abstract Bridgeable store(boolean fresh, Planner planner, InstantSource clock);

    /// The answer to the next step of the fresh store is lost, when the step was written.
    protected abstract void loseNextAnswer();

    @BeforeEach
    void open() {
        backbone = store(true, planner, clock);
        second = store(false, planner, clock);
        staging = backbone.staging(Sharing.NOTHING);
        store = backbone.store();
        register(A);
        register(B);
    }

    @AfterEach
    void close() {
        second.close();
        backbone.close();
    }

    private void register(Lease lease) {
        store.register(
                lease,
                new WorkerState(
                        lease.incarnation(),
                        lease.worker(),
                        1,
                        clock.instant(),
                        clock.instant(),
                        0,
                        List.of("celery"),
                        List.of("t.step"),
                        "gevent",
                        8,
                        0));
    }

    private String send(Canvas<?> canvas) {
        var frozen = planner.freeze(canvas.node(), Lineage.CLIENT);
        backbone.broker().publish(frozen.plan());
        return frozen.id();
    }

    private List<Ready> out(String... except) {
        return staging.outgoing(new Staging.Wanted(100, MUCH, Set.of(except))).messages();
    }

    private List<Ready> handOver() {
        var out = out();
        staging.sent(out);
        return out;
    }

    private Taken take(Lease lease, Message message) {
        return staging.take(lease, List.of(new Arrived("tag of " + lease.worker(), message, false)), Set.of())
                .getFirst();
    }

    private Delivery claim(Lease lease, Message message) {
        if (take(lease, message) instanceof Taken.Claimed(var delivery, var _)) {
            return delivery;
        }
        throw new AssertionError("Not claimed: " + message + ", of " + store.inventory());
    }

    @Test
    void what_was_claimed_early_is_the_stores_alone_and_goes_to_no_broker_when_its_worker_dies() {
        send(STEP.with(1).taskId("early"));
        var message = handOver().getFirst().message();
        var taken = staging.take(A, List.of(new Arrived("a", message, false)), Set.of(message.task()))
                .getFirst();
        assertThat(taken)
                .isInstanceOfSatisfying(
                        Taken.Claimed.class,
                        claimed -> assertThat(claimed.early()).isTrue());
        assertThat(staging.lost(B, Set.of(message.queue()), 10)).isEmpty();

        store.bury(A.incarnation(), 0, "killed by a test");

        assertThat(out()).isEmpty();
        assertThat(staging.lost(B, Set.of("another"), 10)).isEmpty();
        assertThat(staging.lost(B, Set.of(message.queue()), 10)).singleElement().satisfies(delivery -> {
            assertThat(delivery.failOnLoss()).isTrue();
            assertThat(delivery.crashes()).isEqualTo(1);
            assertThat(delivery.message().execution().taskId()).isEqualTo("early");
        });
        assertThat(staging.lost(B, Set.of(message.queue()), 10)).isEmpty();
    }

    private void putBack(Lease lease, Delivery delivery) {
        store.settle(
                lease,
                new Transition(
                        delivery,
                        Optional.of(Custody.READY),
                        Optional.of("requeued"),
                        List.of(),
                        Plan.NOTHING,
                        Optional.empty()));
    }

    @Test
    void what_follows_here_under_the_id_of_a_task_that_ran_elsewhere_is_sent() {
        send(OTHER.with(1).taskId("replaced"));
        handOver();
        send(STEP.with(1).taskId("first"));
        var first = claim(A, handOver().getFirst().message());
        var last = planner.freeze(OTHER.with(2).taskId("replaced").node(), Lineage.CLIENT)
                .plan();

        store.settle(A, new Transition(first, Optional.empty(), Optional.empty(), List.of(), last, Optional.empty()));

        assertThat(handOver())
                .singleElement()
                .satisfies(one -> assertThat(one.message().body())
                        .isEqualTo(last.messages().getFirst().body()));
        backbone.broker()
                .publish(planner.freeze(OTHER.with(3).taskId("replaced").node(), Lineage.CLIENT)
                        .plan());
        assertThat(out()).isEmpty();
    }

    private static ResultMeta meta(String id, TaskState state) {
        return new ResultMeta(
                id,
                "t.step",
                state,
                Json.nothing(),
                Optional.empty(),
                Optional.empty(),
                Json.array(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty());
    }

    private void record(ResultMeta... results) {
        backbone.broker().publish(new Plan(List.of(), List.of(), List.of(), List.of(results)));
    }

    @Test
    void what_comes_under_the_id_of_a_task_that_ran_elsewhere_runs_as_it_came() {
        send(OTHER.with(1).taskId("replaced"));
        var away = handOver().getFirst().message();
        var by = planner.freeze(STEP.with(2).taskId("replaced").node(), Lineage.CLIENT)
                .plan()
                .messages()
                .getFirst();
        assertThat(by.execution()).isEqualTo(away.execution());

        var delivery = claim(A, by);

        assertThat(delivery.message().task()).isEqualTo("t.step");
        assertThat(delivery.message().body()).isEqualTo(by.body());
        putBack(A, delivery);
        assertThat(claim(A, away).message().task()).isEqualTo("t.step");
    }

    @Test
    void what_was_requeued_while_the_broker_answered_is_handed_over_again() {
        send(STEP.with(1));
        var first = out();
        putBack(A, claim(A, first.getFirst().message()));
        staging.sent(first);
        assertThat(out())
                .extracting(Ready::tag)
                .containsExactly(first.getFirst().tag());
    }

    @Test
    void what_was_requeued_while_the_broker_refused_a_copy_is_no_dead_letter() {
        send(STEP.with(1));
        var first = out().getFirst();
        putBack(A, claim(A, first.message()));
        staging.refused(first, "no such exchange");
        assertThat(store.inventory()).extracting(Store.Entry::custody).containsExactly(Custody.READY);
    }

    @Test
    void what_nobody_took_is_handed_out_again_at_once_unless_its_queue_is_left_alone() {
        send(STEP.with(1));
        send(OTHER.with(2));
        var first = out();
        assertThat(first).hasSize(2);
        assertThat(out()).isEmpty();
        staging.notSent(first);
        assertThat(out("other")).extracting(one -> one.message().queue()).containsExactly("celery");
        assertThat(out()).extracting(one -> one.message().queue()).containsExactly("other");
    }

    @Test
    void what_the_broker_can_not_hold_back_waits_here_until_it_is_due() {
        var id = send(STEP.with(1));
        var first = out();
        staging.notDue(first);
        assertThat(store.findTask(id).getFirst().custody()).isEqualTo(Custody.TIMER);
        assertThat(out()).as("it has no ETA, so it is due").hasSize(1);
        staging.notDue(first);
        assertThat(store.findTask(id).getFirst().custody())
                .as("another hand-over by now")
                .isEqualTo(Custody.READY);
    }

    @Test
    void a_late_word_that_nobody_took_it_changes_no_later_hand_over() {
        send(STEP.with(1));
        var first = out();
        staging.notSent(first);
        assertThat(out()).hasSize(1);
        staging.notSent(first);
        assertThat(out()).isEmpty();
    }

    @Test
    void no_more_bytes_are_handed_out_than_wanted_but_one_message() {
        for (int i = 0; i < 4; i++) {
            send(STEP.with(i));
        }
        var all = out();
        var one = all.getFirst().message();
        long size =
                one.body().length + one.headers().length() + one.properties().length();
        staging.notSent(all);
        assertThat(staging.outgoing(new Staging.Wanted(100, 2 * size, Set.of())).messages())
                .hasSize(2);
        assertThat(staging.outgoing(new Staging.Wanted(100, 1, Set.of())).messages())
                .hasSize(1);
    }

    @Test
    void what_runs_while_its_copy_is_drained_is_handed_over_again_when_its_worker_dies() {
        send(STEP.with(1));
        var message = handOver().getFirst().message();
        claim(A, message);
        staging.absorb(List.of(message));
        assertThat(store.bury(A.incarnation(), 0, "killed")).isEqualTo(1);
        assertThat(out()).hasSize(1);
    }

    @Test
    void what_is_drained_before_the_broker_has_answered_is_purged() {
        send(STEP.with(1));
        var first = out();
        backbone.broker().pause(Set.of("celery"));
        staging.absorb(List.of(first.getFirst().message()));
        staging.sent(first);
        assertThat(staging.onTheirWay("celery")).isFalse();
        assertThat(backbone.broker().purge("celery", "not needed", "me")).isEqualTo(1);
        assertThat(store.inventory()).isEmpty();
    }

    @Test
    void of_what_lies_at_the_broker_the_oldest_is_as_old_as_the_first_of_so_many_sent_last() {
        var ids = IntStream.range(0, 3)
                .mapToObj(number -> {
                    clock.advance(Duration.ofSeconds(10));
                    return send(STEP.with(number));
                })
                .toList();
        assertThat(staging.oldestSent("celery", 1)).isEmpty();
        handOver();
        assertThat(staging.oldestSent("celery", 2)).contains(sent(ids.get(1)));
        assertThat(staging.oldestSent("celery", 3)).contains(sent(ids.getFirst()));
        assertThat(staging.oldestSent("celery", 9)).contains(sent(ids.getFirst()));
        assertThat(staging.oldestSent("other", 1)).isEmpty();
        assertThat(staging.sentTo()).containsExactly("celery");
    }

    private Instant sent(String id) {
        return store.findTask(id).getFirst().sent();
    }

    @Test
    void what_the_broker_was_to_hold_back_and_comes_early_waits_here_until_its_time() {
        var planned = planner.freeze(STEP.with(1).countdown(DAY).node(), Lineage.CLIENT)
                .plan();
        var message = planned.messages().getFirst();
        backbone.broker()
                .publish(new Plan(List.of(message.ready()), planned.joins(), planned.ends(), planned.results()));
        assertThat(handOver()).hasSize(1);
        var arrived = Message.received("celery", message.headers(), message.properties(), message.body());
        assertThat(take(A, arrived)).isEqualTo(new Taken.Kept());
        assertThat(out()).isEmpty();
        clock.advance(DAY.plusSeconds(1));
        assertThat(out()).hasSize(1);
    }

    @Test
    void what_waits_at_the_broker_for_its_time_is_forgotten_only_long_after_that() {
        var planned = planner.freeze(STEP.with(1).countdown(DAY.multipliedBy(3)).node(), Lineage.CLIENT)
                .plan();
        var message = planned.messages().getFirst();
        backbone.broker()
                .publish(new Plan(List.of(message.ready()), planned.joins(), planned.ends(), planned.results()));
        handOver();
        clock.advance(DAY.plusHours(1));
        assertThat(staging.forgetSent(DAY, Set.of())).isZero();
        clock.advance(DAY.multipliedBy(2));
        assertThat(staging.forgetSent(DAY, Set.of())).isZero();
        assertThat(store.findTask(message.execution().taskId())).hasSize(1);
        clock.advance(DAY.plusHours(1));
        assertThat(staging.forgetSent(DAY, Set.of())).isEqualTo(1);
    }

    @Test
    void a_purge_gives_each_entry_to_the_export_before_it_ends_and_ends_no_other() {
        var first = send(STEP.with(1));
        var second = send(STEP.with(2));
        var refused = new IllegalStateException("the disk is full");
        assertThatThrownBy(() -> backbone.broker().purge("celery", "a test", "me", _ -> {
                    throw refused;
                }))
                .isSameAs(refused);
        assertThat(store.inventory()).hasSize(2);
        var exported = new ArrayList<String>();
        var ended = backbone.broker()
                .purge(
                        "celery",
                        "a test",
                        "me",
                        tags -> tags.forEach(tag -> exported.add(store.find(tag)
                                .orElseThrow()
                                .message()
                                .execution()
                                .taskId())));
        assertThat(ended).isEqualTo(2);
        assertThat(exported).containsExactly(first, second);
    }

    @Test
    void what_was_taken_without_an_answer_goes_back_to_the_broker() {
        send(STEP.with(1));
        var message = handOver().getFirst().message();
        loseNextAnswer();
        assertThatThrownBy(() -> take(A, message)).isInstanceOf(RuntimeException.class);
        assertThat(out()).isEmpty(); // the broker has it, and was told to deliver it again
        assertThat(claim(B, message).redelivered()).isEqualTo(1);
    }

    @Test
    void what_was_taken_without_an_answer_and_has_gone_from_the_broker_is_handed_over_again() {
        send(STEP.with(1));
        var message = handOver().getFirst().message();
        loseNextAnswer();
        assertThatThrownBy(() -> take(A, message)).isInstanceOf(RuntimeException.class);
        // It comes to another process, for which it runs.
        assertThat(second.staging(Sharing.NOTHING).take(B, List.of(new Arrived("b", message, true)), Set.of()))
                .containsExactly(new Taken.Kept());
        assertThat(out()).hasSize(1);
    }

    @Test
    void only_what_is_still_leased_is_kept_by_the_store_alone() {
        send(STEP.with(1));
        send(STEP.with(2));
        var both = handOver();
        var ended = claim(A, both.getFirst().message());
        var running = claim(A, both.getLast().message());
        putBack(A, ended);
        assertThat(staging.keep(A, List.of(ended.tag(), running.tag()))).containsExactly(running.tag());
        assertThat(staging.keep(B, List.of(running.tag()))).isEmpty();
    }

    @Test
    void what_was_sent_long_ago_is_forgotten_and_run_should_it_arrive() {
        send(STEP.with(1));
        var message = handOver().getFirst().message();
        clock.advance(DAY.plusHours(1));
        send(OTHER.with(2));
        handOver();
        assertThat(staging.forgetSent(DAY, Set.of("celery"))).isZero();
        assertThat(staging.forgetSent(DAY, Set.of())).isEqualTo(1);
        assertThat(store.inventory()).extracting(Store.Entry::queue).containsExactly("other");
        claim(A, message);
    }

    @Test
    void what_a_chord_waits_for_is_not_forgotten_so_that_the_chord_can_end() {
        send(Group.of(List.of(STEP.with(1), STEP.with(2))).then(SUM.partial()));
        var members = handOver();
        clock.advance(DAY.plusHours(1));
        staging.forgetSent(DAY, Set.of());
        store.forget(DAY);
        assertThat(store.stalled(10)).isEmpty();
        for (var member : members) {
            claim(A, member.message());
        }
    }

    @Test
    void messages_wait_until_the_results_know_that_their_join_begins() {
        staging = backbone.staging(new Sharing(true, true));
        send(Group.of(List.of(STEP.with(1), STEP.with(2))).then(SUM.partial()));
        assertThat(out()).isEmpty();
        var notes = staging.untold(100, MUCH);
        assertThat(notes).singleElement().isInstanceOf(Note.Begin.class);
        assertThat(out()).isEmpty();
        staging.done(notes.stream().map(Note::id).toList());
        assertThat(out()).hasSize(2);
    }

    @Test
    void a_newer_state_of_a_task_is_not_told_before_an_older_one() {
        backbone.staging(new Sharing(true, false));
        var other = second.staging(new Sharing(true, false));
        record(meta("one", TaskState.STARTED));
        var started = staging.untold(100, MUCH);
        assertThat(started).hasSize(1);
        record(meta("one", TaskState.SUCCESS), meta("two", TaskState.SUCCESS));
        assertThat(states(other.untold(100, MUCH))).containsExactly("two SUCCESS");
        staging.done(started.stream().map(Note::id).toList());
        var left = other.untold(100, MUCH);
        assertThat(states(left)).containsExactly("one SUCCESS");
        other.notTold(left.stream().map(Note::id).toList());
        assertThat(states(staging.untold(100, MUCH))).containsExactly("one SUCCESS");
    }

    private static List<String> states(List<Note> notes) {
        return notes.stream()
                .map(note -> note instanceof Note.Result(var _, var written)
                        ? written.meta().taskId() + " " + written.meta().state()
                        : note.toString())
                .toList();
    }

    @Test
    void no_more_bytes_of_notes_are_handed_out_than_wanted_but_one_note() {
        backbone.staging(new Sharing(true, false));
        record(meta("one", TaskState.SUCCESS), meta("two", TaskState.SUCCESS));
        assertThat(states(staging.untold(100, 1))).containsExactly("one SUCCESS");
        assertThat(states(staging.untold(100, MUCH))).containsExactly("two SUCCESS");
    }

    @Test
    void what_has_nowhere_to_go_fails_even_if_its_errback_cannot_be_sent() {
        var id = send(STEP.with(1)
                .linkError(STEP.with(2)
                        .timeLimit(Optional.of(Duration.ofSeconds(5)), Optional.of(Duration.ofSeconds(1)))));
        staging.refused(out().getFirst(), "no such exchange");
        assertThat(backbone.results().result(id).map(ResultMeta::state)).contains(TaskState.FAILURE);
        assertThat(store.inventory()).extracting(Store.Entry::custody).containsExactly(Custody.DEAD);
    }

    @Test
    void an_orphan_is_handed_out_once_unless_it_is_given_back() {
        var other = second.staging(Sharing.NOTHING);
        send(STEP.with(1));
        claim(A, handOver().getFirst().message());
        store.bury(A.incarnation(), 0, "killed");
        var first = orphans(staging);
        assertThat(first).extracting(Orphan::brokerTag).containsExactly("tag of celery@a");
        assertThat(orphans(other)).isEmpty();
        staging.notRecovered(first);
        assertThat(orphans(other)).hasSize(1);
        staging.notRecovered(first); // too late
        assertThat(orphans(staging)).isEmpty();
    }

    private static List<Orphan> orphans(Staging staging) {
        return staging.outgoing(new Staging.Wanted(100, MUCH, Set.of())).orphans();
    }
}
