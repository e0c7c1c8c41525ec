package dev.lovage.engine.log;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

/// Where the lines go that one attempt of a task logs. Handlers log through SLF4J as ever; an appender finds
/// this by way of `TaskContext.CURRENT`, and adds them.
///
/// Invariants:
/// 1. Adding a line never throws, and never waits for a store.
/// 2. Of an attempt at most so many lines of bounded length are kept, the first ones. The others are counted,
///    and the count is said as one line more.
/// 3. Once closed it takes nothing: what is said then belongs to no attempt.
public final class AttemptLog implements AutoCloseable {
    private static final int MESSAGE_CHARACTERS_MAX = 2_000;
    private static final int NAME_CHARACTERS_MAX = 200;

    /// Takes the lines on. It does not block for long.
    public interface Sink {
        /// @return whether there was room for it
        boolean line(String level, String logger, String message);

        /// Says that lines are missing. It may come again when more are.
        void missing(long lines);
    }

    private final int linesMax;
    private final Sink sink;
    private final ReentrantLock lock = new ReentrantLock();
    private int lines;
    private long missing;
    private boolean open;

    /// @param linesMax 0 for none at all, which then are not counted either
    public AttemptLog(int linesMax, Sink sink) {
        this.linesMax = linesMax;
        this.sink = sink;
        this.open = linesMax > 0;
    }

    /// @param message what is beyond the first 2,000 characters is cut off
    public void add(String level, String logger, String message) {
        lock.lock();
        try {
            if (open && (lines == linesMax || !kept(level, logger, message))) {
                missing++;
            }
        } finally {
            lock.unlock();
        }
    }

    /// Lines that were lost on their way here.
    public void miss(long more) {
        lock.lock();
        try {
            missing += open ? Math.max(0, more) : 0;
        } finally {
            lock.unlock();
        }
    }

    /// Says how many lines are missing so far, if any are.
    public void sum() {
        lock.lock();
        try {
            if (missing > 0) {
                sink.missing(missing);
                missing = 0;
            }
        } catch (RuntimeException notSaid) {
            missing = 0; // a task must not fail because of what is said about it
        } finally {
            lock.unlock();
        }
    }

    /// May come twice.
    @Override
    public void close() {
        lock.lock();
        try {
            sum();
            open = false;
        } finally {
            lock.unlock();
        }
    }

    private boolean kept(String level, String logger, String message) {
        try {
            lines++;
            return sink.line(
                    bounded(level, NAME_CHARACTERS_MAX),
                    bounded(logger, NAME_CHARACTERS_MAX),
                    bounded(message, MESSAGE_CHARACTERS_MAX));
        } catch (RuntimeException refused) {
            return false;
        }
    }

    /// What is no Unicode (half of a pair, also by the cut) is replaced: neither JSON nor databases take it.
    private static String bounded(String text, int max) {
        var some = text.length() <= max ? text : text.substring(0, max) + "…";
        return new String(some.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
