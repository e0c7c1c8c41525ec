package dev.lovage.archive.scanner;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// One scanner in use by one, on this machine: a lock on the file `<id>.lock`, which the operating system releases
/// when the process ends, however it ends. On POSIX systems such a lock belongs to the process, and closing any handle
/// of the file drops it; what this process holds is therefore known here, and nobody opens such a file to look.
///
/// The file is empty but while paper goes through the feeder. A process that ends in between leaves the note there:
/// whoever comes next knows that a stack is no longer whole.
final class DeviceLock implements Closeable {
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();
    private static final byte[] FEEDING = "paper goes through the feeder\n".getBytes(StandardCharsets.UTF_8);

    private final Path path;
    private final FileChannel file;

    private DeviceLock(Path path, FileChannel file) {
        this.path = path;
        this.file = file;
    }

    /// @param folder made if it is missing
    /// @return empty if someone has it
    static Optional<DeviceLock> tryHold(Path folder, String id) throws IOException {
        Files.createDirectories(folder);
        var path = folder.toRealPath().resolve(id + ".lock");
        if (!HELD_HERE.add(path)) {
            return Optional.empty();
        }
        boolean held = false;
        try {
            var file = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                held = file.tryLock() != null;
                return held ? Optional.of(new DeviceLock(path, file)) : Optional.empty();
            } finally {
                if (!held) {
                    file.close();
                }
            }
        } finally {
            if (!held) {
                HELD_HERE.remove(path);
            }
        }
    }

    /// @throws CaptureFailed if someone has it
    static DeviceLock hold(Path folder, String id) throws IOException {
        return tryHold(folder, id)
                .orElseThrow(() -> CaptureFailed.because(
                        CaptureFault.DEVICE_BUSY, "Another capture on this machine uses the scanner " + id + "."));
    }

    /// Whether a capture was cut off while paper went through the feeder.
    boolean feedingNoted() throws IOException {
        return file.size() > 0;
    }

    /// The same, and takes the note away: it is told once.
    boolean takeFeedingNote() throws IOException {
        boolean noted = feedingNoted();
        fed();
        return noted;
    }

    /// Notes it on the disk before paper moves.
    void feeding() throws IOException {
        file.write(ByteBuffer.wrap(FEEDING), 0);
        file.force(true);
    }

    /// The capture ended, well or with a failure that was told.
    void fed() throws IOException {
        if (file.size() > 0) {
            file.truncate(0);
            file.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            file.close();
        } finally {
            HELD_HERE.remove(path);
        }
    }
}
