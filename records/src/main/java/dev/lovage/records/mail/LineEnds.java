package dev.lovage.records.mail;

import java.io.InputStream;
import java.util.Objects;

/// A message with CRLF line ends. What its first line ends with decides what is replaced throughout: a lone CR
/// or a lone LF. A message that starts with CRLF is passed on as it is, so that stray characters in a binary
/// part survive.
final class LineEnds extends InputStream {
    private final byte[] message;
    private final int lone;
    private int position;
    private boolean lineFeedOwed;

    LineEnds(byte[] message) {
        this.message = message;
        this.lone = loneLineEnd(message);
    }

    /// @return `\r`, `\n`, or -1 if lines end with CRLF
    static int loneLineEnd(byte[] message) {
        for (var i = 0; i < message.length; i++) {
            if (message[i] == '\n') {
                return '\n';
            }
            if (message[i] == '\r') {
                return i + 1 < message.length && message[i + 1] == '\n' ? -1 : '\r';
            }
        }
        return -1;
    }

    @Override
    public int read() {
        if (lineFeedOwed) {
            lineFeedOwed = false;
            return '\n';
        }
        if (position == message.length) {
            return -1;
        }
        var current = message[position++] & 0xff;
        if (current == '\r' && lone == '\r' && !(position < message.length && message[position] == '\n')) {
            lineFeedOwed = true;
        }
        if (current == '\n' && lone == '\n' && !(position > 1 && message[position - 2] == '\r')) {
            lineFeedOwed = true;
            return '\r';
        }
        return current;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        var count = 0;
        while (count < length) {
            var next = read();
            if (next < 0) {
                break;
            }
            target[offset + count++] = (byte) next;
        }
        return count == 0 && length > 0 ? -1 : count;
    }
}
