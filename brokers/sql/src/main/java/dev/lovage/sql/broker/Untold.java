package dev.lovage.sql.broker;

import dev.lovage.engine.transport.Staging.Note;
import dev.lovage.sql.database.Database;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Notes that this process takes to tell them. Used by one thread.
final class Untold {
    private static final SecureRandom MARKS = new SecureRandom();
    private static final String LET_GO = "UPDATE lovage_note SET handed = NULL WHERE id = ? AND handed = ?";

    private final Database database;
    private final LongAway away = new LongAway("lovage_note WHERE handed IS NOT NULL");
    private long mark;

    Untold(Database database) {
        this.database = database;
    }

    List<Note> take(int max, long bytesMax) {
        var lost = away.lost(database);
        if (lost.isEmpty() && !database.read(connection -> NoteRows.any(new Sql(connection)))) {
            return List.of();
        }
        mark = MARKS.nextLong();
        return database.write(tx -> {
            var sql = new Sql(tx.connection());
            if (!NoteRows.alone(sql, database.dialect())) {
                return List.of();
            }
            sql.updateEach(LET_GO, lost);
            return NoteRows.claim(sql, max, bytesMax, mark);
        });
    }

    void done(List<Long> told) {
        database.write(tx -> {
            NoteRows.done(new Sql(tx.connection()), told);
            database.announce(tx); // messages may wait for the beginning of their join
            return told;
        });
    }

    void letGo(List<Long> left) {
        database.write(tx -> new Sql(tx.connection())
                .updateEach(
                        LET_GO,
                        left.stream()
                                .<@Nullable Object[]>map(id -> new @Nullable Object[] {id, mark})
                                .toList()));
    }
}
