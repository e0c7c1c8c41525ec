package dev.lovage.records.clock;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/// Something an agency owes by a day, and why by that day.
///
/// @param start day zero
/// @param baseDue the last day if nothing had stopped or extended the clock
/// @param currentDue the last day by all events; while the clock waits, the day it would be if the answer had come
///     on the day of the question
/// @param waitingSince the day from which the clock waits; present in state [State#TOLLED] only
/// @param explanation how the dates came about, one sentence each, without personal data
/// @param calendar by which the days are counted
public record Obligation(
        Regime.Kind kind,
        LocalDate start,
        LocalDate baseDue,
        LocalDate currentDue,
        State state,
        Optional<LocalDate> waitingSince,
        List<String> explanation,
        @JsonIgnore HolidayCalendar calendar) {
    public Obligation {
        explanation = List.copyOf(explanation);
    }

    /// Where the obligation stands. Whether a running one is overdue depends on the day one asks.
    public enum State {
        RUNNING,
        /// Waiting for the requester; no day counts.
        TOLLED,
        /// Fulfilled in time.
        MET,
        /// Fulfilled after its due date.
        MET_LATE
    }

    /// Whether the agency still owes this.
    @JsonIgnore
    public boolean isOpen() {
        return state == State.RUNNING || state == State.TOLLED;
    }

    /// The business days that are left, by one rule for all units: 0 on the last day, at least 0 before it, and at
    /// most -1 after it. While the clock waits, the number stands still.
    public int businessDaysLeft(LocalDate asOf) {
        LocalDate counted = waitingSince.filter(asOf::isAfter).orElse(asOf);
        if (counted.isAfter(currentDue)) {
            return Math.min(-1, -calendar.businessDays(currentDue, counted));
        }
        return calendar.businessDays(counted, currentDue);
    }
}
