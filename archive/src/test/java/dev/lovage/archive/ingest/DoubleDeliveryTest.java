package dev.lovage.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.Recorded;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.argument.Arguments;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.worker.Pool;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.StepWorker;
import dev.lovage.testkit.WatchedBackbone;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Work that is done a second time leaves everything as the first time made it.
class DoubleDeliveryTest {
    private static final int PAGES = 4;
    private static final String AGAIN = "/again";

    @TempDir
    Path place;

    private BatchFolder folder;
    private Path manifest;

    @BeforeEach
    void deposit() throws IOException {
        folder = new BatchFolder(place.resolve("in"));
        for (int page = 1; page <= PAGES; page++) {
            folder.add("%04d.tif".formatted(page), BatchFolder.page(page));
        }
        var described = folder.manifest("B-twice");
        described.set("metadata", Json.object().put("title", "Grids").put("date", "ca. 1923"));
        manifest = folder.write(described);
    }

    private final Queue<AutoCloseable> open = new ConcurrentLinkedQueue<>();

    @AfterEach
    void stop() throws Exception {
        for (var one : open) {
            one.close();
        }
    }

    /// What a batch left, without what tells one run from another.
    private record Left(List<String> events, Set<String> outputs, Set<String> payload) {
        static Left of(Archive archive, Batch batch) throws IOException {
            return new Left(
                    archive.events(batch.key()).stream()
                            .map(event -> String.join(
                                    " ",
                                    event.id().toString(),
                                    event.subject().toString(),
                                    event.happened().step(),
                                    event.happened().outcome().name(),
                                    event.happened().step().equals("package")
                                            ? "" // holds the time of packing
                                            : event.happened().outputs()))
                            .sorted()
                            .toList(),
                    archive.outputs(batch.key()).stream()
                            .map(one -> one.subject() + " " + one.kept().kind() + " "
                                    + one.kept().sha256())
                            .collect(Collectors.toSet()),
                    Accounts.payload(batch));
        }
    }

    @Test
    void a_batch_all_of_whose_messages_come_twice_and_once_more_when_it_has_ended_is_as_if_they_came_once()
            throws Exception {
        var plain = installation("plain");
        work(plain, plain.lovage(), Archive.LIGHT, Pool.virtual(8));
        work(plain, plain.lovage(), Archive.HEAVY, Pool.processes(1));
        plain.archive().ingest(manifest);
        var expected = Left.of(plain.archive(), accepted(plain));

        var twice = installation("twice");
        var sent = new ConcurrentLinkedQueue<Message>();
        Consumer<Message> again = message -> {
            // What has no subject only gathers results for a chord.
            if (message.subject().isPresent() && !message.execution().taskId().contains(AGAIN)) {
                sent.add(message);
                twice.lovage().send(copy(message, AGAIN));
            }
        };
        var doubling = twice.lovage().decorated(backbone -> WatchedBackbone.settling(backbone, _ -> {}, again));
        work(twice, doubling, Archive.LIGHT, Pool.virtual(8));
        work(twice, doubling, Archive.HEAVY, Pool.processes(1));
        twice.archive().ingest(manifest);
        var batch = accepted(twice);
        through(twice);
        assertThat(Left.of(twice.archive(), batch)).isEqualTo(expected);
        assertThat(sent)
                .extracting(Message::task)
                .contains(
                        Archival.VALIDATE_BATCH_SCHEMA.name().toString(),
                        Archival.VERIFY_CHECKSUM.name().toString(),
                        Archival.EXTRACT_TECHNICAL_METADATA.name().toString(),
                        Archival.GENERATE_THUMBNAILS.name().toString(),
                        Archival.RUN_OCR_PIPELINE.name().toString(),
                        Archival.NORMALIZE_METADATA.name().toString(),
                        Archival.APPLY_AI_ENRICHMENT.name().toString(),
                        Archival.FIX_BATCH.name().toString(),
                        Archival.PROCESS_BATCH.name().toString(),
                        Archival.PACKAGE_BATCH.name().toString());

        var events = twice.archive().events(batch.key());
        var outputs = twice.archive().outputs(batch.key());
        sent.forEach(message -> twice.lovage().send(copy(message, AGAIN + AGAIN)));
        through(twice);
        assertThat(twice.archive().events(batch.key())).isEqualTo(events);
        assertThat(twice.archive().outputs(batch.key())).isEqualTo(outputs);
        assertThat(twice.archive().find("B-twice")).contains(batch);
        // The steps of the whole batch say that it has ended, and wait for a person to see it.
        disposeOfWhatCameLate(twice);
        new Accounts(twice.lovage(), twice.archive()).check("B-twice", folder.path());
    }

    @Test
    void a_stale_claim_of_a_page_changes_nothing_when_another_worker_has_done_it() throws Exception {
        var one = installation("stale");
        work(one, one.lovage(), Archive.LIGHT, Pool.virtual(8));
        one.archive().ingest(manifest);
        var stale = new StepWorker(one.lovage(), "stale@test");
        var claimed = new ConcurrentLinkedQueue<dev.lovage.engine.broker.Delivery>();
        Eventually.until(
                "a page is claimed",
                () -> {
                    claimed.addAll(stale.claim(1, Archival.COMPUTE));
                    return !claimed.isEmpty();
                },
                () -> one.lovage().backbone().store().inventory());
        var delivery = claimed.element();
        stale.dies();
        work(one, one.lovage(), Archive.HEAVY, Pool.processes(1));
        var batch = accepted(one);
        var events = one.archive().events(batch.key());
        assertThatThrownBy(() -> stale.succeed(delivery, Json.array())).isInstanceOf(LeaseLost.class);
        assertThat(one.archive().events(batch.key())).isEqualTo(events);
        assertThat(events)
                .filteredOn(event -> event.subject()
                        .toString()
                        .equals(delivery.message().subject().orElseThrow()))
                .filteredOn(event -> event.happened().step().equals("text"))
                .extracting(Recorded::attempt)
                .containsExactly(2L);
        new Accounts(one.lovage(), one.archive()).check("B-twice", folder.path());
    }

