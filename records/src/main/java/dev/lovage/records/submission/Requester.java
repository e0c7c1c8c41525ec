package dev.lovage.records.submission;

import java.util.Optional;

/// Who asks, and how to reach them: personal data, which stays out of queues, logs and the ledger.
public record Requester(
        PersonName name,
        Optional<String> organisation,
        Optional<String> email,
        Optional<String> phone,
        Optional<String> fax,
        PostalAddress address) {

    /// A requester of whom only an e-mail address and perhaps a display name are known.
    public static Requester ofMail(String displayName, String email) {
        return new Requester(
                PersonName.whole(displayName),
                Optional.empty(),
                Optional.of(email),
                Optional.empty(),
                Optional.empty(),
                PostalAddress.UNKNOWN);
    }

    /// Whether a letter or an e-mail could reach this person.
    public boolean reachable() {
        return email.isPresent() || !address.lines().isEmpty();
    }
}
