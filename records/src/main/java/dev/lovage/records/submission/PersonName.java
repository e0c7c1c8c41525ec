package dev.lovage.records.submission;

import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A person's name in the parts that forms ask for. Any of them can be missing.
public record PersonName(
        Optional<String> prefix,
        Optional<String> first,
        Optional<String> middle,
        Optional<String> last,
        Optional<String> suffix) {

    public static final PersonName UNKNOWN =
            new PersonName(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /// A name that came in one piece, such as the display name of an e-mail address. It is not taken apart.
    public static PersonName whole(String name) {
        return new PersonName(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(name.strip()).filter(text -> !text.isEmpty()),
                Optional.empty());
    }

    /// The parts in the order a letter shows them, or an empty string.
    public String full() {
        return Stream.of(prefix, first, middle, last, suffix)
                .flatMap(Optional::stream)
                .collect(Collectors.joining(" "));
    }
}
