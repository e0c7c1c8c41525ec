package dev.lovage.records.intake;

import dev.lovage.engine.json.Json;
import dev.lovage.records.channel.CsvRow;
import dev.lovage.records.channel.CsvSettings;
import dev.lovage.records.channel.CsvUpload;
import dev.lovage.records.channel.NativeJson;
import dev.lovage.records.channel.NfpPayload;
import dev.lovage.records.channel.Reading;
import dev.lovage.records.channel.Violation;
import dev.lovage.records.mail.MailKind;
import dev.lovage.records.mail.MailLimits;
import dev.lovage.records.mail.MailParser;
import dev.lovage.records.mail.MailRefused;
import dev.lovage.records.mail.Mailroom;
import dev.lovage.records.mail.ParsedMail;
import dev.lovage.records.submission.Attachment;
import dev.lovage.records.submission.Channel;
import dev.lovage.records.submission.Claims;
import dev.lovage.records.submission.NativeRef;
import dev.lovage.records.submission.PersonName;
import dev.lovage.records.submission.PostalAddress;
import dev.lovage.records.submission.Requester;
import dev.lovage.records.submission.Submission;
import dev.lovage.records.submission.TrackingId;
import dev.lovage.records.submission.Warning;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/// Reads what came over any channel. At the door it finds out what there is to accept; later it reads the same
/// bytes again, and then says what of it needs a person.
public final class Reader {
    private static final Pattern TRACKING_ID =
            Pattern.compile("[A-Z0-9]{2,8}-[A-Z0-9]{1,12}-[A-Z0-9]{1,12}-[0-9]{4}-[0-9]{7,18}-[A-Z0-9]");
    private static final Requester UNKNOWN = new Requester(
            PersonName.UNKNOWN,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            PostalAddress.UNKNOWN);
    private static final int DESCRIPTION_CHARACTERS_MAX = 10_000;

    /// What was found in a file or a body.
    ///
    /// @param arrivals to be accepted
    /// @param rejected what holds no submission, with all its violations; nothing of it is kept
    public record Found(List<Arrival> arrivals, List<Rejected> rejected) {}

    /// @param name the file, with the row for an uploaded table
    public record Rejected(String name, List<Violation> violations) {}

    /// What the bytes of an accepted delivery say.
    public sealed interface Content {
        /// @param silence why no acknowledgement may be sent automatically, if so
        record Readable(Submission submission, Optional<String> silence) implements Content {}

        /// Nobody but a person can go on with it.
        record Unreadable(String reason) implements Content {}
    }

    private final MailParser mails = new MailParser(
            System::nanoTime,
            new Mailroom(
                    Set.of(),
                    text -> TRACKING_ID
                            .matcher(text.toUpperCase(Locale.ROOT))
                            .results()
                            .map(found -> found.group())
                            .filter(TrackingId::valid)
                            .findFirst()));

