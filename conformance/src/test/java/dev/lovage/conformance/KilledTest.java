package dev.lovage.conformance;

import static dev.lovage.conformance.WorkerProgram.J_HOLD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Tasks;
import dev.lovage.testkit.ChildJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol.Command;

/// What a worker leaves that was killed.
@ParameterizedClass
@EnumSource(Kind.class)
class KilledTest extends Lines {
    private static final String VISIBILITY = "{\"visibility_timeout\": 5}";

    @TempDir
    Path folder;

    @Override
    String pythonTasks() {
        return """
            app.conf.broker_transport_options = {'visibility_timeout': 5}

            @app.task(name='j.hold', bind=True)
            def hold(self, text):
                if text == 'python':
                    print('holds', flush=True)
                    time.sleep(600)
                return 100 if self.request.delivery_info['redelivered'] else 0
            """;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_HOLD, text -> 1000L);
    }

    private ChildJvm start(String data, String queue, String... settings) {
        var arguments = new ArrayList<>(List.of(
                folder.resolve(data).toString(),
                fleet().brokerUrl(),
                fleet().resultUrl(),
                queue,
                Setting.BROKER_TRANSPORT_OPTIONS + "=" + VISIBILITY));
        arguments.addAll(List.of(settings));
        var child = fleet().closing(ChildJvm.start(WorkerProgram.class, arguments));
        child.hears("ready");
        return child;
    }

    private void send(String id, String queue, String text) {
        fleet().python().run("""
                import sys
                from app import app
                app.send_task('j.hold', [sys.argv[3]], task_id=sys.argv[1], queue=sys.argv[2])
                """, id, queue, text);
    }

    private String result(String id) {
        return fleet().python().run("""
                import sys
                from app import app
                try:
                    print(app.AsyncResult(sys.argv[1]).get(timeout=50))
                except Exception as e:
                    print(type(e).__name__)
                """, id).getLast();
    }

    /// As if the visibility timeout had passed.
    private void age() {
        if (kind() == Kind.REDIS) {
            try (var redis = new Raw(fleet().redis().port(), 0)) {
                for (var tag : redis.list(Command.ZRANGE, "unacked_index", 0, -1)) {
                    redis.ask(Command.ZADD, "unacked_index", "XX", "1000", tag);
                }
            }
        }
    }

    @Test
    @Line({47, 51})
    void what_a_killed_java_worker_had_is_delivered_to_python_and_marked_as_again() {
        var child = start("to-python", "to-python");
        send("to-python", "to-python", "java");
        child.hears("holds");
        child.kill();
        age();

        fleet().pythonWorker("", "-Q", "to-python", "-n", "to@python");

        assertThat(result("to-python")).isEqualTo("100");
    }

    @Test
    @Line(47)
    void what_a_killed_java_worker_had_is_run_again_by_the_next_one() {
        var child = start("again", "again");
        send("again", "again", "java");
        child.hears("holds");
        child.kill();

        start("again", "again");

        assertThat(result("again")).isEqualTo("2");
        fleet().awaitEmpty("again");
    }

    @Test
    @Line(48)
    void what_was_acknowledged_early_is_not_run_again_and_fails() {
        var child = start("early", "early", "TASK_ACKS_LATE=false");
        send("early", "early", "java");
        child.hears("holds");
        fleet().awaitEmpty("early");
        child.kill();

        fleet().pythonWorker("", "-Q", "early", "-n", "early@python"); // which would run it
        start("early", "early", "TASK_ACKS_LATE=false");

        assertThat(result("early")).isEqualTo("WorkerLostError");
        fleet().awaitEmpty("early");
    }

    @Test
    @Line(51)
    void what_a_killed_python_worker_had_is_delivered_to_java() {
        var python = fleet().pythonWorker("", "-Q", "to-java", "-n", "from@python");
        send("to-java", "to-java", "python");
        python.says("holds");
        python.kill();
        age();

        var lovage = fleet().another(Map.of(Setting.BROKER_TRANSPORT_OPTIONS, VISIBILITY, Setting.TASK_ROUTES, "{}"));
        fleet().closing(fleet().builder(lovage)
                .queues("to-java")
                .name("to@java")
                .start());

        assertThat(result("to-java")).isEqualTo("1000");
        fleet().awaitEmpty("to-java");
    }
}
