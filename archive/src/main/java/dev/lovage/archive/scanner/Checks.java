package dev.lovage.archive.scanner;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A readiness report while it is made.
final class Checks {
    private final InstantSource clock;
    private final List<Readiness.Check> made = new ArrayList<>();

    Checks(InstantSource clock) {
        this.clock = clock;
    }

    void ok(String name, String value, String limit) {
        made.add(new Readiness.Check(
                name, value, limit, Readiness.Verdict.OK, Optional.empty(), Optional.empty(), clock.instant()));
    }

    void fail(String name, String value, String limit, CaptureFault fault, String reason) {
        made.add(new Readiness.Check(
                name,
                value,
                limit,
                Readiness.Verdict.FAIL,
                Optional.of(fault),
                Optional.of(reason + " " + fault.advice()),
                clock.instant()));
    }

    void notChecked(String name, String limit, String reason) {
        made.add(new Readiness.Check(
                name,
                "",
                limit,
                Readiness.Verdict.NOT_CHECKED,
                Optional.empty(),
                Optional.of(reason),
                clock.instant()));
    }

    /// What an exception says about a check.
    void fail(String name, String limit, CaptureFailed failure) {
        made.add(new Readiness.Check(
                name,
                failure.fault().name(),
                limit,
                Readiness.Verdict.FAIL,
                Optional.of(failure.fault()),
                Optional.ofNullable(failure.getMessage()),
                clock.instant()));
    }

    Readiness report(String scanner) {
        return new Readiness(scanner, clock.instant(), made);
    }
}
