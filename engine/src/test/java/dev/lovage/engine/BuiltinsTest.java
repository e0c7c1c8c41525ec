package dev.lovage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.engine.worker.Worker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BuiltinsTest {
    record Two(int x, int y) {}

    private static final Task<Two, Integer> ADD = Task.named("p.add", Two.class, Integer.class);
    private static final Task<Integer, Integer> DOUBLE = Task.named("p.double", Integer.class, Integer.class);
    private static final Task<List<Integer>, Integer> SUM =
            Task.named("p.tsum", new TypeRef<List<Integer>>() {}, new TypeRef<Integer>() {});
    private static final Duration LONG = Duration.ofSeconds(20);

    private final Lovage lovage = Lovage.inMemory(InstantSource.system());
    private final Worker worker;

    BuiltinsTest() {
        worker = start();
    }

    private Worker start() {
        return lovage.worker()
                .tasks(tasks -> {
                    tasks.handle(ADD, two -> two.x() + two.y());
                    tasks.handle(DOUBLE, x -> {
                        if (x < 0) {
                            throw new IllegalArgumentException("negative");
                        }
                        return 2 * x;
                    });
                    tasks.handle(
                            SUM, all -> all.stream().mapToInt(Integer::intValue).sum());
                })
                .start();
    }

    @AfterEach
    void close() {
        worker.close();
        lovage.close();
    }

    @Test
    void a_worker_has_all_of_celery_s_own_tasks() throws Exception {
        assertThat(result("celery.accumulate", "{\"results\": [1, 2], \"index\": 0}"))
                .isEqualTo("[1,2]");
        assertThat(result("celery.accumulate", "{\"results\": [1, 2]}")).isEqualTo("[[1,2]]");
        assertThat(result("celery.backend_cleanup", "{}")).isEqualTo("0");
        assertThat(result("celery.chain", "{\"tasks\": [" + sig("p.add", "1, 2") + "," + sig("p.double", "") + "]}"))
                .isEqualTo("6");
        assertThat(result(
                        "celery.group",
                        "{\"tasks\": [" + sig("p.add", "2") + "," + sig("p.double", "")
                                + "], \"partial_args\": [5], \"group_id\": \"G\", \"result\": null}"))
                .isEqualTo("[7,10]");
        assertThat(result(
                        "celery.chord",
                        "{\"header\": [" + sig("p.add", "1, 2") + "," + sig("p.double", "4") + "], \"body\": "
                                + sig("p.tsum", "") + "}"))
                .isEqualTo("11");
    }

    @Test
    void map_starmap_and_chunks_run_a_task_of_this_worker() throws Exception {
        assertThat(result("celery.map", "{\"task\": " + sig("p.double", "") + ", \"it\": [1, 2, 3]}"))
                .isEqualTo("[2,4,6]");
        assertThat(result("celery.starmap", "{\"task\": " + sig("p.add", "") + ", \"it\": [[1, 2], [3, 4]]}"))
                .isEqualTo("[3,7]");
        assertThat(result(
                        "celery.chunks",
                        "{\"task\": " + sig("p.add", "") + ", \"it\": [[1, 2], [3, 4], [5, 6]]," + " \"n\": 2}"))
                .isEqualTo("[[3,7],[11]]");
        assertThatThrownBy(() -> result("celery.map", "{\"task\": " + sig("p.python", "") + ", \"it\": [1]}"))
                .isInstanceOf(TaskFailed.class)
                .hasMessageContaining("No handler of this worker is named p.python");
        assertThatThrownBy(() -> result("celery.starmap", "{\"task\": " + sig("p.add", "") + ", \"it\": [[1]]}"))
                .isInstanceOf(TaskFailed.class)
                .hasMessageContaining("do not fit p.add");
    }

    @Test
    void a_chord_that_is_joined_by_looking_runs_its_body_once_its_header_has_ended() throws Exception {
        var one = lovage.send(DOUBLE.with(1).taskId("h1"));
        lovage.send(DOUBLE.with(2).taskId("h2"));
        one.await(LONG);
        result(
                "celery.chord_unlock",
                "{\"group_id\": \"G\", \"callback\": " + sig("p.tsum", "").replace("{}}", "{\"task_id\": \"body\"}}")
                        + ", \"result\": [[[\"h1\", null], null], [\"h2\", null]], \"interval\": 0.05}");
        assertThat(lovage.backbone().results().await("body", LONG).orElseThrow().result())
                .isEqualTo(Json.tree(6));
    }

    @Test
    void a_chord_that_is_joined_by_looking_fails_with_a_member_of_its_header() throws Exception {
        assertThatThrownBy(() -> lovage.send(DOUBLE.with(-1).taskId("bad")).await(LONG));
        result(
                "celery.chord_unlock",
                "{\"group_id\": \"G\", \"callback\": " + sig("p.tsum", "").replace("{}}", "{\"task_id\": \"lost\"}}")
                        + ", \"result\": [[[\"bad\", null], null]]}");
        var meta = lovage.backbone().results().await("lost", LONG).orElseThrow();
        assertThat(meta.state()).isEqualTo(TaskState.FAILURE);
        assertThat(meta.result().toString()).contains("Dependency bad raised");
    }

    /// Of a message as a Python worker or client sends it.
    private String result(String task, String kwargs) throws Exception {
        var id = UUID.randomUUID().toString();
        lovage.backbone()
                .broker()
                .publish(Plan.of(Message.received(
                        "celery",
                        "{\"task\": \"" + task + "\", \"id\": \"" + id + "\"}",
                        "{\"content_type\": \"application/json\"}",
                        ("[[], " + kwargs + ", {}]").getBytes(StandardCharsets.UTF_8))));
        if (task.equals("celery.chord_unlock")) {
            return ""; // it keeps no result
        }
        var meta = lovage.backbone().results().await(id, LONG).orElseThrow();
        if (meta.state() != TaskState.SUCCESS) {
            throw new TaskFailed(meta);
        }
        return Json.text(meta.result());
    }

    private static String sig(String task, String args) {
        return "{\"task\": \"" + task + "\", \"args\": [" + args + "], \"kwargs\": {}, \"subtask_type\": null,"
                + " \"immutable\": false, \"options\": {}}";
    }
}
