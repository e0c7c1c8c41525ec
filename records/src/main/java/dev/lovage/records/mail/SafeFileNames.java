package dev.lovage.records.mail;

import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Makes file names that can be shown, logged and written, each once in its message.
final class SafeFileNames {
    private static final int LENGTH_MAX = 120;
    private static final int EXTENSION_MAX = 12;
    private static final Set<String> RESERVED = Set.of("con", "prn", "aux", "nul", "com1", "lpt1");

    private final Set<String> given = new HashSet<>();
    private final Repairs repairs;

    SafeFileNames(Repairs repairs) {
        this.repairs = repairs;
    }

    String of(Optional<String> name, int number) {
        var clean = name.map(SafeFileNames::clean).orElse("");
        if (name.isPresent() && !clean.equals(name.get())) {
            repairs.count(MailWarning.Code.FILE_NAME_UNSAFE);
        }
        if (clean.isEmpty()) {
            clean = "attachment-" + number;
        }
        var unique = clean;
        for (var copy = 2; !given.add(unique.toLowerCase(Locale.ROOT)); copy++) {
            if (copy == 2) {
                repairs.count(MailWarning.Code.FILE_NAME_REPEATED);
            }
            var dot = extensionStart(clean);
            unique = clean.substring(0, dot) + " (" + copy + ")" + clean.substring(dot);
        }
        return unique;
    }

    private static String clean(String name) {
        var result = new StringBuilder();
        name.codePoints().forEach(c -> {
            if (c == '/' || c == '\\') {
                result.setLength(0);
            } else if (isShown(c) && "<>:\"|?*".indexOf(c) < 0) {
                result.appendCodePoint(c);
            }
        });
        var start = 0;
        var end = result.length();
        while (start < end && ". ".indexOf(result.charAt(start)) >= 0) {
            start++;
        }
        while (end > start && ". ".indexOf(result.charAt(end - 1)) >= 0) {
            end--;
        }
        var clean = result.substring(start, end);
        var dot = extensionStart(clean);
        if (clean.length() > LENGTH_MAX) {
            var kept = clean.offsetByCodePoints(0, Math.min(LENGTH_MAX / 2, clean.codePointCount(0, dot)));
            clean = clean.substring(0, kept) + clean.substring(dot);
        }
        return RESERVED.contains(clean.substring(0, extensionStart(clean)).toLowerCase(Locale.ROOT))
                ? "_" + clean
                : clean;
    }

    /// Neither control nor format characters (direction overrides and zero-width ones are format), nor half a
    /// character.
    private static boolean isShown(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    private static int extensionStart(String name) {
        var dot = name.lastIndexOf('.');
        return dot > 0 && name.length() - dot <= EXTENSION_MAX ? dot : name.length();
    }
}
