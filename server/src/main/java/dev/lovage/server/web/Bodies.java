package dev.lovage.server.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Reads bodies into memory that is bounded for each and for all of them together. A body's share is taken while it
/// comes in, and given back when its request has been answered.
final class Bodies {
    /// 20 MB of attachments, as base64, with as much for the portal's PDF.
    static final int BYTES_MAX = 64 * 1024 * 1024;

    private static final int CHUNK = 64 * 1024;
    private static final Duration WAIT = Duration.ofMillis(500);

    private final int bytesMax;
    private final Semaphore chunks;

    /// @param bytesMax of one body
    /// @param bytesAll of all bodies at one time, not less than one
    Bodies(int bytesMax, long bytesAll) {
        this.bytesMax = bytesMax;
        this.chunks = new Semaphore((int) Math.min(Integer.MAX_VALUE, Math.max(bytesMax, bytesAll) / CHUNK + 1));
    }

    /// What is done with a body.
    @FunctionalInterface
    interface Use<T> {
        T with(byte[] body) throws Exception;
    }

    /// @throws Refused.Exit if the body is too long, or there is no room for it now
    <T> T read(InputStream in, long declared, Use<T> use) throws Exception {
        if (declared > bytesMax) {
            throw tooLong();
        }
        int taken = 0;
        try {
            var body = new ByteArrayOutputStream(CHUNK);
            while (true) {
                if (!chunks.tryAcquire(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw Refused.busy("There is no room for this body now.").exit();
                }
                taken++;
                var part = in.readNBytes(CHUNK);
                body.write(part);
                if (body.size() > bytesMax) {
                    throw tooLong();
                }
                if (part.length < CHUNK) {
                    return use.with(body.toByteArray());
                }
            }
        } catch (IOException e) {
            throw Refused.of(
                            400,
                            "body_incomplete",
                            "The body ended early.",
                            "Nothing was accepted. Send the request again.")
                    .exit();
        } finally {
            chunks.release(taken);
        }
    }

    private Refused.Exit tooLong() {
        return Refused.of(
                        413,
                        "body_too_long",
                        "The body is longer than " + bytesMax + " bytes.",
                        "Nothing was accepted. Send fewer or smaller attachments, and the rest by mail.")
                .exit();
    }
}
