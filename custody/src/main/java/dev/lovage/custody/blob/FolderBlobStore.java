package dev.lovage.custody.blob;

import dev.lovage.engine.blob.BlobRef;
import dev.lovage.engine.blob.BlobStore;
import dev.lovage.engine.blob.BlobTooLarge;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;

/// Blobs as files: `ab/cdef…` for the digest `abcdef…`.
///
/// A blob's life: its bytes go to a file under a name that no other attempt can have, while they are counted
/// and hashed; the file is fsynced; it gets its digest as name by a hard link, which never replaces; the folder
/// is fsynced; the first name is removed. A crash on the way leaves a file `incoming-…` that nothing refers to,
/// never half a blob.
public final class FolderBlobStore implements BlobStore {
    private final Path folder;
    private final long sizeMax;

    private FolderBlobStore(Path folder, long sizeMax) {
        this.folder = folder;
        this.sizeMax = sizeMax;
    }

    /// @param folder created, for its owner alone, if it is missing
    /// @param sizeMax the most bytes that one blob has
    public static FolderBlobStore open(Path folder, long sizeMax) throws IOException {
        var absolute = folder.toAbsolutePath().normalize();
        createPrivate(absolute);
        return new FolderBlobStore(absolute, sizeMax);
    }

    @Override
    public BlobRef put(InputStream bytes, String mediaType) throws IOException {
        var incoming = folder.resolve("incoming-" + UUID.randomUUID());
        try {
            var hashed = new DigestInputStream(bytes, sha256());
            var size = receive(hashed, incoming);
            var ref = new BlobRef(
                    "sha256:"
                            + HexFormat.of().formatHex(hashed.getMessageDigest().digest()),
                    size,
                    mediaType);
            var shelf = shelf(ref);
            createPrivate(shelf);
            keep(incoming, shelf, ref);
            return ref;
        } finally {
            Files.deleteIfExists(incoming);
        }
    }

    @Override
    public InputStream open(BlobRef ref) throws IOException {
        return new VerifiedInputStream(Files.newInputStream(place(ref)), ref, sha256());
    }

    @Override
    public boolean exists(BlobRef ref) throws IOException {
        var place = place(ref);
        return Files.exists(place) && Files.size(place) == ref.size();
    }

    private long receive(InputStream bytes, Path incoming) throws IOException {
        try (var file = FileChannel.open(
                incoming,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            var buffer = new byte[64 * 1024];
            long size = 0;
            for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
                size += n;
                if (size > sizeMax) {
                    throw new BlobTooLarge(sizeMax);
                }
                for (var rest = ByteBuffer.wrap(buffer, 0, n); rest.hasRemaining(); ) {
                    file.write(rest);
                }
            }
            file.force(true);
            return size;
        }
    }

    private static void keep(Path incoming, Path shelf, BlobRef ref) throws IOException {
        var place = shelf.resolve(ref.hex().substring(2));
        try {
            Files.createLink(place, incoming);
        } catch (FileAlreadyExistsException sameBytes) {
            try (var kept = new VerifiedInputStream(Files.newInputStream(place), ref, sha256())) {
                kept.transferTo(OutputStream.nullOutputStream());
            }
        }
        // Also for a blob found there: the other attempt may have crashed between its link and its fsync.
        fsyncFolder(shelf);
    }

    private Path place(BlobRef ref) {
        return shelf(ref).resolve(ref.hex().substring(2));
    }

    private Path shelf(BlobRef ref) {
        return folder.resolve(ref.hex().substring(0, 2));
    }

    private static void createPrivate(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        // Also when it was there: its maker may have crashed before this.
        fsyncFolder(folder.resolve("..").normalize());
    }

    private static void fsyncFolder(Path folder) throws IOException {
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
