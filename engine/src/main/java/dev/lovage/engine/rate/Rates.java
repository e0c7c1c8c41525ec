package dev.lovage.engine.rate;

import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Rates in Celery's words: a number is per second, `10/s`, `10/m` and `10/h` are per second, minute and hour.
public final class Rates {
    private static final Map<String, Double> SECONDS = Map.of("s", 1.0, "m", 60.0, "h", 3600.0);

    private Rates() {}

    /// @return 0 for no limit
    /// @throws NumberFormatException saying what was found
    public static double perSecond(JsonNode rate) {
        if (rate.isMissingNode() || rate.isNull()) {
            return 0;
        }
        var text = rate.isNumber() ? String.valueOf(rate.doubleValue()) : rate.asString("?");
        var slash = text.indexOf('/');
        var number = slash < 0 ? text : text.substring(0, slash);
        var seconds = SECONDS.get(slash < 0 ? "s" : text.substring(slash + 1));
        double count;
        try {
            count = number.isBlank() && slash < 0 ? 0 : Double.parseDouble(number.strip());
        } catch (NumberFormatException e) {
            throw new NumberFormatException("could not convert string to float: " + number);
        }
        if (seconds == null || !(count >= 0) || count > 1e9) {
            throw new NumberFormatException("a rate is such as 10/s, 10/m or 10/h, but is " + text);
        }
        return count / seconds;
    }

    /// Such as `10/m`.
    public static String text(double perSecond) {
        for (var unit : new String[] {"s", "m", "h"}) {
            var count = perSecond * SECONDS.getOrDefault(unit, 1.0);
            if (Math.abs(count - Math.rint(count)) < 1e-6 * count) {
                return Math.round(count) + "/" + unit;
            }
        }
        return String.format(Locale.ROOT, "%.3f/s", perSecond);
    }
}
