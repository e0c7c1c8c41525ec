package dev.lovage.archive.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/// A colour profile that is embedded in an image.
///
/// @param size in bytes
/// @param sha256 of its bytes, lower-case hex
/// @param version such as `2.1` or `4.4`
/// @param colorSpace of the image: the four letters of the profile, such as `RGB` or `GRAY`, without blanks
/// @param description the profile's own name, if it is simply readable
/// @see <a href="https://www.color.org/specification/ICC.1-2022-05.pdf">ICC.1:2022, section 7</a>
public record IccProfile(
        int size, String sha256, Optional<String> version, Optional<String> colorSpace, Optional<String> description) {
    private static final int HEADER_BYTES = 128;
    private static final int TAG_BYTES = 12;
    private static final int TAGS_MAX = 256;
    private static final int DESCRIPTION_BYTES_MAX = 1024;
    private static final int DESC = 0x64657363;
    private static final int MLUC = 0x6d6c7563;
    private static final int ACSP = 0x61637370;

    static IccProfile of(byte[] bytes) {
        var profile = ByteBuffer.wrap(bytes);
        if (bytes.length < HEADER_BYTES + 4 || profile.getInt(36) != ACSP) {
            return new IccProfile(bytes.length, sha256(bytes), Optional.empty(), Optional.empty(), Optional.empty());
        }
        return new IccProfile(
                bytes.length,
                sha256(bytes),
                Optional.of(bytes[8] + "." + (bytes[9] >> 4 & 0xf)),
                printable(new String(bytes, 16, 4, ISO_8859_1)),
                description(profile));
    }

    /// Whether the bytes begin as a profile does.
    boolean readable() {
        return version.isPresent();
    }

    private static Optional<String> description(ByteBuffer profile) {
        var tags = Math.min(Integer.toUnsignedLong(profile.getInt(HEADER_BYTES)), TAGS_MAX);
        for (var i = 0; i < tags; i++) {
            var tag = HEADER_BYTES + 4 + i * TAG_BYTES;
            if (tag + TAG_BYTES > profile.capacity()) {
                return Optional.empty();
            }
            if (profile.getInt(tag) == DESC) {
                return text(profile, Integer.toUnsignedLong(profile.getInt(tag + 4)));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> text(ByteBuffer profile, long at) {
        if (at > profile.capacity() - 28L) {
            return Optional.empty();
        }
        var start = (int) at;
        var type = profile.getInt(start);
        if (type == DESC) { // version 2: ASCII with its length
            return cut(profile, start + 12L, Integer.toUnsignedLong(profile.getInt(start + 8)))
                    .flatMap(bytes -> printable(new String(bytes, ISO_8859_1)));
        }
        if (type == MLUC) { // version 4: the first of several languages
            return cut(
                            profile,
                            at + Integer.toUnsignedLong(profile.getInt(start + 24)),
                            Integer.toUnsignedLong(profile.getInt(start + 20)))
                    .flatMap(bytes -> printable(new String(bytes, UTF_16BE)));
        }
        return Optional.empty();
    }

    private static Optional<byte[]> cut(ByteBuffer profile, long from, long length) {
        if (length > DESCRIPTION_BYTES_MAX || from > profile.capacity() - length) {
            return Optional.empty();
        }
        var bytes = new byte[(int) length];
        profile.get((int) from, bytes);
        return Optional.of(bytes);
    }

    private static Optional<String> printable(String text) {
        var end = text.indexOf(0);
        var clean = (end < 0 ? text : text.substring(0, end))
                .replaceAll("[\\p{Cntrl}\\uFFFE\\uFFFF\\p{Cs}]+", " ")
                .strip();
        return clean.isEmpty() ? Optional.empty() : Optional.of(clean);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }
}
