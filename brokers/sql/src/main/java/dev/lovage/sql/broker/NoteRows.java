package dev.lovage.sql.broker;

import dev.lovage.engine.transport.Noted;
import dev.lovage.engine.transport.Staging.Note;
import dev.lovage.sql.database.Dialect;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of what results that are shared with Celery have still to be told.
final class NoteRows {
    private static final String FREE = "n.handed IS NULL"
            + " AND NOT EXISTS (SELECT 1 FROM lovage_note e WHERE e.about = n.about AND e.handed IS NOT NULL)";

    private NoteRows() {}

    static void write(Sql sql, Noted note, Instant now) throws SQLException {
        sql.update(
                "INSERT INTO lovage_note (kind, about, content, at) VALUES (?, ?, ?, ?)",
                note.kind(),
                note.about(),
                Sql.storable(note.content()),
                Sql.micros(now));
    }

    /// Whether nobody else claims notes until this transaction ends: two that do can't see each other's claims.
    static boolean alone(Sql sql, Dialect dialect) throws SQLException {
        return dialect == Dialect.SQLITE
                || sql.first("SELECT pg_try_advisory_xact_lock(hashtext('lovage_note'))", row -> row.getBoolean(1))
                        .orElseThrow();
    }

    /// Takes the first notes for this process. What another one has still to tell of the same task or join goes
    /// first.
    static List<Note> claim(Sql sql, int max, long bytesMax, long mark) throws SQLException {
        var ids = Size.upTo(
                bytesMax,
                sql.list(
                        "SELECT id, length(content) FROM lovage_note n WHERE " + FREE + " ORDER BY id LIMIT ?",
                        Size::of,
                        max));
        if (ids.isEmpty()) {
            return List.of();
        }
        sql.updateEach(
                "UPDATE lovage_note SET handed = ? WHERE id = ?",
                ids.stream()
                        .<@Nullable Object[]>map(id -> new @Nullable Object[] {mark, id})
                        .toList());
        return sql.list(
                "SELECT id, kind, content FROM lovage_note WHERE id IN (" + Sql.places(ids.size()) + ") ORDER BY id",
                NoteRows::note,
                ids.toArray());
    }

    static boolean any(Sql sql) throws SQLException {
        return sql.exists("SELECT 1 FROM lovage_note n WHERE " + FREE + " LIMIT 1");
    }

    static void done(Sql sql, List<Long> ids) throws SQLException {
        sql.updateEach(
                "DELETE FROM lovage_note WHERE id = ?",
                ids.stream()
                        .<@Nullable Object[]>map(id -> new @Nullable Object[] {id})
                        .toList());
    }

    private static Note note(ResultSet row) throws SQLException {
        return new Noted(row.getString("kind"), "", row.getString("content")).note(row.getLong("id"));
    }
}
