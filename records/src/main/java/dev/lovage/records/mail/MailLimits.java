package dev.lovage.records.mail;

import java.time.Duration;

/// How much one message may cost. A message beyond any of these is refused, never cut silently.
///
/// @param messageBytesMax whole message as received
/// @param headerBytesMax all fields of one header block, names and line ends included
/// @param headerFieldsMax fields in one header block
/// @param fieldBytesMax one field, folded lines included
/// @param nestingMax multiparts inside each other
/// @param partsMax parts of all levels
/// @param decodedRatioMax decoded bytes per byte of the message
/// @param textBytesMax text that is shown; what is longer is shown in part and also listed whole as an attachment
/// @param time from the first byte to the result
public record MailLimits(
        int messageBytesMax,
        int headerBytesMax,
        int headerFieldsMax,
        int fieldBytesMax,
        int nestingMax,
        int partsMax,
        int decodedRatioMax,
        int textBytesMax,
        Duration time) {
    /// The limits of the intake: 150 MB a message, 30 levels, 1,000 parts, 20 seconds.
    public static final MailLimits INTAKE =
            new MailLimits(150_000_000, 256 * 1024, 1000, 64 * 1024, 30, 1000, 200, 1_000_000, Duration.ofSeconds(20));

    /// @throws IllegalArgumentException if a limit is not positive
    public MailLimits {
        if (messageBytesMax < 1
                || headerBytesMax < 1
                || headerFieldsMax < 1
                || fieldBytesMax < 1
                || nestingMax < 1
                || partsMax < 1
                || decodedRatioMax < 1
                || textBytesMax < 1
                || !time.isPositive()) {
            throw new IllegalArgumentException("Each mail limit is 1 or more, but at least one of these is not: "
                    + messageBytesMax + ", " + headerBytesMax + ", " + headerFieldsMax + ", " + fieldBytesMax + ", "
                    + nestingMax + ", " + partsMax + ", " + decodedRatioMax + ", " + textBytesMax + ", " + time + ".");
        }
    }
}
