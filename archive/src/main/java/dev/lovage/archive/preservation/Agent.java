package dev.lovage.archive.preservation;

import java.util.Optional;

/// Who or what acted.
///
/// @param id unique in the archive, such as `sw:ingest/0.1`
public record Agent(String id, String name, AgentType type, Optional<String> version) {
    public Agent {
        if (id.isBlank() || name.isBlank()) {
            throw new IllegalArgumentException(
                    "An agent has an identifier and a name, but they are '" + id + "' and '" + name + "'.");
        }
    }
}
