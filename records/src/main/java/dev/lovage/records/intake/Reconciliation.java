package dev.lovage.records.intake;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.store.Store;
import dev.lovage.records.letter.Letter;
import dev.lovage.sql.database.Database;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Compares independent records, so that nothing accepted can be missing without being named.
///
/// Accepted is what the ledger says was received. Accounted for is a submission whose acknowledgement the
/// ledger has and whose letter is there with its digest, handed to a department; or one in HOLDING that the
/// ledger says was held; or one whose dead letter a person disposed of, with a reason that the ledger has; or
/// one that is in exactly one live custody, found by asking the store for its messages. The record's own state
/// is believed in neither direction without a second witness.
public final class Reconciliation {
    /// Things move while they are looked at. Only what is unaccounted for in this many looks in a row is reported.
    private static final int LOOKS = 3;

    /// One submission that is not accounted for, and why.
    ///
    /// @param redrivable whether its next step can be sent again
    /// @param redriven how often that was done before it was found to be nowhere
    public record Unaccounted(String trackingId, String why, boolean redrivable, int redriven) {}

    private record Witness(
            Optional<State> state,
            int redriven,
            boolean acknowledged,
            boolean held,
            boolean disposed,
            boolean handedOff,
            Optional<Letter> letter) {}

    private final Database database;
    private final Store store;
    private final String tenant;
    private final Path letters;

    Reconciliation(Database database, Store store, String tenant, Path letters) {
        this.database = database;
        this.store = store;
        this.tenant = tenant;
        this.letters = letters;
    }

    List<Unaccounted> unaccounted() {
        var suspects = look(Optional.empty());
        for (int i = 1; i < LOOKS && !suspects.isEmpty(); i++) {
            suspects = look(Optional.of(suspects.keySet()));
        }
        return List.copyOf(suspects.values());
    }

    private Map<String, Unaccounted> look(Optional<Set<String>> only) {
        var witnesses = database.read(connection -> witnesses(connection, only));
        Map<String, List<Custody>> custody = new HashMap<>();
        for (var entry : store.inventory()) {
            entry.subject()
                    .ifPresent(subject -> custody.computeIfAbsent(subject, _ -> new ArrayList<>())
                            .add(entry.custody()));
        }
        Map<String, Unaccounted> found = new TreeMap<>();
        witnesses.forEach((id, witness) -> why(witness, custody.getOrDefault(id, List.of()))
                .ifPresent(why -> found.put(
                        id,
                        new Unaccounted(
                                id,
                                why,
                                witness.state().flatMap(Pipeline.Stage::after).isPresent()
                                        && custody.getOrDefault(id, List.of()).isEmpty(),
                                witness.redriven()))));
        return found;
    }

    private Optional<String> why(Witness witness, List<Custody> custody) {
        if (witness.state().isEmpty()) {
            return Optional.of("the ledger says that it was received, and its record is missing");
        }
        if (witness.acknowledged()) {
            if (witness.letter().isEmpty()) {
                return Optional.of("the ledger says that it was acknowledged, and the row of its letter is missing");
            }
            if (!witness.handedOff()) {
                return Optional.of("the ledger says that it was acknowledged, and no department has it");
            }
            return witness.letter().get().intact(letters)
                    ? Optional.empty()
                    : Optional.of("the letter " + witness.letter().get().file() + " is missing or has other bytes");
        }
        if (witness.disposed() || (witness.state().get() == State.HOLDING && witness.held())) {
            return Optional.empty();
        }
        return switch (custody.size()) {
            case 0 ->
                Optional.of("it is " + witness.state().get() + ", and no message, timer, parked or dead entry has it");
            case 1 -> Optional.empty();
            default -> Optional.of("it is in " + custody.size() + " places at once: " + custody);
        };
    }

    private Set<String> subjects(Connection connection, String type) throws SQLException {
        var subjects = new HashSet<String>();
        try (var select =
                connection.prepareStatement("SELECT subject FROM ledger_intent WHERE tenant = ? AND type = ?")) {
            select.setString(1, tenant);
            select.setString(2, type);
            try (var row = select.executeQuery()) {
                while (row.next()) {
                    subjects.add(row.getString(1));
                }
            }
        }
        return subjects;
    }

    private Map<String, Witness> witnesses(Connection connection, Optional<Set<String>> only) throws SQLException {
        var acknowledged = subjects(connection, "submission.ack.written");
        var held = subjects(connection, "submission.held");
        var disposed = subjects(connection, "dlq.disposed");
        Map<String, Witness> witnesses = new HashMap<>();
        try (var select = connection.prepareStatement("SELECT i.subject, s.state, l.file, l.sha256, l.size, s.redriven,"
                + " EXISTS (SELECT 1 FROM records_handoff h WHERE h.tenant = i.tenant AND h.tracking_id = i.subject)"
                + " FROM ledger_intent i"
                + " LEFT JOIN records_submission s ON s.tenant = i.tenant AND s.tracking_id = i.subject"
                + " LEFT JOIN records_letter l ON l.tenant = i.tenant AND l.tracking_id = i.subject AND l.kind = 'ack'"
                + " WHERE i.tenant = ? AND i.type = 'submission.received'")) {
            select.setString(1, tenant);
            try (var row = select.executeQuery()) {
                while (row.next()) {
                    var id = row.getString(1);
                    if (only.isPresent() && !only.get().contains(id)) {
                        continue;
                    }
                    var state = row.getString(2);
                    var file = row.getString(3);
                    witnesses.put(
                            id,
                            new Witness(
                                    Optional.ofNullable(state).map(State::valueOf),
                                    row.getInt(6),
                                    acknowledged.contains(id),
                                    held.contains(id),
                                    disposed.contains(id),
                                    row.getBoolean(7),
                                    file == null
                                            ? Optional.empty()
                                            : Optional.of(new Letter(file, row.getString(4), row.getLong(5)))));
                }
            }
        }
        return witnesses;
    }
}
