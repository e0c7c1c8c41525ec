package dev.lovage.archive.scanner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lovage.archive.scanner.CaptureSettings.Mode;
import dev.lovage.archive.scanner.CaptureSettings.Source;
import dev.lovage.testkit.Seeds;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What listens at a scanner's address is no saned, or means harm.
class HostilePeerTest {
    private static final int GOOD = 0;

    @TempDir
    Path data;

    @Test
    void one_that_never_answers_is_given_up() throws Exception {
        var failed = failure(peer -> peer.in().transferTo(OutputStream.nullOutputStream()));
        assertThat(failed.fault()).isEqualTo(CaptureFault.CAPTURE_HUNG);
        assertThat(failed.kind()).isEqualTo(CaptureFault.Kind.TRANSIENT);
        // An engine would take a SocketTimeoutException for a worker that stops.
        assertThat(failed).hasNoCause();
    }

    /// It sends a word of zero, and the next zero only when the client waits for it: it is never silent for long.
    @Test
    void one_that_gives_a_byte_now_and_then_is_given_up() throws Exception {
        var failed = failure(peer -> {
            peer.greet();
            peer.out().writeInt(GOOD);
            peer.out().writeInt(1000);
            var clock = new CountDownLatch(1);
            while (!clock.await(50, java.util.concurrent.TimeUnit.MILLISECONDS)) {
                peer.out().write(0);
            }
        });
        assertThat(failed.fault()).isEqualTo(CaptureFault.CAPTURE_HUNG);
    }

    @Test
    void one_that_hangs_up_is_tried_again() throws Exception {
        var failed = failure(peer -> {});
        assertThat(failed.fault()).isEqualTo(CaptureFault.UNREACHABLE);
    }

    @Test
    void one_that_sends_garbage_without_end_fails_the_capture() throws Exception {
        var random = Seeds.random("garbage");
        for (int i = 0; i < 20; i++) {
            long seed = random.nextLong();
            failure(peer -> {
                var bytes = new byte[8192];
                var garbage = new Random(seed);
                for (int n = 0; n < 4000; n++) {
                    garbage.nextBytes(bytes);
                    peer.out().write(bytes);
                }
            });
        }
    }

