package dev.lovage.records.mail;

/// What a bounce says of one recipient.
///
/// @param recipient address without its type, may be empty
/// @param action `failed`, `delayed`, `delivered`, … in lower case, may be empty
/// @param status enhanced status such as `5.1.1`, may be empty
/// @see <a href="https://www.rfc-editor.org/rfc/rfc3464#section-2.3">RFC 3464, per-recipient fields</a>
public record DeliveryReport(String recipient, String action, String status) {
    /// Whether trying again is pointless. A full mailbox is never permanent, whatever its class says.
    public boolean permanent() {
        return status.startsWith("5.") && !status.equals("5.2.2");
    }
}
