package dev.lovage.records.intake;

import dev.lovage.records.clock.Regime;
import dev.lovage.records.routing.RoutingMatrix;
import dev.lovage.records.scoring.Policy;
import java.util.Locale;
import java.util.Optional;

/// The agency whose requests are taken in: its names, and the rule files it works by.
///
/// @param tenant in every key of its records
/// @param jurisdiction, code, component the parts of its tracking ids
/// @param routingJurisdiction the agency's code in the routing matrix
public record Agency(
        String tenant,
        String jurisdiction,
        String code,
        String component,
        String routingJurisdiction,
        Regime regime,
        RoutingMatrix matrix,
        Policy policy) {
    /// The invented agency of the samples, under the federal FOIA.
    public static Agency sample() {
        return new Agency(
                "commonwealth",
                "US",
                "CRO",
                "RECORDS",
                "DEMO",
                Regime.bundled("us-fed-foia"),
                RoutingMatrix.sample(),
                Policy.bundled());
    }

    /// The department that a requester's words for a component name, if they name one.
    ///
    /// @param named as the requester wrote it
    public Optional<String> component(String named) {
        var wanted = named.strip().toLowerCase(Locale.ROOT);
        return matrix.departments().entrySet().stream()
                .filter(department -> department.getKey().equals(wanted)
                        || department.getValue().name().toLowerCase(Locale.ROOT).equals(wanted))
                .map(java.util.Map.Entry::getKey)
                .findFirst();
    }
}
