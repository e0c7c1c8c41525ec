package dev.lovage.records.samples;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.records.samples.Sample.Kind;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Makes invented public-records requests in any number: the same seed gives the same bytes.
///
/// Of 50 mails one is encrypted and one is empty, which both need a person, and two repeat an earlier mail under
/// another Message-ID. Of 20 JSON bodies one repeats an earlier one under another `external_id`, and so does one row of
/// each CSV file that is long enough.
public final class SyntheticRequests {
    /// The seed of the shipped set.
    public static final long SEED = 20260302L;

    private static final DefaultIndenter LINES = new DefaultIndenter("  ", "\n");
    private static final JsonMapper JSON = JsonMapper.builder()
            .defaultPrettyPrinter(
                    new DefaultPrettyPrinter().withObjectIndenter(LINES).withArrayIndenter(LINES))
            .build();

    private final Wording wording;
    private final MailForm mailForm;
    private final String run;

    private SyntheticRequests(long seed) {
        Random random = new Random(seed);
        this.wording = new Wording(random);
        this.mailForm = new MailForm(random);
        this.run = Long.toString(seed, 36).toUpperCase(Locale.ROOT);
    }

    /// The shipped set: 50 mails, 40 JSON bodies, and two CSV files with 30 rows together.
    public static List<Sample> shipped() {
        return generate(SEED, 50, 40, 30);
    }

    /// A set of another size, for load.
    ///
    /// @param csvRows rows in both CSV files together; 0 for no file, else 2 or more
    public static List<Sample> generate(long seed, int mails, int bodies, int csvRows) {
        SyntheticRequests requests = new SyntheticRequests(seed);
        List<Sample> samples = new ArrayList<>();
        samples.addAll(requests.mails(mails));
        samples.addAll(requests.bodies(bodies));
        if (csvRows > 0) {
            int first = csvRows * 3 / 5;
            samples.add(new Sample("synthetic/requests-a.csv", Kind.CSV, requests.commaFile(first)));
            samples.add(new Sample("synthetic/requests-b.csv", Kind.CSV, requests.tabFile(csvRows - first)));
        }
        return samples;
    }

    private List<Sample> mails(int count) {
        List<Draft> drafts = new ArrayList<>();
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // Eight back is the same form, so that only Message-ID and date differ.
            boolean again = i % 50 == 20 || i % 50 == 45;
            Draft draft = again ? drafts.get(i - 8).again(i) : wording.draft(i);
            drafts.add(draft);
            byte[] message = switch (i % 50) {
                case 33 -> mailForm.empty(draft);
                case 49 -> mailForm.encrypted(draft);
                default -> mailForm.message(draft);
            };
            samples.add(new Sample(String.format(Locale.ROOT, "synthetic/mail-%03d.eml", i + 1), Kind.MAIL, message));
        }
        return samples;
    }

    private List<Sample> bodies(int count) {
        List<Draft> drafts = new ArrayList<>();
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Draft draft = i % 20 == 11 ? drafts.get(i - 4).again(i) : wording.draft(i);
            drafts.add(draft);
            samples.add(new Sample(
                    String.format(Locale.ROOT, "synthetic/request-%03d.json", i + 1), Kind.NATIVE_JSON, body(draft)));
        }
        return samples;
    }

    private byte[] body(Draft draft) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("external_id", "AV-" + run + "-J" + (draft.number() + 1));
        ObjectNode requester = body.putObject("requester");
        requester.put("first", draft.first()).put("last", draft.last()).put("email", draft.email());
        draft.organisation().ifPresent(outlet -> requester.put("organization", outlet));
        if (draft.number() % 3 == 1) {
            requester
                    .putObject("address")
                    .put("line1", "14 Lantern Row")
                    .put("city", "Millbrook")
                    .put("state", "AV");
        }
        body.put("agency", "Commonwealth of Avalon");
        draft.component().ifPresent(component -> body.put("component", component));
        body.put("description", draft.text());
        body.put("requester_class", draft.requesterClass());
        draft.feeAmount().ifPresent(amount -> body.put("fee_amount_willing", amount));
        draft.feeWaiver().ifPresent(reason -> body.put("fee_waiver", true).put("fee_waiver_explanation", reason));
        draft.expedite()
                .ifPresent(reason ->
                        body.put("expedited_processing", true).put("expedited_processing_explanation", reason));
        draft.emergency().ifPresent(reason -> body.put("emergency", true).put("emergency_explanation", reason));
        if (draft.number() % 10 == 5) {
            String note = "Notes for the search: " + draft.subject() + "\n";
            body.putArray("attachments")
                    .addObject()
                    .put("filename", "notes.txt")
                    .put("content_type", "text/plain")
                    .put("filedata", Base64.getEncoder().encodeToString(note.getBytes(UTF_8)));
        }
        return (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(body) + "\n").getBytes(UTF_8);
    }

    /// As a records broker exports it: the portal's names, ids, UTF-8 with a byte order mark.
    private byte[] commaFile(int count) {
        StringBuilder file = new StringBuilder("\ufeffexternal_id,name_first,name_last,email,company_organization,"
                + "agency_component_name,request_description,request_category,fee_amount_willing,fee_waiver,"
                + "expedited_processing,expedited_processing_explanation,emergency,emergency_explanation\r\n");
        for (Draft draft : rows(count)) {
            file.append(row(
                    ",",
                    "AV-" + run + "-C" + (draft.number() + 1),
                    draft.first(),
                    draft.last(),
                    draft.email(),
                    draft.organisation().orElse(""),
                    draft.component().orElse(""),
                    draft.text(),
                    draft.requesterClass(),
                    draft.feeAmount().orElse(""),
                    draft.feeWaiver().isPresent() ? "yes" : "no",
                    draft.expedite().isPresent() ? "yes" : "no",
                    draft.expedite().orElse(""),
                    draft.emergency().isPresent() ? "yes" : "no",
                    draft.emergency().orElse("")));
        }
        return file.toString().getBytes(UTF_8);
    }

    /// As a spreadsheet saves "Unicode text": tabs, UTF-16, people's own column names, no ids.
    private byte[] tabFile(int count) {
        StringBuilder file = new StringBuilder(
                "\ufeffFirst Name\tLast Name\tE-Mail\tStreet\tCity\tRequest\tCategory\tExpedite\tInternal note\r\n");
        for (Draft draft : rows(count)) {
            file.append(row(
                    "\t",
                    draft.first(),
                    draft.last(),
                    draft.email(),
                    wording.street(),
                    wording.town(),
                    draft.text(),
                    draft.requesterClass().replace('_', ' '),
                    draft.expedite().isPresent() ? "Yes" : "No",
                    "sheet row " + (draft.number() + 1)));
        }
        return file.toString().getBytes(UTF_16LE);
    }

    private List<Draft> rows(int count) {
        List<Draft> drafts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // 1000 on: the people of the files are others than those of the mails.
            drafts.add(i % 15 == 10 ? drafts.get(i - 3).again(1000 + i) : wording.draft(1000 + i));
        }
        return drafts;
    }

    private static String row(String delimiter, String... fields) {
        return Stream.of(fields)
                        .map(field -> field.matches("[^\",\t\n]*") ? field : "\"" + field.replace("\"", "\"\"") + "\"")
                        .collect(Collectors.joining(delimiter))
                + "\r\n";
    }
}
