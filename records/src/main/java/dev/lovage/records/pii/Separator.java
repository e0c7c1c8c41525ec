package dev.lovage.records.pii;

/// What stands between two groups of digits.
///
/// @param kind `-`, `.`, a space, or [#NONE]
/// @param length characters, at most 4
/// @param brokenLine whether a line ends in it
record Separator(char kind, int length, boolean brokenLine) {
    static final char NONE = '\0';

    private static final int LENGTH_MAX = 4;

    static Separator at(FoldedText text, int start) {
        var kind = NONE;
        var brokenLine = false;
        var end = start;
        while (end - start < LENGTH_MAX) {
            var c = text.at(end);
            if (c == '-' || c == '.') {
                if (kind == '-' || kind == '.') {
                    break;
                }
                kind = c;
            } else if (c == ' ' || c == '\n') {
                kind = kind == NONE ? ' ' : kind;
                brokenLine |= c == '\n';
            } else {
                break;
            }
            end++;
        }
        return new Separator(kind, end - start, brokenLine);
    }
}
