package dev.lovage.records.submission;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Says that two deliveries are one: `HMAC-SHA-256(k, channel 0x1F source 0x1F native reference)`. It holds for as
/// long as the record is kept, and tells nothing about the sender to those who lack the secret.
///
/// @param secretVersion which secret made it, so that a secret can be replaced
/// @param hex 64 lower-case hexadecimal digits
public record IdempotencyKey(int secretVersion, String hex) {
    private static final char SEPARATOR = '\u001F';

    /// A secret under its number. It never shows its bytes.
    public static final class Secret {
        private final int version;
        private final SecretKeySpec key;

        /// @param version 1 or more
        /// @param bytes 32 or more, random, copied
        /// @throws IllegalArgumentException if the secret is too short or its number too small
        public Secret(int version, byte[] bytes) {
            if (version < 1 || bytes.length < 32) {
                throw new IllegalArgumentException(
                        "A secret has a number of 1 or more and 32 bytes or more, but number " + version + " with "
                                + bytes.length + " bytes was given.");
            }
            this.version = version;
            this.key = new SecretKeySpec(bytes, "HmacSHA256");
        }

        public int version() {
            return version;
        }
    }

    /// @throws IllegalArgumentException if this is not a key's form
    public IdempotencyKey {
        if (secretVersion < 1 || !hex.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("An idempotency key has the number of its secret and 64 lower-case"
                    + " hexadecimal digits, but " + secretVersion + " and \"" + hex + "\" were given.");
        }
    }

    /// The key of one delivery.
    ///
    /// @param sourceId who delivered, as we know them: the portal, an API client, an uploader, our own mailbox
    /// @param nativeRef the channel's name for the delivery, from [NativeRef]
    /// @throws IllegalArgumentException if the source holds the separator: two deliveries could then look alike
    public static IdempotencyKey of(Secret secret, Channel channel, String sourceId, String nativeRef) {
        if (sourceId.indexOf(SEPARATOR) >= 0) {
            throw new IllegalArgumentException("A source id holds no unit separator (U+001F), but one was given.");
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret.key);
            String text = channel.code() + SEPARATOR + sourceId + SEPARATOR + nativeRef;
            byte[] digest = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
            return new IdempotencyKey(secret.version, HexFormat.of().formatHex(digest));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has HmacSHA256, but this one does not.", e);
        }
    }
}
