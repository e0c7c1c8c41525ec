package dev.lovage.records.clock;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Computes what is due when, from nothing but a regime and a request's events.
///
/// Invariants:
/// 1. The order in which events are handed in changes nothing.
/// 2. An instant becomes a date once, in the regime's zone; from there on only dates are counted.
/// 3. One more holiday never makes a due date earlier.
public final class Clock {
    private Clock() {}

    /// The obligations that the events created, the determination first.
    ///
    /// @throws IllegalArgumentException if the request was never received
    public static List<Obligation> fold(Regime regime, List<ClockEvent> events) {
        List<ClockEvent> inOrder = events.stream()
                .sorted(Comparator.comparing(ClockEvent::at)
                        .thenComparing(event -> event.getClass().getSimpleName())
                        .thenComparing(ClockEvent::toString))
                .toList();
        List<Obligation> obligations = new ArrayList<>();
        obligations.add(new Determination(regime, inOrder).obligation());
        expediteDecision(regime, inOrder).ifPresent(obligations::add);
        return List.copyOf(obligations);
    }

    private static Optional<Obligation> expediteDecision(Regime regime, List<ClockEvent> events) {
        Regime.Period period = regime.periods().get(Regime.Kind.EXPEDITE_DECISION);
        Optional<LocalDate> asked = firstDate(regime, events, ClockEvent.ExpediteRequested.class::isInstance);
        if (period == null || asked.isEmpty()) {
            return Optional.empty();
        }
        LocalDate start = asked.get();
        LocalDate due = new DayCount(regime.calendar(), period.unit(), period.roll()).due(start, period.days());
        List<String> lines = new ArrayList<>();
        lines.add("Expedited processing was asked for on " + start + ", which is day zero.");
        lines.add(period.days() + " " + DayCount.name(period.unit()) + " after it are over on " + due + ".");
        Optional<LocalDate> decided = firstDate(
                regime,
                events,
                event -> event instanceof ClockEvent.ExpediteGranted || event instanceof ClockEvent.ExpediteDenied);
        decided.ifPresent(date -> lines.add("It was decided on " + date + "."));
        return Optional.of(new Obligation(
                Regime.Kind.EXPEDITE_DECISION,
                start,
                due,
                due,
                decided.map(date -> date.isAfter(due) ? Obligation.State.MET_LATE : Obligation.State.MET)
                        .orElse(Obligation.State.RUNNING),
                Optional.empty(),
                lines,
                regime.calendar()));
    }

    private static Optional<LocalDate> firstDate(Regime regime, List<ClockEvent> events, Predicate<ClockEvent> wanted) {
        return events.stream().filter(wanted).findFirst().map(event -> regime.receiptDate(event.at()));
    }
}
