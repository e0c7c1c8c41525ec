package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.canvas.MessageTooLarge;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.ReplaceTask;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Arguments that are too long for a message: they travel as a reference, or are refused.
abstract class PayloadContract extends WorkerContract {
    static final Task<FragileTasks.Manifest, FragileTasks.Counted> MANIFEST = FragileTasks.MANIFEST;

    private static final Task<FragileTasks.Manifest, FragileTasks.Counted> WHOLE =
            Task.named("contract.whole", FragileTasks.Manifest.class, FragileTasks.Counted.class);
    private static final Task<List<String>, List<String>> COLLECT_LONG = Task.named(
                    "contract.collect_long",
                    new dev.lovage.engine.task.TypeRef<List<String>>() {},
                    new dev.lovage.engine.task.TypeRef<List<String>>() {})
            .byReference();

    private record Both(String first, String second) {}

    private static final Task<Both, String> JOINED =
            Task.named("contract.joined", Both.class, String.class).byReference();

    /// Longer than a message may be, where that is [#SMALL].
    private static final String LONG = "long ".repeat(2_000);

    private static final String SMALL = "5000";

    private static final int MANIFEST_BYTES_MIN = 50_000_000;

    /// As JSON it has more than 50 MB.
    static FragileTasks.Manifest manifest() {
        var files = new ArrayList<String>();
        var path = "/archive/batch/" + "ä".repeat(60) + "/";
        for (int i = 0; i < 350_000; i++) {
            files.add(path + i + ".tiff");
        }
        return new FragileTasks.Manifest("b-1", files);
    }

    @Test
    @Timeout(240)
    protected void a_manifest_of_50_mb_travels_as_a_reference_and_runs_once() throws Exception {
        var manifest = manifest();
        var ran = new AtomicInteger();
        var sent = lovage.send(MANIFEST.with(manifest).taskId("manifest"));
        var message = store().findTask("manifest").getFirst().message();
        assertThat(message.body().length).isLessThan(1_000);
        assertThat(message.headers()).hasSizeLessThan(5_000);
        var digest = store().payloads().iterator().next();
        assertThat(message.headers()).contains(digest);
        assertThat(new String(message.body(), java.nio.charset.StandardCharsets.UTF_8))
                .contains(digest);
        try (var _ = worker(tasks -> tasks.handle(MANIFEST, given -> {
            ran.incrementAndGet();
            return FragileTasks.count(given);
        }))) {
            var counted = sent.await(Duration.ofMinutes(3));
            assertThat(counted).isEqualTo(FragileTasks.count(manifest));
            assertThat(counted.bytes()).isGreaterThan(MANIFEST_BYTES_MIN);
        }
        assertThat(ran).hasValue(1);
        assertThat(inventory()).isEmpty();
        assertThat(store().payloads()).isEmpty();
        forget();
        assertThat(kept()).hasSize(1);
        clock.advance(Duration.ofDays(2));
        forget();
        assertThat(kept()).isEmpty();
    }

    @Test
    protected void what_may_not_travel_as_a_reference_is_refused_with_its_size_and_its_largest_argument() {
        restart(settings ->
                settings.with(Setting.TASK_PAYLOAD_MAX, SMALL).with(Setting.TASK_PAYLOAD_REFERENCE_MAX, "100000"));
        var long200 = new FragileTasks.Manifest("b-1", List.of("x".repeat(200_000)));
        assertThatThrownBy(() -> lovage.send(WHOLE.with(long200)))
                .isInstanceOf(MessageTooLarge.class)
                .hasMessageContaining("contract.whole is 200")
                .hasMessageContaining("at most 5000 bytes (task_payload_max)")
                .hasMessageContaining("args[1] of contract.whole with 200004 bytes")
                .hasMessageContaining("Nothing was sent");
        assertThatThrownBy(() -> lovage.send(MANIFEST.with(long200)))
                .isInstanceOf(MessageTooLarge.class)
                .hasMessageContaining("at most 100000 bytes (task_payload_reference_max)")
                .hasMessageContaining("args[1] of contract.manifest with 200004 bytes");
        assertThatThrownBy(() -> lovage.send(ECHO.with("x").then(WHOLE.partial(List.of(LONG)))))
                .isInstanceOf(MessageTooLarge.class)
                .hasMessageContaining("args[0] of contract.whole");
        assertThat(inventory()).isEmpty();
        assertThat(kept()).isEmpty();
    }

