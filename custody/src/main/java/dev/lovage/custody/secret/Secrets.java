package dev.lovage.custody.secret;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/// The keys of one data folder, in its folder `secrets`: 32 random bytes each, made when first asked for, never
/// rotated.
///
/// Invariants:
/// 1. A key that has been handed out is durable, and every process on this data folder gets the same one.
/// 2. Nobody but the owner can read a key; a folder or file that others can read is refused, not repaired: what others
///    may have read is no longer a secret, and a person has to decide.
/// 3. A key is never replaced. Without it, permanent idempotency keys and pseudonyms would lose their meaning.
public final class Secrets {
    private static final int KEY_BYTES = 32;
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,40}");
    private static final Set<PosixFilePermission> OWNER = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private final Path folder;

    private Secrets(Path folder) {
        this.folder = folder;
    }

    /// @throws IllegalStateException if the folder is there but others than its owner have access
    public static Secrets open(Path dataFolder) {
        var folder = dataFolder.resolve("secrets");
        try {
            Files.createDirectories(dataFolder, attribute("rwx------"));
            try {
                Files.createDirectory(folder, attribute("rwx------"));
                fsyncFolder(dataFolder);
            } catch (FileAlreadyExistsException anotherWasFirst) {
                refuseOpenToOthers(folder, "700");
            }
            return new Secrets(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The folder of secrets " + folder + " can't be opened. Nothing was made.", e);
        }
    }

    /// The key of this name, made now if there is none yet.
    ///
    /// @param name such as `idempotency` or `pseudonym`
    /// @return 32 bytes, a copy of one's own
    /// @throws IllegalStateException if the file is readable by others, or is not 32 bytes long
    public byte[] key(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("A key's name is lower-case letters, digits and '-', but this is \""
                    + name + "\". No key was made.");
        }
        var file = folder.resolve(name);
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                create(file);
            }
            // Also when it was there: its maker may have crashed, or not come to this yet.
            fsyncFolder(folder);
            refuseOpenToOthers(file, "600");
            var key = Files.readAllBytes(file);
            if (key.length != KEY_BYTES) {
                throw new IllegalStateException(
                        "The key " + file + " has " + key.length + " bytes, and 32 were expected."
                                + " It was left as it is: restore it from a backup of this data folder.");
            }
            return key;
        } catch (IOException e) {
            throw new UncheckedIOException("The key " + file + " can't be read or made. No key was replaced.", e);
        }
    }

    private void create(Path file) throws IOException {
        var key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        var incoming = folder.resolve("incoming-" + UUID.randomUUID());
        try {
            try (var channel = FileChannel.open(
                    incoming,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    attribute("rw-------"))) {
                for (var rest = ByteBuffer.wrap(key); rest.hasRemaining(); ) {
                    channel.write(rest);
                }
                channel.force(true);
            }
            try {
                Files.createLink(file, incoming);
            } catch (FileAlreadyExistsException anotherWasFirst) {
                // Its key counts; this one was never handed out.
            }
        } finally {
            Files.deleteIfExists(incoming);
        }
    }

    private static void refuseOpenToOthers(Path path, String mode) throws IOException {
        var permissions = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
        if (!OWNER.containsAll(permissions)) {
            throw new IllegalStateException(path + " has the permissions " + PosixFilePermissions.toString(permissions)
                    + ", so others than its owner can reach the keys. Nothing was read. Find out who may have read them,"
                    + " then run: chmod " + mode + " " + path);
        }
    }

    private static java.nio.file.attribute.FileAttribute<Set<PosixFilePermission>> attribute(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    private static void fsyncFolder(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
