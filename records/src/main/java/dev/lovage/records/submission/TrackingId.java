package dev.lovage.records.submission;

import java.time.Instant;
import java.time.LocalDate;
import java.time.Month;
import java.time.ZoneId;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The public name of a request, such as `US-DOJ-OIP-2026-0000123-3`: jurisdiction, agency, component, fiscal year,
/// number within these, and a check character over the letters and digits before it.
///
/// The check character is ISO 7064 MOD 37,36. It finds every single wrong character and nearly every exchange of two
/// neighbours, which is what goes wrong when people read an id out over the telephone.
///
/// @param jurisdiction 2 to 8 letters and digits, such as `US`
/// @param agency 1 to 12 letters and digits
/// @param component 1 to 12 letters and digits
/// @param fiscalYear 1900 to 9999
/// @param sequence 1 or more; shown with at least seven digits
public record TrackingId(String jurisdiction, String agency, String component, int fiscalYear, long sequence) {
    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final Pattern PART = Pattern.compile("[A-Z0-9]{1,12}");
    private static final Pattern FORMAT =
            Pattern.compile("([A-Z0-9]{2,8})-([A-Z0-9]{1,12})-([A-Z0-9]{1,12})-([0-9]{4})-([0-9]{7,18})-([A-Z0-9])");

    /// @throws IllegalArgumentException if a part is outside its range
    public TrackingId {
        if (!jurisdiction.matches("[A-Z0-9]{2,8}")
                || !PART.matcher(agency).matches()
                || !PART.matcher(component).matches()
                || fiscalYear < 1900
                || fiscalYear > 9999
                || sequence < 1
                || sequence > 999_999_999_999_999_999L) {
            throw new IllegalArgumentException("No tracking id has the parts " + jurisdiction + ", " + agency + ", "
                    + component + ", " + fiscalYear + ", " + sequence
                    + ": names are capital letters and digits, the year has four digits, the number is 1 or more.");
        }
    }

    /// Reads an id as printed; case and surrounding blanks do not matter.
    ///
    /// @throws IllegalArgumentException if the text has another form, or the check character is wrong
    public static TrackingId parse(String text) {
        Matcher parts = FORMAT.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!parts.matches()) {
            throw new IllegalArgumentException("\"" + text
                    + "\" is no tracking id. One looks like US-DOJ-OIP-2026-0000123-3; check it against the receipt.");
        }
        TrackingId id = new TrackingId(
                parts.group(1),
                parts.group(2),
                parts.group(3),
                Integer.parseInt(parts.group(4)),
                Long.parseLong(parts.group(5)));
        if (!id.toString().equals(parts.group())) {
            throw new IllegalArgumentException(
                    "The last character of \"" + text
                            + "\" does not fit the rest, so a character is wrong or two are exchanged. Check it against the receipt.");
        }
        return id;
    }

    /// Whether [#parse] would read the text.
    public static boolean valid(String text) {
        try {
            parse(text);
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /// The United States federal fiscal year of a day: it begins on October 1 of the calendar year before.
    public static int federalFiscalYear(LocalDate received) {
        return received.getYear() + (received.getMonth().compareTo(Month.OCTOBER) >= 0 ? 1 : 0);
    }

    /// The federal fiscal year in which something was received, by the calendar of the agency's zone.
    public static int federalFiscalYear(Instant received, ZoneId agencyZone) {
        return federalFiscalYear(LocalDate.ofInstant(received, agencyZone));
    }

    @Override
    public String toString() {
        String checked =
                String.format(Locale.ROOT, "%s-%s-%s-%04d-%07d", jurisdiction, agency, component, fiscalYear, sequence);
        return checked + "-" + checkCharacter(checked.replace("-", ""));
    }

    /// ISO 7064 MOD 37,36 over letters and digits.
    static char checkCharacter(String text) {
        int product = 36;
        for (int i = 0; i < text.length(); i++) {
            int sum = (product + ALPHABET.indexOf(text.charAt(i))) % 36;
            product = (sum == 0 ? 36 : sum) * 2 % 37;
        }
        return ALPHABET.charAt((37 - product) % 36);
    }
}
