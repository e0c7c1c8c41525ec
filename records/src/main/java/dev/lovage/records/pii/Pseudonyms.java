package dev.lovage.records.pii;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.Base64;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Names that stand for identities: HMAC-SHA-256 with the key of one tenant. The same identity has the same name within
/// a tenant and another one elsewhere; without the key nobody can tell whose it is, nor try out addresses.
public final class Pseudonyms {
    private static final int KEY_BYTES_MIN = 32;
    private static final int SHORT = 12;

    private final SecretKeySpec key;

    /// @param key 32 bytes or more, of this tenant alone; copied
    /// @throws IllegalArgumentException if the key is shorter
    public Pseudonyms(byte[] key) {
        if (key.length < KEY_BYTES_MIN) {
            throw new IllegalArgumentException("A tenant's key has at least 32 bytes, but this one has " + key.length
                    + ". No pseudonyms were made.");
        }
        this.key = new SecretKeySpec(key, "HmacSHA256");
    }

    /// The reference of a requester, by e-mail address: case and the spelling of the domain do not matter.
    public String requesterRef(String email) {
        return "req_" + mac("requester", canonical(email));
    }

    /// The reference of a Message-ID, exact to the character.
    public String messageRef(String messageId) {
        return "msg_" + mac("message", messageId.strip());
    }

    /// A short label for an address in running text, equal to the start of its requester reference.
    String addressLabel(String email) {
        return mac("requester", canonical(email)).substring(0, SHORT);
    }

    private String mac(String purpose, String value) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.update(purpose.getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0x1F);
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(value.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException | InvalidKeyException everyJdkHasIt) {
            throw new AssertionError(everyJdkHasIt);
        }
    }

    private static String canonical(String email) {
        var clean = Normalizer.normalize(email, Normalizer.Form.NFC).strip().toLowerCase(Locale.ROOT);
        var at = clean.lastIndexOf('@');
        if (at < 0) {
            return clean;
        }
        try {
            return clean.substring(0, at + 1)
                    + IDN.toASCII(clean.substring(at + 1)).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException notADomain) {
            return clean;
        }
    }
}
