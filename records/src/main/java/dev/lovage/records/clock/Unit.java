package dev.lovage.records.clock;

/// How a period's days are counted.
public enum Unit {
    /// Days that are neither weekend nor holiday.
    BUSINESS,
    /// Every day.
    CALENDAR
}
