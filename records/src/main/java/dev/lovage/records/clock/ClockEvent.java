package dev.lovage.records.clock;

import java.time.Instant;

/// Something that happened to a request and bears on its clocks. Events are kept and never changed; a due date is
/// always computed from all of them.
public sealed interface ClockEvent {
    /// When it happened, in the records of whoever it happened to.
    Instant at();

    /// The agency had the request for the first time. The component is taken to be the proper one until a
    /// [Forwarded] says otherwise.
    record Received(Instant at, String component) implements ClockEvent {}

    /// The component that has the records got the request.
    record Forwarded(Instant at, String to) implements ClockEvent {}

    /// What was missing for a valid request came in. Without this event the request is taken to be valid as received.
    record Perfected(Instant at) implements ClockEvent {}

    /// The requester was asked something on which the clock may wait.
    ///
    /// @param ground as in the regime file, such as `information` or `fees`
    record TollStart(Instant at, String ground) implements ClockEvent {}

    /// The requester's answer to the question on this ground came in.
    record TollEnd(Instant at, String ground) implements ClockEvent {}

    /// The requester was notified of more time.
    ///
    /// @param days in the unit of the regime's extension, 1 or more
    /// @param noticeRef where the notice is kept
    record Extended(Instant at, int days, String ground, String noticeRef) implements ClockEvent {
        public Extended {
            if (days < 1) {
                throw new IllegalArgumentException(
                        "An extension is of 1 day or more, but this one is of " + days + ". It was not recorded.");
            }
        }
    }

    /// The requester asked for expedited processing.
    record ExpediteRequested(Instant at) implements ClockEvent {}

    /// Expedited processing was granted, and the requester told.
    record ExpediteGranted(Instant at) implements ClockEvent {}

    /// Expedited processing was denied, and the requester told.
    record ExpediteDenied(Instant at) implements ClockEvent {}

    /// The request was answered: granted, denied, or closed otherwise.
    record Determined(Instant at) implements ClockEvent {}
}
