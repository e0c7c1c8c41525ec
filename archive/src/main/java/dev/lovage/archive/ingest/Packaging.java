package dev.lovage.archive.ingest;

import dev.lovage.archive.bag.BagFile;
import dev.lovage.archive.bag.BagInfo;
import dev.lovage.archive.bag.BagVerifier;
import dev.lovage.archive.bag.BagWriter;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.EventId;
import dev.lovage.archive.event.Events;
import dev.lovage.archive.event.Happened;
import dev.lovage.archive.event.Recorded;
import dev.lovage.archive.manifest.Manifest;
import dev.lovage.archive.preservation.PremisContext;
import dev.lovage.archive.preservation.PremisRules;
import dev.lovage.archive.vault.Kept;
import dev.lovage.archive.vault.Vault;
import dev.lovage.archive.xml.Schemas;
import dev.lovage.engine.task.TaskContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Packs a batch: a BagIt bag with masters, derivatives, METS and PREMIS. It is read back and verified before anyone
/// hears that there is one.
///
/// ```
/// data/masters/…   data/thumbnails/0001-256.jpg   data/ocr/0001.alto.xml   metadata/mets.xml   metadata/premis.xml
/// ```
public final class Packaging {
    private static final int PROBLEMS_SHOWN = 20;

    /// What goes into a package.
    record Contents(Batch batch, List<Item> items, Map<UUID, Map<String, Kept>> outputs, List<Recorded> events) {}

    /// A package that was found right.
    record Bag(Path folder, String tagManifestSha256, Happened event) {}

    private final Vault vault;
    private final Path folder;

    /// @param data the data folder; packages lie in `archive/packages` of it
    public Packaging(Vault vault, Path data) {
        this.vault = vault;
        this.folder = data.toAbsolutePath().normalize().resolve("archive").resolve("packages");
    }

    /// Where all packages lie.
    public Path folder() {
        return folder;
    }

    Contents contents(Connection connection, String tenant, Batch batch) throws SQLException {
        var catalogue = Catalogue.of(connection, tenant);
        var outputs = new HashMap<UUID, Map<String, Kept>>();
        for (var output : catalogue.outputs(batch.key())) {
            outputs.computeIfAbsent(output.subject(), _ -> new TreeMap<>())
                    .put(output.kept().kind(), output.kept());
        }
        return new Contents(
                batch,
                catalogue.items(batch.key()).stream()
                        .filter(item -> item.state() == Item.State.FIXED)
                        .toList(),
                outputs,
                Events.ofBatch(connection, tenant, batch.key()));
    }

    /// @throws PackageInvalid if what was written breaks a schema or a rule
    Bag write(Contents contents, Manifest manifest, String attempt, TaskContext context, Instant now)
            throws IOException {
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        var place =
                folder.resolve(contents.batch().id() + "." + contents.batch().generation() + "." + attempt);
        var whole = false;
        try {
            var bag = write(contents, manifest, place, context, now);
            whole = true;
            return bag;
        } finally {
            if (!whole) {
                remove(place);
            }
        }
    }

