package dev.lovage.archive.scanner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lovage.archive.scanner.CaptureSettings.Mode;
import dev.lovage.archive.scanner.CaptureSettings.Region;
import dev.lovage.archive.scanner.CaptureSettings.Source;
import dev.lovage.engine.json.Json;
import dev.lovage.testkit.Seeds;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Captures from Debian's `saned`: its devices `test`, which fail on demand, and `pnm`, which scans a given picture.
@Tag("services")
class SaneScannerTest {
    private static final String TESTER = "frontend-tester";

    @TempDir
    static Path configuration;

    private static LocalSaned saned;

    @TempDir
    Path data;

    @BeforeAll
    static void startSaned() {
        saned = LocalSaned.start(configuration);
    }

    @AfterAll
    static void endSaned() {
        if (saned != null) {
            saned.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"LINEART, 1, Gray", "GRAY, 8, Gray", "GRAY, 16, Gray", "COLOR, 8, Color", "COLOR, 16, Color"})
    void pixels_are_those_that_scanimage_gets_from_the_same_device(Mode mode, int depth, String word)
            throws IOException {
        var settings = flatbed(mode, depth, 150);
        var capture = tester(Map.of()).capture(settings, staging());
        var judge = saned.scanimage(
                "test:0", List.of("--mode", word, "--depth", String.valueOf(depth), "--resolution", "150"));

        assertThat(capture.pages()).hasSize(1);
        var page = capture.pages().getFirst();
        var file = staging().resolve(page.name());
        var ours = ImageIO.read(file.toFile());
        var theirs = ImageIO.read(judge.toFile());
        assertThat(ours.getWidth()).isEqualTo(theirs.getWidth()).isEqualTo(118);
        assertThat(ours.getHeight()).isEqualTo(theirs.getHeight()).isEqualTo(177);
        assertThat(ours.getData().getPixels(0, 0, 118, 177, (int[]) null))
                .isEqualTo(theirs.getData().getPixels(0, 0, 118, 177, (int[]) null));
        assertThat(ours.getRGB(0, 0, 118, 177, null, 0, 118)).isEqualTo(theirs.getRGB(0, 0, 118, 177, null, 0, 118));
        assertThat(page.sha256()).isEqualTo(Staging.sha256(file));
        assertThat(page.size()).isEqualTo(Files.size(file));
        assertThat(page.image()).contains(new Capture.Image(118, 177, mode, depth, 150));
        assertThat(TiffHeader.read(file)).isEqualTo(page.image());
        assertThat(capture.device()).isEqualTo("Noname " + TESTER);
        assertThat(capture.options()).containsEntry("resolution", "150 dpi").containsEntry("mode", word);
        assertThat(listed(staging())).containsExactly("page-0001.tif");
    }

    @Test
    void the_same_page_scanned_twice_is_the_same_file() throws IOException {
        var first = tester(Map.of()).capture(flatbed(Mode.COLOR, 8, 100), data.resolve("first"));
        var second = tester(Map.of()).capture(flatbed(Mode.COLOR, 8, 100), data.resolve("second"));
        assertThat(first.pages()).isEqualTo(second.pages());
    }

    @Test
    void a_region_is_scanned_where_it_was_asked_for() throws IOException {
        var region = new Region(5, 10, 40, 25);
        var settings = new CaptureSettings(
                300, Mode.GRAY, 8, Source.FLATBED, Optional.of(region), Optional.empty(), Optional.of(TESTER));
        var capture = tester(Map.of()).capture(settings, staging());
        var image = capture.pages().getFirst().image().orElseThrow();
        assertThat(image.width()).isBetween(471L, 473L);
        assertThat(image.height()).isBetween(294L, 296L);
        assertThat(capture.options()).containsEntry("tl-x", "5 mm").containsEntry("br-y", "35 mm");
    }

    @Test
    void a_picture_behind_the_pnm_device_comes_pixel_by_pixel() throws IOException {
        int width = 61;
        int height = 47;
        var pixels = new byte[width * height * 3];
        Seeds.random("pnm picture").nextBytes(pixels);
        var capture = pnm(picture(width, height, pixels), Map.of()).capture(flatbed(Mode.COLOR, 8, 75), staging());
        var image = ImageIO.read(
                staging().resolve(capture.pages().getFirst().name()).toFile());
        assertThat(image.getWidth()).isEqualTo(width);
        var read = image.getData().getPixels(0, 0, width, height, (int[]) null);
        for (int i = 0; i < pixels.length; i++) {
            assertThat(read[i]).isEqualTo(pixels[i] & 0xff);
        }
    }