    /// Finds out by name and content what a file holds.
    ///
    /// @param name its ending decides: `.eml`, `.json`, `.csv`
    /// @param source who delivered
    public Found file(String name, byte[] bytes, String source) {
        var lower = name.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".eml") || lower.endsWith(".raw") || lower.endsWith(".msg.txt")) {
            return new Found(List.of(mail(name, bytes, source)), List.of());
        }
        if (lower.endsWith(".csv")) {
            return csv(name, bytes, source);
        }
        if (lower.endsWith(".json")) {
            return json(name, bytes, source, Optional.empty());
        }
        return new Found(
                List.of(),
                List.of(new Rejected(
                        name,
                        List.of(new Violation(
                                "name",
                                Violation.Code.E_ENUM,
                                "The file " + name + " is neither a mail (.eml), nor JSON (.json), nor a table (.csv)."
                                        + " Nothing of it was accepted. Rename it if it is one of these.")))));
    }

    /// A mail is accepted whatever is in it.
    public Arrival mail(String name, byte[] bytes, String mailbox) {
        String reference;
        Optional<Submission> submission;
        String content;
        try {
            var mail = mails.parse(bytes, MailLimits.INTAKE);
            reference = NativeRef.ofMail(mail.messageId(), mail::contentSha256, mailbox);
            submission = submission(mail, reference);
            content = mail.contentSha256();
        } catch (MailRefused refused) {
            reference = NativeRef.ofContent(bytes);
            submission = Optional.empty();
            content = Attachment.sha256(bytes);
        }
        return new Arrival(
                name,
                Arrival.Form.MAIL,
                Channel.EMAIL,
                mailbox,
                reference,
                "message/rfc822",
                bytes,
                content,
                submission);
    }

    /// A payload of the National FOIA Portal, or our own JSON.
    ///
    /// @param idempotencyKey the header of an HTTP caller
    public Found json(String name, byte[] bytes, String source, Optional<String> idempotencyKey) {
        var portal = portal(bytes);
        var reading = portal ? NfpPayload.read(bytes) : NativeJson.read(bytes);
        return switch (reading) {
            case Reading.Rejected(var violations) -> new Found(List.of(), List.of(new Rejected(name, violations)));
            case Reading.Accepted(var submission, var _) -> {
                var named = idempotencyKey
                        .filter(key -> !portal)
                        .map(NativeRef::ofHeader)
                        .map(submission::withChannelRef)
                        .orElse(submission);
                yield new Found(
                        List.of(new Arrival(
                                name,
                                portal ? Arrival.Form.NFP : Arrival.Form.NATIVE_JSON,
                                named.channel(),
                                portal ? "foia.gov" : source,
                                named.channelRef(),
                                "application/json",
                                bytes,
                                Attachment.sha256(bytes),
                                Optional.of(named))),
                        List.of());
            }
        };
    }

    /// A table of requests, each row a delivery of its own.
    public Found csv(String name, byte[] bytes, String source) {
        var arrivals = new ArrayList<Arrival>();
        var rejected = new ArrayList<Rejected>();
        try (var rows = CsvUpload.read(bytes, CsvSettings.DETECT)) {
            rows.forEach(row -> {
                switch (row) {
                    case CsvRow.Rejected(var line, var _, var violations) ->
                        rejected.add(new Rejected(name + ":" + line, violations));
                    case CsvRow.Accepted(var line, var _, var submission) -> {
                        var kept = Json.bytes(Json.tree(submission));
                        arrivals.add(new Arrival(
                                name + ":" + line,
                                Arrival.Form.CSV_ROW,
                                Channel.CSV,
                                source,
                                submission.channelRef(),
                                "application/json",
                                kept,
                                Attachment.sha256(kept),
                                Optional.of(submission)));
                    }
                }
            });
        }
        return new Found(arrivals, rejected);
    }

    /// Reads an accepted delivery.
    public Content read(Arrival.Form form, byte[] bytes, String channelRef) {
        return switch (form) {
            case MAIL -> readMail(bytes, channelRef);
            case NATIVE_JSON -> content(NativeJson.read(bytes));
            case NFP -> content(NfpPayload.read(bytes));
            case CSV_ROW -> new Content.Readable(Json.value(Json.read(bytes), Submission.class), Optional.empty());
        };
    }

    private Content readMail(byte[] bytes, String channelRef) {
        ParsedMail mail;
        try {
            mail = mails.parse(bytes, MailLimits.INTAKE);
        } catch (MailRefused refused) {
            return new Content.Unreadable(refused.reason().name().toLowerCase(Locale.ROOT));
        }
        if (mail.kind() != MailKind.REQUEST) {
            return new Content.Unreadable("not_a_request:" + mail.kind().name().toLowerCase(Locale.ROOT));
        }
        return submission(mail, channelRef)
                .<Content>map(read -> new Content.Readable(read, mail.silence()))
                .orElseGet(() -> new Content.Unreadable("no_text"));
    }

    private static Content content(Reading reading) {
        return switch (reading) {
            case Reading.Accepted(var submission, var _) -> new Content.Readable(submission, Optional.empty());
            case Reading.Rejected(var violations) ->
                new Content.Unreadable("violations:"
                        + violations.stream()
                                .map(one -> one.code().name())
                                .distinct()
                                .toList());
        };
    }

    private static Optional<Submission> submission(ParsedMail mail, String channelRef) {
        var text = mail.text().isBlank() ? mail.subject() : mail.subject() + "\n\n" + mail.text();
        if (text.isBlank()) {
            return Optional.empty();
        }
        var warnings = new ArrayList<Warning>();
        mail.warnings()
                .forEach(one -> warnings.add(new Warning(
                        "mail",
                        "W_" + one.code().name(),
                        one.code().name().toLowerCase(Locale.ROOT) + " × " + one.count())));
        if (text.length() > DESCRIPTION_CHARACTERS_MAX) {
            text = text.substring(0, DESCRIPTION_CHARACTERS_MAX);
            warnings.add(new Warning(
                    "text",
                    "W_TRUNCATED",
                    "The text is longer than " + DESCRIPTION_CHARACTERS_MAX
                            + " characters; the rest is in the original."));
        }
        var said = text.toLowerCase(Locale.ROOT);
        var none = Claims.NONE;
        return Optional.of(new Submission(
                Channel.EMAIL,
                channelRef,
                mail.from()
                        .map(from -> Requester.ofMail(from.display(), from.address()))
                        .orElseGet(() -> UNKNOWN),
                Optional.empty(),
                Optional.empty(),
                text,
                new Claims(
                        none.requesterClass(),
                        none.feeAmountWillingUsd(),
                        said.contains("fee waiver"),
                        none.feeWaiverExplanation(),
                        said.contains("expedited") || said.contains("expedite"),
                        none.expediteExplanation(),
                        said.contains("emergency") || said.contains("imminent threat"),
                        none.emergencyExplanation()),
                mail.attachments().stream()
                        .map(one -> new Attachment(
                                one.safeName(),
                                one.mediaTypeClaimed(),
                                one.size(),
                                one.sha256(),
                                Attachment.Role.SUPPORTING))
                        .toList(),
                warnings,
                Map.of(),
                false));
    }

    private static boolean portal(byte[] bytes) {
        try {
            var tree = Json.read(bytes);
            return tree.has("request_id") && (tree.has("agency_component_name") || tree.has("request_description"));
        } catch (JacksonException | IllegalArgumentException notJson) {
            return new String(bytes, 0, Math.min(bytes.length, 4096), StandardCharsets.UTF_8)
                    .contains("\"request_id\"");
        }
    }
}
