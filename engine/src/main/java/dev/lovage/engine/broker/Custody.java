package dev.lovage.engine.broker;

/// Where an accepted execution is, as long as it has not ended. It is always in exactly one of these.
public enum Custody {
    /// Waits to be claimed.
    READY,
    /// Waits for its time.
    TIMER,
    /// Claimed by a worker, under its lease.
    LEASED,
    /// Kept with its bytes because no worker here could read or run it.
    PARKED,
    /// It was running each of the last times that a worker process died.
    QUARANTINED,
    /// Failed for good, and waits for a person.
    DEAD
}
