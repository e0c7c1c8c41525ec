package dev.lovage.records.samples;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

/// Invents requests to the Commonwealth of Avalon, which does not exist, by people who do not exist. Addresses are in
/// the domains reserved for examples, telephone numbers in the range 555-0100 to 555-0199, card numbers are test
/// numbers.
final class Wording {
    private static final List<String> FIRST = List.of(
            "Ada",
            "Bram",
            "Carla",
            "Dmitri",
            "Elena",
            "Farid",
            "Grace",
            "Hiro",
            "Ines",
            "Jos\u00e9",
            "Kofi",
            "Leila",
            "Mateo",
            "Nadia",
            "Omar",
            "Priya",
            "Quentin",
            "Rosa",
            "Sven",
            "Thu",
            "Uma",
            "Viktor",
            "Wanda",
            "Zo\u00eb");
    private static final List<String> LAST = List.of(
            "Moreno",
            "Ashdown",
            "Bergstr\u00f6m",
            "Castellan",
            "Dupont",
            "Eriksen",
            "Farrow",
            "Garc\u00eda",
            "Holloway",
            "Ibarra",
            "Jansen",
            "Kowalski",
            "Lindqvist",
            "Marsh",
            "Nakamura",
            "Okafor",
            "Pemberton",
            "Quill",
            "Rahman",
            "Santos",
            "Thornbury",
            "Underhill",
            "Vance",
            "Whitlock");
    private static final List<String> DOMAINS = List.of("example.org", "example.com", "example.net");
    private static final List<String> OUTLETS =
            List.of("Harbor Gazette", "Avalon Public Radio", "The Tidewater Courier", "Channel 9 Newsroom");
    private static final List<String> STREETS = List.of(
            "Quay Street", "Lantern Row", "Orchard Avenue", "Foundry Lane", "Causeway Road", "Bell Tower Square");
    private static final List<String> TOWNS =
            List.of("Port Avalon", "Glass Harbor", "Millbrook", "East Tarn", "Saltmarsh");
    private static final List<String> MONTHS =
            List.of("January", "February", "March", "April", "May", "June", "September");

    /// A subject of requests, the office that holds the records, the emergency that people claim, and what they ask
    /// for.
    private record Topic(String office, String subject, String danger, List<String> requests) {}

    private static final List<Topic> TOPICS = List.of(
            new Topic(
                    "Harbor Police Department",
                    "Police records request",
                    "a person has been missing for three days and these records may show where she went",
                    List.of(
                            "a copy of police report HP-{n} about the collision on {street} in {town} in {month} 2026",
                            "all use of force reports filed by officers of the {town} precinct from January through {month} 2026",
                            "body camera footage of the police response at {street}, {town}, on {month} 14, 2026",
                            "the arrest log and the dispatch recordings for {town} for the first week of {month} 2026",
                            "the criminal investigation file, now closed, on the warehouse fire at {street} in {town}")),
            new Topic(
                    "Department of Public Health",
                    "Public health data",
                    "families in the building are falling ill right now and need to know what was found",
                    List.of(
                            "all restaurant inspection reports for food establishments on {street}, {town}, since {month} 2025",
                            "the outbreak data on norovirus in {town} schools, by week, for {month} 2026",
                            "lead and copper results of drinking water tests taken by the health department in {town} in {month} 2026",
                            "complaints and inspection findings about the nursing home at {street}, {town}",
                            "weekly counts of measles and influenza cases reported to public health in {town} since {month} 2025")),
            new Topic(
                    "Office of Procurement",
                    "Contract and bid documents",
                    "the retaining wall built under this contract is moving and neighbors may be in danger",
                    List.of(
                            "the contract, with all amendments, awarded under RFP-{n} for street lighting in {town}",
                            "all bids and scoring sheets received for solicitation RFP-{n}",
                            "every purchase order above $10,000 issued to vendors of road salt since {month} 2025",
                            "invoices paid under contract C-{n} with the ferry maintenance vendor",
                            "the sole source justification for the body armor contract signed in {month} 2026")),
            new Topic(
                    "Department of Finance",
                    "Budget records",
                    "the shelter closes tonight for want of money and people will be out in the cold",
                    List.of(
                            "the adopted and the proposed budget of the {town} district for fiscal year 2026, as spreadsheets",
                            "overtime expenditures by department for {month} 2026",
                            "travel reimbursements paid to members of the budget office since {month} 2025",
                            "the most recent audit of the harbor bond fund, with management's responses",
                            "a list of tax abatements granted in {town} and the revenue forgone")),
            new Topic(
                    "Office of the Clerk",
                    "Council minutes",
                    "the building that the council allowed is leaning and its neighbors may be in danger",
                    List.of(
                            "the minutes and the audio recording of the {town} council meeting of {month} 9, 2026",
                            "ordinance {n} as adopted, and the minutes of the hearings at which it was discussed",
                            "the zoning variance granted for {street}, {town}, and the notice of the public meeting",
                            "lobbyist registrations on file with the clerk for {month} 2026",
                            "meeting agendas and minutes of the ferry board from {month} 2025 to date")),
            new Topic(
                    "Parks and Libraries",
                    "Records request",
                    "a tree is leaning over a playground that is in use",
                    List.of(
                            "the tree removal permits for the park at {street}, {town}",
                            "the number of library cards issued in {town} in {month} 2026",
                            "the lease of the boathouse at {street} in {town}")));

