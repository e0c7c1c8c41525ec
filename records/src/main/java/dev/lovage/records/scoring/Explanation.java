package dev.lovage.records.scoring;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/// How a score came about, to be stored, shown and exported as JSON. It holds no personal data.
///
/// @param sha256 of the policy file
/// @param parts what each rule added; their sum is the score before it was clamped
/// @param score after clamping
/// @param rawLevel the level by the score alone
/// @param floor the floor that raised the level
/// @param ceiling the ceiling that lowered the level
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Explanation(
        String policy,
        int version,
        String sha256,
        ScoringInput inputs,
        List<Part> parts,
        int score,
        @JsonProperty("raw_level") int rawLevel,
        Optional<Limit> floor,
        Optional<Limit> ceiling,
        int level,
        String queue) {
    public Explanation {
        parts = List.copyOf(parts);
    }

    /// One rule's share.
    ///
    /// @param in the value that the rule looked at
    public record Part(String rule, String in, int points) {}

    /// A bound that changed the level.
    public record Limit(String rule, int level) {}
}