    @Test
    void a_device_that_does_not_know_the_height_beforehand_is_read_to_its_end() throws IOException {
        var pixels = new byte[40 * 30 * 3];
        var capture = pnm(picture(40, 30, pixels), Map.of("hand-scanner", "yes"))
                .capture(flatbed(Mode.COLOR, 8, 75), staging());
        assertThat(capture.pages().getFirst().image()).contains(new Capture.Image(40, 30, Mode.COLOR, 8, 75));
    }

    @ParameterizedTest
    @CsvSource({
        "SANE_STATUS_DEVICE_BUSY, DEVICE_BUSY, TRANSIENT",
        "SANE_STATUS_IO_ERROR, IO_ERROR, TRANSIENT",
        "SANE_STATUS_NO_MEM, NO_MEM, TRANSIENT",
        "SANE_STATUS_CANCELLED, CANCELLED, TRANSIENT",
        "SANE_STATUS_JAMMED, JAMMED, HUMAN",
        "SANE_STATUS_NO_DOCS, NO_DOCS, HUMAN",
        "SANE_STATUS_COVER_OPEN, COVER_OPEN, HUMAN",
        "SANE_STATUS_UNSUPPORTED, UNSUPPORTED, PERMANENT",
        "SANE_STATUS_INVAL, INVAL, PERMANENT",
        "SANE_STATUS_ACCESS_DENIED, ACCESS_DENIED, PERMANENT",
        "SANE_STATUS_EOF, EMPTY_IMAGE, PERMANENT"
    })
    void each_status_while_a_page_is_read_is_told_for_what_it_is(
            String status, CaptureFault fault, CaptureFault.Kind kind) {
        var failed = failure(tester(Map.of("read-return-value", status)), flatbed(Mode.GRAY, 8, 100));
        assertThat(failed.fault()).isEqualTo(fault);
        assertThat(failed.kind()).isEqualTo(kind);
        assertThat(failed).hasMessageContaining("Nothing of this capture was kept.");
        assertThat(failed).hasNoCause();
    }

    @ParameterizedTest
    @CsvSource({
        "status-jammed, JAMMED",
        "status-coveropen, COVER_OPEN",
        "status-nodocs, NO_DOCS",
        "status-eof, EMPTY_IMAGE"
    })
    void a_page_device_that_fails_is_told_for_what_it_is(String option, CaptureFault fault) throws IOException {
        var scanner = pnm(picture(10, 10, new byte[300]), Map.of(option, "yes"));
        assertThat(failure(scanner, flatbed(Mode.COLOR, 8, 75)).fault()).isEqualTo(fault);
    }

    @Test
    void a_resolution_that_the_device_rounds_is_refused_with_what_was_asked_and_what_was_given() {
        var failed = failure(tester(Map.of()), flatbed(Mode.GRAY, 8, 2400));
        assertThat(failed.fault()).isEqualTo(CaptureFault.ROUNDED_SETTING);
        assertThat(failed.kind()).isEqualTo(CaptureFault.Kind.PERMANENT);
        assertThat(failed)
                .hasMessageContaining("asked for resolution 2400 dpi and gave 1200 dpi; it has 1 dpi to 1200 dpi");
    }

    @Test
    void a_region_that_the_device_rounds_is_refused() {
        var settings = new CaptureSettings(
                300,
                Mode.GRAY,
                8,
                Source.FLATBED,
                Optional.of(new Region(0, 0, 40.4, 25)),
                Optional.empty(),
                Optional.empty());
        var failed = failure(tester(Map.of()), settings);
        assertThat(failed.fault()).isEqualTo(CaptureFault.ROUNDED_SETTING);
        assertThat(failed).hasMessageContaining("br-x 40.4 mm and gave 40 mm");
    }

    @Test
    void a_device_that_goes_on_too_slowly_is_given_up() {
        var scanner = scanner(
                "test:0",
                TESTER,
                inOrder(
                        "read-limit",
                        "yes",
                        "read-limit-size",
                        "1",
                        "read-delay",
                        "yes",
                        "read-delay-duration",
                        "200000"),
                "silence_seconds: 30, capture_seconds: 2");
        var failed = failure(scanner, flatbed(Mode.COLOR, 16, 600));
        assertThat(failed.fault()).isEqualTo(CaptureFault.CAPTURE_HUNG);
        assertThat(failed.kind()).isEqualTo(CaptureFault.Kind.TRANSIENT);
    }

