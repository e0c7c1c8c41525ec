package dev.lovage.records.submission;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A public-records request as every channel's reader hands it on: what the requester said, and nothing that the
/// office adds (tracking id, receipt time, regime). It is made of values only, so it can be stored as JSON.
///
/// @param channelRef the channel's own name for this delivery: request id, Message-ID, digest and row; never empty
/// @param agencyName the agency as the requester named it
/// @param componentName the part of the agency as the requester named it
/// @param description the records sought, in the requester's words, not blank
/// @param extra fields that this version does not know, by name; a value that was not text is kept as JSON text
/// @param test whether the sender marked it as a test, which keeps it out of statistics
public record Submission(
        Channel channel,
        String channelRef,
        Requester requester,
        Optional<String> agencyName,
        Optional<String> componentName,
        String description,
        Claims claims,
        List<Attachment> attachments,
        List<Warning> warnings,
        Map<String, String> extra,
        boolean test) {

    /// @throws IllegalArgumentException if the reference or the description is blank
    public Submission {
        if (channelRef.isBlank() || description.isBlank()) {
            throw new IllegalArgumentException("A submission needs a channel reference and a description, but the "
                    + (channelRef.isBlank() ? "channel reference" : "description")
                    + " is blank. Nothing was accepted.");
        }
        attachments = List.copyOf(attachments);
        warnings = List.copyOf(warnings);
        extra = Collections.unmodifiableMap(new TreeMap<>(extra));
    }

    /// The same submission under another reference, for a channel that learns it from outside the content, such as
    /// the header `Idempotency-Key`.
    public Submission withChannelRef(String reference) {
        return new Submission(
                channel,
                reference,
                requester,
                agencyName,
                componentName,
                description,
                claims,
                attachments,
                warnings,
                extra,
                test);
    }
}
