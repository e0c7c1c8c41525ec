package dev.lovage.engine.process;

import java.time.Duration;
import java.util.Optional;

/// A task's turn in a child. One thread runs it, and others may stop it at any time.
public final class ProcessRun implements AutoCloseable {
    private static final int CHILDREN_MAX = 3;

    private final ProcessPool pool;
    private final long number;
    private Optional<Child> child;
    private Optional<Duration> passed = Optional.empty();
    private boolean killed;

    /// @param number greater than those of all turns before
    ProcessRun(ProcessPool pool, long number, Child child) {
        this.pool = pool;
        this.number = number;
        this.child = Optional.of(child);
    }

    /// Blocks until the work has ended. A child that had died before it began is replaced; when that happens
    /// three times, it is taken for the task's doing.
    ///
    /// @throws FrameTooLarge if the arguments are too long
    /// @throws InterruptedException when the thread was interrupted; the child has then been killed
    public Answer run(ChildTask task) throws InterruptedException {
        var frame = task.frame(number);
        if (frame.length > pool.frameBytesMax()) {
            throw new FrameTooLarge("The input", task.context().task(), frame.length, pool.frameBytesMax());
        }
        for (int tries = 1; ; tries++) {
            var current = child();
            if (current.isEmpty()) {
                return new Answer.Killed();
            }
            var answer = current.get().run(frame, task.hardLimit(), task.context());
            if (answer.isPresent()) {
                return answer.get();
            }
            if (tries == CHILDREN_MAX) {
                var end = current.get().end().orElse("");
                return new Answer.Crashed("Three child processes died before they could begin it. " + end, "");
            }
            close();
            try {
                replace(pool.another(current.get()));
            } catch (NoChild e) {
                return new Answer.NotRun(String.valueOf(e.getMessage()));
            }
        }
    }

    private synchronized Optional<Child> child() {
        return killed ? Optional.empty() : child;
    }

    private synchronized void replace(Child other) {
        child = Optional.of(other);
        passed.ifPresent(limit -> other.softLimit(number, limit));
    }

    /// Interrupts the work, which then may end by itself. Never blocks.
    public synchronized void softLimit(Duration limit) {
        passed = Optional.of(limit);
        child.ifPresent(one -> one.softLimit(number, limit));
    }

    /// Kills the child with all that it has started, unless it has answered already. Never blocks.
    public synchronized void kill() {
        killed = true;
        child.ifPresent(one -> one.kill(new Child.Kill.Asked()));
    }

    /// Gives the child back. May come twice.
    @Override
    public synchronized void close() {
        child.ifPresent(pool::giveBack);
        child = Optional.empty();
    }
}
