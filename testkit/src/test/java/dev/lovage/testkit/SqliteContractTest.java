package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.worker.Pool;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SqliteContractTest extends BrokerContract {
    @Override
    protected Settings settings(Path data) {
        return Settings.embedded(data);
    }

    @Test
    @Timeout(240)
    void a_manifest_of_50_mb_reaches_a_child_process() throws Exception {
        var manifest = manifest();
        try (var _ = lovage().worker()
                .tasks(new FragileTasks())
                .pool(Pool.processes(1))
                .start()) {
            assertThat(lovage().send(MANIFEST.with(manifest)).await(Duration.ofMinutes(3)))
                    .isEqualTo(FragileTasks.count(manifest));
        }
    }
}
