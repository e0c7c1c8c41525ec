package dev.lovage.sql.database;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// The numbered steps that bring one component's tables from nothing to its newest version: resources `V1.sql`,
/// `V2.sql` and so on, each a list of statements that end with `;` at the end of a line.
///
/// Which were applied stands in the table `lovage_schema`, with the SHA-256 of their text: an applied step is
/// never edited.
public final class Migrations {
    private final String component;
    private final List<String> texts;

    private Migrations(String component, List<String> texts) {
        this.component = component;
        this.texts = texts;
    }

    /// @param component who owns the tables, as in `broker`
    /// @param anchor the class beside which the resource folder lies
    /// @param folder relative to the anchor's package
    /// @param newest the number of the last step, 1 or more
    /// @throws IllegalArgumentException if a step is missing
    public static Migrations of(String component, Class<?> anchor, String folder, int newest) {
        List<String> texts = new ArrayList<>();
        for (int version = 1; version <= newest; version++) {
            texts.add(resource(anchor, folder + "/V" + version + ".sql"));
        }
        return new Migrations(component, List.copyOf(texts));
    }

    public String component() {
        return component;
    }

    public int newest() {
        return texts.size();
    }

    /// One cheap read when there is nothing to do; else all missing steps in one transaction that one process
    /// runs.
    void apply(Database database) {
        if (applied(database) == newest()) {
            return;
        }
        Dialect dialect = database.dialect();
        database.writeAlone(tx -> {
            Connection connection = tx.connection();
            if (dialect == Dialect.POSTGRESQL) {
                Dialect.execute(connection, "SELECT pg_advisory_xact_lock(hashtext('lovage_schema'))");
            }
            Dialect.execute(connection, """
                    CREATE TABLE IF NOT EXISTS lovage_schema (
                        component varchar(100) NOT NULL,
                        version integer NOT NULL,
                        applied_at bigint NOT NULL,
                        sha256 varchar(64) NOT NULL,
                        PRIMARY KEY (component, version))""");
            for (int version = check(known(connection)) + 1; version <= newest(); version++) {
                step(connection, dialect, version);
            }
            return newest();
        });
    }

    private int applied(Database database) {
        return database.read(connection -> {
            String exists = database.dialect() == Dialect.SQLITE
                    ? "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'lovage_schema'"
                    : "SELECT 1 WHERE to_regclass('lovage_schema') IS NOT NULL";
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(exists)) {
                if (!rows.next()) {
                    return 0;
                }
            }
            return check(known(connection));
        });
    }

    private SortedMap<Integer, String> known(Connection connection) throws SQLException {
        SortedMap<Integer, String> known = new TreeMap<>();
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT version, sha256 FROM lovage_schema WHERE component = ?")) {
            statement.setString(1, component);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    known.put(rows.getInt(1), rows.getString(2));
                }
            }
        }
        return known;
    }

    /// @return the version of the database, 0 for none
    private int check(SortedMap<Integer, String> known) {
        int version = known.isEmpty() ? 0 : known.lastKey();
        if (version > newest()) {
            throw new SchemaTooNew(component, version, newest());
        }
        known.forEach((step, sha256) -> {
            String ours = sha256(texts.get(step - 1));
            if (!ours.equals(sha256)) {
                throw new SchemaChanged(component, step, sha256, ours);
            }
        });
        return version;
    }

    private void step(Connection connection, Dialect dialect, int version) throws SQLException {
        String text = texts.get(version - 1);
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements(text)) {
                statement.execute(dialect.substitute(sql));
            }
        } catch (SQLException e) {
            throw new SQLException(
                    "migration V" + version + " of " + component + " failed: " + e.getMessage(),
                    e.getSQLState(),
                    e.getErrorCode(),
                    e);
        }
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO lovage_schema (component, version, applied_at, sha256) VALUES (?, ?, "
                        + dialect.storeClock() + ", ?)")) {
            statement.setString(1, component);
            statement.setInt(2, version);
            statement.setString(3, sha256(text));
            statement.executeUpdate();
        }
    }

    /// Cuts at each `;` that ends a line; what is empty but for comments is no statement.
    static List<String> statements(String text) {
        List<String> statements = new ArrayList<>();
        for (String part : (text + "\n").split(";[ \t]*\n", -1)) {
            boolean empty =
                    part.lines().allMatch(line -> line.isBlank() || line.strip().startsWith("--"));
            if (!empty) {
                statements.add(part.strip());
            }
        }
        return statements;
    }

    private static String resource(Class<?> anchor, String name) {
        try (InputStream in = anchor.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "The migration " + name + " beside " + anchor.getName() + " is missing. Nothing was migrated.");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("The migration " + name + " cannot be read.", e);
        }
    }

    private static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256.", e);
        }
    }
}
