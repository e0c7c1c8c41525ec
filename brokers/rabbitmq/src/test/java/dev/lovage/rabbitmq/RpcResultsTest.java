package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("services")
class RpcResultsTest {
    private static SharedResults.Written written(String taskId, TaskState state, int value, String replyTo) {
        return new SharedResults.Written(
                new ResultMeta(
                        taskId,
                        "test.task",
                        state,
                        Json.tree(value),
                        Optional.empty(),
                        Optional.empty(),
                        Json.array(),
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        Optional.empty()),
                "{}",
                "{\"reply_to\": \"" + replyTo + "\", \"correlation_id\": \"" + taskId + "\"}");
    }

    @Test
    void a_result_travels_to_the_process_that_sent_the_task_and_a_success_stays() throws InterruptedException {
        var url = LocalRabbit.freshUrl();
        var settings = Mail.settings();
        var provider = new RabbitProvider();
        var replyTo = "mine-" + System.nanoTime();
        try (var client = provider.open(url, settings);
                var worker = provider.open(url, settings);
                var mine = provider.openResults("rpc://", settings, Optional.of(client), replyTo);
                var theirs = provider.openResults("rpc://", settings, Optional.of(worker), "theirs")) {
            Eventually.until(
                    "the reply queue is there",
                    () -> client.depths(Set.of(replyTo)).containsKey(replyTo),
                    () -> client.depths(Set.of(replyTo)));
            theirs.write(List.of(
                    written("a", TaskState.STARTED, 0, replyTo),
                    written("a", TaskState.SUCCESS, 7, replyTo),
                    written("a", TaskState.RETRY, 8, replyTo),
                    written("nobody", TaskState.SUCCESS, 1, "not-there"),
                    written("silent", TaskState.SUCCESS, 1, ""),
                    written("b", TaskState.FAILURE, 9, replyTo)));
            assertThat(mine.await("b", Duration.ofSeconds(30)).orElseThrow().state())
                    .isEqualTo(TaskState.FAILURE);
            var meta = mine.result("a").orElseThrow();
            assertThat(meta.state()).isEqualTo(TaskState.SUCCESS);
            assertThat(meta.result()).isEqualTo(Json.tree(7));
            assertThat(mine.result("silent")).isEmpty();
            assertThat(mine.await("never", Duration.ZERO)).isEmpty();
            assertThat(theirs.result("a")).isEmpty();
            assertThat(mine.joins()).isFalse();
        }
    }

    @Test
    void rpc_results_without_rabbitmq_are_refused() {
        assertThatThrownBy(() -> new RabbitProvider().openResults("rpc://", Mail.settings(), Optional.empty(), "mine"))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("rpc://");
    }
}
