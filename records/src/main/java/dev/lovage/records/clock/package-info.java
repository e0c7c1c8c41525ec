/// The statutory clocks: which day an answer is due, computed from the regime's rules and the request's events, with
/// the reason for every step.
///
/// Start at [dev.lovage.records.clock.Clock]. A [dev.lovage.records.clock.Regime] and its
/// [dev.lovage.records.clock.HolidayCalendar] are data files; nothing here reads the machine's clock or time zone.
@NullMarked
package dev.lovage.records.clock;

import org.jspecify.annotations.NullMarked;
