package dev.lovage.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.StepWorker;
import dev.lovage.testkit.WatchedBackbone;
import java.io.IOException;
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
        takenBack(item);
        assertThat(archive.find("B-early").orElseThrow().state()).isEqualTo(Batch.State.VALIDATED);
        server.dies();
        accepted("B-early");
    }

    @Test
    void a_page_that_is_released_while_the_rest_is_packed_is_in_the_package() throws Exception {
        var item = new ArrayList<Item>();
        var packed = new AtomicBoolean();
        light(before(Archival.PACKAGE_BATCH, () -> {
            if (!packed.getAndSet(true)) {
                release();
                takenBack(item.getFirst());
            }
        }));
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

    @Test
    void a_page_that_is_put_aside_twice_has_each_time_recorded() throws Exception {
        var server = new StepWorker(lovage, "step@test");
        var page = withoutTextAndThumbnails("B-twice", server);
        heavy();
        var item = quarantined("B-twice", page);
        release(Archival.RUN_OCR_PIPELINE);
        takenBack(item);
        storage(lovage);
        quarantined("B-twice", page);
        release(Archival.GENERATE_THUMBNAILS);
        takenBack(item);
        server.dies();
        accepted("B-twice");
        assertThat(archive.events(item.batch()))
                .filteredOn(event -> event.subject().equals(item.key()))
                .extracting(event -> event.happened().step())
                .filteredOn(step -> step.contains("quarantine"))
                .containsExactly("quarantine", "unquarantine", "quarantine-2", "unquarantine-2");
    }

    @Test
    void a_page_that_is_taken_back_while_the_rest_is_packed_gets_the_steps_that_it_lacks() throws Exception {
        var item = new ArrayList<Item>();
        var server = new StepWorker(lovage, "step@test");
        var page = withoutTextAndThumbnails("B-lacks", server);
        heavy();
        item.add(quarantined("B-lacks", page));
        storage(before(Archival.PACKAGE_BATCH, () -> {
            if (archive.item(item.getFirst().key()).orElseThrow().state() == Item.State.QUARANTINED) {
                release(Archival.RUN_OCR_PIPELINE);
                takenBack(item.getFirst());
            }
        }));
        Eventually.until(
                "the thumbnails are in quarantine, too",
                () -> lovage.backbone()
                                .store()
                                .held(Set.of(Custody.QUARANTINED), 10)
                                .size()
                        == 2,
                () -> lovage.backbone().store().inventory());
        server.dies();
        accepted("B-lacks");
        assertThat(archive.events(item.getFirst().batch()))
                .filteredOn(event -> event.subject().equals(item.getFirst().key()))
                .extracting(event -> event.happened().step())
                .containsAll(Accounts.STEPS);
    }

    /// Brings a batch to where text and thumbnails are to be made, with nobody there to make them, and lets the
    /// server die of both for one page. All else of the batch is claimed by the server.
    ///
    /// @return one of the tasks of that page
    private Delivery withoutTextAndThumbnails(String id, StepWorker server) throws IOException {
        var storage = storage(lovage);
        var nobody = new AtomicBoolean();
        var deciding = before(Archival.PROCESS_BATCH, () -> {
            storage.close();
            nobody.set(true);
        });
        kept(Lanes.of(deciding, archive, Pool.virtual(8), Set.of(Archival.DEFAULT)));
        archive.ingest(folder.write(folder.manifest(id)));
        Eventually.until(
                "the steps are about to be sent",
                nobody::get,
                () -> lovage.backbone().store().inventory());
        var claimed = claimed(server, 6, Archival.COMPUTE, Archival.STORAGE);
        var page = claimed.getFirst();
        for (var one : claimed) {
            if (one.message().subject().equals(page.message().subject())
                    && !one.message()
                            .task()
                            .equals(Archival.EXTRACT_TECHNICAL_METADATA.name().toString())) {
                crash(server, one);
            }
        }
        return page;
    }

    private Worker storage(Lovage through) {
        return kept(Lanes.of(through, archive, Pool.virtual(8), Set.of(Archival.STORAGE)));
    }

    private void takenBack(Item item) {
        Eventually.until(
                "the page is taken back",
                () -> archive.item(item.key()).orElseThrow().state() == Item.State.FIXED,
                () -> archive.items(item.batch()) + "\n"
                        + lovage.backbone().store().inventory());
    }

    private Worker light(Lovage through) {
        return kept(Lanes.light(through, archive));
    }

    private Worker heavy() {
        return kept(Lanes.heavy(lovage, archive, 1));
    }

    private Worker kept(Worker worker) {
        workers.add(worker);
        return worker;
    }

    /// Does something before a task of this name is settled.
    private Lovage before(Task<?, ?> task, Runnable action) {
        return lovage.decorated(backbone -> WatchedBackbone.settling(
                backbone,
                message -> {
                    if (message.task().equals(task.name().toString())) {
                        action.run();
                    }
                },
                _ -> {}));
    }

    private List<Delivery> claimed(StepWorker server, int pages) {
        return claimed(server, pages, Archival.COMPUTE);
    }

    private List<Delivery> claimed(StepWorker server, int tasks, String... queues) {
        var claimed = new ArrayList<Delivery>();
        Eventually.until(
                tasks + " tasks are to be done",
                () -> {
                    claimed.addAll(server.claim(tasks - claimed.size(), queues));
                    return claimed.size() == tasks;
                },
                () -> lovage.backbone().store().inventory());
        return claimed;
    }

    /// What this task was being done in dies as often as it takes; nothing else does.
    private void crash(StepWorker server, Delivery page) {
        var again = page;
        for (int crash = 1; crash <= CRASHES_MAX; crash++) {
            server.crash(again, "killed by a test");
            if (crash < CRASHES_MAX) {
                again = claimed(server, 1, page.message().queue()).getFirst();
                assertThat(again.message().execution()).isEqualTo(page.message().execution());
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
        release(Archival.RUN_OCR_PIPELINE);
    }

    private void release(Task<?, ?> task) {
        var store = lovage.backbone().store();
        var held = store.held(Set.of(Custody.QUARANTINED), 10).stream()
                .filter(one -> one.message().task().equals(task.name().toString()))
                .toList();
        assertThat(held).isNotEmpty();
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
}
