package dev.lovage.engine.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.PythonCelery;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Judgement.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class JudgeTest {
    @TempDir
    Path folder;

    @Test
    void each_setting_is_judged_with_its_line() throws IOException {
        var file = file("""
                # a shop's own
                broker_url: redis://:s3cret@127.0.0.1:6379/0

                task_acks_late: false
                worker_eta_task_limit: 1000
                broker_heartbeat: 120
                broker_transport_options:
                  visibility_timeout: 86400
                  queue_order_strategy: sorted
                task_serializer: json
                worker_concurrency: 4
                """);
        assertThat(Settings.read(file).judged().stream().map(Judgement::line))
                .containsExactly(
                        file + " line 2: broker_url is honoured.",
                        file
                                + " line 8: broker_transport_options.visibility_timeout: 86400 is unsafe: what a worker had"
                                + " that died waits this long; here it need not be longer than the longest task, because"
                                + " running ones show that they live. Safe is 3600.",
                        file + " line 9: broker_transport_options.queue_order_strategy has no effect here: a worker"
                                + " decides by itself from which of its queues it claims next.",
                        file + " line 4: task_acks_late: false is unsafe: a task that is acknowledged before it runs is"
                                + " lost with the process that runs it. Safe is true.",
                        file + " line 11: worker_concurrency is honoured.",
                        file + " line 6: broker_heartbeat has no effect here: it concerns RabbitMQ, and the broker is"
                                + " Redis.",
                        file
                                + " line 5: worker_eta_task_limit has no effect here: what is not due lies in the store, not"
                                + " in the memory of a worker.",
                        file + " line 10: task_serializer is honoured.");
        assertThat(Settings.read(file).judged().getFirst().value()).isEqualTo("redis://:**@127.0.0.1:6379/0");
    }

    @Test
    void what_a_shop_brings_along_and_can_t_be_done_is_refused_all_at_once() throws IOException {
        var file = file("""
                task_serializer: pickle
                accept_content: [json, pickle]
                worker_concurency: 4
                CELERY_ACKS_LATE: true
                task_always_eager: false
                task_time_limit: soon
                redis_password: s3cret
                broker_queue_max: 0
                """);
        assertThatThrownBy(() -> Settings.read(file))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining(file + " line 1: task_serializer can't be pickle here: only JSON is written;")
                .hasMessageContaining(
                        file + " line 2: accept_content can't be [\"json\",\"pickle\"] here: only JSON is")
                .hasMessageContaining(
                        file + " line 3: There is no setting 'worker_concurency'. The nearest known one is"
                                + " 'worker_concurrency'.")
                .hasMessageContaining(file + " line 4: There is no setting 'CELERY_ACKS_LATE'. Its name is"
                        + " 'task_acks_late' here, as in Celery.")
                .hasMessageContaining(file + " line 6: task_time_limit is a number of seconds, but is 'soon'.")
                .hasMessageContaining(file + " line 7: redis_password can't be ** here")
                .hasMessageContaining(file + " line 8: broker_queue_max is a whole number of 1 or more, but is '0'.")
                .hasMessageNotContainingAny("s3cret", "line 5")
                .hasMessageEndingWith(". Nothing was started.");
        assertThat(Settings.unchecked(file).judged().stream().filter(one -> one.verdict() == Verdict.REFUSED))
                .hasSize(7);
    }

    @Test
    void the_environment_and_options_are_named_where_they_beat_the_file() throws IOException {
        var settings = Settings.read(file("task_acks_late: true\nbroker_transport_options: {visibility_timeout: 60}\n"))
                .overriddenBy(Map.of(
                        "LOVAGE_TASK_ACKS_LATE", "false",
                        "LOVAGE_TASK_PROTOCOL", "2",
                        "LOVAGE_BROKER_TRANSPORT_OPTIONS", "{\"visibility_timeout\": 5}",
                        "CELERY_BROKER_URL", "redis://h"))
                .with(Setting.WORKER_POOL, "solo", Origin.option("--pool"));
        assertThat(settings.judged().stream().map(one -> one.setting() + ", " + one.origin() + ": " + one.verdict()))
                .containsExactlyInAnyOrder(
                        "broker_url, variable CELERY_BROKER_URL: HONOURED",
                        "broker_transport_options.visibility_timeout, variable LOVAGE_BROKER_TRANSPORT_OPTIONS: UNSAFE",
                        "task_acks_late, variable LOVAGE_TASK_ACKS_LATE: UNSAFE",
                        "worker_pool, option --pool: HONOURED",
                        "task_protocol, variable LOVAGE_TASK_PROTOCOL: HONOURED");
        assertThatThrownBy(() -> settings.overriddenBy(Map.of("LOVAGE_TASK_PROTOCOL", "1")))
                .hasMessageContaining("variable LOVAGE_TASK_PROTOCOL: task_protocol can't be 1 here");
    }

    @Test
    void only_rabbitmq_does_without_a_store_and_says_what_that_costs() throws IOException {
        assertThat(verdicts("broker_url: amqp://h\nresult_backend: redis://h\nstore_url: none\n", "gevent"))
                .containsEntry("store_url", Verdict.UNSAFE);
        for (var broker : List.of("redis://h", "postgresql://h/d")) {
            var file = file("broker_url: " + broker + "\nstore_url: none\n");
            assertThatThrownBy(() -> Settings.read(file))
                    .isInstanceOf(BadSetting.class)
                    .hasMessageContaining("store_url is none, and the broker is " + broker + ": only RabbitMQ can");
        }
        var inSql = file("broker_url: amqp://h\nresult_backend: sql+postgresql://h/d\nstore_url: none\n");
        assertThatThrownBy(() -> Settings.read(inSql)).hasMessageContaining("results in SQL lie in the store");
    }

    @Test
    void the_broker_the_results_and_the_pool_decide_what_has_an_effect() throws IOException {
        var lines = """
                broker_heartbeat: 0
                task_queue_max_priority: 10
                result_extended: true
                worker_max_tasks_per_child: 5
                worker_send_task_events: true
                """;
        assertThat(verdicts("broker_url: amqp://h\nresult_backend: redis://h\n" + lines, "prefork"))
                .isEqualTo(Map.of(
                        "broker_heartbeat", Verdict.UNSAFE,
                        "task_queue_max_priority", Verdict.HONOURED,
                        "result_extended", Verdict.HONOURED,
                        "worker_max_tasks_per_child", Verdict.HONOURED,
                        "worker_send_task_events", Verdict.HONOURED));
        assertThat(verdicts("broker_url: postgresql://h/d\n" + lines, "gevent"))
                .isEqualTo(Map.of(
                        "broker_heartbeat", Verdict.WITHOUT_EFFECT,
                        "task_queue_max_priority", Verdict.WITHOUT_EFFECT,
                        "result_extended", Verdict.WITHOUT_EFFECT,
                        "worker_max_tasks_per_child", Verdict.WITHOUT_EFFECT,
                        "worker_send_task_events", Verdict.WITHOUT_EFFECT));
        assertThat(verdicts(
                        "broker_url: amqp://h\nbroker_transport_options: {confirm_publish: true, sep: x}\n", "solo"))
                .isEqualTo(Map.of(
                        "broker_transport_options.confirm_publish", Verdict.HONOURED,
                        "broker_transport_options.sep", Verdict.WITHOUT_EFFECT));
        var beat = Settings.read(file("worker_max_tasks_per_child: 5")).judged(Optional.empty());
        assertThat(beat.getFirst().verdict()).isEqualTo(Verdict.HONOURED);
    }

    @Test
    void what_loses_work_hides_it_or_grows_without_end_is_unsafe_and_the_safe_value_is_named() throws IOException {
        for (var line : List.of(
                "task_acks_late: false|true",
                "task_reject_on_worker_lost: false|true",
                "task_unknown: celery|park",
                "task_unenforceable_limit: ignore|fail",
                "result_expires: 0|86400",
                "task_payload_max: 0|1048576",
                "task_payload_max: 33554432|1048576",
                "broker_heartbeat: 0|20",
                "broker_connection_timeout: 0|4",
                "broker_publish_timeout: 0|10",
                "worker_lease: 0.2|10",
                "worker_lease: 3600|10",
                "result_backend: 'rpc://'|redis://host:6379/1")) {
            var parts = line.split("\\|");
            var judged = Settings.read(file("broker_url: amqp://h\n" + parts[0] + "\n")).judged().stream()
                    .filter(one -> !one.setting().equals("broker_url"))
                    .toList();
            assertThat(judged).as(line).hasSize(1);
            assertThat(judged.getFirst().verdict()).as(line).isEqualTo(Verdict.UNSAFE);
            assertThat(judged.getFirst().safe()).as(line).contains(parts[1]);
            assertThat(judged.getFirst().reason()).as(line).isNotEmpty();
        }
    }

    @Test
    void bytes_where_kibibytes_are_meant_are_noticed() throws IOException {
        var judged =
                Settings.read(file("worker_pool: prefork\nworker_max_memory_per_child: 1073741824\n")).judged().stream()
                        .filter(one -> one.setting().equals("worker_max_memory_per_child"))
                        .findFirst()
                        .orElseThrow();
        assertThat(judged.verdict()).isEqualTo(Verdict.UNSAFE);
        assertThat(judged.reason())
                .startsWith("a bare number is in KiB, and 1073741824 of them are 1TiB, more than this");
        assertThat(judged.safe()).contains("1GiB");
        assertThat(verdicts("worker_max_memory_per_child: 1GiB", "prefork"))
                .containsEntry("worker_max_memory_per_child", Verdict.HONOURED);
        assertThat(verdicts("worker_max_memory_per_child: 4096TiB", "prefork"))
                .containsEntry("worker_max_memory_per_child", Verdict.UNSAFE);
    }

    @Test
    void results_in_celery_s_database_backend_are_refused_with_what_to_use() {
        assertThatThrownBy(() -> Settings.read(file("result_backend: db+postgresql://u:s3cret@h/d")))
                .hasMessageContaining("pickles")
                .hasMessageContaining("sql+postgresql://u:**@h/d")
                .hasMessageNotContaining("s3cret");
        assertThatThrownBy(() -> Settings.read(file("result_backend: mongodb://h")))
                .hasMessageContaining("results are not kept there")
                .hasMessageContaining("redis://");
    }

    @Test
    void nothing_given_is_nothing_judged_and_what_is_null_is_not_given() throws IOException {
        assertThat(Settings.read(file("task_time_limit:\nworker_eta_task_limit: null\n"))
                        .judged())
                .isEmpty();
        assertThat(Settings.read(file("broker_url: ['amqp://a', 'amqp://b']\n")).brokerUrl())
                .isEqualTo("amqp://a;amqp://b");
    }

    @Test
    @Tag("services")
    void every_setting_of_the_real_celery_is_known_with_its_default_and_its_former_names() throws Exception {
        var answer = PythonCelery.ask("""
                from celery.app.defaults import NAMESPACES, SETTING_KEYS, _TO_NEW_KEY, flatten
                answer = {'keys': sorted(SETTING_KEYS), 'older': _TO_NEW_KEY,
                          'flags': {k: o.default for k, o in flatten(NAMESPACES) if o.type in ('bool', 'int')}}
                """, Json.object());
        assertThat(answer.get("keys").size()).isGreaterThan(150);
        for (var key : answer.get("keys")) {
            assertThat(CelerySetting.named(key.stringValue()))
                    .as(key.stringValue())
                    .isPresent();
        }
        answer.get("older")
                .properties()
                .forEach(older -> assertThat(CelerySetting.formerly(older.getKey()))
                        .as(older.getKey())
                        .get()
                        .extracting(CelerySetting::name)
                        .isEqualTo(older.getValue().stringValue()));
        answer.get("flags")
                .properties()
                .forEach(flag -> assertThat(preset(flag.getKey()))
                        .as(flag.getKey())
                        .isEqualTo(python(flag.getKey(), flag.getValue())));
    }

    private static String preset(String key) {
        return CelerySetting.named(key).orElseThrow().preset();
    }

    private static String python(String key, JsonNode value) {
        return key.equals("worker_concurrency")
                ? "one per core"
                : value.isNull() ? "" : value.asString().replace(".0", "");
    }

    private Map<String, Verdict> verdicts(String yaml, String pool) throws IOException {
        var verdicts = new java.util.HashMap<String, Verdict>();
        Settings.read(file(yaml)).judged(Optional.of(pool)).stream()
                .filter(one ->
                        !one.setting().equals("broker_url") && !one.setting().equals("result_backend"))
                .forEach(one -> verdicts.put(one.setting(), one.verdict()));
        return verdicts;
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(folder.resolve("lovage.yaml"), yaml);
    }
}
