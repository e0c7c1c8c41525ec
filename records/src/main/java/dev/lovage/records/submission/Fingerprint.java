package dev.lovage.records.submission;

import dev.lovage.custody.ledger.CanonicalJson;
import java.math.BigDecimal;
import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Says that two submissions ask for the same thing: SHA-256 over the canonical JSON of requester, component, regime,
/// description, supporting files and claims. No time and no generated id is in it, so the same person asking the same
/// twice gives the same fingerprint; that is suspected, not refused, since a person may lawfully file twice.
///
/// @param hex 64 lower-case hexadecimal digits
public record Fingerprint(String hex) {
    /// The line before a quoted message, in the mail programs' English.
    private static final Pattern QUOTE_BEGINS = Pattern.compile(
            "(?m)^(-{2,} ?(original message|forwarded message) ?-{2,}|on [^\\n]{1,200}\\bwrote:)\\s*$",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern QUOTED_LINE = Pattern.compile("(?m)^[ \\t]*>[^\\n]*$");
    private static final Pattern BLANKS = Pattern.compile("[\\s\\p{Z}\\u200B\\uFEFF]+");

    /// @throws IllegalArgumentException if this is not a fingerprint's form
    public Fingerprint {
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(
                    "A fingerprint is 64 lower-case hexadecimal digits, but \"" + hex + "\" was given.");
        }
    }

    /// The fingerprint under a regime, with the component as the requester named it.
    public static Fingerprint of(Submission submission, String regime) {
        return of(submission, regime, submission.componentName().orElse(""));
    }

    /// The fingerprint under a regime and for a component that is already known.
    public static Fingerprint of(Submission submission, String regime, String component) {
        Claims claims = submission.claims();
        ObjectNode content = JsonNodeFactory.instance.objectNode();
        content.put("requester", normalisedEmail(submission.requester().email().orElse("")));
        content.put("component", collapsed(component).toLowerCase(Locale.ROOT));
        content.put("regime", regime);
        content.put("description", normalisedDescription(submission.description()));
        var files = content.putArray("attachments");
        submission.attachments().stream()
                .filter(attachment -> attachment.role() == Attachment.Role.SUPPORTING)
                .map(Attachment::sha256)
                .sorted()
                .forEach(files::add);
        content.put(
                "fee_amount_willing",
                claims.feeAmountWillingUsd().map(Fingerprint::plain).orElse(null));
        content.put("fee_waiver", claims.feeWaiverRequested());
        content.put("expedite", claims.expediteRequested());
        content.put("emergency", claims.emergency());
        return new Fingerprint(Attachment.sha256(CanonicalJson.bytes(content)));
    }

    private static String plain(BigDecimal amount) {
        return amount.stripTrailingZeros().toPlainString();
    }

    static String normalisedEmail(String address) {
        return Normalizer.normalize(address, Normalizer.Form.NFC).strip().toLowerCase(Locale.ROOT);
    }

    /// NFC, without the message that it answers, with each run of blanks as one. Where nothing but a quotation was
    /// written, the quotation is the description.
    static String normalisedDescription(String description) {
        String text = Normalizer.normalize(description, Normalizer.Form.NFC)
                .replace("\r\n", "\n")
                .replace('\r', '\n');
        var quote = QUOTE_BEGINS.matcher(text);
        String own = quote.find() ? text.substring(0, quote.start()) : text;
        own = collapsed(QUOTED_LINE.matcher(own).replaceAll(""));
        return own.isEmpty() ? collapsed(text) : own;
    }

    private static String collapsed(String text) {
        return BLANKS.matcher(text).replaceAll(" ").strip();
    }
}
