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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Reads what the National FOIA Portal posts to an agency (its agency API, version 1.1.0).
///
/// The portal's own samples break its field list, and a refused request is sent five times and then lost. So only what
/// makes a request impossible to keep is a violation: no JSON, no request id, no component, no description, a text that
/// is too long, a file that can't be decoded, an e-mail address that is none. A claimed file size that is wrong, a
/// missing `pdf` or `testing`, an amount in words are warnings. Fields that are not in the list are kept as `extra`.
public final class NfpPayload {
    private final Findings findings = new Findings();

    private NfpPayload() {}

    /// Reads one request. The channel reference is the portal's `request_id`.
    public static Reading read(byte[] body) {
        return new NfpPayload().reading(body);
    }

    private Reading reading(byte[] body) {
        return JsonFields.parse(body, findings, true)
                .map(this::reading)
                .orElseGet(() -> new Reading.Rejected(findings.violations));
    }

    private Reading reading(JsonFields fields) {
        Map<String, String> extra = new LinkedHashMap<>();
        Optional<String> version = fields.line("version");
        if (version.isEmpty()) {
            missing(fields, "version");
        }
        version.ifPresent(text -> extra.put("version", text));
        String requestId = requestId(fields);
        String component = fields.requiredText("agency_component_name", FieldRules.LINE_MAX);
        Optional<String> agency = fields.line("agency");
        Optional<String> olderAgency = fields.line("agency_name");
        if (agency.isEmpty() && olderAgency.isEmpty()) {
            missing(fields, "agency");
        }
        String description = fields.requiredText("request_description", FieldRules.TEXT_MAX);
        Requester requester = requester(fields);
        if (!requester.reachable()) {
            findings.warning("", "W_UNREACHABLE", "The request has neither an e-mail nor a postal address.");
        }
        Claims claims = claims(fields, extra);
        List<AttachedFile> files = files(fields);
        boolean test = testing(fields);
        if (!findings.violations.isEmpty()) {
            return new Reading.Rejected(findings.violations);
        }
        extra.putAll(fields.rest());
        return new Reading.Accepted(
                new Submission(
                        Channel.API_NFP,
                        requestId,
                        requester,
                        agency.or(() -> olderAgency),
                        Optional.of(component),
                        description,
                        claims,
                        files.stream().map(AttachedFile::attachment).toList(),
                        findings.warnings,
                        extra,
                        test),
                files.stream().map(AttachedFile::content).toList());
    }

    private String requestId(JsonFields fields) {
        JsonNode value = fields.take("request_id");
        String digits =
                value.isIntegralNumber() || value.isString() ? value.asString().strip() : "";
        if (digits.matches("[1-9][0-9]{0,17}")) {
            return NativeRef.ofPortalRequest(Long.parseLong(digits));
        }
        boolean missing = !JsonFields.present(value);
        findings.violation(
                fields.at("request_id"),
                missing ? Code.E_REQUIRED : Code.E_TYPE,
                (missing ? "The request has no id" : "The request's id is no whole number above zero")
                        + ", and the portal's request_id is required: it tells a repeated delivery from a new request.");
        return "";
    }

    private Requester requester(JsonFields fields) {
        return new Requester(
                new PersonName(
                        fields.line("name_prefix_title"),
                        fields.line("name_first"),
                        fields.line("name_middle"),
                        fields.line("name_last"),
                        fields.line("name_suffix")),
                fields.line("company_organization"),
                FieldRules.email(fields.at("email"), fields.line("email"), findings),
                fields.line("phone_number"),
                fields.line("fax_number"),
                new PostalAddress(
                        Stream.of("address_line1", "address_line2")
                                .flatMap(name -> fields.line(name).stream())
                                .toList(),
                        fields.line("address_city"),
                        either(
                                fields.line("address_state_province"),
                                fields.line("address_state_province_international")),
                        fields.line("address_zip_postal_code"),
                        fields.line("address_country")));
    }

    private static Optional<String> either(Optional<String> first, Optional<String> second) {
        return first.or(() -> second);
    }

    private Claims claims(JsonFields fields, Map<String, String> extra) {
        Optional<String> category = fields.line("request_category");
        Optional<RequesterClass> requesterClass = category.flatMap(RequesterClass::claimed);
        if (category.isPresent() && requesterClass.isEmpty()) {
            extra.put("request_category", category.get());
            findings.warning(
                    fields.at("request_category"), "W_CATEGORY", "The category is not known; staff must determine it.");
        }
        Optional<String> amount = fields.line("fee_amount_willing");
        Optional<BigDecimal> dollars = amount.flatMap(FieldRules::dollars);
        if (amount.isPresent() && dollars.isEmpty()) {
            extra.put("fee_amount_willing", amount.get());
            findings.warning(
                    fields.at("fee_amount_willing"), "W_AMOUNT", "The amount is no number; staff must read it.");
        }
        return new Claims(
                requesterClass,
                dollars,
                yesNo(fields, "fee_waiver"),
                fields.text("fee_waiver_explanation", FieldRules.TEXT_MAX),
                yesNo(fields, "expedited_processing"),
                fields.text("expedited_processing_explanation", FieldRules.TEXT_MAX),
                false,
                Optional.empty());
    }

    private boolean yesNo(JsonFields fields, String name) {
        JsonNode value = fields.take(name);
        if (!JsonFields.present(value)) {
            return false;
        }
        if (value.isContainer()) {
            fields.wrongType(name, "\"yes\" or \"no\"", value);
            return false;
        }
        Optional<Boolean> answer = FieldRules.yesNo(value.asString());
        if (answer.isEmpty()) {
            findings.violation(fields.at(name), Code.E_ENUM, "Expected \"yes\" or \"no\", found another text.");
        }
        return answer.orElse(false);
    }

    private List<AttachedFile> files(JsonFields fields) {
        List<AttachedFile> files = new ArrayList<>();
        for (JsonFields item : fields.objects("attachments_supporting_documentation")) {
            file(item, Role.SUPPORTING).ifPresent(files::add);
        }
        if (fields.has("pdf")) {
            fields.object("pdf").flatMap(item -> file(item, Role.RENDITION)).ifPresent(files::add);
        } else {
            fields.take("pdf");
            missing(fields, "pdf");
        }
        return files;
    }

    private Optional<AttachedFile> file(JsonFields item, Role role) {
        JsonNode claimed = item.take("filesize");
        Optional<AttachedFile> file = item.file(role);
        file.ifPresent(found -> {
            String size = Long.toString(found.attachment().size());
            if (JsonFields.present(claimed) && !claimed.asString("").strip().equals(size)) {
                findings.warning(
                        item.at("filesize"),
                        "W_FILESIZE",
                        "The size claimed is not that of the content, which is " + size
                                + " bytes; the content counts.");
            }
        });
        return file;
    }

    private boolean testing(JsonFields fields) {
        JsonNode value = fields.take("testing");
        if (!JsonFields.present(value)) {
            missing(fields, "testing");
            return false;
        }
        Optional<Boolean> answer = value.isContainer() ? Optional.empty() : FieldRules.yesNo(value.asString());
        if (!value.isBoolean()) {
            findings.warning(
                    fields.at("testing"),
                    "W_TYPE",
                    "Expected true or false; it was taken as " + answer.orElse(false) + ".");
        }
        return answer.orElse(false);
    }

    private void missing(JsonFields fields, String name) {
        findings.warning(
                fields.at(name), "W_MISSING", "The portal's field list requires this field, but it is not there.");
    }
}
