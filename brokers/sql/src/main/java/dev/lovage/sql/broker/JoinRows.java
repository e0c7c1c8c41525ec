package dev.lovage.sql.broker;

import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.JoinsAhead;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.payload.PayloadsAway;
import dev.lovage.engine.result.Failures;
import dev.lovage.sql.database.Dialect;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The tables of joins and their members.
///
/// Invariants:
/// 1. A member ends once: the first end counts.
/// 2. A join closes once, in the transaction in which its last member ended, or the first one badly. Those who
///    end members of one join take turns at its row.
/// 3. A join is stalled when no entry that waits or runs, and no other open join, leads to it (see
///    [JoinsAhead]). Dead and quarantined entries do not count: they ended their members when they failed.
///    Parked ones count: they will run once released.
final class JoinRows {
    private static final String STALLED = """
            closed = 0
            AND NOT EXISTS (SELECT 1 FROM lovage_message m WHERE m.join_id = j.id
                AND m.custody NOT IN ('DEAD', 'QUARANTINED'))
            AND NOT EXISTS (SELECT 1 FROM lovage_message m WHERE m.joins IS NOT NULL
                AND m.joins LIKE '%' || j.id || '%' AND m.custody NOT IN ('DEAD', 'QUARANTINED'))
            AND NOT EXISTS (SELECT 1 FROM lovage_join i WHERE i.closed = 0 AND i.id <> j.id
                AND i.outer_joins LIKE '%' || j.id || '%')""";

    private final Dialect dialect;
    private final Planner planner;

    JoinRows(Dialect dialect, Planner planner) {
        this.dialect = dialect;
        this.planner = planner;
    }

    private record State(boolean closed, int missing) {}

    /// Writes a join and its members, unless its first member begins another one already: then the same
    /// signature was sent before, and that join goes on.
    void begin(Sql sql, Join join, Instant now) throws SQLException {
        var insert = "INSERT INTO lovage_join_member (join_id, idx, task_id, ended) VALUES (?, ?, ?, 0)"
                + " ON CONFLICT DO NOTHING";
        if (sql.update(insert, join.id(), 0, join.members().getFirst()) == 0) {
            return;
        }
        var members = new ArrayList<@Nullable Object[]>();
        for (int i = 1; i < join.members().size(); i++) {
            members.add(new Object[] {join.id(), i, join.members().get(i)});
        }
        sql.updateEach(insert, members);
        var outer = JoinsAhead.ofSignature(join.body());
        sql.update(
                "INSERT INTO lovage_join (id, body, root_id, parent_id, missing, closed, outer_joins, at)"
                        + " VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
                join.id(),
                join.body(),
                join.rootId(),
                join.parentId(),
                join.members().size(),
                outer.isEmpty() ? null : String.join(" ", outer),
                Sql.micros(now));
    }

    /// Records that a member has ended.
    ///
    /// @return what follows when that closed the join
    Optional<Plan> end(Sql sql, Join.End end, Instant now) throws SQLException {
        var join = lock(sql, end.joinId());
        if (join.isEmpty()) {
            return Optional.empty();
        }
        var counted = sql.update(
                "UPDATE lovage_join_member SET ended = 1, succeeded = ?, result = ?"
                        + " WHERE join_id = ? AND idx = ? AND task_id = ? AND ended = 0",
                end.succeeded() ? 1 : 0,
                Json.text(end.result()),
                end.joinId(),
                end.index(),
                end.taskId());
        if (counted == 0 || join.get().closed()) {
            return Optional.empty();
        }
        sql.update("UPDATE lovage_join SET missing = missing - 1 WHERE id = ?", end.joinId());
        return end.succeeded() && join.get().missing() > 1
                ? Optional.empty()
                : Optional.of(close(sql, end.joinId(), now));
    }

    List<Join> stalled(Sql sql, int max) throws SQLException {
        var ids = sql.list(
                "SELECT j.id FROM lovage_join j WHERE " + STALLED + " ORDER BY j.at LIMIT ?",
                row -> row.getString(1),
                max);
        var joins = new ArrayList<Join>();
        for (var id : ids) {
            joins.add(read(sql, id));
        }
        return joins;
    }

    /// @return what follows; nothing if the join is no longer stalled
    Optional<Plan> closeStalled(Sql sql, String joinId, String reason, Instant now) throws SQLException {
        if (lock(sql, joinId).isEmpty()
                || !sql.exists("SELECT 1 FROM lovage_join j WHERE j.id = ? AND " + STALLED, joinId)) {
            return Optional.empty();
        }
        sql.update(
                "UPDATE lovage_join_member SET ended = 1, succeeded = 0, result = ? WHERE join_id = ? AND ended = 0",
                Json.text(Failures.encode("celery.exceptions", "ChordError", reason)),
                joinId);
        return Optional.of(close(sql, joinId, now));
    }

    private Optional<State> lock(Sql sql, String joinId) throws SQLException {
        return sql.first(
                "SELECT closed, missing FROM lovage_join WHERE id = ?" + dialect.forUpdate(),
                row -> new State(row.getInt(1) == 1, row.getInt(2)),
                joinId);
    }

    private Plan close(Sql sql, String joinId, Instant now) throws SQLException {
        sql.update("UPDATE lovage_join SET closed = 1, at = ? WHERE id = ?", Sql.micros(now), joinId);
        var join = read(sql, joinId);
        var ends = sql.list(
                "SELECT idx, task_id, succeeded, result FROM lovage_join_member WHERE join_id = ? AND ended = 1 ORDER BY idx",
                row -> new Join.End(
                        joinId,
                        row.getInt(1),
                        row.getString(2),
                        row.getInt(3) == 1,
                        ResultRows.json(row.getString(4)),
                        "",
                        ""),
                joinId);
        try {
            return planner.close(join, ends);
        } catch (PayloadsAway e) {
            throw e; // whoever ended the last member tries again
        } catch (RuntimeException e) {
            // The body can't be sent, perhaps because all results together are too long: it fails, and says so.
            var first = ends.getFirst();
            return planner.close(
                    join,
                    List.of(new Join.End(joinId, first.index(), first.taskId(), false, Failures.encode(e), "", "")));
        }
    }

    /// The members and bodies of the joins of these workflows.
    static Set<String> tasks(Sql sql, Set<String> rootIds) throws SQLException {
        var tasks = new HashSet<String>();
        for (var root : rootIds) {
            for (var id : sql.list("SELECT id FROM lovage_join WHERE root_id = ?", row -> row.getString(1), root)) {
                tasks.addAll(read(sql, id).tasks());
            }
        }
        return tasks;
    }

    private static Join read(Sql sql, String joinId) throws SQLException {
        var members = sql.list(
                "SELECT task_id FROM lovage_join_member WHERE join_id = ? ORDER BY idx",
                row -> row.getString(1),
                joinId);
        return sql.first(
                        "SELECT body, root_id, parent_id FROM lovage_join WHERE id = ?",
                        row -> new Join(joinId, row.getString(1), members, row.getString(2), row.getString(3)),
                        joinId)
                .orElseThrow();
    }
}
