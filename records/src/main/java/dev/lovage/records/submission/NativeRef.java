package dev.lovage.records.submission;

import java.util.Optional;
import java.util.function.Supplier;

/// Each channel's own name for one delivery, as [IdempotencyKey] takes it.
public final class NativeRef {
    /// A Message-ID shorter than this is not worth trusting.
    private static final int MESSAGE_ID_LENGTH_MIN = 8;

    private NativeRef() {}

    /// The header `Idempotency-Key` of an API call.
    ///
    /// @throws IllegalArgumentException unless it is 1 to 255 printable ASCII characters
    public static String ofHeader(String idempotencyKey) {
        if (!idempotencyKey.matches("[\\x20-\\x7E]{1,255}") || idempotencyKey.isBlank()) {
            throw new IllegalArgumentException("The header Idempotency-Key is 1 to 255 printable ASCII characters, but "
                    + idempotencyKey.length() + " characters of another kind were given. Nothing was accepted.");
        }
        return idempotencyKey;
    }

    /// A request of the National FOIA Portal, whose number is the same at every retry.
    public static String ofPortalRequest(long requestId) {
        return Long.toString(requestId);
    }

    /// An e-mail: its Message-ID exactly as received, or the digest of the canonical message where that is missing or
    /// too short, and our address that it was delivered to.
    public static String ofMail(
            Optional<String> messageId, Supplier<String> canonicalSha256, String envelopeRecipient) {
        String name = messageId
                .filter(id -> id.length() >= MESSAGE_ID_LENGTH_MIN)
                .orElseGet(() -> "sha256:" + canonicalSha256.get());
        return name + ' ' + envelopeRecipient;
    }

    /// A row of an uploaded file that carries the uploader's own id: the same row in a corrected file is the same
    /// request.
    public static String ofExternalId(String externalId) {
        return "external:" + externalId;
    }

    /// A row of an uploaded file without an id of its own.
    ///
    /// @param row the physical line it begins on, from 1
    public static String ofRow(String uploadSha256, long row) {
        return uploadSha256 + ":" + row;
    }

    /// A body that came without any name: the same bytes are the same delivery.
    public static String ofContent(byte[] body) {
        return "sha256:" + Attachment.sha256(body);
    }
}
