package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.worker.Pool;
import dev.lovage.testkit.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// What Celery asks of a Java worker and tells it, by its own command line.
@ParameterizedClass
@EnumSource(Kind.class)
class CommandsToJavaTest extends ControlLines {
    @Test
    @Line(71)
    void celery_status_lists_the_java_worker() {
        worker();

        var status = fleet().python().celery("status");

        assertThat(status.ends()).isZero();
        assertThat(status.output()).anyMatch(line -> line.contains("j1@java") && line.contains("OK"));
    }

    @Test
    @Line(72)
    void every_inspection_is_answered_in_celerys_form() {
        worker();
        var running = lovage().send(HANG.with("72"));
        hangs("72");
        var later = lovage().send(ECHO.with("later").countdown(Duration.ofHours(1)));
        lovage().send(ECHO.with("behind"));
        assertThat(control("revoke", "gone-72").path("ok").asString()).contains("gone-72");

        assertThat(Json.text(inspect("ping"))).isEqualTo("{\"ok\":\"pong\"}");
        var active = inspect("active");
        assertThat(active).hasSize(1);
        var info = active.get(0);
        assertThat(info.path("id").asString()).isEqualTo(running.id());
        assertThat(info.path("name").asString()).isEqualTo("j.hang");
        assertThat(info.path("type").asString()).isEqualTo("j.hang");
        assertThat(info.path("hostname").asString()).isEqualTo("j1@java");
        assertThat(info.path("args").isArray()).isTrue();
        assertThat(info.path("kwargs").isObject()).isTrue();
        assertThat(info.path("time_start").isDouble()).isTrue();
        assertThat(info.path("acknowledged").isBoolean()).isTrue();
        assertThat(info.at("/delivery_info/routing_key").asString()).isEqualTo(queue());
        assertThat(info.path("worker_pid").isInt()).isTrue();
        assertThat(inspect("reserved").isArray()).isTrue();
        var scheduled = inspect("scheduled");
        assertThat(scheduled).hasSize(1);
        assertThat(scheduled.get(0).path("eta").asString()).endsWith("+00:00");
        assertThat(scheduled.get(0).path("priority").isInt()).isTrue();
        assertThat(scheduled.get(0).at("/request/id").asString()).isEqualTo(later.id());
        assertThat(Json.text(inspect("revoked"))).isEqualTo("[\"gone-72\"]");
        assertThat(Json.text(inspect("registered"))).isEqualTo("[\"j.again\",\"j.echo\",\"j.fail\",\"j.hang\"]");
        var stats = inspect("stats");
        assertThat(stats.at("/total/j.hang").asInt()).isEqualTo(1);
        assertThat(stats.path("pid").asLong()).isEqualTo(ProcessHandle.current().pid());
        assertThat(stats.path("clock").isString()).isTrue();
        assertThat(stats.at("/pool/max-concurrency").asInt()).isEqualTo(1);
        assertThat(stats.at("/pool/timeouts")).hasSize(2);
        assertThat(stats.at("/broker/hostname").asString()).isNotEmpty();
        assertThat(stats.at("/broker/port").isInt()).isTrue();
        assertThat(stats.path("prefetch_count").isInt()).isTrue();
        assertThat(inspect("conf").path("task_default_queue").asString()).isEqualTo(queue());
        assertThat(inspect("report").path("ok").asString()).contains("software -> lovage");
        var queues = inspect("active_queues");
        assertThat(queues).hasSize(1);
        assertThat(queues.get(0).path("name").asString()).isEqualTo(queue());
        assertThat(queues.get(0).at("/exchange/type").asString()).isEqualTo("direct");
        assertThat(queues.get(0).path("routing_key").asString()).isEqualTo(queue());
        var query = inspect("query_task", running.id(), later.id(), "unknown");
        assertThat(query.at("/" + running.id() + "/0").asString()).isEqualTo("active");
        assertThat(query.at("/" + later.id() + "/0").asString()).isEqualTo("ready");
        assertThat(query.propertyNames()).hasSize(2);
        assertThat(inspect("clock").path("clock").isInt()).isTrue();
    }

