package dev.lovage.records.channel;

import java.nio.charset.Charset;
import java.util.Optional;
import java.util.Set;

/// What the uploader says about a CSV file; what is left open is found out.
///
/// @param charset its encoding. Left open, it is what the byte order mark says, else UTF-16 if every other byte
///     of the beginning is zero, else UTF-8. Other encodings, such as windows-1252, can't be told apart and
///     must be declared. A byte order mark beats the declaration
/// @param delimiter what stands between two fields. Left open, it is whichever of `, ; tab |` finds most known columns
///     in the header
/// @param components the names of the components that exist, without regard to case; left open, every name is taken
public record CsvSettings(Optional<Charset> charset, Optional<Character> delimiter, Optional<Set<String>> components) {
    /// Everything is found out.
    public static final CsvSettings DETECT = new CsvSettings(Optional.empty(), Optional.empty(), Optional.empty());

    public CsvSettings {
        components = components.map(Set::copyOf);
    }
}
