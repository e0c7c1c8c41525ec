package dev.lovage.cli.care;

import dev.lovage.cli.data.Installed;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.sqlite.SQLiteConnection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Copies a data folder while everything runs.
///
/// The database comes first, in one consistent state; then the files. A file is always there before the row
/// that names it and is never changed, so the copy has every file that its database knows. What belongs to
/// running processes (locks, unfinished files) stays behind. The manifest is written last: a backup without it
/// is not complete.
@Command(
        name = "backup",
        description = "copy database, blobs, payloads, letters and secrets to DIR while everything runs")
public final class BackupCommand implements Callable<Integer> {
    private static final String MANIFEST = "manifest.json";
    private static final Set<String> OF_PROCESSES = Set.of("workers");

    private final Setup setup;

    @Parameters(paramLabel = "DIR", description = "a folder that does not exist, or is empty")
    private Path target = Path.of("");

    public BackupCommand(Setup setup) {
        this.setup = setup;
    }

    /// @param path relative to the backup, with slashes
    private record Copied(String path, long size, String sha256) {}

    private record Manifest(String lovage, Instant madeAt, Map<String, Integer> schemas, List<Copied> files) {}

    @Override
    public Integer call() throws IOException, SQLException {
        var settings = setup.settings();
        var file = Setup.sqlite(settings)
                .orElseThrow(() -> new CommandFailed(
                        ExitCode.FAILED,
                        "The store is not a SQLite file but " + Settings.masked(settings.storeUrl())
                                + ". Back it up with its own tools (pg_dump; of Redis a copy of its append-only files),"
                                + " and then the data folder " + settings.data()
                                + " beside it. Nothing was copied."));
        Setup.requireFile(settings);
        prepare();
        Map<String, Integer> schemas;
        try (var lovage = setup.existing()) {
            schemas = Installed.schemas(Installed.database(lovage));
        }
        var copied = new ArrayList<Copied>();
        copied.add(database(file));
        copyAll(settings, file, copied);
        copyPayloads(settings, copied);
        var manifest = Json.bytes(Json.tree(new Manifest("0.1.0", setup.clock().instant(), schemas, copied)));
        write(target.resolve(MANIFEST), manifest);
        force(target);
        if (setup.json()) {
            setup.printJson(Map.of(
                    "backup", target.toAbsolutePath().toString(), "files", copied.size(), "bytes", bytes(copied)));
        } else {
            setup.print("Backed up " + copied.size() + " files, " + bytes(copied) + " bytes, to "
                    + target.toAbsolutePath() + ". It holds the secrets: keep it as you keep them.");
        }
        return ExitCode.OK.number();
    }

    private static long bytes(List<Copied> copied) {
        return copied.stream().mapToLong(Copied::size).sum();
    }

    private void prepare() throws IOException {
        if (Files.exists(target)) {
            try (var entries = Files.list(target)) {
                if (entries.findAny().isPresent()) {
                    throw CommandFailed.refused("The folder " + target.toAbsolutePath()
                            + " is not empty, and a backup replaces nothing. Name another one. Nothing was copied.");
                }
            }
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
        } else {
            Files.createDirectories(target, mode("rwx------"));
        }
    }

    /// One step, so that writers meanwhile can't make it begin again; readers don't hold writers up in WAL.
    private Copied database(Path file) throws IOException, SQLException {
        var copy = target.resolve("lovage.db");
        Files.createFile(copy, mode("rw-------"));
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            var code = connection
                    .unwrap(SQLiteConnection.class)
                    .getDatabase()
                    .backup("main", copy.toString(), null, 100, 100, -1);
            if (code != 0) {
                throw new SQLException("SQLite's backup of " + file + " ended with code " + code
                        + ". The backup is not complete. Run it again.");
            }
        }
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + copy);
                var statement = connection.createStatement();
                var row = statement.executeQuery("PRAGMA quick_check")) {
            if (!row.next() || !"ok".equals(row.getString(1))) {
                throw new SQLException("The copy " + copy + " of the database is damaged: " + row.getString(1)
                        + ". The backup is not complete. Check the disk.");
            }
        }
        force(copy);
        return copied(copy, digest(copy));
    }

    private void copyAll(Settings settings, Path database, List<Copied> copied) throws IOException {
        var data = settings.data();
        var own = target.toAbsolutePath().normalize();
        try (var paths = Files.walk(data)) {
            for (var path : (Iterable<Path>) paths::iterator) {
                var relative = data.relativize(path);
                if (path.toAbsolutePath().normalize().startsWith(own)
                        || path.startsWith(data.resolve("exports"))
                        || path.startsWith(settings.payloadFolder())
                        || OF_PROCESSES.contains(relative.getName(0).toString())
                        || path.getFileName().toString().startsWith("incoming-")
                        || path.getFileName()
                                .toString()
                                .startsWith(database.getFileName().toString())) {
                    continue;
                }
                var copy = target.resolve(relative.toString());
                if (Files.isDirectory(path)) {
                    if (!copy.equals(target) && !Files.isDirectory(copy)) {
                        Files.createDirectory(copy, mode("rwx------"));
                    }
                } else if (Files.isRegularFile(path)) {
                    copied.add(copied(copy, copy(path, copy)));
                }
            }
        }
    }

    /// Arguments that travel as a reference. Where their folder is one that machines share, they go to where a
    /// restored installation has its own.
    private void copyPayloads(Settings settings, List<Copied> copied) throws IOException {
        var folder = settings.payloadFolder();
        if (!Files.isDirectory(folder)) {
            return;
        }
        var place = target.resolve(
                folder.startsWith(settings.data())
                        ? settings.data().relativize(folder).toString()
                        : Setting.TASK_PAYLOAD_FOLDER.preset());
        try (var paths = Files.walk(folder)) {
            for (var path : (Iterable<Path>) paths::iterator) {
                var copy = place.resolve(folder.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(copy, mode("rwx------"));
                } else if (!String.valueOf(path.getFileName()).startsWith("incoming-")) {
                    try {
                        copied.add(copied(copy, copy(path, copy)));
                    } catch (NoSuchFileException e) {
                        continue; // it was swept: nothing names it
                    }
                }
            }
        }
    }

    private Copied copied(Path copy, String sha256) throws IOException {
        return new Copied(target.relativize(copy).toString().replace('\\', '/'), Files.size(copy), sha256);
    }

    /// @return the SHA-256 of what was written
    private static String copy(Path from, Path to) throws IOException {
        var digest = sha256();
        try (var in = Files.newInputStream(from);
                var out = FileChannel.open(
                        to, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode("rw-------"))) {
            var buffer = new byte[65_536];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                for (var rest = ByteBuffer.wrap(buffer, 0, n); rest.hasRemaining(); ) {
                    out.write(rest);
                }
            }
            out.force(true);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String digest(Path file) throws IOException {
        var digest = sha256();
        try (var in = Files.newInputStream(file)) {
            var buffer = new byte[65_536];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.createFile(file, mode("rw-------"));
        Files.write(file, bytes);
        force(file);
    }

    private static void force(Path path) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256.", e);
        }
    }

    private static FileAttribute<?> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }
}
