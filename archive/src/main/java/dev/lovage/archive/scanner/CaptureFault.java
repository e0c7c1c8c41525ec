package dev.lovage.archive.scanner;

import java.util.Arrays;
import java.util.Optional;

/// Why a capture failed. The names are the codes that reports and dead letters carry; those that SANE knows are
/// SANE's.
///
/// @see <a href="https://sane-project.gitlab.io/standard/api.html#status-type">SANE's status type</a>
public enum CaptureFault {
    DEVICE_BUSY(Kind.TRANSIENT, 3, "It is tried again by itself."),
    WARMING_UP(Kind.TRANSIENT, 12, "It is tried again by itself."),
    IO_ERROR(Kind.TRANSIENT, 9, "It is tried again by itself; if it stays so, look at the cable and the device."),
    NO_MEM(Kind.TRANSIENT, 10, "It is tried again by itself; if it stays so, look at the machine with the scanner."),
    CANCELLED(Kind.TRANSIENT, 2, "It is tried again by itself, unless someone pressed the button on purpose."),
    UNREACHABLE(Kind.TRANSIENT, -1, "It is tried again by itself; if it stays so, see whether saned runs there."),
    CAPTURE_HUNG(Kind.TRANSIENT, -1, "It is tried again by itself; if it stays so, switch the scanner off and on."),
    NOT_COMPLETE(Kind.TRANSIENT, -1, "It is tried again by itself when more time has passed."),

    JAMMED(Kind.HUMAN, 6, "Clear the jam, put the whole stack back in order, and capture again."),
    NO_DOCS(Kind.HUMAN, 7, "Put the pages into the feeder, and capture again."),
    COVER_OPEN(Kind.HUMAN, 8, "Close the cover, and capture again."),
    HW_LOCKED(Kind.HUMAN, 13, "Unlock the scanner's transport lock, and capture again."),
    SHORT_BATCH(Kind.HUMAN, -1, "Count the pages, put the whole stack back, and capture again."),
    LONG_BATCH(Kind.HUMAN, -1, "Count the pages, correct the manifest or the stack, and capture again."),
    NO_SPACE(Kind.HUMAN, -1, "Make room on the disk, and capture again."),
    FEED_INTERRUPTED(Kind.HUMAN, -1, "Put the whole stack back in order, and capture again."),

    UNSUPPORTED(Kind.PERMANENT, 1, "Ask for what the device can do, or choose another scanner."),
    INVAL(Kind.PERMANENT, 4, "Compare the settings and the device's name with what the scanner offers."),
    ACCESS_DENIED(Kind.PERMANENT, 11, "Allow this machine in saned.conf, without a password in saned.users."),
    ROUNDED_SETTING(Kind.PERMANENT, -1, "Ask for a value that the device has, or choose another scanner."),
    EMPTY_IMAGE(Kind.PERMANENT, -1, "Scan one page by hand to see what the device does, then send the batch anew."),
    DELIVERED_DIFFERENT(Kind.PERMANENT, -1, "Correct the settings of the manifest or of the scanner."),
    TOO_LARGE(Kind.PERMANENT, -1, "Ask for a smaller region or resolution, or scan in parts."),
    WRONG_MODEL(Kind.PERMANENT, -1, "Correct the model in the manifest or in the scanners' file."),
    BAD_FILE(Kind.PERMANENT, -1, "Scan the page again."),
    PROTOCOL(Kind.PERMANENT, -1, "See whether a saned listens at this address.");

    /// Who has to act.
    public enum Kind {
        /// Nobody: trying again later may do.
        TRANSIENT,
        /// Someone at the scanner.
        HUMAN,
        /// Someone who changes the batch or the configuration: trying again gives the same.
        PERMANENT
    }

    private final Kind kind;
    private final int saneStatus;
    private final String advice;

    CaptureFault(Kind kind, int saneStatus, String advice) {
        this.kind = kind;
        this.saneStatus = saneStatus;
        this.advice = advice;
    }

    /// Who has to act, as a rule. A failure may say otherwise, see [CaptureFailed#kind()].
    public Kind kind() {
        return kind;
    }

    String advice() {
        return advice;
    }

    /// The fault behind one of SANE's status numbers, as far as SANE names it as one. GOOD and EOF are none.
    static Optional<CaptureFault> ofSaneStatus(int status) {
        return Arrays.stream(values())
                .filter(fault -> fault.saneStatus >= 0 && fault.saneStatus == status)
                .findFirst();
    }
}
