package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.control.Control.Command;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.transport.Broadcast;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.PythonCelery;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.node.ObjectNode;

/// What workers tell each other: events, what is revoked, elections, clocks.
@ParameterizedClass
@EnumSource(Kind.class)
class NewsTest extends ControlLines {
    @Test
    @Line(83)
    void celery_events_shows_what_java_does() throws Exception {
        var dump = fleet().closing(fleet().python().celery("events", "--dump"));
        fleet().closing(fleet().builder(lovage())
                .name("j0@java")
                .queues(queue() + "-other")
                .start());
        dump.says("j0@java"); // now it hears what is told
        try (var worker = worker()) {
            assertThat(worker.ready()).isTrue();
            assertThat(control("enable_events").has("ok")).isTrue();
            var done = lovage().send(ECHO.with("83"));
            var failed = lovage().send(FAIL.with("boom"));
            var again = lovage().send(AGAIN.with("x"));
            assertThat(control("revoke", "revoked-83").has("ok")).isTrue();
            var revoked = lovage().send(ECHO.with("x").taskId("revoked-83"));
            awaitState(done, TaskState.SUCCESS);
            awaitState(failed, TaskState.FAILURE);
            awaitState(again, TaskState.FAILURE);
            awaitState(revoked, TaskState.REVOKED);
        }

        for (var said : List.of(
                "j1@java [",
                "started",
                "heartbeat",
                "task received",
                "task started",
                "task succeeded",
                "task failed",
                "task retried",
                "task revoked",
                "shutdown")) {
            dump.says(said);
        }
        assertThat(dump.alive()).isTrue();
        assertThat(dump.output()).noneMatch(line -> line.contains("Traceback"));
    }

    @Test
    @Line(84)
    void java_hears_batches_of_events_from_python() {
        fleet().closing(fleet().python().worker("-n", "p84@py", "-Q", queue(), "--pool=prefork", "-E"));
        var heard = new CopyOnWriteArrayList<ObjectNode>();
        try (var control = lovage().control();
                var listening = control.events(heard::add)) {
            assertThat(begun(listening)).isTrue();
            fleet().python().run("""
                    import sys
                    from app import app
                    for i in range(50):
                        app.send_task('app.add', args=[i, i], task_id='e%d' % i, queue=sys.argv[1])
                    """, queue());

            Eventually.until(
                    "all have succeeded",
                    () -> heard.stream()
                                    .filter(one -> one.path("type").asString("").equals("task-succeeded"))
                                    .count()
                            == 50,
                    heard::toString);
        }
    }