    @Test
    void one_that_speaks_http_is_told_for_what_it_is() throws Exception {
        var failed = failure(
                peer -> peer.out().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        assertThat(failed.fault()).isEqualTo(CaptureFault.PROTOCOL);
        assertThat(failed.kind()).isEqualTo(CaptureFault.Kind.PERMANENT);
    }

    @Test
    void lengths_beyond_all_measure_are_refused_before_memory_is_taken() throws Exception {
        var failed = failure(peer -> {
            peer.greet();
            peer.out().writeInt(GOOD);
            peer.out().writeInt(Integer.MAX_VALUE);
        });
        assertThat(failed).hasMessageContaining("a device list of length 2147483647");
        failed = failure(peer -> {
            peer.greet();
            peer.out().writeInt(GOOD);
            peer.out().writeInt(1);
            peer.out().writeInt(0);
            peer.out().writeInt(-5);
        });
        assertThat(failed).hasMessageContaining("a string of length 4294967291");
    }

    @Test
    void one_that_wants_a_password_gets_none() throws Exception {
        var failed = failure(peer -> {
            peer.devices();
            peer.request();
            peer.out().writeInt(GOOD);
            peer.out().writeInt(0);
            peer.string("backend$MD5$salt");
        });
        assertThat(failed.fault()).isEqualTo(CaptureFault.ACCESS_DENIED);
    }

    @Test
    void rows_without_end_are_cut_off() throws Exception {
        var failed = failure(peer -> peer.scan(100, 100, 10, rows -> {
            for (int n = 0; n < 100_000; n++) {
                rows.writeInt(8192);
                rows.write(new byte[8192]);
            }
        }));
        assertThat(failed.fault()).isEqualTo(CaptureFault.DELIVERED_DIFFERENT);
        assertThat(failed).hasMessageContaining("more than the 10 rows that were announced");
    }

    @Test
    void a_page_of_an_impossible_size_is_refused() throws Exception {
        var failed = failure(peer -> peer.scan(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, _ -> {}));
        assertThat(failed.fault()).isEqualTo(CaptureFault.TOO_LARGE);
        failed = failure(peer -> peer.scan(1000, 10, 10, _ -> {}));
        assertThat(failed.fault()).isEqualTo(CaptureFault.PROTOCOL);
        failed = failure(peer -> peer.scan(0, 0, 0, _ -> {}));
        assertThat(failed.fault()).isEqualTo(CaptureFault.EMPTY_IMAGE);
    }

    @Test
    void a_page_that_ends_too_early_is_refused() throws Exception {
        var failed = failure(peer -> peer.scan(100, 100, 10, rows -> {
            rows.writeInt(950);
            rows.write(new byte[950]);
            rows.writeInt(-1);
            rows.write(5);
        }));
        assertThat(failed.fault()).isEqualTo(CaptureFault.DELIVERED_DIFFERENT);
        assertThat(failed).hasMessageContaining("9 whole rows and 50 bytes, announced were 10 rows");
    }

    @Test
    void a_page_that_stands_still_is_given_up() throws Exception {
        var failed = failure(peer -> peer.scan(100, 100, 10, rows -> {
            rows.writeInt(500);
            rows.write(new byte[500]);
            rows.flush();
            peer.in().transferTo(OutputStream.nullOutputStream());
        }));
        assertThat(failed.fault()).isEqualTo(CaptureFault.CAPTURE_HUNG);
    }

    /// It does not take leave either; the page is there all the same.
    @Test
    void samples_with_the_more_significant_byte_first_are_turned_around() throws Exception {
        try (var peer = new Peer(one -> {
            one.depth = 16;
            one.scan(2, 6, 1, rows -> {
                rows.writeInt(6);
                rows.write(new byte[] {1, 2, (byte) 0xff, 0, 9, 9});
                rows.writeInt(-1);
                rows.write(5);
            });
        })) {
            var settings = new CaptureSettings(
                    300, Mode.GRAY, 16, Source.FLATBED, Optional.empty(), Optional.empty(), Optional.empty());
            var capture = scanner(peer.port(), 0.4).capture(settings, data.resolve("turned"));
            var file = data.resolve("turned").resolve(capture.pages().getFirst().name());
            assertThat(ImageIO.read(file.toFile()).getData().getPixels(0, 0, 2, 1, (int[]) null))
                    .containsExactly(0x0102, 0xff00);
        }
    }

    @Test
    void an_interrupt_ends_a_capture_that_waits() throws Exception {
        var interrupted = new AtomicReference<Throwable>();
        var asked = new CountDownLatch(1);
        try (var peer = new Peer(one -> {
            one.request();
            asked.countDown();
            one.in().transferTo(OutputStream.nullOutputStream());
        })) {
            var scanner = scanner(peer.port(), 90);
            var capture = Thread.startVirtualThread(() -> {
                try {
                    scanner.capture(settings(), data.resolve("interrupted"));
                } catch (Exception e) {
                    interrupted.set(e);
                }
            });
            asked.await();
            capture.interrupt();
            capture.join();
        }
        assertThat(interrupted.get()).isInstanceOf(java.io.InterruptedIOException.class);
        assertThat(data.resolve("interrupted")).isEmptyDirectory();
    }

    private CaptureFailed failure(Script script) throws Exception {
        var staging = data.resolve("staging");
        try (var peer = new Peer(script)) {
            var scanner = scanner(peer.port(), 0.4);
            var failed = catchThrowableOfType(CaptureFailed.class, () -> scanner.capture(settings(), staging));
            assertThat(failed).isNotNull();
            assertThat(staging).isEmptyDirectory();
            return failed;
        }
    }

    private Scanner scanner(int port, double silence) {
        return Scanners.parse(
                        "lab: {address: 'sane:127.0.0.1:" + port + "/evil', model: evil, silence_seconds: " + silence
                                + ", capture_seconds: " + silence * 2 + "}",
                        data,
                        InstantSource.system())
                .named("lab");
    }

    private static CaptureSettings settings() {
        return new CaptureSettings(
                300, Mode.GRAY, 8, Source.FLATBED, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private interface Script {
        void play(Peer peer) throws Exception;
    }

    private interface Rows {
        void write(DataOutputStream out) throws IOException;
    }

    /// Takes one connection and plays its script.
    private static final class Peer implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final ServerSocket images = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final Thread thread;
        private final AtomicReference<DataInputStream> in = new AtomicReference<>();
        private final AtomicReference<DataOutputStream> out = new AtomicReference<>();

        /// Samples of 16 bits come with the more significant byte first.
        private volatile int depth = 8;

        Peer(Script script) throws IOException {
            thread = Thread.startVirtualThread(() -> {
                try (var client = server.accept()) {
                    in.set(new DataInputStream(client.getInputStream()));
                    out.set(new DataOutputStream(client.getOutputStream()));
                    script.play(this);
                } catch (Exception hungUp) {
                    // The client has gone, as it should.
                }
            });
        }

        int port() {
            return server.getLocalPort();
        }

        DataInputStream in() {
            return in.get();
        }

        DataOutputStream out() {
            return out.get();
        }

        void string(String text) throws IOException {
            out().writeInt(text.length() + 1);
            out().writeBytes(text);
            out().write(0);
        }

        /// Takes what was asked; requests here are shorter than this and come whole.
        void request() throws IOException {
            in().read(new byte[4096]);
        }

        void greet() throws IOException {
            request();
            out().writeInt(GOOD);
            out().writeInt(1 << 24 | 3);
            request();
        }

        void devices() throws IOException {
            greet();
            out().writeInt(GOOD);
            out().writeInt(1);
            out().writeInt(0);
            string("evil");
            string("");
            string("evil");
            string("");
        }

        /// Says yes to everything until a page starts. Its one option is the resolution.
        void scan(int pixels, int bytesPerLine, int lines, Rows rows) throws IOException {
            devices();
            request();
            out().writeInt(GOOD);
            out().writeInt(7);
            out().writeInt(0);
            request();
            out().writeInt(1);
            out().writeInt(0);
            string("resolution");
            out().writeInt(0);
            out().writeInt(0);
            for (var word : new int[] {1, 4, 4, 5, 0}) {
                out().writeInt(word);
            }
            for (int set = 0; set < 3; set++) {
                request();
                for (var word : new int[] {GOOD, 0, 1, 4, 1, 300, 0}) {
                    out().writeInt(word);
                }
            }
            request();
            for (var word : new int[] {GOOD, images.getLocalPort(), depth == 16 ? 0x4321 : 0x1234, 0}) {
                out().writeInt(word);
            }
            try (var image = images.accept()) {
                request();
                for (var word : new int[] {GOOD, 0, 1, bytesPerLine, pixels, lines, depth}) {
                    out().writeInt(word);
                }
                rows.write(new DataOutputStream(image.getOutputStream()));
                in().transferTo(OutputStream.nullOutputStream());
            }
        }

        @Override
        public void close() throws Exception {
            server.close();
            images.close();
            thread.interrupt();
            thread.join();
        }
    }
}
