package dev.lovage.engine.settings;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.rate.RateLimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @Test
    void annotations_limit_tasks_by_name_or_all_that_are_not_named() {
        var settings = Settings.embedded(Path.of("data"))
                .with(
                        Setting.TASK_ANNOTATIONS,
                        "{\"a\": {\"rate_limit\": \"120/m\", \"cluster\": true}, \"b\": {\"rate_limit\": null}, \"*\":"
                                + " {\"rate_limit\": 4}}");
        assertThat(settings.checked().annotation("a").orElseThrow().rateLimit())
                .contains(RateLimit.of("2/s").cluster());
        assertThat(settings.annotation("b").orElseThrow().rateLimit()).isEmpty();
        assertThat(settings.annotation("c").orElseThrow().rateLimit()).contains(RateLimit.of("4/s"));
        for (var bad : List.of(
                "[]",
                "{\"a\": 1}",
                "{\"a\": {\"cluster\": true}}",
                "{\"a\": {\"rate_limit\": \"fast\"}}",
                "{\"a\": {\"rate_limit\": 0}}",
                "{\"a\": {\"rate_limit\": 1, \"cluster\": \"yes\"}}",
                "{\"a\": {\"rate_limit\": 1, \"max_retries\": 3}}")) {
            assertThatThrownBy(
                            () -> settings.with(Setting.TASK_ANNOTATIONS, bad).checked())
                    .as(bad)
                    .isInstanceOf(BadSetting.class)
                    .hasMessageContaining("task_annotations");
        }
    }

    @TempDir
    Path folder;

    @Test
    void the_store_is_where_results_or_messages_are_unless_the_data_folder_has_one() throws IOException {
        var data = Settings.embedded(folder);
        var redis = data.with(Setting.BROKER_URL, "redis://a/0");
        var both = redis.with(Setting.RESULT_BACKEND, "rediss://b/1");
        var file = "sqlite:///" + folder.resolve("lovage.db");
        assertThat(data.storeUrl()).isEqualTo(file);
        assertThat(redis.storeUrl()).isEqualTo("redis://a/0");
        assertThat(both.storeUrl()).isEqualTo("rediss://b/1");
        assertThat(both.with(Setting.BROKER_URL, "amqp://h").storeUrl()).isEqualTo("rediss://b/1");
        assertThat(data.with(Setting.BROKER_URL, "amqp://h").storeUrl()).isEqualTo(file);
        assertThat(redis.with(Setting.RESULT_BACKEND, "sql+sqlite:///r.db").storeUrl())
                .isEqualTo("sql+sqlite:///r.db");
        assertThat(both.with(Setting.STORE_URL, "redis://c/2").storeUrl()).isEqualTo("redis://c/2");
        assertThat(both.withSqlStore().storeUrl()).isEqualTo(file);
        assertThat(both.with(Setting.STORE_URL, "redis://c/2").withSqlStore().storeUrl())
                .isEqualTo("redis://c/2");
        Files.createFile(folder.resolve("lovage.db"));
        assertThat(both.storeUrl()).isEqualTo(file);
    }

    @Test
    void a_file_is_read_over_the_presets_and_the_environment_over_the_file() throws IOException {
        var settings = Settings.read(file("""
                worker_concurrency: 3
                worker_lease: 0.5
                task_default_queue: intake
                task_routes:
                  archival.*: io_bound
                  records.score: {queue: fast}
                """))
                .overriddenBy(Map.of("LOVAGE_WORKER_CONCURRENCY", "7", "HOME", "/root", "LOVAGE_JAVA_HOME", "/jdk"));
        assertThat(settings.number(Setting.WORKER_CONCURRENCY)).isEqualTo(7);
        assertThat(settings.duration(Setting.WORKER_LEASE)).isEqualTo(Duration.ofMillis(500));
        assertThat(settings.text(Setting.TASK_DEFAULT_QUEUE)).isEqualTo("intake");
        assertThat(settings.routes())
                .containsEntry("archival.*", Route.to("io_bound"))
                .containsEntry("records.score", Route.to("fast"));
        assertThat(settings.flag(Setting.TASK_ACKS_LATE)).isTrue();
    }

    @Test
    void routes_and_queues_are_described_as_in_celery() throws IOException {
        var settings = Settings.read(file("""
                task_queues:
                  intake_default: {exchange: intake_exchange, routing_key: default, max_priority: 10}
                  plain:
                task_routes:
                  - ["tasks.intake.*", {queue: intake_default, priority: 5}]
                  - {"re:media\\\\..*": {exchange: media, routing_key: media.video}}
                """));
        assertThat(settings.queues()).containsOnlyKeys("intake_default", "plain");
        var queue = requireNonNull(settings.queues().get("intake_default"));
        assertThat(queue.exchange()).contains("intake_exchange");
        assertThat(queue.arguments().get("x-max-priority").intValue()).isEqualTo(10);
        assertThat(requireNonNull(settings.queues().get("plain")).routingKey()).isEqualTo("plain");
        assertThat(requireNonNull(settings.routes().get("tasks.intake.*")).priority())
                .contains(5);
        assertThat(requireNonNull(settings.routes().get("re:media\\..*")).exchange())
                .contains("media");
        assertThat(Settings.of(settings.given()).routes()).isEqualTo(settings.routes());
        assertThat(settings.overriddenBy(Map.of("LOVAGE_TASK_ROUTES", "{\"a\": \"b\"}"))
                        .routes())
                .isEqualTo(Map.of("a", Route.to("b")));
        for (var wrong : new String[] {
            "task_routes: 5",
            "task_routes: {a: {que: x}}",
            "task_routes: {a: {priority: 11}}",
            "task_queues: {a: {max_priority: high}}",
            "task_queues: 7",
            "task_compression: rar",
            "task_json_types: all"
        }) {
            assertThatThrownBy(() -> Settings.read(file(wrong))).as(wrong).isInstanceOf(BadSetting.class);
        }
    }

    @Test
    void memory_is_in_kibibytes_as_in_celery_or_has_its_unit() throws IOException {
        for (var text : new String[] {"1048576", "1GiB", "1024 MiB", "1g"}) {
            var settings = Settings.read(file("worker_max_memory_per_child: " + text));
            assertThat(settings.bytes(Setting.WORKER_MAX_MEMORY_PER_CHILD))
                    .as(text)
                    .isEqualTo(1L << 30);
        }
        assertThat(Settings.read(file("worker_max_memory_per_child: 9999999999TiB"))
                        .bytes(Setting.WORKER_MAX_MEMORY_PER_CHILD))
                .isGreaterThan(1L << 62);
        assertThatThrownBy(() -> Settings.read(file("worker_max_memory_per_child: a lot")))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("KiB");
        assertThatThrownBy(() -> Settings.read(file("task_unenforceable_limit: maybe")))
                .hasMessageContaining("fail or ignore");
    }

    @Test
    void a_number_below_zero_or_none_at_all_is_refused() {
        for (var text : new String[] {"-3", "1.5", "many"}) {
            assertThatThrownBy(() -> Settings.read(file("task_log_lines_max: " + text)))
                    .isInstanceOf(BadSetting.class)
                    .hasMessageContaining("task_log_lines_max is a whole number of 0 or more, but is '" + text + "'.");
        }
    }

    @Test
    void a_rate_is_in_bytes_per_second_or_has_its_unit() throws IOException {
        for (var text : new String[] {"209715200", "200MiB", "200 mb", "204800k", "200MiB/s"}) {
            assertThat(Settings.read(file("archive_read_budget: " + text)).bytesPerSecond(Setting.ARCHIVE_READ_BUDGET))
                    .as(text)
                    .isEqualTo(200L << 20);
        }
        assertThat(Settings.embedded(folder).bytesPerSecond(Setting.ARCHIVE_READ_BUDGET))
                .isZero();
        for (var text : new String[] {"-1", "200 Mbit", "1.5MiB", "fast", "200MiB/min"}) {
            assertThatThrownBy(() -> Settings.read(file("archive_read_budget: " + text)))
                    .as(text)
                    .isInstanceOf(BadSetting.class)
                    .hasMessageContaining("archive_read_budget is a number of bytes per second")
                    .hasMessageContaining("'" + text + "'");
        }
    }

    @Test
    void an_unknown_name_is_answered_with_the_nearest_known_one() {
        assertThatThrownBy(() -> Settings.read(file("worker_prefetch_multiplyer: 4")))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("'worker_prefetch_multiplyer'")
                .hasMessageContaining("'worker_prefetch_multiplier'")
                .hasMessageContaining("Nothing was started");
    }

    @Test
    void a_value_of_the_wrong_kind_is_refused_before_anything_starts() {
        assertThatThrownBy(() -> Settings.read(file("worker_concurrency: many")))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("'many'");
        assertThatThrownBy(() -> Settings.read(file("task_acks_late: perhaps")))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("'perhaps'");
        assertThatThrownBy(() -> Settings.embedded(folder).overriddenBy(Map.of("LOVAGE_BROKER_URLL", "memory:")))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("'broker_url'");
        assertThatThrownBy(() -> Settings.embedded(folder).overriddenBy(Map.of("LOVAGE_WORKER_LEASE", "soon")))
                .isInstanceOf(BadSetting.class);
    }

    @Test
    void a_file_that_sets_nothing_leaves_the_presets_and_one_that_is_no_map_is_refused() throws IOException {
        for (var nothing : new String[] {"", "# worker_concurrency: 3\n", "---\n"}) {
            assertThat(Settings.read(file(nothing)).number(Setting.WORKER_CONCURRENCY))
                    .isZero();
        }
        for (var wrong : new String[] {"- a\n- b\n", "broker_url", "broker_url: [\n"}) {
            assertThatThrownBy(() -> Settings.read(file(wrong)))
                    .isInstanceOf(BadSetting.class)
                    .hasMessageContaining("lovage.yaml")
                    .hasMessageEndingWith(". Nothing was started.");
        }
    }

    @Test
    void celery_s_own_environment_counts_unless_ours_is_set() {
        var celery = Settings.embedded(folder).overriddenBy(Map.of("CELERY_BROKER_URL", "memory:"));
        assertThat(celery.brokerUrl()).isEqualTo("memory:");
        var ours = Settings.embedded(folder)
                .overriddenBy(Map.of("CELERY_BROKER_URL", "redis://x", "LOVAGE_BROKER_URL", "memory:"));
        assertThat(ours.brokerUrl()).isEqualTo("memory:");
    }

    @Test
    void the_broker_is_a_file_in_the_data_folder_unless_one_is_set() {
        assertThat(Settings.embedded(folder).brokerUrl()).isEqualTo("sqlite:///" + folder.resolve("lovage.db"));
    }

    @Test
    void passwords_are_masked() {
        assertThat(Settings.masked("can't open postgresql://app:s3cret@db:5432/x now"))
                .isEqualTo("can't open postgresql://app:**@db:5432/x now");
        assertThat(Settings.masked("redis://:s3cret@h")).isEqualTo("redis://:**@h");
        assertThat(Settings.masked("redis://:s3/cr@et@h:6379/0")).isEqualTo("redis://:**@h:6379/0");
        assertThat(Settings.masked("amqp://a:s3cret@one;amqp://b:s3cret@two and x@y"))
                .isEqualTo("amqp://a:**@one;amqp://b:**@two and x@y");
        assertThat(Settings.masked("redis://host:6379/0 is away")).isEqualTo("redis://host:6379/0 is away");
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(folder.resolve("lovage.yaml"), yaml);
    }
}
