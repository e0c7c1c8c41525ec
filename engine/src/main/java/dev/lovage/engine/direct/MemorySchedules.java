package dev.lovage.engine.direct;

import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.tx.Tx;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What one beat remembers until its process ends. Others do not know of it.
final class MemorySchedules implements Schedules {
    private final Map<String, Row> rows = new TreeMap<>();
    private Lead lead = new Lead(0, Optional.empty(), 0);

    /// For [#restore].
    synchronized Map<String, Row> copy() {
        return new TreeMap<>(rows);
    }

    /// Undoes what was written since.
    synchronized void restore(Map<String, Row> before) {
        rows.clear();
        rows.putAll(before);
    }

    @Override
    public synchronized List<Row> all() {
        return List.copyOf(rows.values());
    }

    @Override
    public synchronized Optional<Row> find(Tx tx, String name) {
        return Optional.ofNullable(rows.get(name));
    }

    @Override
    public synchronized void put(
            Tx tx, String name, boolean configured, String definition, Instant last, boolean anew) {
        if (!configured) {
            throw noStore("'" + name + "' can't be made there");
        }
        var known = rows.get(name);
        rows.put(
                name,
                known == null
                        ? new Row(name, true, definition, true, last, Optional.empty(), 0)
                        : new Row(
                                name,
                                true,
                                definition,
                                known.enabled(),
                                anew ? last : known.last(),
                                known.sent(),
                                known.count()));
    }

    @Override
    public synchronized boolean remove(Tx tx, String name) {
        return rows.remove(name) != null;
    }

    @Override
    public synchronized boolean enable(Tx tx, String name, boolean enabled, Instant last) {
        throw noStore("whether '" + name + "' is enabled can't be written there");
    }

    private static UnsupportedOperationException noStore(String what) {
        return new UnsupportedOperationException("Periodic tasks are kept in a store, and store_url is none, so that "
                + what + ". Nothing was changed. Write them in the setting beat_schedule.");
    }

    @Override
    public synchronized boolean advance(Tx tx, Row seen, Instant to, Optional<Instant> sent) {
        var now = rows.get(seen.name());
        if (now == null || !now.enabled() || !now.last().equals(seen.last())) {
            return false;
        }
        rows.put(
                now.name(),
                new Row(
                        now.name(),
                        now.configured(),
                        now.definition(),
                        true,
                        to,
                        sent.or(now::sent),
                        now.count() + (sent.isPresent() ? 1 : 0)));
        return true;
    }

    @Override
    public synchronized Lead lead() {
        return lead;
    }

    @Override
    public synchronized Optional<Long> takeLead(Lead seen, String by) {
        if (!lead.equals(seen)) {
            return Optional.empty();
        }
        lead = new Lead(seen.epoch() + 1, Optional.of(by), seen.beats() + 1);
        return Optional.of(lead.epoch());
    }

    @Override
    public synchronized void fence(Tx tx, long epoch) {
        if (lead.epoch() != epoch || lead.leader().isEmpty()) {
            throw new LeaseLost("What a beat writes");
        }
        lead = new Lead(epoch, lead.leader(), lead.beats() + 1);
    }

    @Override
    public synchronized void resign(long epoch) {
        if (lead.epoch() == epoch) {
            lead = new Lead(epoch, Optional.empty(), lead.beats() + 1);
        }
    }
}
