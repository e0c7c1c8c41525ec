package dev.lovage.records.channel;

import dev.lovage.records.channel.Violation.Code;
import dev.lovage.records.submission.Channel;
import dev.lovage.records.submission.Claims;
import dev.lovage.records.submission.NativeRef;
import dev.lovage.records.submission.PersonName;
import dev.lovage.records.submission.PostalAddress;
import dev.lovage.records.submission.Requester;
import dev.lovage.records.submission.RequesterClass;
import dev.lovage.records.submission.Submission;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Makes submissions from the rows of one file.
final class CsvRowFields {
    /// What a spreadsheet would run. A sign before a digit is a telephone number or an amount.
    private static final Pattern FORMULA = Pattern.compile("[=@\\t\\r].*|[+-][^0-9 (].*", Pattern.DOTALL);

    private final CsvColumns columns;
    private final Optional<Set<String>> components;
    private final String uploadSha256;

    CsvRowFields(CsvColumns columns, CsvSettings settings, String uploadSha256) {
        this.columns = columns;
        this.components = settings.components()
                .map(names -> names.stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet()));
        this.uploadSha256 = uploadSha256;
    }

    CsvRow row(long row, List<String> cells) {
        if (cells.size() != columns.names().size()) {
            return CsvRow.Rejected.of(
                    row,
                    "",
                    Code.E_FIELD_COUNT,
                    "This row has " + cells.size() + " fields, and the header has "
                            + columns.names().size() + ". Quote a field that holds the delimiter or a line break.");
        }
        Findings findings = new Findings();
        Map<String, String> values = values(cells, findings);
        Reader reader = new Reader(values, findings);
        Optional<String> externalId = reader.text("external_id", 255);
        Optional<Submission> submission = reader.submission(
                externalId.map(NativeRef::ofExternalId).orElseGet(() -> NativeRef.ofRow(uploadSha256, row)));
        return submission.isPresent()
                ? new CsvRow.Accepted(row, externalId, submission.get())
                : new CsvRow.Rejected(row, externalId, findings.violations);
    }

    private Map<String, String> values(List<String> cells, Findings findings) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < cells.size(); i++) {
            String name = columns.names().get(i);
            String cell = cells.get(i);
            if (cell.length() > CsvUpload.FIELD_CHARS_MAX) {
                findings.violation(
                        name,
                        Code.E_LENGTH,
                        "This field has " + cell.length() + " characters, and at most " + CsvUpload.FIELD_CHARS_MAX
                                + " are allowed.");
            } else {
                if (FORMULA.matcher(cell).matches()) {
                    findings.warning(
                            name,
                            "E_FORMULA",
                            "A spreadsheet would run this field as a formula; it was taken as text.");
                }
                values.put(name, cell);
            }
        }
        return values;
    }

    /// Reads one row by column name.
    private final class Reader {
        private final Map<String, String> values;
        private final Findings findings;
        private final Set<String> taken = new HashSet<>();

        Reader(Map<String, String> values, Findings findings) {
            this.values = values;
            this.findings = findings;
        }

        Optional<String> text(String name, int lengthMax) {
            taken.add(name);
            return Optional.ofNullable(values.get(name))
                    .flatMap(value -> FieldRules.text(name, value, lengthMax, findings));
        }

        Optional<String> line(String name) {
            return text(name, FieldRules.LINE_MAX);
        }

        boolean yesNo(String name) {
            Optional<String> value = line(name);
            Optional<Boolean> answer = value.flatMap(FieldRules::yesNo);
            if (value.isPresent() && answer.isEmpty()) {
                findings.violation(name, Code.E_ENUM, "Expected yes or no, found another text.");
            }
            return answer.orElse(false);
        }

        /// The submission, or empty with at least one violation among the findings.
        Optional<Submission> submission(String channelRef) {
            Optional<String> agency = line("agency");
            Optional<String> component = component();
            Requester requester = requester();
            String description = description();
            Claims claims = claims();
            boolean test = yesNo("testing");
            Map<String, String> extra = extra();
            if (!findings.violations.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new Submission(
                    Channel.CSV,
                    channelRef,
                    requester,
                    agency,
                    component,
                    description,
                    claims,
                    List.of(),
                    findings.warnings,
                    extra,
                    test));
        }

        private String description() {
            int before = findings.violations.size();
            Optional<String> description = text("request_description", FieldRules.TEXT_MAX);
            if (description.isEmpty()
                    && findings.violations.size() == before
                    && values.containsKey("request_description")) {
                findings.violation("request_description", Code.E_REQUIRED, "This field is blank, and it is required.");
            }
            return description.orElse("");
        }

        private Optional<String> component() {
            Optional<String> component = line("agency_component_name");
            if (component.isPresent()
                    && components.isPresent()
                    && !components.get().contains(component.get().toLowerCase(Locale.ROOT))) {
                findings.violation(
                        "agency_component_name",
                        Code.E_COMPONENT_UNKNOWN,
                        "There is no component of this name. Correct it, or leave it blank to have the request routed.");
            }
            return component;
        }

        private Requester requester() {
            int before = findings.violations.size();
            Requester requester = new Requester(
                    new PersonName(
                            line("name_prefix_title"),
                            line("name_first"),
                            line("name_middle"),
                            line("name_last"),
                            line("name_suffix")),
                    line("company_organization"),
                    FieldRules.email("email", line("email"), findings),
                    line("phone_number"),
                    line("fax_number"),
                    new PostalAddress(
                            Stream.of("address_line1", "address_line2")
                                    .flatMap(name -> line(name).stream())
                                    .toList(),
                            line("address_city"),
                            line("address_state_province"),
                            line("address_zip_postal_code"),
                            line("address_country")));
            if (!requester.reachable() && findings.violations.size() == before) {
                findings.violation(
                        "email", Code.E_REQUIRED, "No way to answer was given. Fill in email or address_line1.");
            }
            return requester;
        }

        private Claims claims() {
            Optional<String> category = line("request_category");
            Optional<RequesterClass> requesterClass = category.flatMap(RequesterClass::claimed);
            if (category.isPresent() && requesterClass.isEmpty()) {
                findings.violation(
                        "request_category",
                        Code.E_ENUM,
                        "Expected commercial, educational, news media, individual or other, found another text.");
            }
            Optional<String> amount = line("fee_amount_willing");
            Optional<BigDecimal> dollars = amount.flatMap(FieldRules::dollars);
            if (amount.isPresent() && dollars.isEmpty()) {
                findings.violation(
                        "fee_amount_willing",
                        Code.E_AMOUNT,
                        "Expected US dollars, such as 25 or 25.00, found another text.");
            }
            return new Claims(
                    requesterClass,
                    dollars,
                    yesNo("fee_waiver"),
                    text("fee_waiver_explanation", FieldRules.TEXT_MAX),
                    yesNo("expedited_processing"),
                    text("expedited_processing_explanation", FieldRules.TEXT_MAX),
                    yesNo("emergency"),
                    text("emergency_explanation", FieldRules.TEXT_MAX));
        }

        private Map<String, String> extra() {
            Map<String, String> extra = new HashMap<>();
            values.keySet().stream()
                    .filter(name -> !taken.contains(name))
                    .sorted()
                    .forEach(name -> FieldRules.text(
                                    name, values.getOrDefault(name, ""), CsvUpload.FIELD_CHARS_MAX, findings)
                            .ifPresent(value -> extra.put(name, value)));
            return extra;
        }
    }
}
