package dev.lovage.redis.store;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.tx.Tx;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import redis.clients.jedis.Protocol.Command;

/// Steps whose writing follows from what was read: if that has changed before it is written, nothing is, and
/// they are taken again.
final class Steps {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int AT_ONCE = 3;
    private static final long PAUSE_NANOS = 2_000_000;

    private final Redis redis;

    Steps(Redis redis) {
        this.redis = redis;
    }

    /// @param name of the check that failed
    static final class Refused extends RuntimeException {
        final String name;

        Refused(String name) {
            super("Nothing was written: the check '" + name + "' failed.", null, false, false);
            this.name = name;
        }
    }

    /// Runs until nothing was changed in between.
    ///
    /// @param step reads, and says what to write; it may run again
    /// @throws Refused if a check other than that something has changed failed
    /// @throws Busy if nothing was written, also because others were always faster
    /// @throws AnswerLost if it isn't known whether it was written
    <T> T run(Function<Writing, T> step) {
        var until = System.nanoTime() + PATIENCE.toNanos();
        for (int tries = 1; System.nanoTime() - until < 0; tries++) {
            var writing = new Writing(redis, tries == 1);
            T result;
            try {
                result = step.apply(writing);
            } catch (AnswerLost e) {
                throw new Busy(String.valueOf(e.getMessage())); // it only read
            }
            if (written(writing)) {
                return result;
            }
            if (tries > AT_ONCE) {
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(PAUSE_NANOS));
            }
        }
        throw new Busy("What was to be written to " + redis.url() + " was changed by others in between, for "
                + PATIENCE.toSeconds() + " s. Nothing was written; try again.");
    }

    private boolean written(Writing writing) {
        if (writing.isEmpty()) {
            return true;
        }
        var answer = redis.change(writing.accepts() ? StoreScript.ACCEPT : StoreScript.APPLY, writing.arguments());
        if (Redis.isNothing(answer)) {
            return true;
        }
        var failed = Redis.text(answer);
        if (!failed.equals("changed")) {
            throw new Refused(failed);
        }
        return false;
    }

    /// As [#run], with what a unit writes.
    <T> T transaction(Unit<T> unit) {
        var last = new ArrayList<Together>();
        try {
            var result = run(writing -> {
                last.forEach(before -> before.end(false));
                last.clear();
                var tx = new Together(writing);
                last.add(tx);
                return unit.run(tx);
            });
            last.forEach(tx -> tx.end(true));
            return result;
        } catch (RuntimeException e) {
            last.forEach(tx -> tx.end(false));
            throw e;
        }
    }

    interface Unit<T> {
        T run(Together tx);
    }

    /// A transaction of the store: what is written through it is kept here until its unit has returned. It does
    /// not see its own writing.
    static final class Together implements Tx {
        private final Writing writing;
        private final List<Runnable> afterCommit = new ArrayList<>();
        private final List<Consumer<Boolean>> afterEnd = new ArrayList<>();

        private Together(Writing writing) {
            this.writing = writing;
        }

        /// @throws UnsupportedOperationException if it is of another store
        static Writing writing(Tx tx) {
            if (tx instanceof Together together) {
                return together.writing;
            }
            throw new UnsupportedOperationException(
                    "This transaction is of another store than the one in Redis. Nothing was written.");
        }

        @Override
        public Connection connection() {
            throw noSql();
        }

        @Override
        public void afterCommit(Runnable action) {
            afterCommit.add(action);
        }

        @Override
        public void afterEnd(Consumer<Boolean> action) {
            afterEnd.add(action);
        }

        private void end(boolean written) {
            if (written) {
                afterCommit.forEach(Runnable::run);
            }
            afterEnd.forEach(action -> action.accept(written));
        }
    }

    static UnsupportedOperationException noSql() {
        return new UnsupportedOperationException("The store lies in Redis, where no SQL can be written beside it."
                + " Nothing was written. Set store_url to sqlite:///file or"
                + " postgresql://user:password@host:port/database.");
    }

    /// The field of a hash, which has to stay as it was read.
    static Optional<String> read(Redis redis, Writing writing, String hash, String field) {
        Optional<String> found = redis.use(connection -> {
            connection.sendCommand(Command.HGET, redis.key(hash), field);
            return Optional.ofNullable(connection.getBinaryBulkReply()).map(Redis::text);
        });
        writing.check("field", hash, field, found.orElse(""));
        return found;
    }
}
