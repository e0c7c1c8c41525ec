package dev.lovage.records.routing;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// How a routing decision came about, to be stored, shown and exported as JSON. It holds no personal data and none of
/// the request's text.
///
/// @param sha256 of the matrix file
/// @param rule the rule's id, or `default`
/// @param tags those that match the text, in alphabetical order
/// @param steps what happened after the rule matched, one sentence each
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Explanation(
        String matrix,
        String version,
        String sha256,
        String rule,
        List<String> tags,
        Inputs inputs,
        List<String> steps) {
    public Explanation {
        tags = List.copyOf(tags);
        steps = List.copyOf(steps);
    }

    /// What the rules looked at beside the text.
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Inputs(
            String regime,
            String jurisdiction,
            Optional<String> component,
            RoutingInput.Channel channel,
            @JsonProperty("requester_class") RoutingInput.RequesterClass requesterClass,
            @JsonProperty("subject_of_record") RoutingInput.SubjectOfRecord subjectOfRecord,
            @JsonProperty("as_of") Instant asOf) {
        static Inputs of(RoutingInput input) {
            return new Inputs(
                    input.regime(),
                    input.jurisdiction(),
                    input.component(),
                    input.channel(),
                    input.requesterClass(),
                    input.subjectOfRecord(),
                    input.asOf());
        }
    }
}
