package dev.lovage.sql.broker;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.engine.transport.Bridgeable;
import dev.lovage.engine.transport.Staging;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.Migrations;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Optional;

/// Broker, results and store in one SQL database. A message is a row, and every step of it is one commit.
public final class SqlBackbone implements Bridgeable {
    private static final Migrations SCHEMA = Migrations.of("broker", SqlBackbone.class, "schema", 6);

    private final Database database;
    private final SqlBroker broker;
    private final SqlResults results;
    private final SqlStore store;
    private final PlanWriter plans;
    private final SqlStaging staging;
    private final SqlSchedules schedules;

    private SqlBackbone(Database database, Planner planner, InstantSource clock) {
        this.database = database;
        var storeClock = new StoreClock(database, clock);
        storeClock.measure();
        var joins = new JoinRows(database.dialect(), planner);
        this.plans = new PlanWriter(database, joins);
        var disposal = new Disposal(database, planner, plans);
        var unanswered = new Unanswered(database, storeClock);
        this.broker = new SqlBroker(database, storeClock, plans, disposal, unanswered);
        this.results = new SqlResults(database);
        this.store = new SqlStore(database, storeClock, plans, joins, disposal);
        this.schedules = new SqlSchedules(database);
        this.staging =
                new SqlStaging(database, storeClock, new Outbox(database, storeClock, plans, planner), unanswered);
    }

    /// Brings the schema to its newest version. The database is closed with the backbone.
    public static SqlBackbone open(Database database, Planner planner, InstantSource clock) {
        try {
            database.migrate(SCHEMA);
            return new SqlBackbone(database, planner, clock);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /// The database in which a backbone keeps its executions, whoever moves its messages; empty when that is none.
    public static Optional<Database> databaseOf(Backbone backbone) {
        return switch (backbone) {
            case SqlBackbone sql -> Optional.of(sql.database());
            case Bridge bridge -> databaseOf(bridge.base());
            default -> Optional.empty();
        };
    }

    /// The database, for whoever keeps tables of their own beside the broker's.
    public Database database() {
        return database;
    }

    @Override
    public Broker broker() {
        return broker;
    }

    @Override
    public ResultBackend results() {
        return results;
    }

    @Override
    public Store store() {
        return store;
    }

    @Override
    public Optional<Schedules> schedules() {
        return Optional.of(schedules);
    }

    @Override
    public Staging staging(Staging.Sharing sharing) {
        plans.share(sharing);
        return staging;
    }

    /// An unchecked exception of the unit is thrown on as it is, a checked one as the cause of an
    /// `IllegalStateException`. Nothing was written then.
    @Override
    public <T> T transaction(Unit<T> unit) {
        return database.writeAlone(tx -> {
            try {
                return unit.run(tx);
            } catch (SQLException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                throw new IllegalStateException("The transaction was rolled back: " + e, e);
            }
        });
    }

    @Override
    public void close() {
        results.close();
        database.close();
    }
}
