package dev.lovage.records.submission;

import java.util.List;
import java.util.Optional;

/// A postal address as the requester wrote it.
///
/// @param lines street, house, suite: none, one or more, in order
public record PostalAddress(
        List<String> lines,
        Optional<String> city,
        Optional<String> state,
        Optional<String> postalCode,
        Optional<String> country) {

    public static final PostalAddress UNKNOWN =
            new PostalAddress(List.of(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public PostalAddress {
        lines = List.copyOf(lines);
    }
}
