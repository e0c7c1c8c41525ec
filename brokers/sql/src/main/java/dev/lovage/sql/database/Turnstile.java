package dev.lovage.sql.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Orders the writers of a file, in this process and others, so that each comes after those that asked before
/// it.
///
/// Byte 0 of the lock file is the turnstile, byte 1 the right to write: a writer takes the turnstile, then the
/// right, then opens the turnstile. One that wants to write again finds the turnstile held by the next, and so
/// cannot overtake it. The operating system frees both when a process dies. Its locks belong to the process,
/// and closing any handle of the file drops them all: hence one channel and one fair lock for all who use a
/// file in this JVM.
final class Turnstile implements GroupWriter.Gate, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Turnstile.class);
    private static final Map<Path, Shared> OPEN = new HashMap<>();

    private final Path file;
    private final Shared shared;
    private boolean closed;

    private static final class Shared {
        private final FileChannel channel;
        private final ReentrantLock order = new ReentrantLock(true);
        private int users;

        private Shared(FileChannel channel) {
            this.channel = channel;
        }
    }

    private Turnstile(Path file, Shared shared) {
        this.file = file;
        this.shared = shared;
    }

    /// @param file its real path; created if missing
    static Turnstile at(Path file) throws IOException {
        synchronized (OPEN) {
            Shared shared = OPEN.get(file);
            if (shared == null) {
                FileChannel channel = FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                        PrivateFiles.ownerOnly(file));
                shared = new Shared(channel);
                OPEN.put(file, shared);
            }
            shared.users++;
            return new Turnstile(file, shared);
        }
    }

    @Override
    public Pass enter() throws IOException, InterruptedException {
        shared.order.lockInterruptibly();
        try {
            FileLock turnstile = shared.channel.lock(0, 1, false);
            FileLock right;
            try {
                right = shared.channel.lock(1, 1, false);
            } finally {
                turnstile.release();
            }
            return new Entered(right);
        } catch (Throwable e) {
            shared.order.unlock();
            throw e;
        }
    }

    /// Whether a writer of this JVM waits.
    boolean queued() {
        return shared.order.hasQueuedThreads();
    }

    /// The right to write, until it is closed.
    private final class Entered implements Pass {
        private final FileLock right;

        private Entered(FileLock right) {
            this.right = right;
        }

        /// A waiting writer of this JVM stands in the order, one of another process in the turnstile.
        @Override
        public boolean wanted() {
            if (queued()) {
                return true;
            }
            try (FileLock turnstile = shared.channel.tryLock(0, 1, false)) {
                return turnstile == null;
            } catch (IOException e) {
                throw new UncheckedIOException("The turnstile of " + file + " cannot be looked at.", e);
            }
        }

        @Override
        public void close() {
            try {
                right.release();
            } catch (IOException e) {
                throw new UncheckedIOException("The lock on " + file + " cannot be given back.", e);
            } finally {
                shared.order.unlock();
            }
        }
    }

    @Override
    public void close() {
        synchronized (OPEN) {
            if (closed) {
                return;
            }
            closed = true;
            if (--shared.users == 0) {
                OPEN.remove(file);
                try {
                    shared.channel.close();
                } catch (IOException e) {
                    LOG.debug("Closing {} failed: {}", file, e.toString());
                }
            }
        }
    }
}
