package dev.lovage.archive.scanner;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// One option of a device, as the device describes it.
///
/// @param index what it is called by on the wire
/// @param size of its value, in bytes
/// @param capabilities SANE's bits
record SaneOption(int index, String name, Type type, Unit unit, int size, int capabilities, Constraint constraint) {
    private static final int SOFT_SELECT = 1;
    private static final int SOFT_DETECT = 4;
    private static final int INACTIVE = 32;

    /// In the order of their numbers.
    enum Type {
        BOOL,
        INT,
        FIXED,
        STRING,
        BUTTON,
        GROUP
    }

    /// In the order of their numbers.
    enum Unit {
        NONE(""),
        PIXEL(" px"),
        BIT(" bit"),
        MM(" mm"),
        DPI(" dpi"),
        PERCENT(" %"),
        MICROSECOND(" us");

        private final String sign;

        Unit(String sign) {
            this.sign = sign;
        }
    }

    /// What values it takes.
    sealed interface Constraint {
        record None() implements Constraint {}

        /// @param step 0 for any
        record Range(int min, int max, int step) implements Constraint {}

        record Words(List<Integer> words) implements Constraint {}

        record Texts(List<String> texts) implements Constraint {}
    }

    /// One value: a word (a whole number, a fixed-point number with 16 bits of fraction, 0 or 1) or a text.
    sealed interface Value {
        record Word(int word) implements Value {}

        record Text(String text) implements Value {}
    }

    boolean settable() {
        return (capabilities & SOFT_SELECT) != 0 && active() && single();
    }

    boolean readable() {
        return (capabilities & SOFT_DETECT) != 0 && active() && single();
    }

    boolean active() {
        return (capabilities & INACTIVE) == 0;
    }

    /// Whether it has one value, not an array and not none.
    private boolean single() {
        return type == Type.STRING || type.compareTo(Type.STRING) < 0 && size == 4;
    }

    /// The value for a number in the option's unit; empty if it has no numbers, or none so fine or so large.
    Optional<Value> number(double number) {
        return switch (type) {
            case INT -> number == (int) number ? Optional.of(new Value.Word((int) number)) : Optional.empty();
            case FIXED ->
                Math.abs(number) < 32_768
                        ? Optional.of(new Value.Word((int) Math.round(number * 65_536)))
                        : Optional.empty();
            case BOOL, STRING, BUTTON, GROUP -> Optional.empty();
        };
    }

    /// The value that a person wrote; empty if the option takes none like it.
    Optional<Value> written(String text) {
        try {
            return switch (type) {
                case BOOL ->
                    switch (text.toLowerCase(Locale.ROOT)) {
                        case "yes", "true", "1" -> Optional.of(new Value.Word(1));
                        case "no", "false", "0" -> Optional.of(new Value.Word(0));
                        default -> Optional.empty();
                    };
                case INT, FIXED -> number(Double.parseDouble(text));
                case STRING ->
                    text.length() < size && text.chars().allMatch(c -> c > 0 && c < 256)
                            ? Optional.of(new Value.Text(text))
                            : Optional.empty();
                case BUTTON, GROUP -> Optional.empty();
            };
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /// A value as people read it, with its unit.
    String shown(Value value) {
        return switch (value) {
            case Value.Text(var text) -> text;
            case Value.Word(var word) -> shown(word);
        };
    }

    double number(Value value) {
        return value instanceof Value.Word(var word) ? type == Type.FIXED ? word / 65_536.0 : word : Double.NaN;
    }

    /// What the device takes, as people read it.
    String offered() {
        return switch (constraint) {
            case Constraint.None() -> "any value";
            case Constraint.Range(var min, var max, var step) ->
                shown(min) + " to " + shown(max) + (step == 0 ? "" : " in steps of " + shown(step));
            case Constraint.Words(var words) ->
                words.stream().limit(50).map(this::shown).collect(Collectors.joining(", "));
            case Constraint.Texts(var texts) -> texts.stream().limit(50).collect(Collectors.joining(", "));
        };
    }

    List<String> texts() {
        return constraint instanceof Constraint.Texts(var texts) ? texts : List.of();
    }

    private String shown(int word) {
        return switch (type) {
            case BOOL -> word == 0 ? "no" : "yes";
            case FIXED ->
                BigDecimal.valueOf(word)
                                .divide(BigDecimal.valueOf(65_536))
                                .setScale(4, RoundingMode.HALF_EVEN)
                                .stripTrailingZeros()
                                .toPlainString()
                        + unit.sign;
            case INT, STRING, BUTTON, GROUP -> word + unit.sign;
        };
    }
}
