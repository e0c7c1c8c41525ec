package dev.lovage.records.channel;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The columns of a file: those that are known, under the portal's field names, and others under their own.
///
/// @param names of the columns in order; a column without a name is called `column_7` by its place
/// @param repeated the names that occur more than once
record CsvColumns(List<String> names, Set<String> repeated) {
    private static final Set<String> KNOWN = Set.of(
            "external_id",
            "agency",
            "agency_component_name",
            "name_prefix_title",
            "name_first",
            "name_middle",
            "name_last",
            "name_suffix",
            "company_organization",
            "email",
            "phone_number",
            "fax_number",
            "address_line1",
            "address_line2",
            "address_city",
            "address_state_province",
            "address_zip_postal_code",
            "address_country",
            "request_description",
            "request_category",
            "fee_waiver",
            "fee_waiver_explanation",
            "fee_amount_willing",
            "expedited_processing",
            "expedited_processing_explanation",
            "emergency",
            "emergency_explanation",
            "testing");

    private static final Map<String, String> ALIASES = Map.ofEntries(
            entry("reference", "external_id"),
            entry("your_reference", "external_id"),
            entry("client_reference", "external_id"),
            entry("agency_name", "agency"),
            entry("component", "agency_component_name"),
            entry("agency_component", "agency_component_name"),
            entry("department", "agency_component_name"),
            entry("office", "agency_component_name"),
            entry("title", "name_prefix_title"),
            entry("prefix", "name_prefix_title"),
            entry("first_name", "name_first"),
            entry("given_name", "name_first"),
            entry("middle_name", "name_middle"),
            entry("last_name", "name_last"),
            entry("family_name", "name_last"),
            entry("surname", "name_last"),
            entry("name", "name_last"),
            entry("suffix", "name_suffix"),
            entry("company", "company_organization"),
            entry("organization", "company_organization"),
            entry("organisation", "company_organization"),
            entry("e_mail", "email"),
            entry("email_address", "email"),
            entry("e_mail_address", "email"),
            entry("phone", "phone_number"),
            entry("telephone", "phone_number"),
            entry("fax", "fax_number"),
            entry("address", "address_line1"),
            entry("street", "address_line1"),
            entry("city", "address_city"),
            entry("state", "address_state_province"),
            entry("province", "address_state_province"),
            entry("zip", "address_zip_postal_code"),
            entry("zip_code", "address_zip_postal_code"),
            entry("postal_code", "address_zip_postal_code"),
            entry("country", "address_country"),
            entry("description", "request_description"),
            entry("request", "request_description"),
            entry("records_requested", "request_description"),
            entry("category", "request_category"),
            entry("requester_category", "request_category"),
            entry("requester_class", "request_category"),
            entry("max_fee", "fee_amount_willing"),
            entry("fee_limit", "fee_amount_willing"),
            entry("expedite", "expedited_processing"),
            entry("expedited", "expedited_processing"),
            entry("test", "testing"));

    static CsvColumns of(List<String> header) {
        List<String> names = new ArrayList<>();
        Set<String> repeated = new HashSet<>();
        for (String cell : header) {
            String name = named(cell);
            name = name.isEmpty() ? "column_" + (names.size() + 1) : name;
            if (names.contains(name)) {
                repeated.add(name);
            }
            names.add(name);
        }
        return new CsvColumns(List.copyOf(names), Set.copyOf(repeated));
    }

    /// How many of the columns are known.
    long known() {
        return names.stream().filter(KNOWN::contains).count();
    }

    boolean has(String name) {
        return names.contains(name);
    }

    private static String named(String cell) {
        String folded = cell.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s-]+", "_");
        String name = ALIASES.getOrDefault(folded, folded);
        return KNOWN.contains(name) ? name : cell.strip();
    }
}
