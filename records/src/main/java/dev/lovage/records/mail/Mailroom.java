package dev.lovage.records.mail;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What the parser has to know of the office whose mail it reads.
///
/// @param domains the office's own mail domains; they are never sent an acknowledgement
/// @param trackingIds finds the tracking id of a known submission in a piece of text
public record Mailroom(Set<String> domains, Function<String, Optional<String>> trackingIds) {
    /// An office without domains or submissions.
    public static final Mailroom EMPTY = new Mailroom(Set.of(), text -> Optional.empty());

    public Mailroom {
        domains =
                domains.stream().map(domain -> domain.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
    }
}
