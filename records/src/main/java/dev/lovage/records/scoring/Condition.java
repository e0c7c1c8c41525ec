package dev.lovage.records.scoring;

import dev.lovage.records.rulefile.Node;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a floor or an exemption from the ceiling depends on.
sealed interface Condition {
    record EmergencyVerified() implements Condition {}

    record CourtOrder() implements Condition {}

    record Overdue() implements Condition {}

    record ExpeditedAndDaysLeftAtMost(int days) implements Condition {}

    Pattern EXPEDITED = Pattern.compile("expedited and business_days_left <= (\\d{1,3})");

    default boolean holds(ScoringInput input) {
        return switch (this) {
            case EmergencyVerified() -> input.emergency() == ScoringInput.Emergency.VERIFIED;
            case CourtOrder() -> input.courtOrder();
            case Overdue() -> hasDaysLeftAtMost(input, -1);
            case ExpeditedAndDaysLeftAtMost(int days) ->
                input.track() == ScoringInput.Track.EXPEDITED && hasDaysLeftAtMost(input, days);
        };
    }

    static Condition read(String text, Node at) {
        Matcher expedited = EXPEDITED.matcher(text);
        if (expedited.matches()) {
            return new ExpeditedAndDaysLeftAtMost(Integer.parseInt(expedited.group(1)));
        }
        return switch (text) {
            case "emergency_verified" -> new EmergencyVerified();
            case "court_order" -> new CourtOrder();
            case "overdue" -> new Overdue();
            default ->
                throw at.error("The condition `" + text + "` is unknown. Expected emergency_verified, court_order,"
                        + " overdue, or `expedited and business_days_left <= N`.");
        };
    }

    static boolean hasDaysLeftAtMost(ScoringInput input, int days) {
        return input.businessDaysLeft().isPresent() && input.businessDaysLeft().getAsInt() <= days;
    }
}
