package dev.lovage.records.clock;

import dev.lovage.records.clock.ClockEvent.Determined;
import dev.lovage.records.clock.ClockEvent.ExpediteDenied;
import dev.lovage.records.clock.ClockEvent.ExpediteGranted;
import dev.lovage.records.clock.ClockEvent.ExpediteRequested;
import dev.lovage.records.clock.ClockEvent.Extended;
import dev.lovage.records.clock.ClockEvent.Forwarded;
import dev.lovage.records.clock.ClockEvent.Perfected;
import dev.lovage.records.clock.ClockEvent.Received;
import dev.lovage.records.clock.ClockEvent.TollEnd;
import dev.lovage.records.clock.ClockEvent.TollStart;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// One fold of a request's events into its determination. What comes too late, too often or on a ground that the
/// regime does not know changes no date, and the explanation says so.
final class Determination {
    private final Regime regime;
    private final Regime.Period period;
    private final DayCount count;
    private final LocalDate start;
    private final List<String> lines = new ArrayList<>();
    private final List<DayCount.Pause> pauses = new ArrayList<>();
    private final Map<String, LocalDate> waiting = new TreeMap<>();
    private final Map<String, Integer> uses = new HashMap<>();
    private int extendedDays;
    private Optional<LocalDate> determined = Optional.empty();

    /// @param events in the order of their instants
    Determination(Regime regime, List<ClockEvent> events) {
        this.regime = regime;
        Regime.Period found = regime.periods().get(Regime.Kind.DETERMINATION);
        if (found == null) {
            throw new IllegalArgumentException("The regime " + regime.id()
                    + " has no determination. Add one to its obligations. No clock was started.");
        }
        this.period = found;
        this.count = new DayCount(regime.calendar(), period.unit(), period.roll());
        this.start = start(events);
        lines.add("The determination is due " + period.days() + " " + DayCount.name(period.unit()) + " after " + start
                + " by the calendar " + regime.calendar().id() + ": " + baseDue() + ".");
        events.forEach(this::apply);
    }

    Obligation obligation() {
        LocalDate due = currentDue();
        Optional<LocalDate> waitingSince = waiting.values().stream().min(LocalDate::compareTo);
        waitingSince.ifPresent(since -> lines.add("The clock has been waiting since " + since + " with "
                + (period.days() + extendedDays - used(since)) + " " + DayCount.name(period.unit())
                + " left; the due date moves on with each such day until the answer comes."));
        if (!due.equals(baseDue())) {
            lines.add("By all events the determination is due on " + due + " instead of " + baseDue() + ".");
        }
        Obligation.State state = determined
                .map(date -> date.isAfter(due) ? Obligation.State.MET_LATE : Obligation.State.MET)
                .orElse(waitingSince.isPresent() ? Obligation.State.TOLLED : Obligation.State.RUNNING);
        return new Obligation(
                Regime.Kind.DETERMINATION, start, baseDue(), due, state, waitingSince, lines, regime.calendar());
    }

    private LocalDate start(List<ClockEvent> events) {
        LocalDate received = first(events, Received.class)
                .orElseThrow(() -> new IllegalArgumentException("No Received event was found among " + events.size()
                        + " events. Record when the request came in. No clock was started."));
        LocalDate perfected = first(events, Perfected.class).orElse(received);
        LocalDate valid = later(received, perfected);
        lines.add("The request was received on " + received + ".");
        if (valid.isAfter(received)) {
            lines.add("It became a valid request on " + valid + ", which counts as its receipt.");
        }
        List<Forwarded> forwarded = all(events, Forwarded.class);
        if (period.starts() != Regime.Starts.PROPER_COMPONENT || forwarded.isEmpty()) {
            return valid;
        }
        Forwarded last = forwarded.getLast();
        LocalDate proper = later(valid, regime.receiptDate(last.at()));
        lines.add("The proper component, " + last.to() + ", had it on " + proper + ".");
        if (period.startCap().isEmpty()) {
            return proper;
        }
        Regime.StartCap cap = period.startCap().get();
        LocalDate latest = new DayCount(regime.calendar(), cap.unit(), Regime.Roll.NONE).due(valid, cap.days());
        if (!proper.isAfter(latest)) {
            return proper;
        }
        lines.add("The clock starts at the latest " + cap.days() + " " + DayCount.name(cap.unit())
                + " after the first receipt: on " + latest + ".");
        return latest;
    }

