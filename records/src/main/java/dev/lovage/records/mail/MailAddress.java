package dev.lovage.records.mail;

import java.util.Locale;

/// One mailbox of an address field.
///
/// @param display decoded name beside the address, may be empty
/// @param address as written, without brackets
public record MailAddress(String display, String address) {
    /// The part before the last `@`, lower case; all of it when there is none.
    public String localPart() {
        var at = address.lastIndexOf('@');
        return (at < 0 ? address : address.substring(0, at)).toLowerCase(Locale.ROOT);
    }

    /// The part after the last `@`, lower case; empty when there is none.
    public String domain() {
        var at = address.lastIndexOf('@');
        return at < 0 ? "" : address.substring(at + 1).toLowerCase(Locale.ROOT);
    }
}
