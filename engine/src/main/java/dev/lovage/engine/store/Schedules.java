package dev.lovage.engine.store;

import dev.lovage.engine.tx.Tx;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What beat remembers: the schedules with the time each was last sent for, and which of several beats leads.
///
/// Invariants:
/// 1. Epochs grow with every change of the leader. What a leader writes begins with [#fence] in the same
///    transaction, so that one who lost the lead changes nothing.
/// 2. A leader only moves the last time of a schedule forward, and only from where it saw it.
public interface Schedules {
    /// @param configured whether it comes from the settings, and goes when they no longer have it
    /// @param definition JSON, as in the setting `beat_schedule`
    /// @param last nominal time that was sent or passed over; when it was made, at first
    /// @param sent when its task was last sent
    /// @param count how many tasks were sent
    record Row(
            String name,
            boolean configured,
            String definition,
            boolean enabled,
            Instant last,
            Optional<Instant> sent,
            long count) {}

    /// @param leader empty if nobody leads
    /// @param beats a counter that moves while the leader lives
    record Lead(long epoch, Optional<String> leader, long beats) {}

    /// All, by name.
    List<Row> all();

    /// One, which nobody else changes until the transaction ends.
    Optional<Row> find(Tx tx, String name);

    /// Makes a schedule, enabled, or gives it another definition.
    ///
    /// @param last from where its times are counted, if it is new
    /// @param anew whether they are counted from there even if it is known
    void put(Tx tx, String name, boolean configured, String definition, Instant last, boolean anew);

    /// @return false if there is none
    boolean remove(Tx tx, String name);

    /// @param last its times are counted from here on, where it was disabled before
    /// @return false if there is none
    boolean enable(Tx tx, String name, boolean enabled, Instant last);

    /// Advances a schedule as it was seen.
    ///
    /// @param to the nominal time that is sent or passed over now
    /// @param sent when its task is sent; empty if `to` is passed over
    /// @return false if it has changed since; nothing was written then
    boolean advance(Tx tx, Row seen, Instant to, Optional<Instant> sent);

    Lead lead();

    /// Takes the lead, unless anything about it has changed since it was seen.
    ///
    /// @return the new epoch
    Optional<Long> takeLead(Lead seen, String by);

    /// Moves the leader's counter, and holds the lead until the transaction ends.
    ///
    /// @throws dev.lovage.engine.broker.LeaseLost if another has it
    void fence(Tx tx, long epoch);

    /// Gives the lead back, if it is still held.
    void resign(long epoch);
}
