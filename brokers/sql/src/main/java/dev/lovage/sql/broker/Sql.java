package dev.lovage.sql.broker;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Statements with their arguments on one connection. Instants are bound by [#micros].
public record Sql(Connection connection) {
    private static final int BATCH = 500;
    private static final Instant EARLIEST = Instant.parse("-9999-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("+99999-01-01T00:00:00Z");

    @FunctionalInterface
    public interface Row<T> {
        T of(ResultSet row) throws SQLException;
    }

    /// @return how many rows it changed
    public int update(String sql, @Nullable Object... args) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            bind(statement, args);
            return statement.executeUpdate();
        }
    }

    /// Runs one statement for each row of arguments.
    ///
    /// @return how many rows each changed
    public int[] updateEach(String sql, List<@Nullable Object[]> rows) throws SQLException {
        var counts = new int[rows.size()];
        if (rows.isEmpty()) {
            return counts;
        }
        try (var statement = connection.prepareStatement(sql)) {
            for (int from = 0; from < rows.size(); from += BATCH) {
                var to = Math.min(rows.size(), from + BATCH);
                for (var row : rows.subList(from, to)) {
                    bind(statement, row);
                    statement.addBatch();
                }
                System.arraycopy(statement.executeBatch(), 0, counts, from, to - from);
            }
        }
        return counts;
    }

    public <T> List<T> list(String sql, Row<T> of, @Nullable Object... args) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            bind(statement, args);
            try (var rows = statement.executeQuery()) {
                var list = new ArrayList<T>();
                while (rows.next()) {
                    list.add(of.of(rows));
                }
                return list;
            }
        }
    }

    public <T> Optional<T> first(String sql, Row<T> of, @Nullable Object... args) throws SQLException {
        return list(sql, of, args).stream().findFirst();
    }

    public boolean exists(String sql, @Nullable Object... args) throws SQLException {
        return first(sql, row -> true, args).isPresent();
    }

    /// `?, ?, ?` for that many values.
    public static String places(int count) {
        return "?" + ", ?".repeat(count - 1);
    }

    /// UTC microseconds; what lies outside of all years that a database prints is as far away as they go.
    public static long micros(Instant at) {
        var near = at.isBefore(EARLIEST) ? EARLIEST : at.isAfter(LATEST) ? LATEST : at;
        return ChronoUnit.MICROS.between(Instant.EPOCH, near);
    }

    public static @Nullable Long micros(Optional<Instant> at) {
        return at.map(Sql::micros).orElse(null);
    }

    public static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    public static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        var micros = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(instant(micros));
    }

    public static Optional<String> text(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column));
    }

    /// Text that people wrote or exceptions said: PostgreSQL takes no NUL.
    public static String storable(String text) {
        return text.replace('\0', '\uFFFD');
    }

    private static void bind(PreparedStatement statement, @Nullable Object[] args) throws SQLException {
        for (int i = 0; i < args.length; i++) {
            statement.setObject(i + 1, args[i]);
        }
    }
}
