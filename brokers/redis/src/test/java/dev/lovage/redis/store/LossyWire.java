package dev.lovage.redis.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;

/// Stands between a client and a Redis, and loses the answer to a script when it is told to: the script has
/// run, and the connection breaks.
final class LossyWire implements AutoCloseable {
    private static final byte[] SCRIPT = "EVALSHA".getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket door;
    private final int to;
    private final AtomicBoolean loses = new AtomicBoolean();

    private LossyWire(ServerSocket door, int to) {
        this.door = door;
        this.to = to;
    }

    static LossyWire to(int port) {
        try {
            var wire = new LossyWire(new ServerSocket(0, 16, InetAddress.getLoopbackAddress()), port);
            Thread.ofVirtual().start(wire::accept);
            return wire;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return door.getLocalPort();
    }

    void loseNextAnswer() {
        loses.set(true);
    }

    private void accept() {
        try {
            while (true) {
                var client = door.accept();
                var server = new Socket(InetAddress.getLoopbackAddress(), to);
                var doomed = new AtomicBoolean();
                Thread.ofVirtual().start(() -> carry(client, server, doomed, true));
                Thread.ofVirtual().start(() -> carry(server, client, doomed, false));
            }
        } catch (IOException e) {
            return; // it is closed
        }
    }

    private void carry(Socket from, Socket to, AtomicBoolean doomed, boolean asks) {
        var buffer = new byte[64 * 1024];
        try (from;
                to) {
            for (int read = from.getInputStream().read(buffer);
                    read >= 0;
                    read = from.getInputStream().read(buffer)) {
                if (asks && holds(buffer, read) && loses.compareAndSet(true, false)) {
                    doomed.set(true);
                } else if (!asks && doomed.get()) {
                    return;
                }
                to.getOutputStream().write(buffer, 0, read);
            }
        } catch (IOException e) {
            return; // the other way has ended
        }
    }

    private static boolean holds(byte[] buffer, int length) {
        for (int at = 0; at + SCRIPT.length <= length; at++) {
            if (java.util.Arrays.equals(buffer, at, at + SCRIPT.length, SCRIPT, 0, SCRIPT.length)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