    private void apply(ClockEvent event) {
        if (determined.isPresent()) {
            return;
        }
        switch (event) {
            case TollStart toll -> pause(toll);
            case TollEnd toll -> resume(toll);
            case Extended extended -> extend(extended);
            case Determined end -> {
                LocalDate date = regime.date(end.at());
                waiting.values().forEach(since -> pauses.add(new DayCount.Pause(since, date)));
                waiting.clear();
                determined = Optional.of(date);
                lines.add("The request was determined on " + date + ".");
            }
            case ExpediteGranted granted ->
                lines.add("Expedited processing was granted on " + regime.date(granted.at())
                        + ": the request is to be answered as soon as practicable; its due date stays.");
            case Received _, Forwarded _, Perfected _, ExpediteRequested _, ExpediteDenied _ -> {}
        }
    }

    private void pause(TollStart toll) {
        LocalDate date = regime.date(toll.at());
        String what = "The question about " + toll.ground() + " of " + date;
        Regime.Tolling rule = regime.tolling().get(toll.ground());
        if (rule == null) {
            lines.add(what + " does not stop the clock: " + regime.id() + " knows no such ground.");
        } else if (waiting.containsKey(toll.ground())) {
            lines.add(what + " changes nothing: the clock waits on this ground already.");
        } else if (pastDue(date)) {
            lines.add(what + " does not stop the clock: it came after the due date " + currentDue() + ".");
        } else if (rule.usesMax().isPresent()
                && uses.getOrDefault(toll.ground(), 0) >= rule.usesMax().getAsInt()) {
            lines.add(what + " does not stop the clock: the ground may be used "
                    + rule.usesMax().getAsInt() + " time(s), and was.");
        } else {
            uses.merge(toll.ground(), 1, Integer::sum);
            waiting.put(toll.ground(), date);
            lines.add(what + " stops the clock, with " + used(date) + " days used.");
        }
    }

    private void resume(TollEnd toll) {
        LocalDate date = regime.date(toll.at());
        LocalDate since = waiting.remove(toll.ground());
        if (since == null) {
            lines.add("The answer about " + toll.ground() + " of " + date
                    + " changes nothing: the clock was not waiting for it.");
            return;
        }
        pauses.add(new DayCount.Pause(since, date));
        int used = used(date);
        String next =
                waiting.isEmpty() ? "counting goes on the day after" : "the clock still waits for " + waiting.keySet();
        lines.add("The answer about " + toll.ground() + " came on " + date + "; " + next + ", with " + used
                + " days used and " + (period.days() + extendedDays - used) + " left.");
    }

    private void extend(Extended extended) {
        LocalDate date = regime.date(extended.at());
        Regime.Extension rule = regime.extension();
        String what = "The extension by " + extended.days() + " " + DayCount.name(rule.unit()) + " of " + date + " ("
                + extended.ground() + ")";
        int granted = Math.min(extended.days(), rule.daysMax() - extendedDays);
        if (!rule.grounds().contains(extended.ground())) {
            lines.add(what + " changes nothing: " + regime.id() + " knows no such ground.");
        } else if (pastDue(date)) {
            lines.add(what + " changes nothing: notice came after the due date " + currentDue() + ".");
        } else if (granted < extended.days()) {
            extendedDays += granted;
            lines.add(what + " counts for " + granted + ": at most " + rule.daysMax()
                    + " are allowed. Offer the requester to narrow the request or to agree on another date.");
        } else {
            extendedDays += granted;
            lines.add(what + " moves the due date to " + currentDue() + ".");
        }
    }

    /// While the clock waits, nothing is past due.
    private boolean pastDue(LocalDate date) {
        return waiting.isEmpty() && date.isAfter(currentDue());
    }

    private int used(LocalDate end) {
        List<DayCount.Pause> all = new ArrayList<>(pauses);
        waiting.values().forEach(since -> all.add(new DayCount.Pause(since, LocalDate.MAX)));
        return count.used(start, end, all);
    }

    private LocalDate baseDue() {
        return count.due(start, period.days());
    }

    private LocalDate currentDue() {
        return count.due(start, period.days() + extendedDays, pauses);
    }

    private Optional<LocalDate> first(List<ClockEvent> events, Class<? extends ClockEvent> type) {
        return all(events, type).stream().findFirst().map(event -> regime.receiptDate(event.at()));
    }

    private static <E extends ClockEvent> List<E> all(List<ClockEvent> events, Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private static LocalDate later(LocalDate a, LocalDate b) {
        return a.isAfter(b) ? a : b;
    }
}
