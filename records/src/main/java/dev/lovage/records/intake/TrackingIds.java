package dev.lovage.records.intake;

import dev.lovage.records.submission.TrackingId;
import dev.lovage.sql.database.Database;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/// Gives out tracking ids. Numbers are taken from the database in growing blocks, outside of the accepting
/// transaction, so that acceptances do not wait for each other; a number that was taken and not used leaves a
/// gap, and none comes twice.
final class TrackingIds {
    private static final int BLOCK_MAX = 64;

    private static final class Block {
        private long next;
        private long end;
        private int size = 1;
    }

    private final Database database;
    private final Agency agency;
    private final Map<Integer, Block> blocks = new HashMap<>();

    TrackingIds(Database database, Agency agency) {
        this.database = database;
        this.agency = agency;
    }

    /// The next id for a receipt at this instant, in the fiscal year of the agency's own zone.
    synchronized TrackingId next(Instant received) {
        var year = TrackingId.federalFiscalYear(received, agency.regime().zone());
        var block = blocks.computeIfAbsent(year, _ -> new Block());
        if (block.next == block.end) {
            var series = agency.jurisdiction() + "-" + agency.code() + "-" + agency.component() + "-" + year;
            var size = block.size;
            var end = database.write(tx -> {
                try (var take = tx.connection()
                        .prepareStatement("INSERT INTO records_sequence (tenant, series, taken) VALUES (?, ?, ?)"
                                + " ON CONFLICT (tenant, series) DO UPDATE"
                                + " SET taken = records_sequence.taken + excluded.taken RETURNING taken")) {
                    take.setString(1, agency.tenant());
                    take.setString(2, series);
                    take.setLong(3, size);
                    try (var row = take.executeQuery()) {
                        row.next();
                        return row.getLong(1);
                    }
                }
            });
            block.next = end - size + 1;
            block.end = end + 1;
            block.size = Math.min(BLOCK_MAX, size * 2);
        }
        return new TrackingId(agency.jurisdiction(), agency.code(), agency.component(), year, block.next++);
    }
}
