package dev.lovage.records.channel;

import dev.lovage.records.channel.JsonFields.AttachedFile;
import dev.lovage.records.channel.Violation.Code;
import dev.lovage.records.submission.Attachment.Role;
import dev.lovage.records.submission.Channel;
import dev.lovage.records.submission.Claims;
import dev.lovage.records.submission.NativeRef;
import dev.lovage.records.submission.PersonName;
import dev.lovage.records.submission.PostalAddress;
import dev.lovage.records.submission.Requester;
import dev.lovage.records.submission.RequesterClass;
import dev.lovage.records.submission.Submission;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Reads the body of `POST /api/v1/submissions`, our own JSON:
/// ```json
/// {
///   "external_id": "client-4711",
///   "requester": {
///     "prefix": "Dr", "first": "Ada", "middle": "K", "last": "Moreno", "suffix": "Jr",
///     "organization": "Harbor Gazette", "email": "ada@example.org", "phone": "+1 202 555 0143", "fax": "…",
///     "address": {"line1": "12 Quay Street", "line2": "…", "city": "Port Avalon", "state": "AV",
///                 "postal_code": "00112", "country": "…"}
///   },
///   "agency": "Commonwealth of Avalon",
///   "component": "Harbor Police",
///   "description": "All use-of-force reports of March 2026.",
///   "requester_class": "news_media",
///   "fee_amount_willing": "25.00",
///   "fee_waiver": true, "fee_waiver_explanation": "…",
///   "expedited_processing": true, "expedited_processing_explanation": "…",
///   "emergency": false, "emergency_explanation": "…",
///   "test": false,
///   "attachments": [{"filename": "map.pdf", "content_type": "application/pdf", "filedata": "base64"}]
/// }
/// ```
/// Required are `description` (at most 10,000 characters, as the explanations) and `requester` with `email` or
/// `address.line1`. Other texts have at most 1,000 characters. `requester_class` is `commercial`, `educational`,
/// `news_media` or `other`; `fee_amount_willing` is a number, or a text with one, of US dollars. A field with another
/// name is refused, so that a claim is not lost by a slip of the pen; null is the same as no field.
public final class NativeJson {
    private final Findings findings = new Findings();

    private NativeJson() {}

    /// Reads one submission. Its channel reference is `external_id`, or the digest of the body; the header
    /// `Idempotency-Key` beats both ([Submission#withChannelRef]).
    public static Reading read(byte[] body) {
        NativeJson reader = new NativeJson();
        return JsonFields.parse(body, reader.findings, false)
                .map(fields -> reader.reading(fields, body))
                .orElseGet(() -> new Reading.Rejected(reader.findings.violations));
    }

    private Reading reading(JsonFields fields, byte[] body) {
        Optional<String> externalId = fields.text("external_id", 255);
        Requester requester = requester(fields);
        Optional<String> agency = fields.line("agency");
        Optional<String> component = fields.line("component");
        String description = fields.requiredText("description", FieldRules.TEXT_MAX);
        Claims claims = claims(fields);
        boolean test = fields.flag("test");
        List<AttachedFile> files = new ArrayList<>();
        for (JsonFields item : fields.objects("attachments")) {
            item.file(Role.SUPPORTING).ifPresent(files::add);
            refuseRest(item);
        }
        refuseRest(fields);
        if (!findings.violations.isEmpty()) {
            return new Reading.Rejected(findings.violations);
        }
        return new Reading.Accepted(
                new Submission(
                        Channel.API_NATIVE,
                        externalId.map(NativeRef::ofExternalId).orElseGet(() -> NativeRef.ofContent(body)),
                        requester,
                        agency,
                        component,
                        description,
                        claims,
                        files.stream().map(AttachedFile::attachment).toList(),
                        findings.warnings,
                        Map.of(),
                        test),
                files.stream().map(AttachedFile::content).toList());
    }

    private Requester requester(JsonFields fields) {
        int before = findings.violations.size();
        Optional<JsonFields> object = fields.object("requester");
        Requester requester = object.map(this::requesterOf)
                .orElseGet(() -> new Requester(
                        PersonName.UNKNOWN,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        PostalAddress.UNKNOWN));
        if (!requester.reachable() && findings.violations.size() == before) {
            findings.violation(
                    fields.at("requester"),
                    Code.E_REQUIRED,
                    "No way to answer was given. Send requester.email or requester.address.line1.");
        }
        return requester;
    }

    private Requester requesterOf(JsonFields person) {
        PersonName name = new PersonName(
                person.line("prefix"),
                person.line("first"),
                person.line("middle"),
                person.line("last"),
                person.line("suffix"));
        Optional<String> organisation = person.line("organization");
        Optional<String> email = FieldRules.email(person.at("email"), person.line("email"), findings);
        Optional<String> phone = person.line("phone");
        Optional<String> fax = person.line("fax");
        PostalAddress address = person.object("address").map(this::addressOf).orElse(PostalAddress.UNKNOWN);
        refuseRest(person);
        return new Requester(name, organisation, email, phone, fax, address);
    }

    private PostalAddress addressOf(JsonFields address) {
        PostalAddress read = new PostalAddress(
                Stream.of("line1", "line2")
                        .flatMap(name -> address.line(name).stream())
                        .toList(),
                address.line("city"),
                address.line("state"),
                address.line("postal_code"),
                address.line("country"));
        refuseRest(address);
        return read;
    }

    private Claims claims(JsonFields fields) {
        Optional<String> category = fields.line("requester_class");
        Optional<RequesterClass> requesterClass = category.flatMap(RequesterClass::claimed);
        if (category.isPresent() && requesterClass.isEmpty()) {
            findings.violation(
                    fields.at("requester_class"),
                    Code.E_ENUM,
                    "Expected commercial, educational, news_media or other, found another text.");
        }
        return new Claims(
                requesterClass,
                amount(fields),
                fields.flag("fee_waiver"),
                fields.text("fee_waiver_explanation", FieldRules.TEXT_MAX),
                fields.flag("expedited_processing"),
                fields.text("expedited_processing_explanation", FieldRules.TEXT_MAX),
                fields.flag("emergency"),
                fields.text("emergency_explanation", FieldRules.TEXT_MAX));
    }

    private Optional<BigDecimal> amount(JsonFields fields) {
        JsonNode value = fields.take("fee_amount_willing");
        if (!JsonFields.present(value)) {
            return Optional.empty();
        }
        if (!value.isNumber() && !value.isString()) {
            fields.wrongType("fee_amount_willing", "an amount of US dollars", value);
            return Optional.empty();
        }
        Optional<BigDecimal> dollars = FieldRules.dollars(value.asString());
        if (dollars.isEmpty()) {
            findings.violation(
                    fields.at("fee_amount_willing"),
                    Code.E_AMOUNT,
                    "Expected US dollars from 0 to 999999999.99 with at most two decimals, such as \"25.00\".");
        }
        return dollars;
    }

    private void refuseRest(JsonFields fields) {
        fields.rest()
                .keySet()
                .forEach(name -> findings.violation(
                        fields.at(name),
                        Code.E_UNKNOWN_FIELD,
                        "There is no field of this name here. Correct the name, or leave the field out."));
    }
}
