package dev.lovage.archive.vault;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// The folder of masters, derivatives and metadata.
///
/// A file's life: its bytes go to `incoming-…` while they are hashed; it is fsynced; it gets its name by a hard link,
/// which never replaces: two digits of its SHA-256 as folder, then the digest, the attempt that made it, and an
/// extension. The folder is fsynced. The file is nobody's until the commit of that attempt writes a row that names
/// it; so a crash leaves a file without a row, never a row without a file, and no two attempts share one.
/// [#sweep] removes what has stayed nobody's.
public final class Vault {
    private static final Pattern NAME =
            Pattern.compile("[0-9a-f]{2}/([0-9a-f]{64})\\.([0-9a-z-]{1,80})\\.([a-z0-9.]{1,20})");
    private static final Pattern INCOMING = Pattern.compile("incoming-([0-9a-f]+)-.*");
    private static final int BUFFER = 1024 * 1024;

    private final Path folder;
    private final ReadBudget budget;

    private Vault(Path folder, ReadBudget budget) {
        this.folder = folder;
        this.budget = budget;
    }

    /// @param data the data folder; the vault is made in it, for its owner alone, if it is missing
    public static Vault open(Path data) {
        return open(data, ReadBudget.unlimited());
    }

    /// @param budget how fast [#keep(String, Path, String, String, String)] and [#digestOutside] may read
    public static Vault open(Path data, ReadBudget budget) {
        var folder = data.toAbsolutePath().normalize().resolve("archive").resolve("files");
        try {
            makeFolder(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("The folder " + folder + " can't be used. Nothing was opened.", e);
        }
        return new Vault(folder, budget);
    }

    public Path path(Kept kept) {
        return path(kept.file());
    }

    /// @throws IllegalArgumentException if that is no name of a file in a vault
    public Path path(String file) {
        if (!NAME.matcher(file).matches()) {
            throw new IllegalArgumentException("\"" + file + "\" is no file of the vault.");
        }
        return folder.resolve(file);
    }

    /// @param attempt who makes it: no other attempt ever has the same one
    public Kept keep(String kind, byte[] bytes, String extension, String mediaType, String attempt) throws IOException {
        return keep(kind, new ByteArrayInputStream(bytes), extension, mediaType, attempt);
    }

    /// Copies a file, hashing what is read.
    ///
    /// @throws NoSuchFileException if it is not there
    public Kept keep(String kind, Path source, String extension, String mediaType, String attempt) throws IOException {
        try (var in = Files.newInputStream(source)) {
            return keep(kind, budget.paced(in), extension, mediaType, attempt);
        }
    }

    private Kept keep(String kind, InputStream bytes, String extension, String mediaType, String attempt)
            throws IOException {
        var incoming = incoming(attempt);
        try {
            var digest = sha256();
            var size = receive(bytes, digest, incoming);
            var hex = HexFormat.of().formatHex(digest.digest());
            var file = hex.substring(0, 2) + "/" + hex + "." + attempt + "." + extension;
            var place = path(file);
            makeFolder(place.resolve("..").normalize());
            if (!Files.exists(place)) { // two outputs of one attempt may be the same bytes
                Files.createLink(place, incoming);
            }
            sync(place.resolve("..").normalize());
            return new Kept(kind, file, hex, size, mediaType);
        } finally {
            Files.deleteIfExists(incoming);
        }
    }

    /// Where an attempt writes a file that has no name yet.
    Path incoming(String attempt) {
        return folder.resolve("incoming-" + attempt + "-" + UUID.randomUUID());
    }

    private static long receive(InputStream bytes, MessageDigest digest, Path incoming) throws IOException {
        try (var file = FileChannel.open(
                incoming,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            var buffer = new byte[BUFFER];
            long size = 0;
            for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
                digest.update(buffer, 0, n);
                for (var rest = ByteBuffer.wrap(buffer, 0, n); rest.hasRemaining(); ) {
                    file.write(rest);
                }
                size += n;
            }
            file.force(true);
            return size;
        }
    }

    /// The SHA-256 of a file's bytes as they are now, 64 hexadecimal digits.
    public static String digest(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return digest(in);
        }
    }

    /// The same of a file on the depositors' storage, read no faster than the budget allows.
    public String digestOutside(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return digest(budget.paced(in));
        }
    }

    private static String digest(InputStream in) throws IOException {
        var digest = sha256();
        var buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            digest.update(buffer, 0, n);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    public static String digest(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    /// What marks the files of an attempt: part of their names.
    ///
    /// @param epoch counts the starts of that execution
    public static String attempt(String taskId, int retries, long epoch) {
        return maker(taskId) + "-" + retries + "-" + epoch;
    }

    /// What marks the files of all attempts of a task.
    public static String maker(String taskId) {
        return digest(taskId.getBytes(UTF_8)).substring(0, 16);
    }

    /// Removes files that no row names, once they are old and their task is not running.
    ///
    /// @param running the [#maker] marks of tasks that are running; asked after this call has listed the files
    /// @param named the files that rows name; asked after `running`, so that what was committed in between is named
    /// @param age at least two lease periods
    /// @return how many
    public int sweep(Supplier<Set<String>> running, Supplier<Set<String>> named, Duration age, Instant now)
            throws IOException {
        var old = new ArrayList<Path>();
        try (var all = Files.walk(folder, 2)) {
            for (var file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
                try {
                    if (Files.getLastModifiedTime(file).toInstant().plus(age).isBefore(now)) {
                        old.add(file);
                    }
                } catch (NoSuchFileException e) {
                    continue; // an attempt has just removed its first name
                }
            }
        }
        var busy = running.get();
        var keep = named.get();
        int swept = 0;
        for (var file : old) {
            var name = folder.relativize(file).toString();
            if (!busy.contains(makerOf(name)) && !keep.contains(name) && Files.deleteIfExists(file)) {
                swept++;
            }
        }
        return swept;
    }

    /// The [#maker] mark in a file's name; empty if it has none.
    private static String makerOf(String name) {
        var made = NAME.matcher(name);
        if (made.matches()) {
            return made.group(2).split("-", 2)[0];
        }
        var incoming = INCOMING.matcher(name);
        return incoming.matches() ? incoming.group(1) : "";
    }

    private static void makeFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        sync(folder.resolve("..").normalize());
    }

    private static void sync(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256; this one does not.", e);
        }
    }
}
