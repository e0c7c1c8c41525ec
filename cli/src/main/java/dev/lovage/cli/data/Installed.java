package dev.lovage.cli.data;

import dev.lovage.archive.Archive;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.custody.ledger.Ledger;
import dev.lovage.custody.review.Review;
import dev.lovage.engine.Lovage;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Agency;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.Database;
import java.time.InstantSource;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Finds out what lies in a database without making anything there: whoever only queues tasks gets no tables of the
/// applications by looking.
public final class Installed {
    private Installed() {}

    /// @throws CommandFailed if nothing is kept in SQL
    public static Database database(Lovage lovage) {
        return SqlBackbone.databaseOf(lovage.backbone())
                .orElseThrow(() -> new CommandFailed(
                        ExitCode.FAILED,
                        "This command looks into a SQL database, and there is none. Set store_url to sqlite: or"
                                + " postgresql:. Nothing was changed."));
    }

    /// The components with tables, and the version of each.
    public static SortedMap<String, Integer> schemas(Database database) {
        return database.read(connection -> {
            var versions = new TreeMap<String, Integer>();
            try (var select = connection.prepareStatement(
                            "SELECT component, MAX(version) FROM lovage_schema GROUP BY component");
                    var row = select.executeQuery()) {
                while (row.next()) {
                    versions.put(row.getString(1), row.getInt(2));
                }
            }
            return versions;
        });
    }

    /// The records application, if it has data here.
    public static Optional<Records> records(Lovage lovage, InstantSource clock) {
        return with("records", lovage).map(_ -> Records.open(lovage, Agency.sample(), clock));
    }

    /// The archive application, if it has data here.
    public static Optional<Archive> archive(Lovage lovage, InstantSource clock) {
        return with("archive", lovage)
                .map(_ -> Archive.open(lovage, Agency.sample().tenant(), clock));
    }

    /// The review that writes decisions to the ledger, if there is a ledger here.
    public static Optional<Review> review(Lovage lovage, InstantSource clock) {
        return with("custody", lovage)
                .map(database -> new Review(
                        lovage, new Ledger(database, clock), Agency.sample().tenant()));
    }

    /// The database, if the component has tables there.
    public static Optional<Database> with(String component, Lovage lovage) {
        return SqlBackbone.databaseOf(lovage.backbone())
                .filter(database -> schemas(database).containsKey(component));
    }
}
