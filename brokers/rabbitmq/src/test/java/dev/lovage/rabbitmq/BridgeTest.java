package dev.lovage.rabbitmq;

import com.rabbitmq.client.ConnectionFactory;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the bridge does while one queue of RabbitMQ takes nothing.
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

    private static void lies(Lovage lovage, String queue, int count) {
        var transport = ((Bridge) lovage.backbone()).transport();
        Eventually.until(
                count + " lie in " + queue,
                () -> transport.depths(Set.of(queue)).values().stream().anyMatch(depth -> depth.ready() == count),
                () -> transport.depths(Set.of(queue)));
    }
}