    @Test
    @Line(73)
    void a_destination_reaches_only_its_worker_and_an_unknown_one_nobody() {
        worker();
        worker(lovage(), "j2@java");

        assertThat(json("inspect", "-j", "-d", "j2@java", "ping").propertyNames())
                .containsExactly("j2@java");
        assertThat(fleet().python()
                        .celery("inspect", "-t", "0.5", "-d", "nobody@java", "ping")
                        .ends())
                .isEqualTo(69);
    }

    @Test
    @Line(74)
    void a_pattern_selects_by_name() {
        worker();
        worker(lovage(), "k1@java");

        var replies = fleet().python().run("""
                from app import app
                for pattern, matcher in [('j*', 'glob'), ('[jk]1@*', 'glob'), ('k.*', 'pcre'), ('1', 'pcre')]:
                    print(sorted(n for r in app.control.broadcast('ping', pattern=pattern, matcher=matcher, reply=True)
                                 for n in r))
                """);

        assertThat(replies).containsExactly("['j1@java']", "['j1@java', 'k1@java']", "['k1@java']", "[]");
    }

    @Test
    @Line(75)
    void what_can_not_be_understood_is_answered_with_an_error_and_harms_nobody() {
        worker();

        var replies = fleet().python().run("""
                from app import app
                from kombu import Exchange
                def ask(command, **arguments):
                    print(app.control.broadcast(command, arguments=arguments, reply=True, limit=1))
                ask('nosuch')
                ask('rate_limit')
                ask('revoke', task_id=None)
                ask('query_task', ids={'a': 1})
                ask('pool_grow', n='many')
                ask('pool_shrink', n=-7)
                ask('hello', from_node=1, revoked=[1])
                ask('active', safe={}, what=[1])
                exchange = Exchange('celery.pidbox', 'fanout', durable=False)
                with app.producer_pool.acquire() as producer:
                    def tell(body, content_type='application/json', **headers):
                        producer.publish(body, exchange=exchange, content_type=content_type,
                                         content_encoding='utf-8', serializer=None, headers=headers, declare=[exchange])
                    tell('{no json')
                    tell('[1, 2]')
                    tell('null', clock='soon')
                    tell('{"method": 1, "arguments": [1], "destination": 7, "reply_to": {}}')
                    tell('{"method": "ping", "reply_to": {"exchange": "amq.direct", "routing_key": 5}}')
                    tell('{"method": "ping", "pattern": "[", "matcher": "pcre"}')
                ask('ping')
                """);

        assertThat(replies).hasSize(9);
        assertThat(replies.getFirst()).contains("'error'").contains("KeyError").contains("nosuch");
        assertThat(replies.subList(1, 3)).allMatch(line -> line.contains("'error'"));
        assertThat(replies.subList(4, 6)).allMatch(line -> line.contains("'error'"));
        assertThat(replies.getLast()).isEqualTo("[{'j1@java': {'ok': 'pong'}}]");
    }

    @Test
    @Line(76)
    void what_is_revoked_does_not_run_and_what_is_terminated_stops() {
        worker();
        assertThat(control("enable_events").path("ok").asString()).isEqualTo("task events enabled");
        var receiver = receiver();
        var first = lovage().send(HANG.with("76"));
        hangs("76");
        var second = lovage().send(ECHO.with("never"));

        assertThat(control("revoke", second.id()).path("ok").asString())
                .isEqualTo("tasks {'" + second.id() + "'} flagged as revoked");
        assertThat(control("terminate", "SIGTERM", first.id()).path("ok").asString())
                .isEqualTo("terminate: " + first.id());

        awaitState(first, TaskState.REVOKED);
        awaitState(second, TaskState.REVOKED);
        assertThat(echoedNanos).isEmpty();
        var terminated = event(receiver, "task-revoked", first.id());
        assertThat(terminated.path("terminated").asBoolean()).isTrue();
        assertThat(terminated.path("signum").asString()).isEqualTo("SIGTERM");
        assertThat(terminated.path("expired").asBoolean()).isFalse();
        var revoked = event(receiver, "task-revoked", second.id());
        assertThat(revoked.path("terminated").asBoolean()).isFalse();
        assertThat(revoked.path("signum").isNull()).isTrue();
        assertThat(control("terminate", "SIGTERM", "nobody").path("ok").asString())
                .isEqualTo("terminate: tasks unknown");
    }