    private Bag write(Contents contents, Manifest manifest, Path place, TaskContext context, Instant now)
            throws IOException {
        var batch = contents.batch();
        var pages = PackedPage.of(contents, vault);
        var inputs = Vault.digest(pages.stream()
                .flatMap(page -> page.parts().stream())
                .map(part -> part.kept().sha256())
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8));
        var happened = new Happened(
                "package",
                1,
                "information package creation",
                Happened.Outcome.SUCCESS,
                "BagIt 1.0 with METS 1.12.1 and PREMIS 3, read back and verified",
                pages.size() + " items",
                inputs,
                "",
                "",
                false,
                "lovage");
        var creation = new Recorded(
                EventId.of(batch.key(), happened, batch.generation()),
                batch.key(),
                batch.generation(),
                happened,
                now,
                context.id(),
                context.lineage().rootId().orElse(context.id()),
                context.retries() + context.epoch(),
                context.node());
        var events = new ArrayList<>(contents.events());
        events.add(creation);
        var premis = PackageDocuments.premis(batch, pages, events);
        var mets = PackageDocuments.mets(contents, pages, premis, vault, now);
        check("METS", Schemas.PACKAGE.violations(new ByteArrayInputStream(mets)));
        check("PREMIS", Schemas.PREMIS.violations(new ByteArrayInputStream(premis)));
        Set<String> digests = new HashSet<>();
        pages.forEach(
                page -> page.parts().forEach(part -> digests.add(part.kept().sha256())));
        check(
                "PREMIS",
                PremisRules.check(
                                new ByteArrayInputStream(premis),
                                new PremisContext(batch.receivedAt(), now.plusSeconds(1), digests, 1))
                        .stream()
                        .map(violation ->
                                "rule " + violation.rule() + ", " + violation.identifier() + ": " + violation.message())
                        .toList());
        var payload = pages.stream()
                .flatMap(page -> page.parts().stream())
                .map(part -> BagFile.of(
                        part.path(), vault.path(part.kept()), part.kept().sha256()))
                .toList();
        var tags = new ArrayList<BagFile>();
        tags.add(BagFile.of("metadata/mets.xml", mets));
        tags.add(BagFile.of("metadata/premis.xml", premis));
        tags.add(BagFile.of("metadata/manifest.json", batch.manifest().getBytes(StandardCharsets.UTF_8)));
        contents.outputs().getOrDefault(batch.key(), Map.of()).forEach((kind, kept) -> {
            var name = kept.file().substring(kept.file().lastIndexOf('/') + 1);
            var extension = name.substring(name.indexOf('.', name.indexOf('.') + 1) + 1);
            tags.add(BagFile.of("metadata/" + kind + "." + extension, vault.path(kept), kept.sha256()));
        });
        var written = BagWriter.write(
                place,
                payload,
                tags,
                new BagInfo(
                        batch.id(),
                        manifest.id().orElse(batch.id()),
                        LocalDate.ofInstant(now, ZoneOffset.UTC),
                        "lovage",
                        List.of(new BagInfo.Label("Lovage-Batch", batch.key().toString()))));
        var report = BagVerifier.verify(place);
        if (!report.valid()) {
            throw new PackageInvalid(
                    "The package of " + batch.id() + " reads back wrong: " + report.problems() + ". It was"
                            + " removed, and nothing was accepted. Look at the disk, then ingest the manifest again.");
        }
        return new Bag(
                place,
                written.tagManifestSha256(),
                new Happened(
                        happened.step(),
                        happened.version(),
                        happened.type(),
                        happened.outcome(),
                        happened.detail(),
                        happened.note(),
                        happened.inputs(),
                        happened.parameters(),
                        written.tagManifestSha256(),
                        false,
                        happened.agent()));
    }

    private static void check(String what, List<String> violations) {
        if (!violations.isEmpty()) {
            throw new PackageInvalid("The " + what + " document of the package is not right, so nothing was packaged: "
                    + String.join("; ", violations.subList(0, Math.min(PROBLEMS_SHOWN, violations.size()))));
        }
    }

    /// Removes what attempts left behind that did not come to their end.
    ///
    /// @param running the [Vault#maker] marks of tasks that are running; asked when the packages are listed
    /// @param named the names of accepted packages; asked after `running`: what was committed between is named
    public int sweep(Supplier<Set<String>> running, Supplier<List<String>> named) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        List<Path> found;
        try (var all = Files.list(folder)) {
            found = all.toList();
        }
        var busy = running.get();
        var keep = named.get().stream()
                .map(one -> Path.of(one).getFileName().toString())
                .collect(Collectors.toSet());
        int swept = 0;
        for (var one : found) {
            var name = String.valueOf(one.getFileName());
            var maker = name.substring(name.lastIndexOf('.') + 1).split("-", 2)[0];
            if (!keep.contains(name) && !busy.contains(maker)) {
                remove(one);
                swept++;
            }
        }
        return swept;
    }

    private static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
