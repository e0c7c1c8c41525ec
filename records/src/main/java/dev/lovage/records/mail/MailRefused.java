package dev.lovage.records.mail;

/// A message that is not read further: it is over a limit, or no program can tell what it says. The original is
/// unharmed; the submission belongs into HOLDING with this reason. The text holds no content of the message.
public final class MailRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// Why a message was refused.
    public enum Reason {
        MESSAGE_TOO_LARGE,
        HEADER_TOO_LARGE,
        TOO_MANY_HEADER_FIELDS,
        HEADER_FIELD_TOO_LONG,
        NESTED_TOO_DEEP,
        TOO_MANY_PARTS,
        DECODED_TOO_LARGE,
        TOO_SLOW,
        NOT_A_MAIL,
        ENCRYPTED,
        UNREADABLE
    }

    private final Reason reason;

    MailRefused(Reason reason, String found) {
        super(found + " The message was not read further and is kept as it came.");
        this.reason = reason;
    }

    MailRefused(Reason reason, String found, Throwable cause) {
        super(found + " The message was not read further and is kept as it came.", cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
