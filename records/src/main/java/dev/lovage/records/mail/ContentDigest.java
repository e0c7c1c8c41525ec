package dev.lovage.records.mail;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// The digest that names a message by its content. Line ends do not count, as transport changes them.
final class ContentDigest {
    private static final List<String> FIELDS = List.of("From", "To", "Subject", "Date");
    private static final int BUFFER = 64 * 1024;

    private ContentDigest() {}

    static String of(byte[] message, HeaderBlock header, Budget budget) {
        var digest = sha256();
        for (var name : FIELDS) {
            var value = header.first(name).orElse("");
            digest.update((name + ":" + value + "\r\n").getBytes(StandardCharsets.UTF_8));
        }
        digest.update("\r\n".getBytes(StandardCharsets.US_ASCII));
        var lines = new LineEnds(message);
        skipHeader(lines);
        var buffer = new byte[BUFFER];
        for (var count = lines.read(buffer, 0, BUFFER); count > 0; count = lines.read(buffer, 0, BUFFER)) {
            digest.update(buffer, 0, count);
            budget.check();
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new AssertionError(everyJdkHasIt);
        }
    }

    private static void skipHeader(LineEnds lines) {
        var lineLength = 0;
        for (var c = lines.read(); c >= 0; c = lines.read()) {
            if (c == '\n') {
                if (lineLength == 0) {
                    return;
                }
                lineLength = 0;
            } else if (c != '\r') {
                lineLength++;
            }
        }
    }
}
