package dev.lovage.custody.ledger;

import dev.lovage.custody.TestDatabases;
import java.nio.file.Path;
import java.time.InstantSource;

/// Writes and chains as fast as it can until it is killed; prints a line for each event that is durable.
final class KilledProcess {
    private KilledProcess() {}

    public static void main(String[] args) {
        var database = TestDatabases.sqlite(Path.of(args[0]));
        var ledger = new Ledger(database, InstantSource.system());
        try (var sequencer = Sequencer.start(database, LedgerContract.ORIGIN, InstantSource.system())) {
            for (int i = 0; sequencer.lag().problems().isEmpty(); i++) {
                int number = i;
                database.write(tx -> {
                    ledger.append(tx, LedgerContract.event("S-" + number, number));
                    return number;
                });
                System.out.println("written");
            }
        }
    }
}
