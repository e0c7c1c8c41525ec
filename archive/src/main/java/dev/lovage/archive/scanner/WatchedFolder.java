package dev.lovage.archive.scanner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A folder that scanning software fills.
///
/// Nobody can tell from outside whether a file is complete: it may not have grown for an hour and still be written
/// to. So whoever writes says so. A page is taken when the file `<its name>.done` lies beside it, or when the file
/// `batch.done` is there, which says so of every page in the folder and of their number, too. A new batch begins
/// when `batch.done` is gone. Pages are in the order of their names; what begins with a dot, ends in `.part`, `.tmp`
/// or `.done`, or is a folder, is no page.
///
/// A capture copies. Only when it is told that it was [committed][#committed] it moves the originals to
/// `taken/<SHA-256>/` below, markers first: a crash in between leaves pages that nobody takes for a batch.
final class WatchedFolder implements Scanner {
    private static final String MARKER = ".done";
    private static final String BATCH = "batch.done";
    private static final String TAKEN = "taken";

    /// Pages, a marker for each, and some that are neither.
    private static final int ENTRIES_MAX = 2 * CaptureSettings.PAGES_MAX + 1000;

    private final String id;
    private final Path folder;
    private final String model;
    private final CaptureLimits limits;
    private final Path data;
    private final InstantSource clock;

    /// @param model of the scanner that the folder stands for
    /// @param data the folder with the locks' folder `scanners`; its disk is the one looked at
    WatchedFolder(String id, Path folder, String model, CaptureLimits limits, Path data, InstantSource clock) {
        this.id = id;
        this.folder = folder;
        this.model = model;
        this.limits = limits;
        this.data = data;
        this.clock = clock;
    }

