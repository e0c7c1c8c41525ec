package dev.lovage.archive.ocr;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/// What Tesseract has learnt about one language.
record TrainedData(String language, byte[] bytes, String sha256) {
    private static final String SHIPPED = "eng";
    private static final String ENDING = ".traineddata";
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,39}");
    /// The largest one published, for vertical Chinese, has under 60 MB.
    private static final long BYTES_MAX = 256L << 20;

    /// A file in the folder comes before what is shipped.
    static TrainedData of(String language, Optional<Path> folder) throws IOException {
        if (!NAME.matcher(language).matches()) {
            throw new LanguageUnavailable(
                    language,
                    "'" + language + "' is no name of a language: one is expected, of letters, digits and _.",
                    available(folder));
        }
        if (folder.isPresent()) {
            var file = folder.get().resolve(language + ENDING);
            if (Files.isRegularFile(file)) {
                if (Files.size(file) > BYTES_MAX) {
                    throw new LanguageUnavailable(
                            language, file.getFileName() + " is larger than 256 MiB.", available(folder));
                }
                return of(language, Files.readAllBytes(file));
            }
        }
        if (language.equals(SHIPPED)) {
            return shipped();
        }
        throw new LanguageUnavailable(
                language, "There is no trained data for the language '" + language + "'.", available(folder));
    }

    private static TrainedData shipped() {
        try (var packed = TrainedData.class.getResourceAsStream(SHIPPED + ENDING + ".gz")) {
            if (packed == null) {
                throw new IllegalStateException("This program comes with English trained data, but it is missing.");
            }
            try (var in = new GZIPInputStream(packed, 1 << 16)) {
                return of(SHIPPED, in.readAllBytes());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The English trained data of this program can't be unpacked.", e);
        }
    }

    private static TrainedData of(String language, byte[] bytes) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new TrainedData(language, bytes, HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256; this one does not.", e);
        }
    }

    static List<String> available(Optional<Path> folder) throws IOException {
        var found = new TreeSet<String>();
        found.add(SHIPPED);
        if (folder.isPresent()) {
            try (var files = Files.newDirectoryStream(folder.get(), "*" + ENDING)) {
                for (var file : files) {
                    var name = String.valueOf(file.getFileName());
                    found.add(name.substring(0, name.length() - ENDING.length()));
                }
            }
        }
        return List.copyOf(found);
    }
}
