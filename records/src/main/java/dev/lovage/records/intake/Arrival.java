package dev.lovage.records.intake;

import dev.lovage.records.submission.Channel;
import dev.lovage.records.submission.Submission;
import java.util.Optional;

/// One delivery that is to be accepted: its bytes, and what tells it apart from others.
///
/// @param name what the sender of the files or the caller knows it by, for messages
/// @param form how the bytes are read again later
/// @param sourceId who delivered: the portal, an API client, an uploader, our mailbox
/// @param nativeRef the channel's own name for the delivery
/// @param contentSha256 tells other content of the same name apart where there is no submission
/// @param submission what the bytes say; empty for a mail that can't be read, which is accepted all the same
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Arrival(
        String name,
        Form form,
        Channel channel,
        String sourceId,
        String nativeRef,
        String mediaType,
        byte[] bytes,
        String contentSha256,
        Optional<Submission> submission) {
    /// How bytes are read.
    public enum Form {
        MAIL,
        NATIVE_JSON,
        NFP,
        /// One row of an uploaded file, kept as the submission that was read from it.
        CSV_ROW
    }

    /// The same delivery under a name that its content is part of.
    Arrival namedByContent() {
        return new Arrival(
                name,
                form,
                channel,
                sourceId,
                nativeRef + " " + dev.lovage.records.submission.NativeRef.ofContent(bytes),
                mediaType,
                bytes,
                contentSha256,
                submission);
    }
}