    /// What lies in the folder and is said to be complete.
    ///
    /// @param batchDone when `batch.done` was written
    private record Found(TreeMap<String, BasicFileAttributes> pages, Optional<FileTime> batchDone) {
        long bytes() {
            return pages.values().stream().mapToLong(BasicFileAttributes::size).sum();
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Readiness check(CaptureSettings settings) throws IOException {
        var checks = new Checks(clock);
        try (var lock = DeviceLock.tryHold(data.resolve("scanners"), id).orElse(null)) {
            if (lock == null) {
                checks.fail(
                        "lease",
                        "held by another capture",
                        "free",
                        CaptureFault.DEVICE_BUSY,
                        "Another capture on this machine uses the folder.");
                return checks.report(id);
            }
            checks.ok("lease", "free", "free");
            try {
                identity(settings);
                checks.ok(
                        "identity",
                        model + " (configured)",
                        settings.scannerModel().orElse(model));
            } catch (CaptureFailed failure) {
                checks.fail("identity", settings.scannerModel().orElse(model), failure);
            }
            try {
                var found = found();
                checks.ok("reachable", "yes", "the folder can be read");
                try {
                    count(found, settings);
                    checks.ok("complete", found.pages().size() + " pages", "marked as done");
                } catch (CaptureFailed failure) {
                    checks.fail("complete", "marked as done", failure);
                }
                Space.check(checks, data, found.bytes());
            } catch (CaptureFailed failure) {
                checks.fail("reachable", "the folder can be read", failure);
            }
        }
        for (var one : List.of("source", "mode", "depth", "resolution", "region")) {
            checks.notChecked(one, "as asked for", "Each file is compared when it is taken.");
        }
        for (var one : List.of(
                "state",
                "feeder_loaded",
                "no_jam",
                "cover_closed",
                "lamp",
                "calibration",
                "target_test",
                "firmware",
                "clock_skew")) {
            checks.notChecked(one, "as the policy wants it", "A folder does not tell of the device behind it.");
        }
        return checks.report(id);
    }

    @Override
    public Capture capture(CaptureSettings settings, Path staging) throws IOException {
        var began = clock.instant();
        try (var lock = DeviceLock.hold(data.resolve("scanners"), id);
                var place = Staging.begin(staging)) {
            identity(settings);
            var found = found();
            count(found, settings);
            var pages = new ArrayList<Capture.Page>();
            for (var page : found.pages().entrySet()) {
                pages.add(page(page.getKey(), page.getValue(), settings, place));
            }
            place.keep();
            var options = found.batchDone()
                    .map(written -> Map.of(BATCH, written.toInstant().toString()))
                    .orElse(Map.of());
            return new Capture(id, model, settings, options, pages, began, clock.instant());
        }
    }

    @Override
    public void committed(Capture capture) throws IOException {
        try (var lock = DeviceLock.hold(data.resolve("scanners"), id)) {
            var written = capture.options().get(BATCH);
            if (written != null
                    && written.equals(batchDone()
                            .map(FileTime::toInstant)
                            .map(Object::toString)
                            .orElse(""))) {
                Files.deleteIfExists(folder.resolve(BATCH));
            }
            for (var page : capture.pages()) {
                putAside(page);
            }
            Staging.fsync(folder);
        }
    }

    /// A file that was replaced in the meantime is another page, and stays.
    private void putAside(Capture.Page page) throws IOException {
        var original = folder.resolve(page.name());
        if (!folder.equals(original.getParent()) || !Files.isRegularFile(original, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (Files.size(original) != page.size() || !Staging.sha256(original).equals(page.sha256())) {
            return;
        }
        var shelf = folder.resolve(TAKEN).resolve(page.sha256());
        Files.createDirectories(shelf);
        Files.deleteIfExists(folder.resolve(page.name() + MARKER));
        // The same bytes under the same name may lie there from another batch.
        Files.move(original, shelf.resolve(page.name()), StandardCopyOption.ATOMIC_MOVE);
        Staging.fsync(shelf);
    }

    private String named() {
        return "The folder " + folder.getFileName() + " of the scanner " + id;
    }

    private void identity(CaptureSettings settings) {
        settings.scannerModel().filter(wanted -> !wanted.equals(model)).ifPresent(wanted -> {
            throw CaptureFailed.because(
                    CaptureFault.WRONG_MODEL,
                    named() + " stands for a " + model + ", the manifest says " + wanted + ".");
        });
    }

    private Optional<FileTime> batchDone() throws IOException {
        try {
            var marker =
                    Files.readAttributes(folder.resolve(BATCH), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return Optional.of(marker.lastModifiedTime());
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
    }

    private Found found() throws IOException {
        if (!Files.isDirectory(folder)) {
            throw CaptureFailed.because(CaptureFault.UNREACHABLE, named() + " is not there.");
        }
        var batchDone = batchDone();
        var names = new HashSet<String>();
        try (var entries = Files.newDirectoryStream(folder)) {
            for (var entry : entries) {
                names.add(String.valueOf(entry.getFileName()));
                if (names.size() > ENTRIES_MAX) {
                    throw CaptureFailed.because(
                            CaptureFault.TOO_LARGE, named() + " has more than " + ENTRIES_MAX + " files.");
                }
            }
        }
        var pages = new TreeMap<String, BasicFileAttributes>();
        for (var name : names) {
            if (isPage(name) && (batchDone.isPresent() || names.contains(name + MARKER))) {
                var attributes = attributes(name);
                if (!attributes.isDirectory()) {
                    pages.put(name, attributes);
                }
            }
            if (name.endsWith(MARKER) && !name.equals(BATCH)) {
                var marked = name.substring(0, name.length() - MARKER.length());
                if (!names.contains(marked)) {
                    throw CaptureFailed.because(
                            CaptureFault.NOT_COMPLETE, named() + " has " + name + ", but no page " + marked + ".");
                }
            }
        }
        return new Found(pages, batchDone);
    }

    private static boolean isPage(String name) {
        return !name.startsWith(".")
                && !name.equals(TAKEN)
                && !name.endsWith(".part")
                && !name.endsWith(".tmp")
                && !name.endsWith(MARKER);
    }

    private BasicFileAttributes attributes(String name) throws IOException {
        try {
            return Files.readAttributes(folder.resolve(name), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException gone) {
            throw changing(name);
        }
    }

    private void count(Found found, CaptureSettings settings) {
        int pages = found.pages().size();
        if (pages == 0) {
            throw CaptureFailed.because(
                    CaptureFault.NOT_COMPLETE,
                    named() + " has no page that is said to be complete: a file <name>.done beside a page, or one"
                            + " batch.done for all of them, was expected.");
        }
        int expected = settings.pagesExpected().orElse(Math.min(pages, limits.pages()));
        if (pages > expected) {
            throw CaptureFailed.because(
                    CaptureFault.LONG_BATCH, named() + " has " + pages + " pages, expected were " + expected + ".");
        }
        if (pages < expected) {
            throw CaptureFailed.because(
                    found.batchDone().isPresent() ? CaptureFault.SHORT_BATCH : CaptureFault.NOT_COMPLETE,
                    named() + " has " + pages + " complete pages, expected are " + expected + ".");
        }
    }

    private Capture.Page page(String name, BasicFileAttributes before, CaptureSettings settings, Staging place)
            throws IOException {
        if (!before.isRegularFile()) {
            throw CaptureFailed.because(
                    CaptureFault.BAD_FILE, named() + " has " + name + ", which is a link or no file at all.");
        }
        if (before.size() == 0) {
            throw CaptureFailed.because(CaptureFault.EMPTY_IMAGE, named() + " has the page " + name + " of 0 bytes.");
        }
        if (before.size() > limits.pageBytes()) {
            throw CaptureFailed.because(
                    CaptureFault.TOO_LARGE,
                    named() + " has the page " + name + " of " + before.size() + " bytes, at most " + limits.pageBytes()
                            + " are allowed.");
        }
        Optional<String> digest;
        try (var in = Files.newInputStream(folder.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            digest = place.receive(in, before.size());
        } catch (NoSuchFileException gone) {
            throw changing(name);
        }
        var after = attributes(name);
        if (digest.isEmpty()
                || after.size() != before.size()
                || !after.lastModifiedTime().equals(before.lastModifiedTime())) {
            throw changing(name);
        }
        var image = TiffHeader.read(place.part());
        image.flatMap(one -> one.differsFrom(settings)).ifPresent(difference -> {
            throw CaptureFailed.because(
                    CaptureFault.DELIVERED_DIFFERENT, named() + " has the page " + name + " with " + difference + ".");
        });
        var page = place.page(name, image);
        if (!digest.get().equals(page.sha256())) {
            throw new IOException("The copy of " + name + " reads as " + page.sha256() + ", and " + digest.get()
                    + " was written. The disk can't be trusted; nothing of this capture was kept.");
        }
        return page;
    }

    private CaptureFailed changing(String name) {
        return CaptureFailed.because(
                CaptureFault.NOT_COMPLETE,
                named() + " has " + name + ", which changed while it was read, although it is marked as complete.");
    }
}
