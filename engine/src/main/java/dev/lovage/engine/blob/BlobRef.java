package dev.lovage.engine.blob;

import java.util.regex.Pattern;

/// A reference to bytes that are too many for a message: what they are, not where they lie.
///
/// @param digest `sha256:` and 64 lower-case hexadecimal digits
/// @param size in bytes
/// @param mediaType as claimed by whoever handed the bytes in, such as `message/rfc822`
public record BlobRef(String digest, long size, String mediaType) {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    /// @throws IllegalArgumentException if the digest is not one, the size is negative or the media type is
    ///     empty
    public BlobRef {
        if (!DIGEST.matcher(digest).matches()) {
            throw new IllegalArgumentException(
                    "The digest of a blob is \"sha256:\" and 64 lower-case hexadecimal digits," + " but this is \""
                            + digest + "\".");
        }
        if (size < 0) {
            throw new IllegalArgumentException("The size of a blob is 0 or more bytes, but this is " + size + ".");
        }
        if (mediaType.isBlank()) {
            throw new IllegalArgumentException(
                    "A blob has a media type. Say application/octet-stream when nothing is known.");
        }
    }

    /// The digest without its prefix.
    public String hex() {
        return digest.substring("sha256:".length());
    }
}
