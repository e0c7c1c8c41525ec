package dev.lovage.archive.manifest;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;

/// The rules of a path within a batch: it means the same file on every system, and none outside the batch.
final class BatchPath {
    private static final int SEGMENT_BYTES_MAX = 255;

    private BatchPath() {}

    /// What is wrong with a path; empty if nothing is.
    static Optional<String> wrong(String path) {
        if (path.startsWith("/")) {
            return Optional.of("The path begins with a slash; expected a path relative to the batch's folder.");
        }
        if (path.indexOf('\\') >= 0) {
            return Optional.of("The path has a backslash; expected / between folders.");
        }
        if (path.length() > 1 && path.charAt(1) == ':' && Character.isLetter(path.charAt(0))) {
            return Optional.of("The path names a drive; expected a path relative to the batch's folder.");
        }
        if (path.chars().anyMatch(Character::isISOControl)) {
            return Optional.of("The path has a control character; expected none.");
        }
        if (!Normalizer.isNormalized(path, Normalizer.Form.NFC)) {
            return Optional.of("The path is not in Unicode's form NFC, so other systems may not find the file; rename"
                    + " the file, or write the path as " + Normalizer.normalize(path, Normalizer.Form.NFC) + ".");
        }
        for (String segment : path.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                return Optional.of("The path has the part '" + segment + "'; expected names of folders and a file.");
            }
            int length = segment.getBytes(StandardCharsets.UTF_8).length;
            if (length > SEGMENT_BYTES_MAX) {
                return Optional.of("A part of the path is " + length + " bytes long in UTF-8, and at most "
                        + SEGMENT_BYTES_MAX + " are allowed.");
            }
        }
        return Optional.empty();
    }

    /// Equal for paths that a system without upper and lower case takes for one.
    static String folded(String path) {
        return Normalizer.normalize(path, Normalizer.Form.NFC)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT);
    }
}