    @Test
    void three_images_for_three_colors_are_refused() {
        var failed = failure(tester(inOrder("mode", "Color", "three-pass", "yes")), flatbed(Mode.COLOR, 8, 100));
        assertThat(failed.fault()).isEqualTo(CaptureFault.UNSUPPORTED);
    }

    @Test
    void a_page_in_another_mode_than_asked_for_is_refused() throws IOException {
        var failed = failure(pnm(picture(10, 10, new byte[300]), Map.of()), flatbed(Mode.GRAY, 8, 75));
        assertThat(failed.fault()).isEqualTo(CaptureFault.DELIVERED_DIFFERENT);
        assertThat(failed).hasMessageContaining("color with 8 bits a sample, asked for were GRAY with 8");
    }

    @Test
    void a_feeder_is_fed_until_it_is_empty() throws IOException {
        var capture = tester(Map.of()).capture(feeder(Optional.of(10)), staging());
        assertThat(capture.pages()).hasSize(10);
        assertThat(capture.pages().getLast().name()).isEqualTo("page-0010.tif");
        assertThat(listed(staging())).hasSize(10);
        assertThat(tester(Map.of())
                        .capture(feeder(Optional.empty()), data.resolve("again"))
                        .pages())
                .hasSize(10);
    }

    @ParameterizedTest
    @CsvSource({"12, SHORT_BATCH", "5, LONG_BATCH"})
    void a_stack_with_another_number_of_pages_is_for_a_person(int expected, CaptureFault fault) {
        var failed = failure(tester(Map.of()), feeder(Optional.of(expected)));
        assertThat(failed.fault()).isEqualTo(fault);
        assertThat(failed.kind()).isEqualTo(CaptureFault.Kind.HUMAN);
        assertThat(failed).hasMessageContaining("10 pages").hasMessageContaining("expected were " + expected);
    }

    @Test
    void what_is_transient_on_a_flatbed_is_for_a_person_once_paper_has_moved() {
        var failed = failure(tester(Map.of("read-return-value", "SANE_STATUS_IO_ERROR")), feeder(Optional.empty()));
        assertThat(failed.fault()).isEqualTo(CaptureFault.IO_ERROR);
        assertThat(failed.kind()).isEqualTo(CaptureFault.Kind.HUMAN);
        assertThat(failed).hasMessageContaining("put the whole stack back in order");
    }

    @Test
    void a_stack_that_was_cut_off_does_not_stop_the_flatbed() throws IOException {
        try (var lock = DeviceLock.hold(data.resolve("scanners"), "lab")) {
            lock.feeding();
        }
        var scanner = tester(Map.of());
        assertThat(scanner.check(feeder(Optional.empty())).ready()).isFalse();
        assertThat(scanner.capture(flatbed(Mode.GRAY, 8, 100), data.resolve("flatbed"))
                        .pages())
                .hasSize(1);
    }

    @Test
    void a_stack_after_one_that_was_cut_off_waits_for_a_person() throws IOException {
        try (var lock = DeviceLock.hold(data.resolve("scanners"), "lab")) {
            lock.feeding();
        }
        var scanner = tester(Map.of());
        var failed = failure(scanner, feeder(Optional.empty()));
        assertThat(failed.fault()).isEqualTo(CaptureFault.FEED_INTERRUPTED);
        assertThat(failed.kind()).isEqualTo(CaptureFault.Kind.HUMAN);
        assertThat(scanner.capture(feeder(Optional.empty()), data.resolve("after"))
                        .pages())
                .hasSize(10);
    }

    @Test
    void a_scanner_in_use_is_busy() throws IOException {
        var scanner = tester(Map.of());
        try (var lock = DeviceLock.hold(data.resolve("scanners"), "lab")) {
            assertThat(failure(scanner, flatbed(Mode.GRAY, 8, 100)).fault()).isEqualTo(CaptureFault.DEVICE_BUSY);
            var report = scanner.check(flatbed(Mode.GRAY, 8, 100));
            assertThat(report.ready()).isFalse();
            assertThat(report.checks().getFirst().fault()).contains(CaptureFault.DEVICE_BUSY);
        }
    }

    @Test
    void a_device_that_is_not_there_is_named_with_those_that_are() {
        var failed = failure(scanner("test:7", TESTER, Map.of(), ""), flatbed(Mode.GRAY, 8, 100));
        assertThat(failed.fault()).isEqualTo(CaptureFault.INVAL);
        assertThat(failed).hasMessageContaining("test:0 (Noname frontend-tester), test:1");
    }

