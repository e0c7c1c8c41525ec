package dev.lovage.engine.message;

/// Texts that name something: ids, tasks, groups. Any string is legal in Celery; ours are those that each
/// broker, store and log can hold.
final class Names {
    private static final int LENGTH_MAX = 255;

    private Names() {}

    /// Whether it has 1 to 255 characters, and none of them is a control character or half of a pair.
    static boolean fits(String name) {
        return !name.isEmpty() && name.length() <= LENGTH_MAX && printable(name).equals(name);
    }

    /// The text with `?` for each control character and each half of a pair.
    static String printable(String text) {
        if (text.codePoints().noneMatch(Names::unprintable)) {
            return text;
        }
        var out = new StringBuilder();
        text.codePoints().forEach(c -> out.appendCodePoint(unprintable(c) ? '?' : c));
        return out.toString();
    }

    private static boolean unprintable(int c) {
        return Character.isISOControl(c) || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
