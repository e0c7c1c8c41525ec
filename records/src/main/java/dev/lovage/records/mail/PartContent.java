package dev.lovage.records.mail;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;

/// The decoded content of one part: hashed whole, its head kept.
///
/// @param head the first bytes, at most as many as asked for
/// @param size of the whole
record PartContent(byte[] head, long size, String sha256) {
    private static final int BUFFER = 8 * 1024;

    /// @param decodedMax bytes that may still be decoded
    /// @throws MailRefused if there are more, or if time is up
    static PartContent read(InputStream stream, int headMax, long decodedMax, Budget budget) throws IOException {
        var digest = ContentDigest.sha256();
        var head = new byte[Math.min(headMax, BUFFER)];
        var kept = 0;
        var size = 0L;
        var buffer = new byte[BUFFER];
        for (var count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
            budget.check();
            digest.update(buffer, 0, count);
            size += count;
            if (size > decodedMax) {
                throw new MailRefused(
                        MailRefused.Reason.DECODED_TOO_LARGE,
                        "The parts decode to far more bytes than the message has.");
            }
            var keep = Math.min(count, headMax - kept);
            if (kept + keep > head.length) {
                head = Arrays.copyOf(head, Math.min(headMax, Math.max(kept + keep, head.length * 2)));
            }
            System.arraycopy(buffer, 0, head, kept, keep);
            kept += keep;
        }
        return new PartContent(Arrays.copyOf(head, kept), size, HexFormat.of().formatHex(digest.digest()));
    }

    boolean complete() {
        return head.length == size;
    }

    /// The head, cut back to where a line, or at least a character, ends.
    byte[] wholeLines() {
        if (complete()) {
            return head;
        }
        var end = head.length;
        while (end > 0 && head[end - 1] != '\n') {
            end--;
        }
        if (end == 0) {
            end = head.length;
            for (var i = 0; i < 4 && end > 0 && head[end - 1] < 0; i++) {
                end--;
            }
        }
        return Arrays.copyOf(head, end);
    }
}
