package dev.lovage.engine.payload;

import dev.lovage.engine.blob.BlobDamaged;
import dev.lovage.engine.blob.BlobRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Payloads as files: `ab/cdef…` for the digest `abcdef…`, in a folder that every machine sees which sends or
/// runs such tasks.
///
/// A payload's life: its bytes go to a file `incoming-…`, which is fsynced, and renamed to its digest; the
/// folder is fsynced. Kept again, it is replaced by the same bytes, with the time of now. The sweep first
/// renames what is old and unnamed to `….going-…`, then looks at its time again: had somebody kept it
/// meanwhile, it gets its name back. Whoever fetches it in between finds it under that name. So no lock is
/// needed, which folders of other machines often lack.
public final class PayloadFolder implements Payloads {
    private static final String INCOMING = "incoming-";
    private static final String GOING = ".going-";

    /// Sweeps that begin at once may take turns at one that was kept meanwhile.
    private static final int READS_MAX = 10;

    private final Path folder;
    private final int bytesMax;
    private final InstantSource clock;
    private final Set<Path> made = ConcurrentHashMap.newKeySet();

    /// @param folder made, for its owner alone, when the first payload is kept
    /// @param clock the time at which payloads are kept is written to their files
    public PayloadFolder(Path folder, int bytesMax, InstantSource clock) {
        this.folder = folder.toAbsolutePath().normalize();
        this.bytesMax = bytesMax;
        this.clock = clock;
    }

    @Override
    public int bytesMax() {
        return bytesMax;
    }

    @Override
    public BlobRef keep(byte[] bytes, String mediaType) {
        var ref = new BlobRef(Sha256.digest(bytes), bytes.length, mediaType);
        try {
            makePrivate(folder);
            var place = place(ref.hex());
            makePrivate(shelf(place));
            var incoming = folder.resolve(INCOMING + UUID.randomUUID());
            try {
                write(bytes, incoming);
                Files.move(incoming, place, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(incoming);
            }
            fsync(shelf(place));
            return ref;
        } catch (IOException e) {
            throw new PayloadsAway(folder.toString(), e);
        }
    }

    private void write(byte[] bytes, Path incoming) throws IOException {
        try (var file = FileChannel.open(
                incoming,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            for (var rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
                file.write(rest);
            }
            Files.setLastModifiedTime(incoming, FileTime.from(clock.instant()));
            file.force(true);
        }
    }

    @Override
    public byte[] fetch(BlobRef ref) throws IOException {
        if (ref.size() > bytesMax) {
            throw new IOException("The payload " + ref.digest() + " has " + ref.size() + " bytes, and at most "
                    + bytesMax + " are read.");
        }
        var bytes = read(ref);
        if (bytes.length != ref.size()) {
            throw new BlobDamaged(ref, bytes.length + " bytes");
        }
        var digest = Sha256.digest(bytes);
        if (!digest.equals(ref.digest())) {
            throw new BlobDamaged(ref, "bytes with the digest " + digest);
        }
        return bytes;
    }

    private byte[] read(BlobRef ref) throws IOException {
        var place = place(ref.hex());
        for (int tries = 1; ; tries++) {
            try {
                return Files.readAllBytes(place);
            } catch (NoSuchFileException missing) {
                if (tries == READS_MAX) {
                    throw missing;
                }
            }
            for (var other : list(shelf(place))) {
                if (name(other).startsWith(name(place) + GOING)) {
                    try {
                        return Files.readAllBytes(other);
                    } catch (NoSuchFileException e) {
                        continue; // it has its own name again, or is gone
                    }
                }
            }
        }
    }

    @Override
    public int sweep(Instant before, Supplier<Set<String>> named) {
        try {
            var old = old(before);
            if (old.isEmpty()) {
                return 0;
            }
            var live = named.get();
            var gone = 0;
            for (var place : old) {
                if (!live.contains(digest(place)) && remove(place, before)) {
                    gone++;
                }
            }
            return gone;
        } catch (IOException e) {
            throw new UncheckedIOException("The payloads in " + folder + " could not be swept: " + e, e);
        }
    }

    /// Payloads that might go. What a crash has left half written goes at once.
    private List<Path> old(Instant before) throws IOException {
        var found = new ArrayList<Path>();
        for (var one : list(folder)) {
            if (name(one).startsWith(INCOMING)) {
                if (isOld(one, before)) {
                    Files.deleteIfExists(one);
                }
            } else if (name(one).matches("[0-9a-f]{2}")) {
                for (var place : list(one)) {
                    if (isOld(place, before)) {
                        found.add(place);
                    }
                }
            }
        }
        return found;
    }

    private static boolean remove(Path place, Instant before) throws IOException {
        if (name(place).contains(GOING)) {
            return Files.deleteIfExists(place); // left by a sweep that was killed
        }
        var going = place.resolveSibling(name(place) + GOING + UUID.randomUUID());
        try {
            Files.move(place, going, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return false; // another sweep was faster
        }
        if (isOld(going, before)) {
            return Files.deleteIfExists(going);
        }
        try {
            Files.createLink(place, going);
        } catch (FileAlreadyExistsException e) {
            // It was kept once more.
        } catch (NoSuchFileException e) {
            return false; // it was old, and another sweep has taken it
        }
        Files.deleteIfExists(going);
        return false;
    }

    private static boolean isOld(Path file, Instant before) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant().isBefore(before);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private Path place(String hex) {
        return folder.resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }

    private static String digest(Path place) {
        var rest = name(place);
        var end = rest.indexOf(GOING);
        return "sha256:" + name(shelf(place)) + (end < 0 ? rest : rest.substring(0, end));
    }

    private static Path shelf(Path place) {
        return place.resolveSibling("").normalize();
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static List<Path> list(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private void makePrivate(Path wanted) throws IOException {
        if (made.contains(wanted) && Files.isDirectory(wanted)) {
            return;
        }
        if (!Files.isDirectory(wanted)) {
            Files.createDirectories(
                    wanted, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        // Also when it was there: its maker may have crashed before this.
        fsync(wanted.resolve("..").normalize());
        made.add(wanted);
    }

    private static void fsync(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
