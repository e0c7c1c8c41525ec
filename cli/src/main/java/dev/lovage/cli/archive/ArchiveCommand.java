package dev.lovage.cli.archive;

import dev.lovage.archive.Archive;
import dev.lovage.archive.bag.BagProblem;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.ingest.BatchRefused;
import dev.lovage.archive.ingest.Ingest;
import dev.lovage.archive.manifest.ManifestRejected;
import dev.lovage.archive.manifest.Manifests;
import dev.lovage.archive.manifest.Violation;
import dev.lovage.cli.data.Installed;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.Lovage;
import dev.lovage.records.intake.Agency;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Digitization batches.
@Command(name = "archive", description = "digitization batches", synopsisSubcommandLabel = "COMMAND")
public final class ArchiveCommand {
    private final Setup setup;

    public ArchiveCommand(Setup setup) {
        this.setup = setup;
    }

    /// @param unlisted how many violations there are beyond those listed
    private record Checked(
            boolean valid, Optional<String> id, int generation, int files, List<Violation> violations, long unlisted) {}

    /// @param known whether the batch had been received before
    /// @param timedOut whether it had not ended when the time to wait was over
    /// @param queuesWithoutWorker where nothing is done until a worker is started
    private record Ingested(boolean known, boolean timedOut, List<String> queuesWithoutWorker, Shown batch) {}

    /// @param same whether the package is the one that was accepted, by the digest of its manifest
    private record Verified(
            String id,
            int generation,
            String folder,
            boolean valid,
            boolean same,
            long payloadFiles,
            long payloadBytes,
            long problemCount,
            List<BagProblem> problems) {}

    @Command(name = "validate", description = "check a manifest, and tell all that is wrong with it (exit code 1)")
    int validate(
            @Parameters(paramLabel = "MANIFEST", description = "the manifest, or the folder with its manifest.json")
                    Path given)
            throws IOException {
        var checked = check(manifest(given));
        if (setup.json()) {
            setup.printJson(checked);
        } else if (checked.valid()) {
            setup.print("The manifest is right: "
                    + checked.id().map(id -> "batch " + id).orElse("a batch without an id") + ", generation "
                    + checked.generation() + ", " + checked.files() + (checked.files() == 1 ? " file." : " files.")
                    + " Whether the files are there is found out by archive ingest.");
        } else {
            var all = checked.violations().size() + checked.unlisted();
            setup.print("The manifest is rejected, with " + all + (all == 1 ? " violation:" : " violations:"));
            var table = new Table("  AT", "WHAT");
            checked.violations()
                    .forEach(one ->
                            table.row("  " + (one.pointer().isEmpty() ? "(document)" : one.pointer()), one.message()));
            table.print(setup.out());
            if (checked.unlisted() > 0) {
                setup.print("  and " + checked.unlisted() + " more");
            }
        }
        return (checked.valid() ? ExitCode.OK : ExitCode.FAILED).number();
    }

    private static Checked check(Path file) throws IOException {
        if (Files.size(file) > Manifests.SIZE_MAX) {
            var message = "The manifest has " + Files.size(file) + " bytes, and at most " + Manifests.SIZE_MAX
                    + " are taken. Split the batch.";
            return new Checked(false, Optional.empty(), 1, 0, List.of(new Violation("", message)), 0);
        }
        try {
            var manifest = Manifests.read(Files.readAllBytes(file));
            return new Checked(
                    true, manifest.id(), manifest.generation(), manifest.files().size(), List.of(), 0);
        } catch (ManifestRejected e) {
            return new Checked(false, Optional.empty(), 1, 0, e.violations(), e.unlisted());
        }
    }

    private static Path manifest(Path given) {
        var file = Files.isDirectory(given) ? given.resolve("manifest.json") : given;
        if (!Files.isRegularFile(file)) {
            throw CommandFailed.notFound("There is no file " + file
                    + ". Expected a manifest, or a folder with a manifest.json. Nothing was read.");
        }
        return file;
    }

    @Command(
            name = "ingest",
            description = "take a batch in; workers do the rest (with --wait, exit code 1 unless it is accepted)")
    int ingest(
            @Parameters(
                            paramLabel = "MANIFEST|DIR",
                            description = "the manifest, or the folder with its manifest.json; files are looked for"
                                    + " beside it")
                    Path given,
            @Option(names = "--wait", description = "wait until the batch has ended, and show how far it is")
                    boolean wait,
            @Option(names = "--timeout", paramLabel = "SECONDS", description = "wait no longer than this")
                    Optional<Integer> timeout)
            throws IOException, InterruptedException {
        if (timeout.isPresent() && (!wait || timeout.get() < 1)) {
            throw CommandFailed.usage("--timeout is 1 or more, and goes with --wait. Nothing was taken in.");
        }
        var file = manifest(given);
        try (var lovage = setup.openForApplications()) {
            Installed.database(lovage);
            var archive = Archive.open(lovage, Agency.sample().tenant(), setup.clock());
            var receipt = taken(archive, file);
            var progress = new Progress(lovage, archive, receipt.batch().key());
            if (!setup.json()) {
                setup.print(said(receipt));
            }
            var batch = progress.now();
            var idle = Progress.ended(batch) ? List.<String>of() : progress.queuesWithoutWorker();
            if (!idle.isEmpty()) {
                setup.note(advice(idle));
            }
            if (wait && !Progress.ended(batch)) {
                batch = progress.await(timeout.map(Duration::ofSeconds), setup::note);
            }
            var timedOut = wait && !Progress.ended(batch);
            var shown = Shown.of(batch, archive.items(batch.key()), archive.events(batch.key()));
            if (setup.json()) {
                setup.printJson(new Ingested(receipt.known(), timedOut, idle, shown));
            } else if (wait) {
                shown.print(setup);
            }
            if (timedOut) {
                setup.note("The batch " + batch.id() + " has not ended in time; the work goes on. Look again with"
                        + " ./lovage archive status " + batch.id() + ".");
            }
            return (!wait || batch.state() == Batch.State.ACCEPTED ? ExitCode.OK : ExitCode.FAILED).number();
        }
    }