    private static boolean begun(Broadcast.Listening listening) {
        try {
            return listening.begun(LONG);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    @Line(86)
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void a_python_worker_has_nothing_to_complain_of() {
        var peer = fleet().closing(fleet().python().worker("-n", "p86@py", "-Q", queue() + "-py", "--pool=solo"));
        var receiver = receiver();
        int beats = Length.full() ? 90 : 6; // one in two seconds
        try (var worker = worker()) {
            assertThat(worker.ready()).isTrue();
            assertThat(control("enable_events").has("ok")).isTrue();
            for (int i = 1; i <= beats; i++) {
                int beat = i;
                awaitState(lovage().send(ECHO.with("86")), TaskState.SUCCESS);
                awaitState(lovage().send(FAIL.with("86")), TaskState.FAILURE);
                Eventually.until("its heart beats", () -> heartbeats(receiver, "j1@java") >= beat, receiver::output);
            }
        }
        assertThat(json("inspect", "-j", "-d", "p86@py", "ping").has("p86@py")).isTrue();

        assertThat(peer.output())
                .noneMatch(line -> line.contains("WARNING/") || line.contains("ERROR/") || line.contains("Traceback"));
    }

    private static long heartbeats(PythonCelery.Running receiver, String node) {
        return events(receiver).stream()
                .filter(one -> one.path("type").asString("").equals("worker-heartbeat")
                        && one.path("hostname").asString("").equals(node))
                .count();
    }

    @Test
    @Line(87)
    void a_python_worker_that_joins_learns_what_java_knows_to_be_revoked() {
        worker();
        assertThat(control("revoke", "known-to-java").has("ok")).isTrue();

        var peer = fleet().closing(fleet().python().worker("-n", "p87@py", "-Q", queue() + "-py", "--pool=solo"));

        assertThat(json("inspect", "-j", "-d", "p87@py", "revoked")
                        .path("p87@py")
                        .toString())
                .contains("known-to-java");
        assertThat(peer.output())
                .anyMatch(line -> line.contains("sync complete"))
                .noneMatch(line -> line.contains("sync with") && line.contains("failed"));
    }

    @Test
    @Line(88)
    void a_java_worker_that_joins_knows_what_was_revoked_before() {
        fleet().closing(fleet().python().worker("-n", "p88@py", "-Q", queue() + "-py", "--pool=solo"));
        assertThat(json("control", "-j", "-d", "p88@py", "revoke", "known-to-python")
                        .has("p88@py"))
                .isTrue();
        var sent = lovage().send(ECHO.with("x").taskId("known-to-python"));

        worker();

        awaitState(sent, TaskState.REVOKED);
        assertThat(echoedNanos).isEmpty();
        assertThat(inspect("revoked").toString()).contains("known-to-python");
    }

    @Test
    @Line(89)
    void an_election_makes_exactly_one_worker_act() {
        var peer = fleet().closing(fleet().python().worker("-n", "p89@py", "-Q", queue() + "-py", "--pool=solo"));
        worker();
        worker(another(), "j2@java");
        var receiver = receiver();

        for (int i = 1; i <= 3; i++) {
            var acted = i;
            fleet().python().run("""
                    import sys
                    from app import app
                    app.control.election(sys.argv[1], 'task',
                                         app.signature('j.echo', args=['elected'], queue=sys.argv[2]))
                    """, "elected-" + queue() + i, queue());
            Eventually.until(
                    "somebody acts in election " + i,
                    () -> echoedNanos.size() >= acted,
                    () -> peer.output() + " " + events(receiver));
        }

        assertThat(json("inspect", "-j", "-d", "p89@py", "ping").has("p89@py")).isTrue();
        assertThat(peer.output()).noneMatch(line -> line.contains("Traceback"));
        assertThat(echoedNanos).hasSize(3);
    }

    @Test
    void an_election_among_java_workers_makes_exactly_one_act() {
        worker();
        worker(another(), "j2@java");
        worker(another(), "j3@java");

        for (int i = 1; i <= 3; i++) {
            var acted = i;
            try (var control = lovage().control()) {
                control.tell(Command.of("election")
                        .with("id", "elected-" + queue() + i)
                        .with("topic", "task")
                        .with("action", ECHO.with("elected").queue(queue()).node()));
            }
            Eventually.until("somebody acts in election " + i, () -> echoedNanos.size() >= acted, echoedNanos::size);
        }

        assertThat(Json.text(inspect("ping"))).isEqualTo("{\"ok\":\"pong\"}");
        assertThat(echoedNanos).hasSize(3);
    }

    @Test
    @Line(90)
    void the_clock_of_java_is_ahead_of_what_it_has_heard() {
        worker();

        fleet().python().run("""
                from app import app
                app.control.mailbox.clock.value = 50000
                app.control.broadcast('heartbeat')
                """);
        Eventually.until("a command's clock counts", () -> clock() > 50_000, this::clock);
        fleet().python().run("""
                from app import app
                app.clock.value = 90000
                with app.connection() as connection:
                    app.events.Dispatcher(connection, hostname='p90@py').send('worker-heartbeat', freq=2.0)
                """);
        Eventually.until("an event's clock counts", () -> clock() > 90_000, this::clock);
    }

    private long clock() {
        return inspect("clock").path("clock").asLong();
    }

    @Test
    @Line(91)
    void both_say_how_far_from_utc_they_are_in_the_same_way() {
        worker();
        var receiver = receiver();
        var before = TimeZone.getDefault();
        try {
            for (var zone : List.of("America/New_York", "Europe/Paris", "Asia/Kolkata")) {
                TimeZone.setDefault(TimeZone.getTimeZone(zone));
                var name = zone.toLowerCase(Locale.ROOT).replace('/', '-') + "@java";
                worker(lovage(), name);
                Eventually.until("its heart beats", () -> heartbeats(receiver, name) > 0, receiver::output);
                var ours = events(receiver).stream()
                        .filter(one -> one.path("hostname").asString("").equals(name))
                        .findFirst()
                        .orElseThrow()
                        .path("utcoffset")
                        .asInt();
                assertThat(fleet().python().run("""
                        import os, sys, time
                        os.environ['TZ'] = sys.argv[1]
                        time.tzset()
                        from celery.utils.time import utcoffset
                        print(utcoffset())
                        """, zone)).containsExactly(String.valueOf(ours));
            }
        } finally {
            TimeZone.setDefault(before);
        }
    }
}
