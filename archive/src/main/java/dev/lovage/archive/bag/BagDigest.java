package dev.lovage.archive.bag;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Optional;

/// The digests that manifests are made of.
enum BagDigest {
    MD5("MD5"),
    SHA1("SHA-1"),
    SHA224("SHA-224"),
    SHA256("SHA-256"),
    SHA384("SHA-384"),
    SHA512("SHA-512");

    private final String java;

    BagDigest(String java) {
        this.java = java;
    }

    /// @param name as in `manifest-sha256.txt`
    static Optional<BagDigest> named(String name) {
        for (var digest : values()) {
            if (digest.label().equals(name.toLowerCase(Locale.ROOT))) {
                return Optional.of(digest);
            }
        }
        return Optional.empty();
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    MessageDigest begin() {
        try {
            return MessageDigest.getInstance(java);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has " + java + "; this one does not.", e);
        }
    }

    int lengthBytes() {
        return begin().getDigestLength();
    }
}
