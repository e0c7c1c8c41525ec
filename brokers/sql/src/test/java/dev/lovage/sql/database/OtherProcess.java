package dev.lovage.sql.database;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;

/// A second JVM that writes the same SQLite file. It says `ready`, waits for a line, works, and says what came of
/// it.
final class OtherProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader said;
    private final PrintWriter tell;

    private OtherProcess(Process process) {
        this.process = process;
        this.said = process.inputReader(StandardCharsets.UTF_8);
        this.tell = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    /// @param work `increment`, `insert`, `migrate`, or `hold`, which stays in its write until it is told to go again
    static OtherProcess start(Path file, String work, int times) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        OtherProcess.class.getName(),
                        file.toString(),
                        work,
                        String.valueOf(times))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        OtherProcess other = new OtherProcess(process);
        other.hears("ready");
        return other;
    }

    void go() {
        tell.println("go");
    }

    /// The rest of the line that begins with `word`.
    String hears(String word) throws IOException {
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.startsWith(word)) {
                return line.substring(word.length()).strip();
            }
        }
        throw new IllegalStateException("The other process ended without saying '" + word + "'.");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Database database = SqliteDatabase.open(Path.of(args[0]), DatabaseSettings.DEFAULT)) {
            System.out.println("ready");
            in.readLine();
            switch (args[1]) {
                case "increment" -> System.out.println("slowest " + increment(database, Integer.parseInt(args[2])));
                case "insert" ->
                    System.out.println(
                            "inserted " + database.write(tx -> execute(tx.connection(), "UPDATE n SET v = v + 1")));
                case "hold" ->
                    database.write(tx -> {
                        execute(tx.connection(), "UPDATE n SET v = v + 1");
                        System.out.println("holds");
                        return waits(in);
                    });
                case "migrate" -> {
                    database.migrate(Migrations.of("test", OtherProcess.class, "steps", 2));
                    System.out.println("migrated");
                }
                default -> throw new IllegalArgumentException(args[1]);
            }
        }
    }

    /// Reads and writes in two steps, so that a lost update would show.
    ///
    /// @return the longest that one took, in ms
    private static String waits(BufferedReader in) {
        try {
            return String.valueOf(in.readLine());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static long increment(Database database, int times) {
        long slowest = 0;
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            database.write(tx -> {
                long value = number(tx.connection(), "SELECT v FROM n");
                return execute(tx.connection(), "UPDATE n SET v = " + (value + 1));
            });
            slowest = Math.max(slowest, System.nanoTime() - start);
        }
        return Duration.ofNanos(slowest).toMillis();
    }

    static int execute(java.sql.Connection connection, String sql) throws java.sql.SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }

    static long number(java.sql.Connection connection, String sql) throws java.sql.SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
