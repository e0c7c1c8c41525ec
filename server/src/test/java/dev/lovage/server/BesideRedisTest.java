package dev.lovage.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.server.installation.Installation;
import dev.lovage.testkit.LocalRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The applications where Redis moves the messages.
@Tag("services")
class BesideRedisTest {
    @TempDir
    Path data;

    @Test
    void they_keep_their_truth_in_the_data_folders_file_and_say_so_where_that_is_not_possible() {
        try (var redis = LocalRedis.start()) {
            var settings = Settings.embedded(data).with(Setting.BROKER_URL, redis.url(0));
            var inRedis = settings.with(Setting.STORE_URL, redis.url(1));
            assertThatThrownBy(() -> Installation.start(inRedis, InstantSource.system(), new SimpleMeterRegistry()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Set store_url to sqlite: or postgresql:");
            try (var installation = Installation.start(settings, InstantSource.system(), new SimpleMeterRegistry())) {
                assertThat(installation.lovage().settings().storeUrl()).isEqualTo("sqlite:///" + file());
                assertThat(installation.lovage().backbone().store().transactional())
                        .isTrue();
            }
            assertThat(settings.storeUrl()).as("what the command line finds").isEqualTo("sqlite:///" + file());
        }
    }

    private Path file() {
        return data.toAbsolutePath().normalize().resolve("lovage.db");
    }
}
