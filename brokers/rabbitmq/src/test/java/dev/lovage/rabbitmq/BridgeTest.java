package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the bridge does while one queue of RabbitMQ takes or gives nothing.
@Tag("services")
class BridgeTest {
    private static final Task<Integer, Integer> STEP = Task.named("t.step", Integer.class, Integer.class);

    @TempDir
    Path folder;

    @Test
    void a_queue_that_takes_nothing_delays_no_other_and_gets_all_once_it_does() throws Exception {
        var url = LocalRabbit.freshUrl();
        var factory = new ConnectionFactory();
        factory.setUri(url);
        try (var connection = factory.newConnection();
                var channel = connection.createChannel();
                var lovage =
                        Lovage.open(Settings.embedded(folder).with(Setting.BROKER_URL, url), InstantSource.system())) {
            channel.queueDeclare("odd", true, false, false, Map.of("x-max-priority", 3));
            // More than are handed over at once, and all of them before the others.
            for (int i = 0; i < 600; i++) {
                lovage.send(STEP.with(i).queue("odd").priority(9));
            }
            lovage.send(STEP.with(1));
            lies(lovage, "celery", 1);
            lies(lovage, "odd", 0);
            channel.queueDelete("odd");
            lies(lovage, "odd", 600);
        }
    }

    @Test
    void a_queue_that_can_not_be_had_keeps_a_worker_from_no_other_and_a_cancelled_one_holds_nothing() throws Exception {
        var url = LocalRabbit.freshUrl();
        var factory = new ConnectionFactory();
        factory.setUri(url);
        try (var connection = factory.newConnection();
                var channel = connection.createChannel();
                var lovage =
                        Lovage.open(Settings.embedded(folder).with(Setting.BROKER_URL, url), InstantSource.system())) {
            channel.queueDeclare("odd", true, false, false, Map.of("x-max-priority", 3));
            try (var worker = lovage.worker()
                    .tasks(tasks -> tasks.handle(STEP, number -> number + 1))
                    .queues("celery", "odd")
                    .start()) {
                for (int i = 0; i < 20; i++) {
                    assertThat(lovage.send(STEP.with(i)).await(Duration.ofSeconds(30)))
                            .isEqualTo(i + 1);
                }
                channel.queueDelete("odd");
                assertThat(lovage.send(STEP.with(7).queue("odd")).await(Duration.ofSeconds(40)))
                        .isEqualTo(8);
                worker.cancel("odd");
                worker.cancel("celery");
                Eventually.until(
                        "nobody receives from celery",
                        () -> consumers(channel) == 0,
                        () -> String.valueOf(lovage.backbone().broker().queues()));
                lovage.send(STEP.with(1));
                lies(lovage, "celery", 1);
            }
        }
    }

    private static long consumers(Channel channel) {
        try {
            return channel.consumerCount("celery");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void lies(Lovage lovage, String queue, int count) {
        var transport = ((Bridge) lovage.backbone()).transport();
        Eventually.until(
                count + " lie in " + queue,
                () -> transport.depths(Set.of(queue)).values().stream().anyMatch(depth -> depth.ready() == count),
                () -> transport.depths(Set.of(queue)));
    }
}
