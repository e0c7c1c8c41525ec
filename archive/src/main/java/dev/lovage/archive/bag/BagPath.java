package dev.lovage.archive.bag;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;

/// Paths in a bag: which are safe, and how a manifest spells them.
///
/// @see <a href="https://www.rfc-editor.org/rfc/rfc8493#section-2.1.3">RFC 8493, 2.1.3 and 5.1.2</a>
final class BagPath {
    private BagPath() {}

    /// @throws BagRefused if a bag with this path could not be unpacked safely on every system
    static void check(String path) {
        writing(path).ifPresent(reason -> {
            throw new BagRefused("The path '" + path + "' can't be in a bag: " + reason
                    + ". Nothing was written. Give the file another name, and record the change.");
        });
    }

    private static Optional<String> writing(String path) {
        if (path.indexOf('\\') >= 0) {
            return Optional.of("it has a backslash, which parts folders on some systems");
        }
        if (!UTF_8.newEncoder().canEncode(path)) {
            return Optional.of("it has half a character, which UTF-8 can't express");
        }
        for (var segment : path.split("/", -1)) {
            if (segment.startsWith("~")) {
                return Optional.of("a part of it begins with ~, which some systems take for a home folder");
            }
        }
        return unsafe(path);
    }

    /// Why a path from a manifest must not be followed, if so.
    static Optional<String> unsafe(String path) {
        if (path.isEmpty()) {
            return Optional.of("it is empty");
        }
        if (path.startsWith("/") || path.matches("(?s)[A-Za-z]:[/\\\\].*")) {
            return Optional.of("it is absolute");
        }
        if (path.startsWith("~")) {
            return Optional.of("it begins with ~");
        }
        if (path.indexOf('\0') >= 0) {
            return Optional.of("it has a NUL character");
        }
        for (var segment : path.split("/", -1)) {
            if (segment.isEmpty()) {
                return Optional.of("a part of it is empty");
            }
            if (segment.equals(".") || segment.equals("..")) {
                return Optional.of("a part of it is '" + segment + "'");
            }
        }
        return Optional.empty();
    }

    /// As manifests of BagIt 1.0 spell it.
    static String encoded(String path) {
        return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
    }

    /// @param percent whether `%25` stands for a percent sign: since BagIt 1.0 only
    static String decoded(String spelled, boolean percent) {
        if (spelled.indexOf('%') < 0) {
            return spelled;
        }
        var path = new StringBuilder(spelled.length());
        int i = 0;
        while (i < spelled.length()) {
            var code = spelled.startsWith("%", i) && i + 3 <= spelled.length()
                    ? spelled.substring(i, i + 3).toUpperCase(Locale.ROOT)
                    : "";
            switch (code) {
                case "%0A" -> path.append('\n');
                case "%0D" -> path.append('\r');
                case "%25" -> path.append(percent ? "%" : "%25");
                default -> path.append(spelled.charAt(i));
            }
            i += code.equals("%0A") || code.equals("%0D") || code.equals("%25") ? 3 : 1;
        }
        return path.toString();
    }

    /// Equal for two paths that are one file on a system that ignores case or composes characters.
    static String folded(String path) {
        var composed = Normalizer.normalize(path, Normalizer.Form.NFC);
        var cased = composed.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return Normalizer.normalize(cased, Normalizer.Form.NFC);
    }

    /// For people: line breaks would tear a message apart.
    static String shown(String path) {
        return path.replace("\r", "%0D").replace("\n", "%0A");
    }
}
