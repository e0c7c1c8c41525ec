package dev.lovage.archive.scanner;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/// The folder that a capture fills. Unless [#keep] is reached, closing empties it.
final class Staging implements AutoCloseable {
    private final Path folder;
    private boolean kept;

    private Staging(Path folder) {
        this.folder = folder;
    }

    /// @param folder made, for its owner alone, if it is missing
    /// @throws IllegalArgumentException if something is in it
    static Staging begin(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        try (var found = Files.list(folder)) {
            found.findAny().ifPresent(first -> {
                throw new IllegalArgumentException("The staging folder " + folder + " holds " + first.getFileName()
                        + ", and an empty one was expected. Nothing was captured. Give every attempt a folder of its"
                        + " own.");
            });
        }
        return new Staging(folder);
    }

    /// Where a file is while it is written.
    Path part() {
        return folder.resolve("incoming.part");
    }

    /// Gives a written and fsynced file its name, and reads it once more.
    Capture.Page page(String name, Optional<Capture.Image> image) throws IOException {
        var file = folder.resolve(name);
        Files.move(part(), file, StandardCopyOption.ATOMIC_MOVE);
        return new Capture.Page(name, Files.size(file), sha256(file), image);
    }

    /// What is in the folder is the capture, and stays.
    void keep() throws IOException {
        fsync(folder);
        fsync(folder.toAbsolutePath().resolve("..").normalize());
        kept = true;
    }

    @Override
    public void close() throws IOException {
        if (!kept) {
            try (var files = Files.list(folder)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /// Writes what comes into [#part()], fsynced.
    ///
    /// @param size how many bytes are expected; reading ends one beyond
    /// @return the SHA-256 of what came; empty if it was more or less than `size`
    Optional<String> receive(InputStream in, long size) throws IOException {
        try (var file = FileChannel.open(part(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var digest = newSha256();
            var buffer = new byte[256 * 1024];
            long came = 0;
            for (int n = in.read(buffer); n >= 0 && came <= size; n = in.read(buffer)) {
                came += n;
                digest.update(buffer, 0, n);
                for (var rest = ByteBuffer.wrap(buffer, 0, n); rest.hasRemaining(); ) {
                    file.write(rest);
                }
            }
            file.force(true);
            return came == size ? Optional.of(HexFormat.of().formatHex(digest.digest())) : Optional.empty();
        }
    }

    /// Of the file itself, never of one that it links to.
    static String sha256(Path file) throws IOException {
        try (var in = new DigestInputStream(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS), newSha256())) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        }
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256; this one does not.", e);
        }
    }

    static void fsync(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
