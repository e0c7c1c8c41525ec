package dev.lovage.proof.bench;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Optional;

/// Where is measured: one folder on one disk for everything, PostgreSQL included.
final class Place implements AutoCloseable {
    private static final long SYNCS_NANOS = 3_000_000_000L;

    private static final int PAGE = 4096;
    private static final int PAGES = 1024;

    private final Path folder;
    private final Path launcher;
    private Optional<EmbeddedPostgres> postgres = Optional.empty();
    private int databases;

    /// A broker with nothing in it.
    ///
    /// @param config what the programs are told, where it is not the data folder alone
    record Broker(String name, Settings settings, Optional<Path> config) {}

    Place(Path folder, Path launcher) {
        this.folder = folder;
        this.launcher = launcher;
    }

    Path launcher() {
        return launcher;
    }

    Path fresh(String name) throws IOException {
        return Files.createTempDirectory(folder, name + "-");
    }

    Broker sqlite() throws IOException {
        return new Broker("SQLite", Settings.embedded(fresh("sqlite")), Optional.empty());
    }

    /// A new database in a private PostgreSQL, which syncs every commit.
    Broker postgres() throws IOException, SQLException {
        if (postgres.isEmpty()) {
            postgres = Optional.of(EmbeddedPostgres.builder()
                    .setDataDirectory(fresh("postgresql"))
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("max_connections", "200")
                    .start());
        }
        var server = postgres.get();
        var name = "bench_" + ++databases;
        try (var connection = server.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        var url = "postgresql://postgres:postgres@localhost:" + server.getPort() + "/" + name;
        var data = fresh("data");
        var config = Files.writeString(data.resolve("lovage.yaml"), "broker_url: " + url + "\n");
        return new Broker("PostgreSQL", Settings.embedded(data).with(Setting.BROKER_URL, url), Optional.of(config));
    }

    /// What PostgreSQL itself says about its durability.
    String durability() throws SQLException {
        try (var connection = postgres.orElseThrow().getPostgresDatabase().getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery(
                        "SELECT version(), current_setting('fsync'), current_setting('synchronous_commit')")) {
            row.next();
            return String.format(
                    Locale.ROOT,
                    "%s, fsync %s, synchronous_commit %s",
                    row.getString(1).replaceFirst(" on .*", ""),
                    row.getString(2),
                    row.getString(3));
        }
    }

    /// How often the disk makes 4 KiB durable in a second, one after the other, in a file that does not grow: what a
    /// write-ahead log does most of the time.
    long syncsPerSecond() throws IOException {
        var file = folder.resolve("syncs");
        var page = ByteBuffer.allocateDirect(PAGE);
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long i = 0; i < PAGES; i++) {
                channel.write(page.rewind(), i * PAGE);
            }
            channel.force(true);
            var start = System.nanoTime();
            long count = 0;
            while (System.nanoTime() - start < SYNCS_NANOS) {
                channel.write(page.rewind(), count % PAGES * PAGE);
                channel.force(false);
                count++;
            }
            return count * 1_000_000_000L / (System.nanoTime() - start);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    @Override
    public void close() throws IOException {
        if (postgres.isPresent()) {
            postgres.get().close();
        }
    }
}