    @Test
    void what_was_revoked_is_remembered_when_the_worker_starts_again() {
        worker().close();
        fleet().python().run("from app import app; app.control.revoke('too-early')");
        try (var before = worker()) {
            assertThat(before.ready()).isTrue();
            assertThat(control("revoke", "kept").path("ok").asString()).contains("kept");
        }
        worker();

        assertThat(Json.text(inspect("revoked"))).isEqualTo("[\"kept\"]");
    }

    @Test
    void stamps_are_revoked() {
        worker();
        gate("stamped");
        var reply = fleet().python().run("""
                import sys
                from app import app
                print(app.control.broadcast('revoke_by_stamped_headers', reply=True, limit=1,
                                            arguments={'headers': ['box=7']}))
                app.send_task('j.echo', kwargs={}, args=['x'], task_id='stamped', queue=sys.argv[1],
                              headers={'stamped_headers': ['box'], 'stamps': {'box': ['7', '8']}})
                """, queue());

        assertThat(reply.getLast()).contains("flagged as revoked, but not terminated");
        Eventually.until(
                "it is revoked",
                () -> lovage().backbone()
                        .results()
                        .result("stamped")
                        .filter(meta -> meta.state() == TaskState.REVOKED)
                        .isPresent(),
                () -> lovage().backbone().results().result("stamped"));
    }

    @Test
    @Line(77)
    void a_rate_limit_slows_a_task_down_and_zero_lifts_it() {
        worker();
        assertThat(control("rate_limit", "j.echo", "2/s").path("ok").asString())
                .isEqualTo("new rate limit set successfully");
        assertThat(inspect("registered").toString()).contains("j.echo [rate_limit=2/s]");

        for (int i = 0; i < 5; i++) {
            lovage().send(ECHO.with("limited"));
        }
        Eventually.until("all have run", () -> echoedNanos.size() == 5, echoedNanos::toString);

        assertThat(Duration.ofNanos(echoedNanos.getLast() - echoedNanos.getFirst()))
                .isGreaterThanOrEqualTo(Duration.ofMillis(1900));
        assertThat(control("rate_limit", "j.echo", "0").path("ok").asString())
                .isEqualTo("rate limit disabled successfully");
        for (int i = 0; i < 100; i++) {
            lovage().send(ECHO.with("free"));
        }
        Eventually.until("all have run", () -> echoedNanos.size() == 105, echoedNanos::toString);
        assertThat(control("rate_limit", "j.nosuch", "2/s").path("error").asString())
                .isEqualTo("unknown task");
        assertThat(control("rate_limit", "j.echo", "often").path("error").asString())
                .startsWith("Invalid rate limit string: ValueError(");
    }

    @Test
    @Line(78)
    void a_time_limit_from_afar_stops_a_task() {
        worker();
        assertThat(control("time_limit", "j.hang", "0.2").path("ok").asString())
                .isEqualTo("time limits set successfully");
        assertThat(control("time_limit", "j.nosuch", "1").path("error").asString())
                .isEqualTo("unknown task");

        var sent = lovage().send(HANG.with("limited"));

        awaitState(sent, TaskState.FAILURE);
        assertThat(lovage().backbone()
                        .results()
                        .result(sent.id())
                        .orElseThrow()
                        .result()
                        .path("exc_type")
                        .asString())
                .contains("SoftTimeLimitExceeded");
    }