    @Test
    void another_model_than_configured_or_in_the_manifest_is_refused() {
        assertThat(failure(scanner("test:0", "OS 12000", Map.of(), ""), flatbed(Mode.GRAY, 8, 100)))
                .hasMessageContaining("is a Noname frontend-tester, the scanners' file says OS 12000");
        var manifest = new CaptureSettings(
                100, Mode.GRAY, 8, Source.FLATBED, Optional.empty(), Optional.empty(), Optional.of("OS 15000"));
        var failed = failure(tester(Map.of()), manifest);
        assertThat(failed.fault()).isEqualTo(CaptureFault.WRONG_MODEL);
        assertThat(failed).hasMessageContaining("the manifest says OS 15000");
    }

    @Test
    void an_option_that_the_device_does_not_have_is_refused() {
        assertThat(failure(tester(Map.of("lamp-color", "red")), flatbed(Mode.GRAY, 8, 100)))
                .hasMessageContaining("lamp-color")
                .hasMessageContaining("test-picture");
    }

    @Test
    void a_ready_scanner_says_what_was_looked_at_and_what_could_not_be() throws IOException {
        var settings = new CaptureSettings(
                300,
                Mode.COLOR,
                16,
                Source.FEEDER,
                Optional.of(new Region(0, 0, 100, 150)),
                Optional.of(10),
                Optional.of(TESTER));
        var report = tester(Map.of()).check(settings);
        assertThat(report.ready()).isTrue();
        var verdicts = report.checks().stream()
                .collect(Collectors.toMap(Readiness.Check::name, Readiness.Check::verdict, (one, other) -> one));
        assertThat(verdicts)
                .containsEntry("lease", Readiness.Verdict.OK)
                .containsEntry("reachable", Readiness.Verdict.OK)
                .containsEntry("identity", Readiness.Verdict.OK)
                .containsEntry("source", Readiness.Verdict.OK)
                .containsEntry("mode", Readiness.Verdict.OK)
                .containsEntry("depth", Readiness.Verdict.OK)
                .containsEntry("resolution", Readiness.Verdict.OK)
                .containsEntry("region", Readiness.Verdict.OK)
                .containsEntry("free_space", Readiness.Verdict.OK)
                .containsEntry("calibration", Readiness.Verdict.NOT_CHECKED)
                .containsEntry("lamp", Readiness.Verdict.NOT_CHECKED);
        assertThat(report.checks())
                .filteredOn(check -> check.verdict() == Readiness.Verdict.NOT_CHECKED)
                .allSatisfy(check -> assertThat(check.reason()).isPresent());
        Readiness read = Json.value(Json.read(Json.bytes(Json.tree(report))), Readiness.class);
        assertThat(read.checks()).hasSameSizeAs(report.checks());
        // 100 x 150 mm at 300 dpi, 6 bytes a pixel, ten pages, and a fifth more.
        assertThat(report.checks())
                .filteredOn(check -> check.name().equals("free_space"))
                .first()
                .extracting(Readiness.Check::limit)
                .isEqualTo("144 MiB");
    }

    @Test
    void a_scanner_that_is_not_ready_says_everything_that_is_wrong() throws IOException {
        var settings = new CaptureSettings(
                2400, Mode.GRAY, 8, Source.DUPLEX, Optional.empty(), Optional.of(4), Optional.of("OS 15000"));
        var report = tester(Map.of()).check(settings);
        assertThat(report.ready()).isFalse();
        assertThat(report.checks())
                .filteredOn(check -> check.verdict() == Readiness.Verdict.FAIL)
                .extracting(check -> check.name() + " " + check.fault().orElseThrow())
                .containsExactly("identity WRONG_MODEL", "source UNSUPPORTED", "resolution ROUNDED_SETTING");
    }

    @Test
    void a_daemon_that_is_away_is_tried_again_and_reported() throws IOException {
        var away = LocalSaned.start(Files.createDirectories(data.resolve("away")));
        away.close();
        var scanner = Scanners.parse(
                        "lab: {address: 'sane:127.0.0.1:" + away.port() + "/test:0', model: x}",
                        data,
                        InstantSource.system())
                .named("lab");
        var failed = failure(scanner, flatbed(Mode.GRAY, 8, 100));
        assertThat(failed.fault()).isEqualTo(CaptureFault.UNREACHABLE);
        assertThat(failed).isInstanceOf(CaptureFailed.Transient.class);
        assertThat(scanner.check(flatbed(Mode.GRAY, 8, 100)).ready()).isFalse();
    }