    @Test
    protected void successors_members_bodies_retries_and_replacements_travel_as_references_too() throws Exception {
        restart(settings -> settings.with(Setting.TASK_PAYLOAD_MAX, SMALL));
        var handler = new AtomicInteger();
        try (var _ = worker(tasks -> canvases(tasks, handler))) {
            var chain = ECHO.with("a").then(JOINED.partial(LONG + 1)).then(JOINED.partial(LONG + 2));
            assertThat(lovage.send(chain).await(seconds(30))).isEqualTo("a" + LONG + 1 + LONG + 2);

            var header = new ArrayList<Signature<String>>();
            for (int i = 0; i < 4; i++) {
                header.add(JOINED.with(new Both(i + LONG, "m")));
            }
            var chord = Chord.of(header, COLLECT_LONG.partial());
            assertThat(lovage.send(chord).await(seconds(30)))
                    .containsExactly("0" + LONG + "m", "1" + LONG + "m", "2" + LONG + "m", "3" + LONG + "m");

            var body = Chord.of(
                    List.of(ECHO.with("x"), ECHO.with("y")),
                    JOINED.with(new Both(LONG, "b")).immutable().taskId("body"));
            assertThat(lovage.send(body).await(seconds(30))).isEqualTo(LONG + "b");

            assertThat(lovage.send(MANIFEST.with(new FragileTasks.Manifest("again", List.of(LONG))))
                            .await(seconds(30))
                            .files())
                    .isEqualTo(1);
            assertThat(handler).hasValue(2);
            assertThat(lovage.send(JOINED.with(new Both("replace me", LONG))).await(seconds(30)))
                    .isEqualTo("replaced" + LONG);
        }
        assertThat(inventory()).isEmpty();
        assertThat(store().payloads()).isEmpty();
    }

    private static void canvases(Tasks tasks, AtomicInteger runs) {
        tasks.handle(ECHO, text -> text);
        tasks.handle(COLLECT_LONG, texts -> texts);
        tasks.handle(JOINED, both -> {
            if (both.first().equals("replace me")) {
                throw new ReplaceTask(JOINED.with(new Both("replaced", both.second())));
            }
            return both.first() + both.second();
        });
        tasks.handle(MANIFEST, manifest -> {
            runs.incrementAndGet();
            if (TaskContext.current().retries() == 0) {
                throw new RetryTask(new IllegalStateException("not yet"), Duration.ZERO);
            }
            return FragileTasks.count(manifest);
        });
    }

    @Test
    protected void what_follows_a_member_that_waits_keeps_its_payload_from_the_sweep() {
        restart(settings -> settings.with(Setting.TASK_PAYLOAD_MAX, SMALL));
        lovage.send(Chord.of(
                List.of(ECHO.with("m0").taskId("m0"), ECHO.with("m1").taskId("m1")),
                JOINED.with(new Both(LONG, "b")).immutable().taskId("body")));
        clock.advance(Duration.ofDays(2));
        var worker = step("w");
        for (var delivery : worker.claim(2, QUEUE)) {
            forget();
            worker.succeed(delivery, dev.lovage.engine.json.Json.tree("done"));
            forget();
        }
        assertThat(kept()).hasSize(1);
        worker.leave();
        try (var _ = worker(tasks -> tasks.handle(JOINED, both -> both.first() + both.second()))) {
            awaitState("body", TaskState.SUCCESS);
        }
        clock.advance(Duration.ofDays(2));
        forget();
        assertThat(kept()).isEmpty();
    }

