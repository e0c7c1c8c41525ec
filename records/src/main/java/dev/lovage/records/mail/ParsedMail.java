package dev.lovage.records.mail;

import java.util.List;
import java.util.Optional;

/// What a message says. The original bytes are kept elsewhere and stay the record; this is a reading of them.
///
/// @param messageId exactly as received
/// @param from first mailbox of the From field
/// @param subject decoded, may be empty
/// @param date the Date field as written; the sender's claim, never the time of receipt
/// @param text what a person reads, with `\n` line ends, may be empty
/// @param charset the charset that the first shown text was decoded with
/// @param repliesTo tracking id of the submission this belongs to, present exactly for a [MailKind#REPLY]
/// @param silence why no acknowledgement may be sent; absent when one may
/// @param deliveries per-recipient results of a bounce
/// @param headers of the message itself, in order
/// @param contentSha256 of the fields From, To, Subject and Date and the body with CRLF line ends, lower-case hex; the
///     native reference of a message without a usable Message-ID
/// @param warnings each code once, with its count
public record ParsedMail(
        Optional<String> messageId,
        Optional<MailAddress> from,
        List<MailAddress> to,
        List<MailAddress> cc,
        String subject,
        Optional<String> date,
        String text,
        Optional<String> charset,
        List<MailAttachment> attachments,
        MailKind kind,
        Optional<String> repliesTo,
        Optional<String> silence,
        List<DeliveryReport> deliveries,
        List<HeaderField> headers,
        String contentSha256,
        List<MailWarning> warnings) {
    private static final int MESSAGE_ID_LENGTH_MIN = 8;

    public ParsedMail {
        to = List.copyOf(to);
        cc = List.copyOf(cc);
        attachments = List.copyOf(attachments);
        deliveries = List.copyOf(deliveries);
        headers = List.copyOf(headers);
        warnings = List.copyOf(warnings);
    }

    /// Whether RFC 3834 allows an automatic acknowledgement. Limits per sender and per day are the caller's.
    public boolean mayAcknowledge() {
        return silence.isEmpty();
    }

    /// What names this message for the duplicate guard: its Message-ID, or its content when that is missing or too
    /// short to be unique.
    public String nativeReference() {
        return messageId.filter(id -> id.length() >= MESSAGE_ID_LENGTH_MIN).orElse("sha256:" + contentSha256);
    }
}
