package dev.lovage.records.pii;

/// Where personal data stands. The value is not in here.
///
/// @param start first code point in the NFC text, from 0
/// @param end the code point after the last
/// @param ruleId names the rule that found it, with its version
public record PersonalSpan(PersonalClass type, int start, int end, String ruleId, Confidence confidence) {
    /// @throws IllegalArgumentException if the span is empty or before the text
    public PersonalSpan {
        if (start < 0 || end <= start) {
            throw new IllegalArgumentException(
                    "A span has at least one code point, but this is " + start + " to " + end + ".");
        }
    }
}
