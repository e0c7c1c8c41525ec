package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.CeleryError;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.testkit.Eventually;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol.Command;

/// Results and states that one side writes and the other one reads.
@ParameterizedClass
@EnumSource(Kind.class)
class ResultsTest extends Lines {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final String KEY = "celery-task-meta-";

    private static final Task<String, String> J_ECHO = Task.named("j.echo", String.class, String.class);
    private static final Task<String, String> J_GATED = Task.named("j.gated", String.class, String.class);
    private static final Task<String, String> J_FAIL = Task.named("j.fail", String.class, String.class);
    private static final Task<String, String> J_PROGRESS = Task.named("j.progress", String.class, String.class);
    private static final Task<String, String> P_PROGRESS = Task.named("p.progress", String.class, String.class);
    private static final Task<List<String>, List<String>> J_JOIN =
            Task.named("j.join", new TypeRef<List<String>>() {}, new TypeRef<List<String>>() {});
    private static final Task<String, String> P_ECHO = Task.named("p.echo", String.class, String.class);
    private static final Task<String, String> P_GATED = Task.named("p.gated", String.class, String.class);
    private static final Task<String, String> P_FAIL = Task.named("p.fail", String.class, String.class);

    private final Gates gates = new Gates();

    @AfterEach
    void clear() {
        gates.clear();
    }