    private static final List<String> OPENINGS = List.of(
            "Under the public records law of the Commonwealth of Avalon, I request {what}.",
            "Please send me {what}.",
            "I am writing to ask for {what}. Electronic copies are preferred.",
            "This is a request for public records. I would like to receive {what}.");
    private static final List<String> CLOSINGS = List.of(
            "If any part is withheld, please cite the exemption and release the rest.",
            "If the records are held by another office, please forward this request and tell me where it went.",
            "I look forward to your reply within the time the law allows.",
            "Please let me know before doing anything that costs more than the amount stated.");
    private static final List<String> URGENT = List.of(
            "the council votes on the matter within ten days and the public must know beforehand",
            "there is an urgency to inform the public about actual government activity",
            "a court hearing in which I need these records is set for the end of the month");

    private final Random random;
    private final int[] asked = new int[TOPICS.size()];
    private int drafted;

    Wording(Random random) {
        this.random = random;
    }

    Draft draft(int number) {
        String first = one(FIRST);
        String last = one(LAST);
        int topicNumber = topicOf(drafted++);
        Topic topic = TOPICS.get(topicNumber);
        String what = topic.requests()
                .get(asked[topicNumber]++ % topic.requests().size())
                .replace("{n}", Integer.toString(1000 + random.nextInt(9000)))
                .replace("{street}", 10 + random.nextInt(190) + " " + one(STREETS))
                .replace("{town}", one(TOWNS))
                .replace("{month}", one(MONTHS));
        boolean media = number % 4 == 2;
        Optional<String> outlet = media ? Optional.of(one(OUTLETS)) : Optional.empty();
        Optional<String> expedite = number % 5 == 1 ? Optional.of(one(URGENT)) : Optional.empty();
        Optional<String> emergency = number % 13 == 4 ? Optional.of(topic.danger()) : Optional.empty();
        String text = one(OPENINGS).replace("{what}", what) + "\n\n" + personal(number) + one(CLOSINGS);
        return new Draft(
                number,
                first,
                last,
                ascii(first) + "." + ascii(last) + number + "@" + one(DOMAINS),
                outlet,
                random.nextInt(3) == 0 ? Optional.of(topic.office()) : Optional.empty(),
                topic.subject() + ": " + one(TOWNS),
                text,
                media ? "news_media" : number % 9 == 3 ? "commercial" : number % 9 == 7 ? "educational" : "other",
                number % 3 == 0 ? Optional.of(5 * (1 + random.nextInt(20)) + ".00") : Optional.empty(),
                media && random.nextBoolean()
                        ? Optional.of("Disclosure is in the public interest and no one profits from it.")
                        : Optional.empty(),
                expedite,
                emergency);
    }

    /// In turn, so that a small set holds each; now and then the last, which is no department's own.
    private static int topicOf(int draft) {
        return draft % 13 == 12 ? 5 : (2 * draft + draft / 5) % 5;
    }

    /// What people tell about themselves although nobody asked: some of it has the form of a number that can't be one.
    private String personal(int number) {
        String phone = "202-555-01" + (10 + random.nextInt(90));
        String sentence = switch ((3 * number + number / 8) % 8) {
            case 1 -> "For identification, my Social Security number is 123-45-6789.";
            case 2 -> "You can call me at " + phone + " on weekdays.";
            case 3 -> "My file may be under SSN 900-12-3456 or reference 078-05-1120.";
            case 4 -> "Please charge copying fees to my Visa card 4111 1111 1111 1111.";
            case 5 -> "I was born on 04/12/1971 (DOB), in case there are several people of my name.";
            case 6 -> "My card is 4111111111111112 and my phone (" + phone.replaceFirst("-", ") ") + ".";
            default -> "";
        };
        return sentence.isEmpty() ? "" : sentence + "\n\n";
    }

    String street() {
        return 10 + random.nextInt(190) + " " + one(STREETS);
    }

    String town() {
        return one(TOWNS);
    }

    private <T> T one(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static String ascii(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFD)
                .replaceAll("\\p{M}", "")
                .toLowerCase(Locale.ROOT);
    }
}