    /// Between client and daemon sits one who changes bytes of the daemon's answers.
    @Test
    void a_daemon_whose_answers_are_damaged_never_does_worse_than_fail_a_capture() throws Exception {
        var random = Seeds.random("damaged answers");
        for (int i = 0; i < 25; i++) {
            var staging = data.resolve("damaged-" + i);
            try (var damage = new Damage(saned.port(), new Random(random.nextLong()))) {
                var scanner = Scanners.parse(
                                "lab: {address: 'sane:127.0.0.1:" + damage.port()
                                        + "/test:0', model: frontend-tester, silence_seconds: 0.4,"
                                        + " capture_seconds: 5}",
                                data,
                                InstantSource.system())
                        .named("lab");
                try {
                    assertThat(scanner.capture(flatbed(Mode.GRAY, 8, 100), staging)
                                    .pages())
                            .hasSize(1);
                } catch (CaptureFailed failed) {
                    assertThat(listed(staging)).isEmpty();
                }
            }
        }
    }

    /// Passes one connection on, and changes one byte in some hundreds of what comes back.
    private static final class Damage implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final Thread thread;

        Damage(int port, Random random) throws IOException {
            int one = 50 << random.nextInt(8);
            thread = Thread.startVirtualThread(() -> {
                try (var client = server.accept();
                        var daemon = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    var asking = Thread.startVirtualThread(() -> {
                        pass(client, daemon, bytes -> bytes);
                        hangUp(daemon);
                    });
                    pass(daemon, client, bytes -> {
                        for (int i = 0; i < bytes.length; i++) {
                            if (random.nextInt(one) == 0) {
                                bytes[i] = (byte) random.nextInt();
                            }
                        }
                        return bytes;
                    });
                    asking.join();
                } catch (IOException | InterruptedException hungUp) {
                    // That is its end.
                }
            });
        }

        private interface Change {
            byte[] of(byte[] bytes);
        }

        private static void pass(Socket from, Socket to, Change change) {
            try {
                var buffer = new byte[4096];
                for (int n = from.getInputStream().read(buffer);
                        n >= 0;
                        n = from.getInputStream().read(buffer)) {
                    to.getOutputStream().write(change.of(Arrays.copyOf(buffer, n)));
                }
                to.shutdownOutput();
            } catch (IOException hungUp) {
                // The other direction notices, too.
            }
        }

        /// A daemon that waits for its image to be fetched does not notice that its client has gone.
        private static void hangUp(Socket daemon) {
            try {
                daemon.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws Exception {
            server.close();
            thread.join();
        }
    }

    private Path staging() {
        return data.resolve("staging");
    }

    private Scanner tester(Map<String, String> options) {
        return scanner("test:0", TESTER, options, "");
    }

    private Scanner pnm(Path picture, Map<String, String> options) {
        var all = new LinkedHashMap<String, String>();
        all.put("filename", picture.toString());
        all.putAll(options);
        return scanner("pnm:0", "PNM file reader", all, "");
    }

    private Scanner scanner(String device, String model, Map<String, String> options, String more) {
        var written = options.entrySet().stream()
                .map(option -> option.getKey() + ": \"" + option.getValue() + "\"")
                .collect(Collectors.joining(", ", "{", "}"));
        return Scanners.parse(
                        "lab: {address: 'sane:127.0.0.1:" + saned.port() + "/" + device + "', model: '" + model
                                + "', options: " + written + (more.isEmpty() ? "" : ", " + more) + "}",
                        data,
                        InstantSource.system())
                .named("lab");
    }

    private static Map<String, String> inOrder(String... namesAndValues) {
        var options = new LinkedHashMap<String, String>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            options.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return options;
    }

    private static CaptureSettings flatbed(Mode mode, int depth, int dpi) {
        return new CaptureSettings(
                dpi, mode, depth, Source.FLATBED, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static CaptureSettings feeder(Optional<Integer> pages) {
        return new CaptureSettings(100, Mode.GRAY, 8, Source.FEEDER, Optional.empty(), pages, Optional.empty());
    }

    private CaptureFailed failure(Scanner scanner, CaptureSettings settings) {
        var staging = data.resolve("failing");
        var failed = catchThrowableOfType(CaptureFailed.class, () -> scanner.capture(settings, staging));
        assertThat(failed).isNotNull();
        assertThat(listed(staging)).isEmpty();
        return failed;
    }

    private static List<String> listed(Path folder) {
        try (var files = Files.exists(folder) ? Files.list(folder) : Stream.<Path>empty()) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path picture(int width, int height, byte[] pixels) throws IOException {
        var file = data.resolve("picture.ppm");
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(("P6\n" + width + " " + height + "\n255\n").getBytes(StandardCharsets.US_ASCII));
            out.write(pixels);
        }
        return file;
    }
}