    @Test
    @Line(78)
    void the_pool_grows_and_shrinks_and_queues_come_and_go() {
        worker();
        lovage().send(HANG.with("a"));
        hangs("a");
        assertThat(control("pool_grow", "1").path("ok").asString()).isEqualTo("pool will grow");
        lovage().send(HANG.with("b"));
        hangs("b");
        assertThat(inspect("stats").at("/pool/max-concurrency").asInt()).isEqualTo(2);
        assertThat(control("pool_shrink", "1").path("ok").asString()).isEqualTo("pool will shrink");
        assertThat(inspect("stats").at("/pool/max-concurrency").asInt()).isEqualTo(1);
        gate("a").countDown();
        gate("b").countDown();
        assertThat(control("autoscale", "3", "1").path("error").asString())
                .isEqualTo("ValueError('Autoscale not enabled')");

        var other = queue() + "-other";
        assertThat(control("add_consumer", other).path("ok").asString()).isEqualTo("add consumer " + other);
        var sent = lovage().send(ECHO.with("there").queue(other));
        awaitState(sent, TaskState.SUCCESS);
        assertThat(names(inspect("active_queues"))).containsExactly(queue(), other);
        assertThat(control("cancel_consumer", other).path("ok").asString())
                .isEqualTo("no longer consuming from " + other);
        assertThat(names(inspect("active_queues"))).containsExactly(queue());

        var bound = queue() + "-bound";
        var exchange = queue() + "-news";
        assertThat(control("add_consumer", bound, exchange, "topic", "news.*.urgent")
                        .path("ok")
                        .asString())
                .isEqualTo("add consumer " + bound);
        // What it receives from is bound.
        awaitState(lovage().send(ECHO.with("straight").queue(bound)), TaskState.SUCCESS);
        fleet().python().run("""
                import sys
                from app import app
                from kombu import Exchange
                news = Exchange(sys.argv[1], type='topic')
                app.send_task(sys.argv[2], args=['by topic'], task_id='bound-78', routing_key='news.of.urgent',
                              exchange=news, declare=[news])
                """, exchange, ECHO.name().value());
        Eventually.until(
                "it has run",
                () -> lovage().backbone()
                        .results()
                        .result("bound-78")
                        .filter(meta -> meta.state() == TaskState.SUCCESS)
                        .isPresent(),
                () -> lovage().backbone().store().inventory());
    }

    @Test
    @Line(78)
    void a_pool_that_scales_by_itself_takes_other_bounds() {
        fleet().closing(fleet().builder(lovage())
                .queues(queue())
                .name("j1@java")
                .pool(Pool.threads(1))
                .autoscale(1, 1)
                .start());
        var first = lovage().send(HANG.with("first"));
        hangs("first");

        assertThat(control("autoscale", "2", "1").path("ok").asString()).isEqualTo("autoscale now max=2 min=1");

        lovage().send(HANG.with("second"));
        hangs("second");
        gate("first").countDown();
        awaitState(first, TaskState.SUCCESS);
    }

    private static List<String> names(JsonNode queues) {
        var names = new ArrayList<String>();
        queues.forEach(one -> names.add(one.path("name").asString()));
        return names;
    }

    @Test
    @Line(79)
    void events_of_tasks_are_switched_on_and_off() {
        worker();
        var receiver = receiver();

        var silent = lovage().send(ECHO.with("silent"));
        awaitState(silent, TaskState.SUCCESS);
        assertThat(control("enable_events").path("ok").asString()).isEqualTo("task events enabled");
        assertThat(control("enable_events").path("ok").asString()).isEqualTo("task events already enabled");
        var told = lovage().send(ECHO.with("told"));
        event(receiver, "task-succeeded", told.id());
        assertThat(control("disable_events").path("ok").asString()).isEqualTo("task events disabled");
        assertThat(control("disable_events").path("ok").asString()).isEqualTo("task events already disabled");
        var after = lovage().send(ECHO.with("after"));
        awaitState(after, TaskState.SUCCESS);
        assertThat(control("enable_events").path("ok").asString()).isEqualTo("task events enabled");
        event(receiver, "task-succeeded", lovage().send(ECHO.with("last")).id());

        assertThat(events(receiver).stream()
                        .map(one -> one.path("uuid").asString(""))
                        .collect(Collectors.toSet()))
                .contains(told.id())
                .doesNotContain(silent.id(), after.id());
    }

    @Test
    @Line(80)
    void shutdown_lets_what_runs_finish_and_says_offline() throws InterruptedException {
        var worker = worker();
        var receiver = receiver();
        var running = lovage().send(HANG.with("80"));
        hangs("80");

        var command = fleet().python().celery("control", "-d", "j1@java", "shutdown");
        command.ends();
        var queued = lovage().send(ECHO.with("stays"));
        gate("80").countDown();
        worker.awaitEnd();

        awaitState(running, TaskState.SUCCESS);
        assertThat(queued.state()).isEqualTo(TaskState.PENDING);
        Eventually.until(
                "it is offline", () -> found(receiver, "worker-offline", "").isPresent(), receiver::output);
        assertThat(lovage().backbone().store().workers()).isEmpty();
    }

    @Test
    @Line(81)
    void two_workers_of_one_name_are_both_heard() {
        worker();
        worker();

        var ping = fleet().python().celery("inspect", "ping");

        assertThat(ping.ends()).isZero();
        assertThat(ping.output()).anyMatch(line -> line.contains("DuplicateNodenameWarning"));
    }
}
