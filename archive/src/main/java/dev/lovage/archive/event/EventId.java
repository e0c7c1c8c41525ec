package dev.lovage.archive.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/// Identifiers that are derived, not drawn: name-based UUIDs of version 5.
///
/// @see <a href="https://www.rfc-editor.org/rfc/rfc9562#section-5.5">RFC 9562, 5.5</a>
public final class EventId {
    private EventId() {}

    /// The identifier of an event: the same for the same thing done.
    public static UUID of(UUID item, Happened happened, int generation) {
        return derived(
                item,
                String.join(
                        "\n",
                        happened.step(),
                        Integer.toString(happened.version()),
                        happened.inputs(),
                        happened.parameters(),
                        Integer.toString(generation)));
    }

    /// @param namespace of the names
    public static UUID derived(UUID namespace, String name) {
        try {
            var sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(ByteBuffer.allocate(16)
                    .putLong(namespace.getMostSignificantBits())
                    .putLong(namespace.getLeastSignificantBits())
                    .flip());
            var bytes = ByteBuffer.wrap(sha1.digest(name.getBytes(UTF_8)));
            long high = (bytes.getLong() & ~0xF000L) | 0x5000L;
            long low = (bytes.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
            return new UUID(high, low);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-1; this one does not.", e);
        }
    }
}
