package dev.lovage.engine.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// States that an application's tasks tell of themselves.
class OwnStatesTest {
    private static final Task<String, String> STEP = Task.named("t.step", String.class, String.class);

    @Test
    void a_state_of_ones_own_is_there_until_the_end_replaces_it() throws Exception {
        var seen = new CompletableFuture<ResultMeta>();
        try (var lovage = Lovage.inMemory(InstantSource.system());
                var worker = lovage.worker()
                        .tasks(tasks -> tasks.handle(STEP, text -> {
                            TaskContext.current().state("PROGRESS", Map.of("done", 1));
                            seen.complete(lovage.backbone()
                                    .results()
                                    .result(TaskContext.current().id())
                                    .orElseThrow());
                            return text;
                        }))
                        .start()) {
            assertThat(worker.ready()).isTrue();
            var sent = lovage.send(STEP.with("x"));
            assertThat(sent.await(Duration.ofSeconds(40))).isEqualTo("x");
            assertThat(seen.get().word()).isEqualTo("PROGRESS");
            assertThat(seen.get().state()).isEqualTo(TaskState.STARTED);
            assertThat(Json.text(seen.get().result())).isEqualTo("{\"done\":1}");
            assertThat(sent.meta().map(ResultMeta::word)).isEqualTo(Optional.of("SUCCESS"));
        }
    }

    @Test
    void a_task_can_not_say_that_it_has_ended() throws Exception {
        try (var lovage = Lovage.inMemory(InstantSource.system());
                var worker = lovage.worker()
                        .tasks(tasks -> tasks.handle(STEP, text -> {
                            assertThatThrownBy(() -> TaskContext.current().state(text, 1))
                                    .isInstanceOf(IllegalArgumentException.class)
                                    .hasMessageContaining("Nothing was recorded");
                            return text;
                        }))
                        .start()) {
            assertThat(worker.ready()).isTrue();
            for (var word : new String[] {"SUCCESS", "STARTED", "PARKED", " "}) {
                assertThat(lovage.send(STEP.with(word)).await(Duration.ofSeconds(40)))
                        .isEqualTo(word);
            }
        }
    }
}
