package dev.lovage.archive.preservation;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// Something that happened to objects. A retried attempt is not an event; only its end is.
///
/// @param detail what the type does not say: parameters, rule, requested settings
/// @param outcomeNote measured values or the reason; may be empty after a success
/// @param agents at least one
/// @param objects at least one
public record PreservationEvent(
        UUID id,
        EventType type,
        Instant at,
        String detail,
        EventOutcome outcome,
        String outcomeNote,
        List<LinkedAgent> agents,
        List<LinkedObject> objects) {
    /// @param agent an [Agent]'s identifier
    public record LinkedAgent(String agent, AgentRole role) {}

    public record LinkedObject(UUID object, ObjectRole role) {}

    public PreservationEvent {
        agents = List.copyOf(agents);
        objects = List.copyOf(objects);
        if (agents.isEmpty() || objects.isEmpty()) {
            throw new IllegalArgumentException("An event names who acted and on what, but the " + type.label() + " "
                    + id + " has " + agents.size() + " agents and " + objects.size() + " objects.");
        }
        if (outcome != EventOutcome.SUCCESS && outcomeNote.isBlank()) {
            throw new IllegalArgumentException("The " + type.label() + " " + id + " ended with '" + outcome.label()
                    + "', and its outcome note does not say why.");
        }
    }
}
