package dev.lovage.archive.scanner;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What comes from a daemon, with a time limit on every read and a bound on every length.
///
/// Words are four bytes, the most significant first; a string is its length with the closing zero, then its bytes;
/// an array is its length, then its elements; a pointer is a word that is not zero for "nothing", then the thing.
///
/// @see <a href="https://sane-project.gitlab.io/standard/net.html">SANE's network protocol</a>
final class SaneInput {
    private static final int STRING_MAX = 64 * 1024;

    private final InputStream in;
    private final String peer;
    private long left;

    /// @param bytesMax in all, over the life of the connection
    SaneInput(Socket socket, Patience patience, String peer, long bytesMax) throws IOException {
        this.in = new BufferedInputStream(new Timed(socket, patience, peer), 64 * 1024);
        this.peer = peer;
        this.left = bytesMax;
    }

    int word() throws IOException {
        var bytes = new byte[4];
        fill(bytes, 0, 4);
        return (bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
    }

    int octet() throws IOException {
        var bytes = new byte[1];
        fill(bytes, 0, 1);
        return bytes[0] & 0xff;
    }

    /// @return "" for "nothing", too
    String string() throws IOException {
        return text(length("a string", STRING_MAX));
    }

    /// The characters of an array of `length`, up to the first zero.
    String text(int length) throws IOException {
        var bytes = new byte[length];
        fill(bytes, 0, length);
        int end = 0;
        while (end < length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
    }

    /// Whether the thing a pointer points to follows.
    boolean present() throws IOException {
        return word() == 0;
    }

    /// The length of an array.
    int length(String what, int max) throws IOException {
        int length = word();
        if (length < 0 || length > max) {
            throw broken(
                    what + " of length " + Integer.toUnsignedString(length) + ", at most " + max + " are expected");
        }
        return length;
    }

    List<Integer> words(int count) throws IOException {
        var words = new ArrayList<Integer>();
        for (int i = 0; i < count; i++) {
            words.add(word());
        }
        return words;
    }

    /// Reads exactly `length` bytes.
    void fill(byte[] bytes, int from, int length) throws IOException {
        left -= length;
        if (left < 0) {
            throw CaptureFailed.because(
                    CaptureFault.PROTOCOL, peer + " sent more than is plausible, and no end is in sight.");
        }
        if (in.readNBytes(bytes, from, length) < length) {
            throw CaptureFailed.because(
                    CaptureFault.UNREACHABLE, peer + " hung up in the middle of an answer or a page.");
        }
    }

    CaptureFailed broken(String found) {
        return CaptureFailed.because(
                CaptureFault.PROTOCOL, peer + " does not speak SANE's network protocol: it sent " + found + ".");
    }

    /// Sets the socket's own limit before each read, so that no read blocks beyond it.
    private static final class Timed extends FilterInputStream {
        private final Socket socket;
        private final Patience patience;
        private final String peer;

        Timed(Socket socket, Patience patience, String peer) throws IOException {
            super(socket.getInputStream());
            this.socket = socket;
            this.patience = patience;
            this.peer = peer;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            try {
                socket.setSoTimeout(patience.millisForNextByte());
                return super.read(bytes, from, length);
            } catch (SocketTimeoutException late) {
                throw patience.hung();
            } catch (IOException e) {
                throw lost(peer, e);
            }
        }
    }

    /// What an error of a socket means: the peer's machine or its way failed, unless this thread is to stop.
    static RuntimeException lost(String peer, IOException e) throws InterruptedIOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("The capture was interrupted.");
        }
        var failure = CaptureFailed.because(
                CaptureFault.UNREACHABLE, "The connection with " + peer + " failed: " + e.getMessage() + ".");
        failure.addSuppressed(e);
        return failure;
    }
}
