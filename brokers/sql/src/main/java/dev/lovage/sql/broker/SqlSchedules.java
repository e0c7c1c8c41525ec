package dev.lovage.sql.broker;

import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The tables of periodic tasks, and of the beat that leads.
final class SqlSchedules implements Schedules {
    private final Database database;

    SqlSchedules(Database database) {
        this.database = database;
    }

    @Override
    public List<Row> all() {
        return database.read(connection ->
                new Sql(connection).list("SELECT * FROM lovage_schedule ORDER BY name", SqlSchedules::row));
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(
                row.getString("name"),
                row.getInt("configured") == 1,
                row.getString("definition"),
                row.getInt("enabled") == 1,
                Sql.instant(row.getLong("last_time")),
                Sql.instant(row, "sent"),
                row.getLong("sends"));
    }

    @Override
    public Optional<Row> find(Tx tx, String name) {
        try {
            return new Sql(tx.connection())
                    .first(
                            "SELECT * FROM lovage_schedule WHERE name = ?"
                                    + database.dialect().forUpdate(),
                            SqlSchedules::row,
                            name);
        } catch (SQLException e) {
            throw new PublicationFailed(e);
        }
    }

    @Override
    public void put(Tx tx, String name, boolean configured, String definition, Instant last, boolean anew) {
        update(
                tx,
                "INSERT INTO lovage_schedule (name, configured, definition, enabled, last_time, sends)"
                        + " VALUES (?, ?, ?, 1, ?, 0) ON CONFLICT (name) DO UPDATE SET configured = excluded.configured,"
                        + " definition = excluded.definition, last_time = CASE WHEN ? = 1 THEN"
                        + " excluded.last_time ELSE lovage_schedule.last_time END",
                name,
                configured ? 1 : 0,
                Sql.storable(definition),
                Sql.micros(last),
                anew ? 1 : 0);
    }

    @Override
    public boolean remove(Tx tx, String name) {
        return update(tx, "DELETE FROM lovage_schedule WHERE name = ?", name) == 1;
    }

    @Override
    public boolean enable(Tx tx, String name, boolean enabled, Instant last) {
        return update(
                        tx,
                        "UPDATE lovage_schedule SET last_time = CASE WHEN enabled = 0 THEN ? ELSE last_time END,"
                                + " enabled = ? WHERE name = ?",
                        Sql.micros(last),
                        enabled ? 1 : 0,
                        name)
                == 1;
    }

    @Override
    public boolean advance(Tx tx, Row seen, Instant to, Optional<Instant> sent) {
        return update(
                        tx,
                        "UPDATE lovage_schedule SET last_time = ?, sent = COALESCE(?, sent), sends = sends + ?"
                                + " WHERE name = ? AND enabled = 1 AND last_time = ? AND definition = ?",
                        Sql.micros(to),
                        Sql.micros(sent),
                        sent.isPresent() ? 1 : 0,
                        seen.name(),
                        Sql.micros(seen.last()),
                        seen.definition())
                == 1;
    }

    @Override
    public Lead lead() {
        return database.read(connection -> new Sql(connection)
                .first(
                        "SELECT epoch, leader, beats FROM lovage_beat",
                        row -> new Lead(row.getLong("epoch"), Sql.text(row, "leader"), row.getLong("beats")))
                .orElseThrow());
    }

    @Override
    public Optional<Long> takeLead(Lead seen, String by) {
        return database.write(tx -> new Sql(tx.connection())
                                .update(
                                        "UPDATE lovage_beat SET epoch = epoch + 1, leader = ?, beats = beats + 1"
                                                + " WHERE epoch = ? AND beats = ?",
                                        Sql.storable(by),
                                        seen.epoch(),
                                        seen.beats())
                        == 1
                ? Optional.of(seen.epoch() + 1)
                : Optional.empty());
    }

    @Override
    public void fence(Tx tx, long epoch) {
        if (update(tx, "UPDATE lovage_beat SET beats = beats + 1 WHERE epoch = ? AND leader IS NOT NULL", epoch) == 0) {
            throw new LeaseLost("What a beat wanted to write under the epoch " + epoch);
        }
    }

    @Override
    public void resign(long epoch) {
        database.write(
                tx -> new Sql(tx.connection()).update("UPDATE lovage_beat SET leader = NULL WHERE epoch = ?", epoch));
    }

    private static int update(Tx tx, String sql, @Nullable Object... args) {
        try {
            return new Sql(tx.connection()).update(sql, args);
        } catch (SQLException e) {
            throw new PublicationFailed(e);
        }
    }
}
