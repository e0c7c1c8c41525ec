package dev.lovage.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.StepWorker;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pages under which the server died so often that their tasks are quarantined, and which a person releases.
class ReleasedPageTest {
    private static final int CRASHES_MAX = 3;

    @TempDir
    Path place;

    private final List<Worker> workers = new ArrayList<>();
    private Lovage lovage;
    private Archive archive;
    private BatchFolder folder;

    @BeforeEach
    void deposit() throws IOException {
        var settings = Settings.embedded(place.resolve("data"))
                .with(Setting.TASK_CRASHES_MAX, String.valueOf(CRASHES_MAX))
                .with(Setting.WORKER_LEASE, "600"); // a worker that is stepped has no heartbeat
        lovage = Lovage.open(settings, InstantSource.system());
        archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
        folder = new BatchFolder(place.resolve("in"))
                .add("1.tif", BatchFolder.page(1))
                .add("2.tif", BatchFolder.page(2));
    }

    @AfterEach
    void stop() {
        workers.forEach(Worker::close);
        lovage.close();
    }

    @Test
    void a_batch_that_lost_all_its_pages_is_accepted_with_them_after_all() throws Exception {
        light(lovage);
        archive.ingest(folder.write(folder.manifest("B-all")));
        for (int death = 0; death < CRASHES_MAX; death++) {
            var server = new StepWorker(lovage, "dies@test");
            claimed(server, 2);
            server.dies();
        }
        var heavy = heavy();
        var batch = reaches("B-all", Batch.State.REJECTED);
        assertThat(archive.items(batch.key()))
                .hasSize(2)
                .allSatisfy(item -> assertThat(item.reason().orElseThrow()).contains("3 times when its process died"));
        heavy.close();
        workers.remove(heavy);
        release();
        heavy();
        accepted("B-all");
        assertThat(lovage.backbone().store().inventory()).isEmpty();
    }

    @Test
    void a_page_that_is_released_while_the_others_are_worked_on_is_in_the_package() throws Exception {
        light(lovage);
        archive.ingest(folder.write(folder.manifest("B-early")));
        var server = new StepWorker(lovage, "step@test");
        var crashing = claimed(server, 2).getFirst();
        crash(server, crashing);
        heavy();
        var item = quarantined("B-early", crashing);
        release();
        Eventually.until(
                "the page is taken back",
                () -> archive.item(item.key()).orElseThrow().state() == Item.State.FIXED,
                () -> archive.items(item.batch()));
        assertThat(archive.find("B-early").orElseThrow().state()).isEqualTo(Batch.State.VALIDATED);
        server.dies();
        accepted("B-early");
    }

    @Test
    void a_page_that_is_released_while_the_rest_is_packed_is_in_the_package() throws Exception {
        var item = new ArrayList<Item>();
        var packed = new AtomicBoolean();
        light(lovage.decorated(backbone -> new Before(backbone, task -> {
            if (task.equals(Archival.PACKAGE_BATCH.name().toString()) && !packed.getAndSet(true)) {
                release();
                Eventually.until(
                        "the page is taken back",
                        () -> archive.item(item.getFirst().key()).orElseThrow().state() == Item.State.FIXED,
                        () -> archive.items(item.getFirst().batch()));
            }
        })));
        archive.ingest(folder.write(folder.manifest("B-late")));
        var server = new StepWorker(lovage, "step@test");
        var crashing = claimed(server, 2).getFirst();
        crash(server, crashing);
        heavy();
        item.add(quarantined("B-late", crashing));
        server.dies();
        accepted("B-late");
        assertThat(packed).isTrue();
    }

    @Test
    void a_page_that_is_released_too_late_goes_into_a_package_of_the_next_generation() throws Exception {
        light(lovage);
        archive.ingest(folder.write(folder.manifest("B-over")));
        var server = new StepWorker(lovage, "step@test");
        var crashing = claimed(server, 2).getFirst();
        crash(server, crashing);
        heavy();
        var lost = quarantined("B-over", crashing);
        server.dies();
        var batch = reaches("B-over", Batch.State.ACCEPTED);
        release();
        Eventually.until(
                "the released task has ended",
                () -> lovage.backbone().store().inventory().isEmpty(),
                () -> lovage.backbone().store().inventory());
        assertThat(archive.item(lost.key())).contains(lost);
        assertThat(archive.find("B-over")).contains(batch);
        assertThat(archive.same(batch)).isTrue();

        var rest = new BatchFolder(place.resolve("rest"))
                .add(lost.path(), Files.readAllBytes(folder.path().resolve(lost.path())));
        archive.ingest(rest.write(rest.manifest("B-over").put("generation", 2)));
        accepted("B-over");
    }

