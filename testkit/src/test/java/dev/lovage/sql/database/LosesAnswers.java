package dev.lovage.sql.database;

import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// A database whose connection breaks when a commit is durable and not yet answered, as often as it is told to.
public final class LosesAnswers implements Database {
    private final Database base;
    private final AtomicInteger toLose = new AtomicInteger();

    public LosesAnswers(Database base) {
        this.base = base;
    }

    public void loseNext() {
        toLose.incrementAndGet();
    }

    private <T> T answered(T value) {
        if (toLose.getAndUpdate(count -> Math.max(0, count - 1)) > 0) {
            throw new DatabaseFailed("The connection broke during the commit.", null, true);
        }
        return value;
    }

    @Override
    public <T> T write(Unit<T> unit) {
        return answered(base.write(unit));
    }

    @Override
    public <T> T writeFirst(Unit<T> unit) {
        return base.writeFirst(unit);
    }

    @Override
    public <T> T writeAlone(Unit<T> unit) {
        return answered(base.writeAlone(unit));
    }

    @Override
    public <T> T read(Query<T> query) {
        return base.read(query);
    }

    @Override
    public Dialect dialect() {
        return base.dialect();
    }

    @Override
    public void migrate(Migrations migrations) {
        base.migrate(migrations);
    }

    @Override
    public long changes() {
        return base.changes();
    }

    @Override
    public void awaitChange(long seen, Duration wait) throws InterruptedException {
        base.awaitChange(seen, wait);
    }

    @Override
    public void announce(Tx tx) {
        base.announce(tx);
    }

    @Override
    public void close() {
        base.close();
    }
}
