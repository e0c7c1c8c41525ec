package dev.lovage.archive.ocr;

/// How far a read text is from what a person typed.
final class CharacterErrors {
    private CharacterErrors() {}

    /// @return Levenshtein's distance a character of the truth, in percent; runs of white space count as one space
    static double percent(String truth, String read) {
        var expected = truth.strip().replaceAll("\\s+", " ");
        var found = read.strip().replaceAll("\\s+", " ");
        var previous = new int[found.length() + 1];
        for (int j = 0; j <= found.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= expected.length(); i++) {
            var current = new int[found.length() + 1];
            current[0] = i;
            for (int j = 1; j <= found.length(); j++) {
                int changed = previous[j - 1] + (expected.charAt(i - 1) == found.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(changed, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return 100.0 * previous[found.length()] / expected.length();
    }
}
