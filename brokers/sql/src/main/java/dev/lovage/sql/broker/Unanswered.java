package dev.lovage.sql.broker;

import dev.lovage.engine.broker.Lease;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseFailed;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/// Claims whose answer was lost with the connection: nobody knows what they took, so it is given back.
final class Unanswered {
    private final Database database;
    private final StoreClock clock;
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();

    /// One call that claims. What it takes is written with it.
    record Call(String incarnation, String claim) {
        static Call of(Lease lease) {
            return new Call(lease.incarnation(), UUID.randomUUID().toString());
        }
    }

    Unanswered(Database database, StoreClock clock) {
        this.database = database;
        this.clock = clock;
    }

    /// Runs a call, and remembers it when it can't be known what it took.
    <T> T ask(Call call, Supplier<T> claim) {
        try {
            return claim.get();
        } catch (DatabaseFailed e) {
            if (e.uncertain()) {
                calls.add(call);
            }
            throw e;
        }
    }

    boolean isEmpty() {
        return calls.isEmpty();
    }

    /// To the broker that has it, or ready here. It counts as handed over: whoever had asked still has what arrived,
    /// and asks again.
    void giveBack() {
        for (var call = calls.peek(); call != null; call = calls.peek()) {
            var lost = call;
            database.write(tx -> {
                database.announce(tx);
                return new Sql(tx.connection())
                        .update(
                                "UPDATE lovage_message SET custody = " + MessageRows.BACK + ", lease = NULL, handed = "
                                        + "CASE WHEN at_broker = 1 OR early = 1 THEN ? END"
                                        + " WHERE lease = ? AND claim = ? AND custody = 'LEASED'",
                                Sql.micros(clock.now()),
                                lost.incarnation(),
                                lost.claim());
            });
            calls.remove(lost);
        }
    }
}