    private void light(Lovage through) {
        workers.add(through.worker()
                .tasks(archive.tasks(Archive.LIGHT))
                .queues("default", "io_bound")
                .name("light@test")
                .start());
    }

    private Worker heavy() {
        var worker = lovage.worker()
                .tasks(archive.tasks(Archive.HEAVY))
                .queues("compute_intensive")
                .pool(Pool.processes(1))
                .name("heavy@test")
                .start();
        workers.add(worker);
        return worker;
    }

    private List<Delivery> claimed(StepWorker server, int pages) {
        var claimed = new ArrayList<Delivery>();
        Eventually.until(
                "the text of all pages is to be read",
                () -> {
                    claimed.addAll(server.claim(pages - claimed.size(), Archival.COMPUTE));
                    return claimed.size() == pages;
                },
                () -> lovage.backbone().store().inventory());
        return claimed;
    }

    /// What this page was being read in dies as often as it takes; nothing else does.
    private void crash(StepWorker server, Delivery page) {
        var again = page;
        for (int crash = 1; crash <= CRASHES_MAX; crash++) {
            server.crash(again, "killed by a test");
            if (crash < CRASHES_MAX) {
                again = claimed(server, 1).getFirst();
                assertThat(again.message().subject()).isEqualTo(page.message().subject());
            }
        }
    }

    private Item quarantined(String id, Delivery page) {
        var subject = page.message().subject().orElseThrow();
        Eventually.until(
                "the page is in quarantine",
                () -> archive.items(archive.find(id).orElseThrow().key()).stream()
                        .anyMatch(item ->
                                item.key().toString().equals(subject) && item.state() == Item.State.QUARANTINED),
                () -> lovage.backbone().store().inventory());
        return archive.items(archive.find(id).orElseThrow().key()).stream()
                .filter(item -> item.key().toString().equals(subject))
                .findFirst()
                .orElseThrow();
    }

    private void release() {
        var store = lovage.backbone().store();
        var held = store.held(Set.of(Custody.QUARANTINED), 10);
        assertThat(held)
                .isNotEmpty()
                .allMatch(one -> one.message()
                        .task()
                        .equals(Archival.RUN_OCR_PIPELINE.name().toString()));
        held.forEach(one -> assertThat(store.release(one.tag(), "it was the server", "jmoreno"))
                .isTrue());
    }

    private Batch reaches(String id, Batch.State state) {
        Eventually.until(
                id + " is " + state,
                () -> archive.find(id).orElseThrow().state() == state,
                () -> archive.find(id) + "\n" + lovage.backbone().store().inventory());
        return archive.find(id).orElseThrow();
    }

    /// With every page, each once, and its package verifies.
    private void accepted(String id) throws IOException {
        var batch = reaches(id, Batch.State.ACCEPTED);
        var items = archive.items(batch.key());
        assertThat(items)
                .allMatch(item ->
                        item.state() == Item.State.PACKAGED && item.reason().isEmpty());
        assertThat(archive.verify(batch).orElseThrow().valid()).isTrue();
        for (var item : items) {
            var packed = Path.of(batch.packaged().orElseThrow())
                    .resolve("data/masters")
                    .resolve(item.path());
            assertThat(Vault.digest(packed)).isEqualTo(item.sha256().orElseThrow());
        }
        assertThat(archive.events(batch.key()))
                .extracting(event -> event.subject() + " " + event.happened().step())
                .doesNotHaveDuplicates()
                .containsAll(items.stream().map(item -> item.key() + " text").toList());
        assertThat(archive.unaccounted()).isEmpty();
    }

    private interface Seen {
        void settles(String task);
    }

    /// Does something before a task is settled.
    private record Before(Backbone inner, Store store) implements Backbone {
        Before(Backbone inner, Seen seen) {
            this(inner, (Store) Proxy.newProxyInstance(
                    Store.class.getClassLoader(), new Class<?>[] {Store.class}, (_, method, arguments) -> {
                        if (method.getName().equals("settle")) {
                            seen.settles(((Transition) arguments[1])
                                    .delivery()
                                    .message()
                                    .task());
                        }
                        try {
                            return method.invoke(inner.store(), arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }));
        }

        @Override
        public Broker broker() {
            return inner.broker();
        }

        @Override
        public ResultBackend results() {
            return inner.results();
        }

        @Override
        public <T> T transaction(Unit<T> unit) {
            return inner.transaction(unit);
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