    private static Ingest.Receipt taken(Archive archive, Path file) throws IOException {
        try {
            return archive.ingest(file);
        } catch (BatchRefused e) {
            throw new CommandFailed(ExitCode.FAILED, String.valueOf(e.getMessage()));
        }
    }

    private static String said(Ingest.Receipt receipt) {
        var batch = receipt.batch();
        var name = "The batch " + batch.id() + ", generation " + batch.generation() + ", ";
        return receipt.known()
                ? name + "is known: this manifest was received at " + Words.at(batch.receivedAt())
                        + ", and the batch is " + batch.state() + ". It was not taken in again."
                : name + "is received. See ./lovage archive status " + batch.id() + ".";
    }

    private static String advice(List<String> idle) {
        return "No live worker serves " + String.join(", ", idle)
                + ", and nothing runs by itself: the batch waits there. Start ./lovage worker -Q io_bound,default"
                + " --pool=gevent and ./lovage worker -Q compute_intensive --pool=prefork on the same data.";
    }

    @Command(name = "status", description = "show where a batch and each of its files stand, and why")
    void status(@Parameters(paramLabel = "ID", description = "the batch's id") String id) {
        try (var lovage = setup.existing()) {
            var archive = archive(lovage);
            var batch = batch(archive, id);
            var shown = Shown.of(batch, archive.items(batch.key()), archive.events(batch.key()));
            if (setup.json()) {
                setup.printJson(shown);
            } else {
                shown.print(setup);
            }
        }
    }

    /// A batch without its files.
    private record Listed(
            String id,
            int generation,
            Batch.State state,
            Optional<String> reason,
            Instant receivedAt,
            Instant updatedAt,
            Optional<String> packaged) {
        static Listed of(Batch batch) {
            return new Listed(
                    batch.id(),
                    batch.generation(),
                    batch.state(),
                    batch.reason(),
                    batch.receivedAt(),
                    batch.updatedAt(),
                    batch.packaged());
        }
    }

    @Command(name = "list", description = "list the batches received last")
    void list(
            @Option(names = "--max", paramLabel = "N", defaultValue = "20", description = "as many at most") int max) {
        if (max < 1) {
            throw CommandFailed.usage("--max is 1 or more, but is " + max + ".");
        }
        try (var lovage = setup.existing()) {
            var batches = archive(lovage).latest(max);
            if (setup.json()) {
                setup.printJson(batches.stream().map(Listed::of).toList());
            } else {
                var table = new Table("BATCH", "GENERATION", "STATE", "RECEIVED", "CHANGED", "REASON");
                batches.forEach(batch -> table.row(
                        batch.id(),
                        batch.generation(),
                        batch.state(),
                        Words.at(batch.receivedAt()),
                        Words.at(batch.updatedAt()),
                        Words.brief(batch.reason().orElse(""), 100)));
                table.print(setup.out());
            }
        }
    }

    @Command(
            name = "verify",
            description = "verify a batch's package from its files alone, and that it is the one that was accepted"
                    + " (exit code 1 if not)")
    int verify(@Parameters(paramLabel = "ID", description = "the batch's id") String id) throws IOException {
        try (var lovage = setup.existing()) {
            var archive = archive(lovage);
            var batch = batch(archive, id);
            var report = archive.verify(batch)
                    .orElseThrow(() -> new CommandFailed(
                            ExitCode.FAILED,
                            "The batch " + id + " is " + batch.state() + " and has no package, so there is nothing to"
                                    + " verify. See ./lovage archive status " + id + "."));
            var verified = new Verified(
                    batch.id(),
                    batch.generation(),
                    batch.packaged().orElseThrow(),
                    report.valid(),
                    archive.same(batch),
                    report.payloadFiles(),
                    report.payloadBytes(),
                    report.problemCount(),
                    report.problems());
            if (setup.json()) {
                setup.printJson(verified);
            } else {
                print(verified);
            }
            return (verified.valid() && verified.same() ? ExitCode.OK : ExitCode.FAILED).number();
        }
    }

    private void print(Verified bag) {
        setup.print((bag.valid() && bag.same() ? "VERIFIED  " : "NOT VERIFIED  ") + bag.folder());
        setup.print("  payload   " + bag.payloadFiles() + " files, " + bag.payloadBytes() + " bytes");
        setup.print("  bag       "
                + (bag.valid()
                        ? "valid: all files are there, with the digests of the manifests"
                        : "not valid, " + bag.problemCount() + (bag.problemCount() == 1 ? " problem" : " problems")));
        setup.print("  accepted  "
                + (bag.same()
                        ? "it is the package that was accepted"
                        : "it is not the package that was accepted: its tag manifest is missing or another"));
        if (!bag.problems().isEmpty()) {
            var table = new Table("  FILE", "KIND", "WHAT");
            bag.problems().forEach(one -> table.row("  " + one.file(), one.kind(), one.message()));
            table.print(setup.out());
        }
    }

    private static Batch batch(Archive archive, String id) {
        return archive.find(id).orElseThrow(() -> CommandFailed.notFound("There is no batch " + id + " here."));
    }

    private Archive archive(Lovage lovage) {
        return Installed.archive(lovage, setup.clock())
                .orElseThrow(() -> CommandFailed.notFound(
                        "There is no archive in this data yet." + " Begin with ./lovage archive ingest."));
    }
}
