package dev.lovage.archive.scanner;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;

/// The bytes of one image as they come: records of a length and so many bytes, and at the end the length of all
/// ones and a status. A record has any length, and is never held in memory for it.
final class SaneFrame implements Closeable {
    private static final int END = -1;
    private static final int EOF = 5;

    private final Socket socket;
    private final SaneInput in;
    private final String peer;
    private final boolean littleEndian;
    private long leftInRecord;
    private boolean ended;

    private SaneFrame(Socket socket, SaneInput in, String peer, boolean littleEndian) {
        this.socket = socket;
        this.in = in;
        this.peer = peer;
        this.littleEndian = littleEndian;
    }

    static SaneFrame open(Socket socket, Patience patience, String peer, boolean littleEndian) throws IOException {
        return new SaneFrame(socket, new SaneInput(socket, patience, peer, Long.MAX_VALUE), peer, littleEndian);
    }

    /// Whether 16-bit samples come with the less significant byte first.
    boolean littleEndian() {
        return littleEndian;
    }

    /// Reads until `row` is full or the image has ended.
    ///
    /// @return how many bytes were read; 0 at the end
    /// @throws CaptureFailed if the device ended with another status than "that was all"
    int read(byte[] row, int length) throws IOException {
        int filled = 0;
        while (filled < length && !ended) {
            if (leftInRecord == 0) {
                nextRecord();
            } else {
                int part = (int) Math.min(leftInRecord, length - filled);
                in.fill(row, filled, part);
                leftInRecord -= part;
                filled += part;
            }
        }
        return filled;
    }

    private void nextRecord() throws IOException {
        int length = in.word();
        if (length != END) {
            leftInRecord = Integer.toUnsignedLong(length);
            return;
        }
        ended = true;
        int status = in.octet();
        if (status != EOF) {
            throw SaneConnection.refused(peer, status, "send the page");
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
