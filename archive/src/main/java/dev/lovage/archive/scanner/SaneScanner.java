package dev.lovage.archive.scanner;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A scanner behind a SANE daemon, on this machine or another.
///
/// A capture's life: the device is locked for this machine; the daemon is asked whether it is the right model; the
/// settings are set and read back; then page after page is started, its rows written as they come, compared with what
/// was asked for, and fsynced. A feeder is fed until it says that it is empty. Three things that scanning programs
/// pass over end a capture here: a page without rows, a setting that the device rounded, and a device that does not
/// go on.
///
/// Once a page of a stack has gone through the feeder, no failure is transient: the rest of the stack would pass for
/// the whole.
final class SaneScanner implements Scanner {
    private static final int GRAY = 0;
    private static final int RGB = 1;

    /// 16-bit color at 6400 dpi is 38 400 bytes an inch.
    private static final int ROW_BYTES_MAX = 16 << 20;

    private final String id;
    private final SaneAddress address;
    private final String model;
    private final Map<String, String> options;
    private final CaptureLimits limits;
    private final Path data;
    private final InstantSource clock;

    /// @param model what the device has to say it is, with or without its vendor
    /// @param options set before all others, by their names on the device
    /// @param data the folder with the locks' folder `scanners`; its disk is the one looked at
    SaneScanner(
            String id,
            SaneAddress address,
            String model,
            Map<String, String> options,
            CaptureLimits limits,
            Path data,
            InstantSource clock) {
        this.id = id;
        this.address = address;
        this.model = model;
        this.options = options;
        this.limits = limits;
        this.data = data;
        this.clock = clock;
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
                        "Another capture on this machine uses the scanner.");
                return checks.report(id);
            }
            checks.ok("lease", "free", "free");
            if (settings.source().feeds() && lock.feedingNoted()) {
                checks.fail("whole_stack", "not known", "yes", CaptureFault.FEED_INTERRUPTED, cutOff());
            }
            try {
                checkDevice(settings, checks);
            } catch (CaptureFailed failure) {
                checks.fail("device", "answers every request", failure);
            }
        }
        for (var one : List.of("feeder_loaded", "no_jam", "cover_closed")) {
            checks.notChecked(one, "yes", "SANE tells it only when a page is started.");
        }
        checks.notChecked("lamp", "warm", "SANE has no word for it; the time limit of a read covers it.");
        checks.notChecked("calibration", "newer than the policy's limit", "SANE does not tell when it was made.");
        checks.notChecked("target_test", "passed", "No result of a target test is known to the scanner.");
        checks.notChecked("firmware", "not on the block list", "SANE does not tell the firmware.");
        checks.notChecked("clock_skew", "under 2 s", "SANE does not tell the device's time.");
        return checks.report(id);
    }

    private void checkDevice(CaptureSettings settings, Checks checks) throws IOException {
        try (var connection = SaneConnection.open(address, new Patience(limits, named()))) {
            checks.ok("reachable", "yes", "within " + limits.silence().toSeconds() + " s");
            try {
                checks.ok("identity", identity(connection, settings).full(), model);
            } catch (CaptureFailed failure) {
                checks.fail("identity", model, failure);
            }
            connection.openDevice();
            checks.ok("state", "opened", "idle");
            var setup = new SaneSetup(connection, settings);
            for (var step : setup.apply(options)) {
                step.failure()
                        .ifPresentOrElse(
                                failure -> checks.fail(step.check(), step.asked(), failure),
                                () -> checks.ok(step.check(), step.given(), step.asked()));
            }
            var parameters = connection.parameters();
            checkSpace(checks, parameters, settings.pagesAtLeast());
            connection.leave();
        }
    }

    private void checkSpace(Checks checks, SaneConnection.Parameters parameters, int pages) throws IOException {
        if (parameters.lines() < 0) {
            checks.notChecked("free_space", "1.2 x the images", "The device does not know a page's height beforehand.");
            return;
        }
        Space.check(checks, data, (double) parameters.lines() * parameters.bytesPerLine() * pages);
    }

    @Override
    public Capture capture(CaptureSettings settings, Path staging) throws IOException {
        var began = clock.instant();
        try (var lock = DeviceLock.hold(data.resolve("scanners"), id)) {
            if (settings.source().feeds() && lock.takeFeedingNote()) {
                throw CaptureFailed.because(CaptureFault.FEED_INTERRUPTED, cutOff());
            }
            try (var place = Staging.begin(staging);
                    var connection = SaneConnection.open(address, new Patience(limits, named()))) {
                var device = identity(connection, settings);
                connection.openDevice();
                var setup = new SaneSetup(connection, settings);
                for (var step : setup.apply(options)) {
                    if (step.failure().isPresent()) {
                        throw step.failure().get();
                    }
                }
                var read = setup.readBack();
                if (settings.source().feeds()) {
                    lock.feeding();
                }
                var pages = new Pages(connection, settings, device, place, setup.area()).all();
                leave(connection);
                place.keep();
                lock.fed();
                return new Capture(id, device.full(), settings, read, pages, began, clock.instant());
            } catch (CaptureFailed told) {
                lock.fed();
                throw told;
            }
        }
    }

    private String cutOff() {
        return named() + " was feeding paper when an earlier capture was cut off, so its stack may not be whole.";
    }

    /// Nothing is put aside: the originals are paper.
    @Override
    public void committed(Capture capture) {}

    private String named() {
        return "The scanner " + id + " (" + address + ")";
    }

    private SaneConnection.Device identity(SaneConnection connection, CaptureSettings settings) throws IOException {
        var devices = connection.devices();
        var device = devices.stream()
                .filter(one -> one.name().equals(address.device()))
                .findFirst()
                .orElseThrow(() -> CaptureFailed.because(
                        CaptureFault.INVAL,
                        named() + " is not there: the daemon lists "
                                + (devices.isEmpty()
                                        ? "no device"
                                        : devices.stream()
                                                .limit(50)
                                                .map(one -> one.name() + " (" + one.full() + ")")
                                                .collect(Collectors.joining(", ")))
                                + "."));
        if (!device.isCalled(model)) {
            throw CaptureFailed.because(
                    CaptureFault.WRONG_MODEL,
                    named() + " says that it is a " + device.full() + ", the scanners' file says " + model + ".");
        }
        settings.scannerModel().filter(wanted -> !device.isCalled(wanted)).ifPresent(wanted -> {
            throw CaptureFailed.because(
                    CaptureFault.WRONG_MODEL,
                    named() + " says that it is a " + device.full() + ", the manifest says " + wanted + ".");
        });
        return device;
    }

    /// The pages are there; a daemon that takes no leave closes the device when it is hung up on.
    private static void leave(SaneConnection connection) throws IOException {
        try {
            connection.cancel();
            connection.leave();
        } catch (CaptureFailed unfriendly) {
            connection.close();
        }
    }

    /// The pages of one capture.
    private final class Pages {
        private final SaneConnection connection;
        private final CaptureSettings settings;
        private final SaneConnection.Device device;
        private final Staging place;
        private final Optional<double[]> area;
        private final List<Capture.Page> pages = new ArrayList<>();

        Pages(
                SaneConnection connection,
                CaptureSettings settings,
                SaneConnection.Device device,
                Staging place,
                Optional<double[]> area) {
            this.connection = connection;
            this.settings = settings;
            this.device = device;
            this.place = place;
            this.area = area;
        }

        List<Capture.Page> all() throws IOException {
            if (!settings.source().feeds()) {
                try (var frame = connection.start()) {
                    pages.add(page(frame));
                }
                return pages;
            }
            try {
                for (var next = next(); next.isPresent(); next = next()) {
                    try (var frame = next.get()) {
                        pages.add(page(frame));
                    }
                }
                count();
                return pages;
            } catch (CaptureFailed failure) {
                boolean nothingMoved = pages.isEmpty()
                        && (failure.fault() == CaptureFault.DEVICE_BUSY || failure.fault() == CaptureFault.WARMING_UP);
                throw nothingMoved ? failure : CaptureFailed.afterFeeding(failure, pages.size());
            }
        }

        /// Starts the next page of the stack.
        ///
        /// @return empty if the feeder is, after one page at least
        private Optional<SaneFrame> next() throws IOException {
            try {
                var frame = connection.start();
                if (pages.size() == limits.pages()) {
                    frame.close();
                    throw CaptureFailed.because(
                            CaptureFault.LONG_BATCH, named() + " gave more than " + limits.pages() + " pages.");
                }
                return Optional.of(frame);
            } catch (CaptureFailed failure) {
                if (failure.fault() == CaptureFault.NO_DOCS && !pages.isEmpty()) {
                    return Optional.empty();
                }
                throw failure;
            }
        }

        private void count() {
            var expected = settings.pagesExpected().orElse(pages.size());
            if (expected != pages.size()) {
                throw CaptureFailed.because(
                        expected > pages.size() ? CaptureFault.SHORT_BATCH : CaptureFault.LONG_BATCH,
                        named() + " gave " + pages.size() + " pages until its feeder was empty, expected were "
                                + expected + ".");
            }
        }

        private Capture.Page page(SaneFrame frame) throws IOException {
            var parameters = connection.parameters();
            var form = form(parameters);
            var name = String.format(java.util.Locale.ROOT, "page-%04d.tif", pages.size() + 1);
            Capture.Image image;
            try (var tiff = TiffWriter.create(place.part(), form, promised(parameters))) {
                rows(frame, parameters, form, tiff);
                image = new Capture.Image(
                        form.width(), tiff.rows(), settings.mode(), settings.depth(), settings.resolutionDpi());
                tiff.finish();
            }
            different(image.differsFrom(settings));
            if (area.isPresent() && parameters.lines() >= 0) {
                different(image.differsFrom(
                        Capture.Image.pixels(area.get()[0], settings.resolutionDpi()),
                        Capture.Image.pixels(area.get()[1], settings.resolutionDpi())));
            }
            return place.page(name, Optional.of(image));
        }

        /// What comes, compared with what was asked for before a byte of it is stored.
        private TiffWriter.Form form(SaneConnection.Parameters parameters) {
            boolean color = settings.mode() == CaptureSettings.Mode.COLOR;
            if (parameters.format() != GRAY && parameters.format() != RGB || !parameters.lastFrame()) {
                throw CaptureFailed.because(
                        CaptureFault.UNSUPPORTED,
                        named() + " sends each color as an image of its own (format " + parameters.format()
                                + "), and only whole images are taken.");
            }
            if (parameters.depth() != settings.depth() || parameters.format() != (color ? RGB : GRAY)) {
                different(Optional.of((parameters.format() == RGB ? "color" : "gray") + " with "
                        + parameters.depth() + " bits a sample, asked for were " + settings.mode() + " with "
                        + settings.depth()));
            }
            if (parameters.pixelsPerLine() <= 0 || parameters.lines() == 0) {
                throw CaptureFailed.because(
                        CaptureFault.EMPTY_IMAGE,
                        named() + " announced a page of " + parameters.pixelsPerLine() + " x " + parameters.lines()
                                + " pixels.");
            }
            var form = new TiffWriter.Form(
                    parameters.pixelsPerLine(),
                    settings.mode(),
                    settings.depth(),
                    settings.resolutionDpi(),
                    device.vendor(),
                    device.model());
            if (parameters.bytesPerLine() < form.bytesPerRow()) {
                throw CaptureFailed.because(
                        CaptureFault.PROTOCOL,
                        named() + " announced rows of " + parameters.bytesPerLine() + " bytes, and "
                                + form.bytesPerRow() + " are needed.");
            }
            if (parameters.bytesPerLine() > ROW_BYTES_MAX || promised(parameters) > limits.pageBytes()) {
                throw tooLarge();
            }
            return form;
        }

        private long promised(SaneConnection.Parameters parameters) {
            return parameters.lines() < 0 ? 0 : (long) parameters.lines() * parameters.bytesPerLine();
        }

        private void rows(SaneFrame frame, SaneConnection.Parameters parameters, TiffWriter.Form form, TiffWriter tiff)
                throws IOException {
            var row = new byte[parameters.bytesPerLine()];
            int length = frame.read(row, row.length);
            if (length == 0) {
                throw CaptureFailed.because(
                        CaptureFault.EMPTY_IMAGE,
                        named() + " ended page " + (pages.size() + 1) + " without a single row.");
            }
            for (; length == row.length; length = frame.read(row, row.length)) {
                if (tiff.rows() == parameters.lines()) {
                    different(Optional.of("more than the " + parameters.lines() + " rows that were announced"));
                }
                if (form.depth() == 16 && !frame.littleEndian()) {
                    swap(row);
                }
                if ((tiff.rows() + 1) * row.length > limits.pageBytes() || !tiff.row(row)) {
                    throw tooLarge();
                }
            }
            if (length > 0 || parameters.lines() >= 0 && tiff.rows() < parameters.lines()) {
                different(Optional.of(tiff.rows() + " whole rows and " + length + " bytes, announced were "
                        + parameters.lines() + " rows"));
            }
        }

        private static void swap(byte[] row) {
            for (int i = 0; i + 1 < row.length; i += 2) {
                byte first = row[i];
                row[i] = row[i + 1];
                row[i + 1] = first;
            }
        }

        private void different(Optional<String> difference) {
            difference.ifPresent(found -> {
                throw CaptureFailed.because(
                        CaptureFault.DELIVERED_DIFFERENT,
                        named() + " delivered page " + (pages.size() + 1) + " with " + found + ".");
            });
        }

        private CaptureFailed tooLarge() {
            return CaptureFailed.because(
                    CaptureFault.TOO_LARGE,
                    named() + " sends a page of more than " + limits.pageBytes() + " bytes, or rows of more than "
                            + ROW_BYTES_MAX + ".");
        }
    }
}
