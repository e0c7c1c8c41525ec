package dev.lovage.archive.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.Recorded;
import dev.lovage.archive.vault.Vault;
import dev.lovage.custody.ledger.LedgerVerifier;
import dev.lovage.custody.ledger.Sequencer;
import dev.lovage.engine.Lovage;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.Database;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What is really there after a batch, read from the tables and folders rather than from what the programs say. The
/// data folder holds one batch only.
///
/// @param lovage not decorated
record Accounts(Lovage lovage, Archive archive) {
    /// What is done for each page that is good.
    static final Set<String> STEPS = Set.of(
            "receive",
            "digest",
            "fixity",
            "format",
            "virus",
            "structure",
            "technical",
            "thumbnail-128",
            "thumbnail-256",
            "thumbnail-512",
            "digest-thumbnails",
            "text",
            "hocr",
            "alto",
            "digest-ocr");

    /// Checks that an accepted batch of good pages is there whole and once, and that nothing else is.
    ///
    /// @param originals the depositor's folder
    void check(String id, Path originals) throws IOException {
        var batch = archive.find(id).orElseThrow();
        assertThat(batch.state()).as(batch.reason().orElse("")).isEqualTo(Batch.State.ACCEPTED);
        var items = archive.items(batch.key());
        assertThat(items).extracting(Item::state).containsOnly(Item.State.PACKAGED);
        events(batch, items);
        masters(batch, items, originals);
        files(batch);
        assertThat(archive.verify(batch).orElseThrow().valid()).isTrue();
        assertThat(archive.same(batch)).isTrue();
        assertThat(archive.unaccounted()).isEmpty();
        assertThat(lovage.backbone().store().inventory()).isEmpty();
        assertThat(intents("archive.event")).hasSameSizeAs(archive.events(batch.key()));
        assertThat(intents("archive.event.conflict")).isEmpty();
        assertThat(intents("batch.received")).hasSize(1);
        ledger();
    }

    /// One event per item, step and generation, and for each item the same steps.
    private void events(Batch batch, List<Item> items) {
        var events = archive.events(batch.key());
        assertThat(events)
                .extracting(Recorded::subject, event -> event.happened().step(), Recorded::generation)
                .doesNotHaveDuplicates();
        var steps = events.stream()
                .collect(Collectors.groupingBy(
                        Recorded::subject,
                        Collectors.mapping(event -> event.happened().step(), Collectors.toSet())));
        assertThat(items)
                .allSatisfy(item ->
                        assertThat(steps.get(item.key())).as(item.path()).isEqualTo(STEPS));
        assertThat(steps).hasSize(items.size() + 1);
    }

    private void masters(Batch batch, List<Item> items, Path originals) throws IOException {
        var expected = new TreeMap<String, String>();
        var found = new TreeMap<String, String>();
        for (var item : items) {
            expected.put(item.path(), Vault.digest(originals.resolve(item.path())));
        }
        for (var output : archive.outputs(batch.key())) {
            var digest = Vault.digest(archive.file(output));
            assertThat(digest).as("%s", output).isEqualTo(output.kept().sha256());
            if (output.kept().kind().equals("master")) {
                var item = items.stream()
                        .filter(one -> one.key().equals(output.subject()))
                        .findFirst()
                        .orElseThrow();
                assertThat(found.put(item.path(), digest)).as("a second master").isNull();
            }
        }
        assertThat(found).isEqualTo(expected);
        try (var packed = Files.walk(Path.of(batch.packaged().orElseThrow()).resolve("data/masters"))) {
            var digests = new TreeSet<String>();
            for (var file : packed.filter(Files::isRegularFile).toList()) {
                digests.add(Vault.digest(file));
            }
            assertThat(digests).containsExactlyInAnyOrderElementsOf(expected.values());
        }
    }

    /// After a sweep: no file without a row, no row without a file, no package but the batch's.
    private void files(Batch batch) {
        var rows = archive.outputs(batch.key()).stream()
                .map(output -> output.kept().file())
                .collect(Collectors.toSet());
        var vault = lovage.settings().data().resolve("archive").resolve("files");
        // A child process whose worker was killed may still be writing what nobody waits for.
        Eventually.until(
                "the vault holds what the rows name",
                () -> {
                    sweep(vault);
                    return names(vault).equals(rows);
                },
                () -> {
                    var odd = new HashSet<>(names(vault));
                    odd.removeAll(rows);
                    var missing = new HashSet<>(rows);
                    missing.removeAll(names(vault));
                    return "without a row " + odd + ", without a file " + missing;
                });
        assertThat(lovage.settings().data().resolve("archive").resolve("packages"))
                .isDirectoryNotContaining(
                        folder -> !folder.equals(Path.of(batch.packaged().orElseThrow())));
    }

    private void sweep(Path vault) {
        try {
            for (var name : names(vault)) {
                Files.setLastModifiedTime(vault.resolve(name), FileTime.from(Instant.EPOCH));
            }
            archive.sweep();
        } catch (java.nio.file.NoSuchFileException e) {
            return; // its writer has just removed it
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> names(Path vault) {
        try (var all = Files.walk(vault)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> vault.relativize(file).toString())
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Chains what waits, and verifies the whole.
    void ledger() {
        Sequencer.runOnce(database(), "lovage/AV-ARC", InstantSource.system());
        var verdict = LedgerVerifier.verify(database());
        assertThat(verdict.problems()).isEmpty();
        assertThat(verdict.pendingIntents()).isZero();
        assertThat(verdict.entries()).isPositive();
    }

    /// The subjects of the intents of a type.
    List<String> intents(String type) {
        return database().read(connection -> {
            try (var select = connection.prepareStatement("SELECT subject FROM ledger_intent WHERE type = ?")) {
                select.setString(1, type);
                var subjects = new java.util.ArrayList<String>();
                try (var row = select.executeQuery()) {
                    while (row.next()) {
                        subjects.add(row.getString(1));
                    }
                }
                return subjects;
            }
        });
    }

    /// What a package holds beside the records of when it was made: its payload's digests by path.
    static Set<String> payload(Batch batch) throws IOException {
        var manifest = Path.of(batch.packaged().orElseThrow()).resolve("manifest-sha256.txt");
        return Files.readString(manifest, UTF_8)
                .lines()
                .filter(line -> !line.contains("metadata/mets") && !line.contains("metadata/premis"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Database database() {
        return ((SqlBackbone) lovage.backbone()).database();
    }
}
