package dev.lovage.records.samples;

import dev.lovage.records.samples.Sample.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// The shipped sample inputs. Each set is a folder with an `index.txt` that names its files and an `ORIGIN.md`
/// that says where they come from and under which licence.
public final class Samples {
    private static final List<String> SETS = List.of("synthetic", "nfp", "mail/enmime");

    private Samples() {}

    /// All sets, in order; a set that is not shipped is left out.
    public static List<Sample> all() {
        return SETS.stream().flatMap(set -> set(set).stream()).toList();
    }

    /// One set, such as `synthetic`; no sample if it is not shipped.
    ///
    /// @throws IllegalStateException if the index names a file that is not there
    public static List<Sample> set(String set) {
        return content(set + "/index.txt").stream()
                .flatMap(index -> new String(index, StandardCharsets.UTF_8).lines())
                .filter(line -> !line.isBlank())
                .map(line -> sample(set, line.strip()))
                .toList();
    }

    private static Sample sample(String set, String file) {
        String name = set + "/" + file;
        return new Sample(
                name,
                kind(set, file),
                content(name)
                        .orElseThrow(() -> new IllegalStateException("The index of the samples \"" + set + "\" names "
                                + file + ", but it is not there. Add the file, or take it out of index.txt.")));
    }

    private static Kind kind(String set, String file) {
        String lower = file.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".csv")) {
            return Kind.CSV;
        }
        if (lower.endsWith(".json")) {
            return set.equals("nfp") ? Kind.NFP : Kind.NATIVE_JSON;
        }
        if (Stream.of(".eml", ".raw").anyMatch(lower::endsWith)) {
            return Kind.MAIL;
        }
        throw new IllegalStateException(
                "A sample is an .eml, .raw, .json or .csv file, but the index of \"" + set + "\" names " + file + ".");
    }

    private static Optional<byte[]> content(String name) {
        try (InputStream in = Samples.class.getResourceAsStream(name)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("The sample " + name + " can't be read. Build the program anew.", e);
        }
    }
}
