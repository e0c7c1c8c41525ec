package dev.lovage.engine.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Tells on one machine at once whether a worker's process is gone: each holds a lock on a file of its own,
/// which the operating system releases when the process ends, however it ends.
///
/// On POSIX systems such a lock belongs to the process, and closing any handle of the file drops it. What this
/// process holds is therefore known to all its workers, and none of them opens such a file to look.
final class Presence {
    private static final Set<String> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Optional<Path> folder;
    private final Map<String, FileLock> held = new ConcurrentHashMap<>();

    /// @param folder the data folder's `workers`; empty where there is none, and then only counters tell
    Presence(Optional<Path> folder) {
        this.folder = folder;
    }

    void hold(String incarnation) {
        folder.ifPresent(in -> {
            try {
                Files.createDirectories(in);
                HELD_HERE.add(incarnation);
                var channel =
                        FileChannel.open(file(in, incarnation), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                held.put(incarnation, channel.lock());
            } catch (IOException e) {
                HELD_HERE.remove(incarnation);
                throw new UncheckedIOException("The worker can't hold its lock file in " + in + ".", e);
            }
        });
    }

    void release(String incarnation) {
        var lock = held.remove(incarnation);
        if (lock != null && folder.isPresent()) {
            try {
                lock.acquiredBy().close();
                Files.deleteIfExists(file(folder.get(), incarnation));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                HELD_HERE.remove(incarnation);
            }
        }
    }

    /// Lets go of the lock and leaves the file, so that others see at once that its process is through with it.
    void abandon(String incarnation) {
        var lock = held.remove(incarnation);
        if (lock != null) {
            try {
                lock.acquiredBy().close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                HELD_HERE.remove(incarnation);
            }
        }
    }

    /// Whether the process of that incarnation ran on this machine and is gone.
    boolean gone(String incarnation) {
        if (folder.isEmpty() || HELD_HERE.contains(incarnation) || !Files.exists(file(folder.get(), incarnation))) {
            return false;
        }
        try (var channel = FileChannel.open(file(folder.get(), incarnation), StandardOpenOption.WRITE);
                var lock = channel.tryLock()) {
            return lock != null;
        } catch (IOException e) {
            return false;
        }
    }

    void forget(String incarnation) {
        folder.ifPresent(in -> {
            try {
                Files.deleteIfExists(file(in, incarnation));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static Path file(Path folder, String incarnation) {
        return folder.resolve(incarnation + ".lock");
    }
}
