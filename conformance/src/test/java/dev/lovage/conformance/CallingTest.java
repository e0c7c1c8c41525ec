package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Calls, and their values.
@ParameterizedClass
@EnumSource(Kind.class)
class CallingTest extends Lines {
    private static final Duration LONG = Duration.ofSeconds(40);

    record Two(int x, int y) {}

    private static final Task<Two, Integer> J_ADD = Task.named("j.add", Two.class, Integer.class);
    private static final Task<Two, Integer> P_ADD = Task.named("p.add", Two.class, Integer.class);
    private static final String PYTHON = """
            @app.task(name='p.add')
            def add(x, y):
                return x + y
            """;

    @Override
    String pythonTasks() {
        return PYTHON;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_ADD, two -> two.x() + two.y());
    }

    @Test
    @Line(1)
    void python_calls_a_java_task_and_gets_its_value() {
        fleet().worker();
        assertThat(fleet().python().run("""
                from app import app
                print(app.send_task('j.add', [1, 2]).get(timeout=40))
                """)).containsExactly("3");
    }

    @Test
    @Line(2)
    void java_calls_a_python_task_and_reads_its_value() throws Exception {
        fleet().pythonWorker();
        assertThat(fleet().lovage().send(P_ADD.with(new Two(1, 2))).await(LONG)).isEqualTo(3);
    }
}