    @Test
    protected void a_payload_that_is_missing_or_damaged_parks_its_task_until_it_is_back() throws Exception {
        assumeTrue(durable(), "payloads are in memory");
        restart(settings -> settings.with(Setting.TASK_PAYLOAD_MAX, SMALL));
        lovage.send(JOINED.with(new Both(LONG, "missing")).taskId("missing"));
        var missing = file();
        var aside = folder.resolve("aside");
        Files.move(missing, aside);
        lovage.send(JOINED.with(new Both(LONG, "damaged")).taskId("damaged"));
        var damaged = file();
        var bytes = Files.readAllBytes(damaged);
        var others = bytes.clone();
        others[others.length / 2] ^= 1;
        Files.write(damaged, others);
        try (var _ = worker(tasks -> tasks.handle(JOINED, both -> both.first() + both.second()))) {
            awaitState("missing", TaskState.PARKED);
            awaitState("damaged", TaskState.PARKED);
            var parked = store().findTask("missing").getFirst();
            assertThat(parked.custody()).isEqualTo(Custody.PARKED);
            assertThat(parked.reason().orElse(""))
                    .contains("There is no payload sha256:", missing.toString(), "It did not run", "release it");
            assertThat(store().findTask("damaged").getFirst().reason().orElse(""))
                    .contains("is damaged", "release it");
            Files.move(aside, missing, StandardCopyOption.REPLACE_EXISTING);
            Files.write(damaged, bytes);
            for (var one : held(Custody.PARKED)) {
                assertThat(store().release(one.tag(), "it is back", "tester")).isTrue();
            }
            awaitState("missing", TaskState.SUCCESS);
            awaitState("damaged", TaskState.SUCCESS);
        }
    }

    @Test
    protected void what_is_revoked_needs_no_payload_to_end() throws Exception {
        assumeTrue(durable(), "payloads are in memory");
        restart(settings -> settings.with(Setting.TASK_PAYLOAD_MAX, SMALL));
        lovage.send(JOINED.with(new Both(LONG, "b")).taskId("a"));
        store().revoke("a", false);
        Files.delete(file());
        try (var _ = worker(tasks -> tasks.handle(JOINED, both -> both.first() + both.second()))) {
            awaitState("a", TaskState.REVOKED);
        }
    }

    @Test
    @Timeout(120)
    protected void a_sender_killed_between_payload_and_message_leaves_only_what_the_sweep_takes() {
        assumeTrue(durable(), "what is in memory ends with its process");
        restart(settings -> settings.with(Setting.TASK_PAYLOAD_MAX, SMALL));
        try (var child = ContractProcess.senderThatStops(settings, folder.resolve("history"))) {
            child.hears("kept");
            child.kill();
        }
        assertThat(inventory()).isEmpty();
        assertThat(kept()).hasSize(1);
        lovage.close();
        lovage = Lovage.open(settings, InstantSource.system());
        assertThat(lovage.payloads().sweep(Instant.now().minus(Duration.ofDays(1)), store()::payloads))
                .isZero();
        assertThat(lovage.payloads().sweep(Instant.now().plusSeconds(60), store()::payloads))
                .isEqualTo(1);
        assertThat(kept()).isEmpty();
    }

    /// A canvas whose only payload is kept before it is published.
    static Signature<String> withPayload() {
        return JOINED.with(new Both(LONG, "never sent"));
    }

    private void forget() {
        store().forget(Duration.ofDays(1), lovage.payloads());
    }

    private Path file() {
        return settings.payloadFolder().resolve(kept().getFirst());
    }

    /// The payloads that are there.
    private List<String> kept() {
        if (lovage.payloads() instanceof dev.lovage.engine.payload.PayloadMemory memory) {
            return List.copyOf(memory.digests());
        }
        var folder = settings.payloadFolder();
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile)
                    .map(path -> folder.relativize(path).toString())
                    .toList();
        } catch (IOException e) {
            throw new AssertionError("The payloads can't be listed.", e);
        }
    }
}