    @Override
    String pythonTasks() {
        return """
            class Outer:
                class Inner(Exception):
                    pass

            @app.task(name='p.echo')
            def echo(text):
                return text

            @app.task(name='p.gated')
            def gated(text):
                app.backend.client.blpop('gate-' + text, 60)
                return text

            @app.task(name='p.progress', bind=True)
            def progress(self, text):
                self.update_state(state='PROGRESS', meta={'done': 1})
                app.backend.client.blpop('gate-' + text, 60)
                return text

            @app.task(name='p.join')
            def join(ends):
                return ends

            @app.task(name='p.fail')
            def fail(text):
                raise Outer.Inner(text, 7, object())
            """;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_ECHO, text -> text);
        tasks.handle(J_JOIN, ends -> ends);
        tasks.handle(J_PROGRESS, text -> {
            TaskContext.current().state("PROGRESS", Map.of("done", 1));
            gates.pass(text);
            return text;
        });
        tasks.handle(J_GATED, text -> {
            gates.pass(text);
            return text;
        });
        tasks.handle(J_FAIL, text -> {
            if (text.equals("builtin")) {
                throw CeleryError.builtin("ValueError", "as Python's own");
            }
            throw new IllegalStateException(text);
        });
    }

    private Raw redis() {
        return fleet().closing(new Raw(fleet().redis().port(), 1));
    }

    @Test
    @Line(57)
    void a_python_client_that_waits_is_woken_by_what_java_publishes() {
        fleet().worker();
        var waiting = fleet().closing(fleet().python().start("""
                from app import app
                reads = []
                read, drain = app.backend.get, app.backend.result_consumer.drain_events
                def reading(key):
                    reads.append(key)
                    return read(key)
                def draining(*args, **kwargs):
                    print('waits after', len(reads), flush=True)
                    return drain(*args, **kwargs)
                app.backend.get, app.backend.result_consumer.drain_events = reading, draining
                result = app.send_task('j.gated', ['57'], task_id='woken')
                print('got', result.get(timeout=60), 'after', len(reads), flush=True)
                """));
        var waits = waiting.says("waits after");
        assertThat(redis().listeners(KEY + "woken")).isEqualTo(1);

        gates.open("57");

        assertThat(waiting.says("got ")).isEqualTo("got 57 after " + waits.substring("waits after ".length()));
    }

    @Test
    @Line(58)
    void a_java_client_is_woken_by_what_python_publishes_and_reads_what_was_there_before() throws Exception {
        fleet().pythonWorker();
        var redis = redis();
        var sent = fleet().lovage().send(P_GATED.with("58").taskId("awaited"));
        var waiting = Thread.ofVirtual().start(() -> {
            Eventually.until("somebody listens", () -> redis.listeners(KEY + "awaited") == 1, () -> "nobody listens");
            redis.ask(Command.LPUSH, "gate-58", "go");
        });
        assertThat(sent.await(LONG)).isEqualTo("58");
        waiting.join();

        fleet().python().run("""
                from app import app
                assert app.send_task('p.echo', ['before'], task_id='stored-before').get(timeout=40) == 'before'
                """);
        assertThat(result("stored-before").result()).isEqualTo(Json.tree("before"));
    }

    private ResultMeta result(String id) {
        try {
            return fleet().lovage().backbone().results().await(id, LONG).orElseThrow();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Line(59)
    void results_live_as_long_as_celerys_and_for_ever_when_that_is_zero() throws Exception {
        fleet().working();
        fleet().lovage().send(J_ECHO.with("x").taskId("of-java")).await(LONG);
        fleet().lovage().send(P_ECHO.with("x").taskId("of-python")).await(LONG);
        var forEver = fleet().another(Map.of(Setting.RESULT_EXPIRES, "0", Setting.TASK_ROUTES, "{}"));
        fleet().closing(fleet().builder(forEver)
                .queues("ever")
                .name("ever@java")
                .start());
        forEver.send(J_ECHO.with("x").taskId("for-ever").queue("ever")).await(LONG);

        var redis = redis();
        assertThat(redis.number(Command.TTL, KEY + "of-java")).isBetween(86_300L, 86_400L);
        assertThat(redis.number(Command.TTL, KEY + "of-python")).isBetween(86_300L, 86_400L);
        assertThat(redis.number(Command.TTL, KEY + "for-ever")).isEqualTo(-1);
    }

    @Test
    @Line(60)
    void python_catches_what_java_throws_by_its_name_and_what_has_a_name_of_python_as_that() {
        fleet().worker();
        assertThat(fleet().python().run("""
                from app import app
                try:
                    app.send_task('j.fail', ['x']).get(timeout=40)
                except Exception as e:
                    print(type(e).__name__, e.args)
                try:
                    app.send_task('j.fail', ['builtin']).get(timeout=40)
                except ValueError as e:
                    print(type(e) is ValueError, e.args)
                """))
                .containsExactly("IllegalStateException ('x',)", "True (\"as Python's own\",)");
    }

    @Test
    @Line(61)
    void java_reads_exceptions_of_python_of_nested_classes_and_with_odd_arguments() {
        fleet().pythonWorker();
        var sent = fleet().lovage().send(P_FAIL.with("boom"));

        var failed = catchThrowableOfType(TaskFailed.class, () -> sent.await(LONG));

        assertThat(failed).hasMessageContaining("Outer.Inner('boom')");
        assertThat(failed.meta().result().path("exc_type").asString()).isEqualTo("Outer.Inner");
        assertThat(failed.meta().result().path("exc_module").asString()).isEqualTo("app");
        var arguments = failed.meta().result().path("exc_message");
        assertThat(arguments.path(1).asInt()).isEqualTo(7);
        assertThat(arguments.path(2).asString()).startsWith("<object object at");
        assertThat(failed.meta().traceback().orElseThrow()).contains("Traceback");
    }

    @Test
    @Line(62)
    void a_success_stays_when_the_same_id_fails_later_on_the_other_side() throws Exception {
        fleet().working();
        fleet().lovage().send(J_ECHO.with("first").taskId("of-java-first")).await(LONG);
        fleet().python().run("""
                from app import app
                app.send_task('p.fail', ['later'], task_id='of-java-first')
                assert app.send_task('p.echo', ['first'], task_id='of-python-first').get(timeout=40) == 'first'
                app.send_task('j.fail', ['later'], task_id='of-python-first')
                """);
        Eventually.until(
                "it has failed in Java, too",
                () -> fleet().lovage().backbone().store().findTask("of-python-first").stream()
                        .anyMatch(held -> held.reason().orElse("").contains("later")),
                () -> fleet().lovage().backbone().store().findTask("of-python-first"));
        fleet().pythonWorker().says("p.fail[of-java-first] raised");
        // What comes after it was told after it.
        fleet().lovage().send(J_ECHO.with("x")).await(LONG);
        fleet().lovage().send(P_ECHO.with("x")).await(LONG);

        for (var id : Set.of("of-java-first", "of-python-first")) {
            assertThat(result(id).state()).isEqualTo(TaskState.SUCCESS);
            assertThat(result(id).result()).isEqualTo(Json.tree("first"));
        }
    }

    @Test
    @Line(63)
    void a_task_that_has_started_tells_pid_and_hostname() throws Exception {
        var tracking = fleet().another(Map.of(Setting.TASK_TRACK_STARTED, "true", Setting.TASK_ROUTES, "{}"));
        fleet().closing(fleet().builder(tracking)
                .queues("tracked")
                .name("t@java")
                .start());
        var sent = tracking.send(J_GATED.with("63").taskId("tracked").queue("tracked"));
        gates.awaitReached("63");

        Eventually.until("it has started", () -> sent.state() == TaskState.STARTED, sent::state);
        assertThat(fleet().python().run("""
                from app import app
                result = app.AsyncResult('tracked')
                print(result.state, result.info['hostname'], result.info['pid'])
                """))
                .containsExactly("STARTED t@java " + ProcessHandle.current().pid());
        gates.open("63");
        assertThat(sent.await(LONG)).isEqualTo("63");

        var python = fleet().pythonWorker("app.conf.task_track_started = True", "-Q", "tracked-py", "-n", "t@python");
        var theirs = fleet().lovage().send(P_GATED.with("there").queue("tracked-py"));
        Eventually.until("it has started", () -> theirs.state() == TaskState.STARTED, python::output);
        var started = theirs.meta().orElseThrow().result();
        assertThat(started.path("hostname").asString()).isEqualTo("t@python");
        assertThat(started.path("pid").isInt()).isTrue();
        redis().ask(Command.LPUSH, "gate-there", "go");
        assertThat(theirs.await(LONG)).isEqualTo("there");
    }

    @Test
    @Line(64)
    void a_state_of_its_own_that_java_tells_is_seen_by_python_and_the_reverse() throws Exception {
        fleet().working();
        var sent = fleet().lovage().send(J_PROGRESS.with("64").taskId("progressing"));
        Eventually.until("it is half done", () -> sent.meta().isPresent(), sent::state);

        assertThat(fleet().python().run("""
                from app import app
                result = app.AsyncResult('progressing')
                print(result.state, result.info, result.date_done, result.ready())
                """)).containsExactly("PROGRESS {'done': 1} None False");
        assertThat(sent.meta().orElseThrow().word()).isEqualTo("PROGRESS");
        gates.open("64");
        assertThat(sent.await(LONG)).isEqualTo("64");

        var theirs = fleet().lovage().send(P_PROGRESS.with("half"));
        Eventually.until("it is half done", () -> theirs.meta().isPresent(), theirs::state);
        assertThat(theirs.meta().orElseThrow().word()).isEqualTo("PROGRESS");
        assertThat(theirs.meta().orElseThrow().state()).isEqualTo(TaskState.STARTED);
        assertThat(theirs.meta().orElseThrow().result().path("done").asInt()).isEqualTo(1);
        redis().ask(Command.LPUSH, "gate-half", "go");
        assertThat(theirs.await(LONG)).isEqualTo("half");
    }

    @Test
    @Line(65)
    void chords_join_without_order_when_both_sides_say_so() {
        var options = "{\"result_chord_ordered\": false}";
        var java =
                fleet().another(Map.of(Setting.RESULT_BACKEND_TRANSPORT_OPTIONS, options, Setting.TASK_ROUTES, "{}"));
        fleet().closing(fleet().builder(java)
                .queues("loose-j")
                .name("loose@java")
                .start());
        var loose = "app.conf.result_backend_transport_options = {'result_chord_ordered': False}";
        fleet().pythonWorker(loose, "-Q", "loose-p", "-n", "loose@python");

        assertThat(fleet().python().run("from app import *\n" + loose + """

                header = [app.signature('%s.echo' % 'jp'[i % 2], args=[str(i)], queue='loose-' + 'jp'[i % 2])
                          for i in range(10)]
                for body in 'jp':
                    ends = chord(header)(app.signature('%s.join' % body, queue='loose-' + body))
                    print(sorted(ends.get(timeout=40)))
                """))
                .hasSize(2)
                .containsOnly("['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']");
        assertThat(redis().list(Command.KEYS, "celery-taskset-meta-*.?")).isEmpty();
    }

    @Test
    @Line(66)
    void a_group_that_one_side_saves_is_restored_by_the_other() throws Exception {
        fleet().working();
        fleet().python().run("""
                from app import *
                from celery.result import GroupResult
                sent = group(app.signature('%s.echo' % 'jp'[i % 2], args=[str(i)]) for i in range(4)).apply_async()
                result = GroupResult('saved-by-python', sent.results)
                result.save()
                """);
        var restored = fleet().lovage().group("saved-by-python", new TypeRef<List<String>>() {});
        assertThat(restored.orElseThrow().await(LONG)).containsExactly("0", "1", "2", "3");
        assertThat(fleet().lovage().group("never-saved", new TypeRef<List<String>>() {}))
                .isEmpty();

        var sent = fleet().lovage().send(Group.of(List.of(J_ECHO.with("a"), P_ECHO.with("b"), J_ECHO.with("c"))));
        sent.save();
        assertThat(fleet().python().run("""
                import sys
                from app import app
                from celery.result import GroupResult
                result = GroupResult.restore(sys.argv[1], app=app)
                print(result.get(timeout=40), result.successful())
                """, sent.id())).containsExactly("['a', 'b', 'c'] True");
    }

    @Test
    @Line(69)
    void the_fields_of_result_extended_are_read_by_the_other_side() throws Exception {
        var java = fleet().another(Map.of(Setting.RESULT_EXTENDED, "true", Setting.TASK_ROUTES, "{}"));
        fleet().closing(fleet().builder(java).queues("ext-j").name("ext@java").start());
        java.send(J_ECHO.with("told").taskId("ext-java").queue("ext-j")).await(LONG);
        assertThat(fleet().python().run("""
                from app import app
                result = app.AsyncResult('ext-java')
                print(result.name, result.args, result.kwargs, result.worker, result.retries, result.queue)
                """)).containsExactly("j.echo ['told'] {} ext@java 0 ext-j");

        fleet().pythonWorker("app.conf.result_extended = True", "-Q", "ext-p", "-n", "ext@python");
        fleet().lovage()
                .send(P_ECHO.with("x").taskId("ext-python").queue("ext-p"))
                .await(LONG);
        var meta = result("ext-python");
        assertThat(meta.task()).isEqualTo("p.echo");
        assertThat(meta.worker()).contains("ext@python");
        assertThat(meta.retries()).isZero();
    }

    @Test
    @Line(70)
    void the_time_of_the_end_is_read_with_and_without_an_offset() throws Exception {
        fleet().working();
        var before = Instant.now();
        fleet().lovage().send(P_ECHO.with("x").taskId("naive")).await(LONG);
        fleet().lovage().send(J_ECHO.with("x").taskId("aware")).await(LONG);
        var redis = redis();
        assertThat(redis.text(Command.GET, KEY + "naive")).containsPattern("\"date_done\": \"[-0-9T:.]+(\\+00:00)?\"");
        assertThat(result("naive").dateDone().orElseThrow()).isBetween(before.minusMillis(1), Instant.now());
        assertThat(fleet().python().run("""
                from app import app
                from datetime import datetime, timezone
                done = app.AsyncResult('aware').date_done
                print(done.utcoffset(), abs((datetime.now(timezone.utc) - done).total_seconds()) < 60)
                """)).containsExactly("0:00:00 True");

        redis.ask(
                Command.SET,
                KEY + "newer",
                "{\"status\": \"SUCCESS\", \"result\": 1, \"traceback\": null, \"children\": [],"
                        + " \"date_done\": \"2026-01-02T05:04:05.123456+02:00\", \"task_id\": \"newer\"}");
        assertThat(result("newer").dateDone()).contains(Instant.parse("2026-01-02T03:04:05.123456Z"));
    }
}
