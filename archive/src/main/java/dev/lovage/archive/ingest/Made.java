package dev.lovage.archive.ingest;

import dev.lovage.archive.event.Happened;
import dev.lovage.archive.vault.Kept;
import dev.lovage.engine.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What a step made: the files it kept, what it did, and what it says. All of it is written by the commit that ends
/// the step's execution, or nothing.
///
/// @param subject the item or batch that it worked for; empty when a program outside the pipeline asked
/// @param quarantine why the item is to take no further part
/// @param result what the task returns
record Made(
        Optional<String> subject,
        List<Kept> outputs,
        List<Happened> events,
        Optional<String> quarantine,
        JsonNode result) {
    /// Collects what a step makes, while it works.
    static final class Making {
        private final Optional<String> subject;
        private final List<Kept> outputs = new ArrayList<>();
        private final List<Happened> events = new ArrayList<>();
        private Optional<String> quarantine = Optional.empty();

        Making(Optional<String> subject) {
            this.subject = subject;
        }

        Kept output(Kept kept) {
            outputs.add(kept);
            return kept;
        }

        void event(Happened happened) {
            events.add(happened);
        }

        void quarantine(String reason) {
            if (quarantine.isEmpty()) {
                quarantine = Optional.of(reason);
            }
        }

        Optional<String> quarantine() {
            return quarantine;
        }

        Made done(Object result) {
            return new Made(subject, List.copyOf(outputs), List.copyOf(events), quarantine, Json.tree(result));
        }
    }
}
