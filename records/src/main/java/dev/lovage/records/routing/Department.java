package dev.lovage.records.routing;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// A part of an agency that answers requests.
///
/// @param jurisdictions codes of the agencies and components it works for
/// @param regime the law under which it works
/// @param queue where its work is handed over
/// @param fallback id of the department that stands in while this one is not active
/// @param inbox where it reads, if it has one
/// @param adapter how requests are handed to it, if not by queue
/// @param sla the obligation it is measured by
public record Department(
        String id,
        String name,
        Set<String> jurisdictions,
        String regime,
        String queue,
        Optional<String> fallback,
        Optional<String> inbox,
        Optional<String> adapter,
        Optional<String> sla,
        boolean active,
        Validity validity) {
    public Department {
        jurisdictions = Set.copyOf(jurisdictions);
    }

    boolean isActive(Instant asOf) {
        return active && validity.holds(asOf);
    }

    /// Whether it may answer this request: same law, its agency, and its component if one was chosen.
    boolean covers(RoutingInput input) {
        return regime.equals(input.regime())
                && jurisdictions.contains(input.jurisdiction())
                && input.component()
                        .map(code -> code.equals(id) || jurisdictions.contains(code))
                        .orElse(true);
    }

    /// From when to when something is in effect; both ends belong to it.
    public record Validity(Optional<Instant> from, Optional<Instant> to) {
        boolean holds(Instant asOf) {
            return from.filter(asOf::isBefore).isEmpty()
                    && to.filter(asOf::isAfter).isEmpty();
        }
    }
}
