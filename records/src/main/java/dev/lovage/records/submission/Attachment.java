package dev.lovage.records.submission;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A file that came with a request. Its bytes lie in the blob store under their digest.
///
/// @param name the file name as given: not safe to use as a path
/// @param mediaType as claimed, not as found in the content
/// @param size of the decoded content, in bytes
/// @param sha256 of the decoded content, in lower-case hexadecimal
/// @param role whether the requester added it, or the portal made it from the request
public record Attachment(String name, String mediaType, long size, String sha256, Role role) {
    /// Why the file is there.
    public enum Role {
        /// The requester sent it to support the request.
        SUPPORTING,
        /// A portal's own rendering of the request. It may differ between two deliveries of one request, so it is no
        /// part of the fingerprint.
        RENDITION
    }

    /// @throws IllegalArgumentException if the size is negative or the digest is not one
    public Attachment {
        if (size < 0 || !sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(
                    "An attachment has a size of zero or more and a SHA-256 in 64 lower-case hexadecimal digits, but "
                            + size + " and \"" + sha256 + "\" were given.");
        }
    }

    /// Describes the given content.
    public static Attachment of(String name, String mediaType, byte[] content, Role role) {
        return new Attachment(name, mediaType, content.length, sha256(content), role);
    }

    /// The SHA-256 of the content in lower-case hexadecimal.
    public static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256, but this one does not.", e);
        }
    }
}