    @Test
    void a_step_that_makes_something_else_the_second_time_is_a_conflict_and_the_first_time_stands() throws Exception {
        var one = installation("conflict");
        work(one, one.lovage(), Archive.LIGHT, Pool.virtual(8));
        one.archive().ingest(manifest);
        var key = one.archive().find("B-twice").orElseThrow().key();
        Eventually.until(
                "all pages are in the vault",
                () -> one.archive().items(key).size() == PAGES
                        && one.archive().items(key).stream().allMatch(item -> item.state() == Item.State.FIXED),
                () -> one.archive().items(key));
        var item = one.archive().items(key).getFirst();
        var source = folder.path().resolve(item.path());
        var original = Files.readAllBytes(source);
        var before = ofItem(one.archive(), key, item);
        Files.write(source, BatchFolder.page(PAGES + 1));
        one.lovage()
                .send(Archival.VERIFY_CHECKSUM
                        .with(new Archival.VerifyChecksum(source.toString(), item.expectedSha256()))
                        .subject(item.key().toString())
                        .header(
                                Brief.HEADER,
                                new Brief(item.path(), "", "Test Scanner 1", Optional.empty(), 300).header()))
                .await(Duration.ofSeconds(30));
        var accounts = new Accounts(one.lovage(), one.archive());
        assertThat(accounts.intents("archive.event.conflict"))
                .as("receive, digest and fixity")
                .containsExactly(
                        item.key().toString(), item.key().toString(), item.key().toString());
        assertThat(ofItem(one.archive(), key, item)).containsAll(before);
        assertThat(one.archive().items(key)).contains(item);

        work(one, one.lovage(), Archive.HEAVY, Pool.processes(1));
        var batch = accepted(one);
        var master = one.archive().outputs(key).stream()
                .filter(output -> output.subject().equals(item.key())
                        && output.kept().kind().equals("master"))
                .findFirst()
                .orElseThrow();
        assertThat(Files.readAllBytes(one.archive().file(master))).isEqualTo(original);
        assertThat(Accounts.payload(batch)).anyMatch(line -> line.contains(Vault.digest(original)));
        accounts.ledger();
    }

    private static List<Recorded> ofItem(Archive archive, java.util.UUID batch, Item item) {
        return archive.events(batch).stream()
                .filter(event -> event.subject().equals(item.key()))
                .sorted(Comparator.comparing(event -> event.happened().step()))
                .toList();
    }

    private Accounts installation(String name) {
        var lovage = Lovage.open(ArchiveProcess.settings(place.resolve(name)), InstantSource.system());
        open.add(lovage);
        return new Accounts(lovage, Archive.open(lovage, "AV-ARC", InstantSource.system()));
    }

    private void work(Accounts at, Lovage through, Set<String> queues, Pool pool) {
        var worker = Lanes.of(through, at.archive(), pool, queues);
        // Workers end before what they work on does.
        var earlier = List.copyOf(open);
        open.clear();
        open.add(worker);
        open.addAll(earlier);
    }

    private static Batch accepted(Accounts at) {
        Eventually.until(
                "the batch has ended",
                () -> at.archive()
                        .find("B-twice")
                        .filter(batch -> batch.state().isFinal() || batch.state() == Batch.State.NEEDS_REVIEW)
                        .isPresent(),
                () -> at.lovage().backbone().store().inventory());
        var batch = at.archive().find("B-twice").orElseThrow();
        assertThat(batch.state()).as(batch.reason().orElse("")).isEqualTo(Batch.State.ACCEPTED);
        return batch;
    }

    /// Waits until nothing is to be done any more.
    private static void through(Accounts at) {
        Eventually.until(
                "all is done or failed for good",
                () -> at.lovage().backbone().store().inventory().stream()
                        .allMatch(entry -> entry.custody() == Custody.DEAD),
                () -> at.lovage().backbone().store().inventory());
    }

    private static void disposeOfWhatCameLate(Accounts at) {
        var store = at.lovage().backbone().store();
        for (var held : store.held(Set.of(Custody.DEAD), 1000)) {
            assertThat(held.message().execution().taskId()).contains(AGAIN);
            assertThat(held.message().task())
                    .isIn(
                            Archival.FIX_BATCH.name().toString(),
                            Archival.PROCESS_BATCH.name().toString(),
                            Archival.PACKAGE_BATCH.name().toString());
            assertThat(held.reason().orElseThrow()).contains("has ended");
            at.lovage().transaction(tx -> store.dispose(tx, held.tag(), "it came late", "the test"));
        }
    }

    /// The same task with the same arguments for the same subject, outside of its canvas.
    static Signature<JsonNode> copy(Message message, String mark) {
        try {
            var request = Request.read(message);
            return Signature.<JsonNode>of(
                            message.task(),
                            new Arguments(request.args(), request.kwargs()),
                            JsonNode.class,
                            Optional.empty())
                    .taskId(message.execution().taskId() + mark)
                    .queue(message.queue())
                    .subject(message.subject().orElseThrow())
                    .header(Brief.HEADER, request.headers().path(Brief.HEADER));
        } catch (Unreadable e) {
            throw new AssertionError("The worker could read it: " + message, e);
        }
    }
}
