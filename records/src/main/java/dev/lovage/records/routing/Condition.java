package dev.lovage.records.routing;

import java.util.List;
import java.util.Set;

/// What a rule asks of a request. The vocabulary is closed: a rule can say nothing else.
sealed interface Condition {
    record ComponentIn(Set<String> codes) implements Condition {}

    record HasTag(String name) implements Condition {}

    record JurisdictionIn(Set<String> codes) implements Condition {}

    record ChannelIn(Set<RoutingInput.Channel> channels) implements Condition {}

    record RequesterClassIn(Set<RoutingInput.RequesterClass> classes) implements Condition {}

    record SubjectOfRecordIn(Set<RoutingInput.SubjectOfRecord> subjects) implements Condition {}

    record All(List<Condition> conditions) implements Condition {}

    record AnyOf(List<Condition> conditions) implements Condition {}

    record Not(Condition condition) implements Condition {}

    /// Whether the request is as asked for.
    ///
    /// @param tags those that match the request's text
    default boolean holds(RoutingInput input, Set<String> tags) {
        return switch (this) {
            case ComponentIn(var codes) ->
                input.component().filter(codes::contains).isPresent();
            case HasTag(var name) -> tags.contains(name);
            case JurisdictionIn(var codes) -> codes.contains(input.jurisdiction());
            case ChannelIn(var channels) -> channels.contains(input.channel());
            case RequesterClassIn(var classes) -> classes.contains(input.requesterClass());
            case SubjectOfRecordIn(var subjects) -> subjects.contains(input.subjectOfRecord());
            case All(var conditions) -> conditions.stream().allMatch(condition -> condition.holds(input, tags));
            case AnyOf(var conditions) -> conditions.stream().anyMatch(condition -> condition.holds(input, tags));
            case Not(var condition) -> !condition.holds(input, tags);
        };
    }
}
