package dev.lovage.engine.settings;

import java.util.Optional;

/// What becomes of one setting that was given.
///
/// @param setting its name; an option in a map has both names with a dot between them
/// @param value as it was given, without passwords, maps left out
/// @param reason why, without a full stop; a whole sentence where it is refused, empty where it is honoured
/// @param safe what to set instead
public record Judgement(
        String setting, String value, Origin origin, Verdict verdict, String reason, Optional<String> safe) {
    public enum Verdict {
        HONOURED("honoured"),
        /// It can stay, and changes nothing on this broker, with these results or in this pool.
        WITHOUT_EFFECT("without effect"),
        /// It is done as asked, and what it costs is known.
        UNSAFE("unsafe"),
        /// Nothing is started with it.
        REFUSED("refused");

        private final String words;

        Verdict(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    /// In one line, for logs and errors.
    public String line() {
        var sentence = switch (verdict) {
            case HONOURED -> setting + " is honoured";
            case WITHOUT_EFFECT -> setting + " has no effect here: " + reason;
            case UNSAFE -> setting + ": " + value + " is unsafe: " + reason;
            case REFUSED -> reason;
        };
        return origin + ": " + sentence + "."
                + safe.map(instead -> " Safe is " + instead + ".").orElse("");
    }
}
