package dev.lovage.engine.store;

import java.time.Instant;

/// One line in the history of a task that did not simply succeed.
///
/// @param what `retry`, `failure`, `lost`, `parked`, `quarantined`, `released`, `disposed` …
/// @param detail the error in one line, or the reason that a person gave
/// @param trace where it was thrown; empty when nothing was
/// @param by the worker, or the person
public record Happening(Instant at, int retries, String what, String detail, String trace, String by) {}
