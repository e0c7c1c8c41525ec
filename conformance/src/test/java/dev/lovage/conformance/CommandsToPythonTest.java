package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.control.Control;
import dev.lovage.engine.control.Control.Command;
import dev.lovage.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// What Java asks of a worker of Celery and tells it.
@ParameterizedClass
@EnumSource(Kind.class)
class CommandsToPythonTest extends ControlLines {
    @Test
    @Line(82)
    void a_java_client_drives_a_python_worker() {
        var peer = fleet().closing(fleet().python().worker("-n", "p82@py", "-Q", queue(), "--pool=prefork", "-c", "2"));
        try (var control = lovage().control()) {
            fleet().python().run("""
                    import sys
                    from app import app
                    app.send_task('app.wait', args=[30], task_id='w', queue=sys.argv[1])
                    app.send_task('app.add', args=[1, 2], task_id='l', queue=sys.argv[1], countdown=3600)
                    """, queue());
            peer.says("app.wait waits");

            assertThat(ask(control, Command.of("ping")).path("ok").asString()).isEqualTo("pong");
            Eventually.until(
                    "it is active",
                    () -> ask(control, Command.of("active"))
                            .at("/0/id")
                            .asString("")
                            .equals("w"),
                    () -> ask(control, Command.of("active")));
            Eventually.until(
                    "it is scheduled",
                    () -> ask(control, Command.of("scheduled"))
                            .at("/0/request/id")
                            .asString("")
                            .equals("l"),
                    () -> ask(control, Command.of("scheduled")));
            assertThat(ask(control, Command.of("reserved")).isArray()).isTrue();
            assertThat(ask(control, Command.of("registered")).toString()).contains("app.add");
            assertThat(ask(control, Command.of("stats"))
                            .at("/pool/max-concurrency")
                            .asInt())
                    .isEqualTo(2);
            assertThat(ask(control, Command.of("conf")).isObject()).isTrue();
            assertThat(ask(control, Command.of("report")).path("ok").asString()).contains("celery");
            assertThat(ask(control, Command.of("active_queues")).at("/0/name").asString())
                    .isEqualTo(queue());
            assertThat(ask(control, Command.of("query_task").with("ids", List.of("w")))
                            .at("/w/0")
                            .asString())
                    .isEqualTo("active");
            assertThat(ask(control, Command.of("clock")).path("clock").isInt()).isTrue();
            assertThat(ask(control, Command.of("nosuch")).has("error")).isTrue();
            assertThat(ok(control, Command.of("revoke").with("task_id", "r"))).contains("r");
            assertThat(ask(control, Command.of("revoked")).toString()).contains("r");
            assertThat(ok(
                            control,
                            Command.of("rate_limit")
                                    .with("task_name", "app.add")
                                    .with("rate_limit", "10/m")))
                    .isEqualTo("new rate limit set successfully");
            assertThat(ok(
                            control,
                            Command.of("time_limit")
                                    .with("task_name", "app.add")
                                    .with("soft", 5.0)))
                    .isEqualTo("time limits set successfully");
            assertThat(ok(control, Command.of("pool_grow").with("n", 1))).isEqualTo("pool will grow");
            assertThat(ok(control, Command.of("pool_shrink").with("n", 1))).isEqualTo("pool will shrink");
            assertThat(ok(control, Command.of("add_consumer").with("queue", queue() + "-2")))
                    .contains(queue() + "-2");
            assertThat(ok(control, Command.of("cancel_consumer").with("queue", queue() + "-2")))
                    .contains(queue() + "-2");
            // One that was started with -E says that they were so already.
            assertThat(ok(control, Command.of("enable_events"))).endsWith("enabled");
            assertThat(ok(control, Command.of("disable_events"))).endsWith("disabled");
            assertThat(ask(control, Command.of("autoscale").with("max", 3).with("min", 1))
                            .path("error")
                            .asString())
                    .isEqualTo("ValueError('Autoscale not enabled')");
            assertThat(ok(
                            control,
                            Command.of("terminate").with("signal", "SIGKILL").with("task_id", "w")))
                    .isEqualTo("terminate: w");
            lovage().revoke(Set.of("from-java"), false);
            Eventually.until(
                    "Python knows what Java revoked",
                    () -> ask(control, Command.of("revoked")).toString().contains("from-java"),
                    peer::output);
            assertThat(control.ask(Command.of("ping").to("p82@py").to("nobody@py")))
                    .extracting(Control.Reply::node)
                    .containsExactly("p82@py");
            assertThat(control.ask(Command.of("ping").matching("p8?@*"))).hasSize(1);
            control.tell(Command.of("shutdown").to("p82@py"));
            assertThat(peer.ends()).isZero();
        }
    }

    private static JsonNode ask(Control control, Command command) {
        var replies = control.ask(command.to("p82@py").within(Duration.ofSeconds(20)));
        assertThat(replies).as(command.toString()).hasSize(1);
        assertThat(replies.getFirst().node()).isEqualTo("p82@py");
        return replies.getFirst().value();
    }

    private static String ok(Control control, Command command) {
        var reply = ask(control, command);
        assertThat(reply.has("ok")).as(command + " " + reply).isTrue();
        return reply.path("ok").asString();
    }
}
