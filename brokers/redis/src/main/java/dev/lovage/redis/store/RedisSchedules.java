package dev.lovage.redis.store;

import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.tx.Tx;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import redis.clients.jedis.Protocol.Command;

/// Periodic tasks, and the beat that leads: two hashes, whose fields are compared with what was read of them
/// when they are written.
final class RedisSchedules implements Schedules {
    private static final String SCHEDULES = "schedules";
    private static final String BEAT = "beat";

    private final Redis redis;
    private final Steps steps;

    RedisSchedules(Redis redis, Steps steps) {
        this.redis = redis;
        this.steps = steps;
    }

    @Override
    public List<Row> all() {
        var pairs = redis.use(connection -> {
            connection.sendCommand(Command.HGETALL, redis.key(SCHEDULES));
            return Redis.texts(connection.getBinaryMultiBulkReply());
        });
        var rows = new ArrayList<Row>();
        for (int i = 0; i < pairs.size(); i += 2) {
            rows.add(row(pairs.get(i), pairs.get(i + 1)));
        }
        rows.sort(Comparator.comparing(Row::name));
        return rows;
    }

    private static Row row(String name, String text) {
        var read = Json.read(text.getBytes(StandardCharsets.UTF_8));
        return new Row(
                name,
                read.get("configured").booleanValue(),
                read.get("definition").stringValue(),
                read.get("enabled").booleanValue(),
                Micros.instant(read.get("last").stringValue()),
                Micros.read(read.get("sent").stringValue()),
                read.get("count").longValue());
    }

    private static void write(Writing writing, Row row) {
        writing.write(
                "set",
                SCHEDULES,
                row.name(),
                Json.text(Json.object()
                        .put("configured", row.configured())
                        .put("definition", row.definition())
                        .put("enabled", row.enabled())
                        .put("last", Micros.of(row.last()))
                        .put("sent", Micros.of(row.sent()))
                        .put("count", row.count())));
    }

    @Override
    public Optional<Row> find(Tx tx, String name) {
        return Steps.read(redis, Steps.Together.writing(tx), SCHEDULES, name).map(text -> row(name, text));
    }

    @Override
    public void put(Tx tx, String name, boolean configured, String definition, Instant last, boolean anew) {
        var row = find(tx, name)
                .map(old -> new Row(
                        name, configured, definition, old.enabled(), anew ? last : old.last(), old.sent(), old.count()))
                .orElseGet(() -> new Row(name, configured, definition, true, last, Optional.empty(), 0));
        write(Steps.Together.writing(tx), row);
    }

    @Override
    public boolean remove(Tx tx, String name) {
        var known = find(tx, name).isPresent();
        if (known) {
            Steps.Together.writing(tx).write("unset", SCHEDULES, name);
        }
        return known;
    }

    @Override
    public boolean enable(Tx tx, String name, boolean enabled, Instant last) {
        var known = find(tx, name);
        known.ifPresent(old -> write(
                Steps.Together.writing(tx),
                new Row(
                        name,
                        old.configured(),
                        old.definition(),
                        enabled,
                        old.enabled() ? old.last() : last,
                        old.sent(),
                        old.count())));
        return known.isPresent();
    }

    @Override
    public boolean advance(Tx tx, Row seen, Instant to, Optional<Instant> sent) {
        var still = find(tx, seen.name())
                .filter(row -> row.enabled()
                        && row.definition().equals(seen.definition())
                        && Micros.of(row.last()).equals(Micros.of(seen.last())));
        still.ifPresent(row -> write(
                Steps.Together.writing(tx),
                new Row(
                        row.name(),
                        row.configured(),
                        row.definition(),
                        true,
                        to,
                        sent.or(row::sent),
                        row.count() + (sent.isPresent() ? 1 : 0))));
        return still.isPresent();
    }

    @Override
    public Lead lead() {
        var values = redis.use(connection -> {
            connection.sendCommand(Command.HMGET, redis.key(BEAT), "epoch", "leader", "beats");
            return connection.getBinaryMultiBulkReply();
        });
        var leader = values.get(1) == null ? "" : Redis.text(values.get(1));
        return new Lead(
                values.getFirst() == null ? 0 : Long.parseLong(Redis.text(values.getFirst())),
                leader.isEmpty() ? Optional.empty() : Optional.of(leader),
                values.get(2) == null ? 0 : Long.parseLong(Redis.text(values.get(2))));
    }

    @Override
    public Optional<Long> takeLead(Lead seen, String by) {
        return steps.run(writing -> {
            var now = read(writing);
            if (now.epoch() != seen.epoch() || now.beats() != seen.beats()) {
                return Optional.empty();
            }
            write(writing, new Lead(seen.epoch() + 1, Optional.of(by), seen.beats() + 1));
            return Optional.of(seen.epoch() + 1);
        });
    }

    private Lead read(Writing writing) {
        var epoch = Steps.read(redis, writing, BEAT, "epoch").map(Long::valueOf).orElse(0L);
        var leader = Steps.read(redis, writing, BEAT, "leader").filter(name -> !name.isEmpty());
        var beats = Steps.read(redis, writing, BEAT, "beats").map(Long::valueOf).orElse(0L);
        return new Lead(epoch, leader, beats);
    }

    private static void write(Writing writing, Lead lead) {
        writing.write("set", BEAT, "epoch", String.valueOf(lead.epoch()))
                .write("set", BEAT, "leader", lead.leader().orElse(""))
                .write("set", BEAT, "beats", String.valueOf(lead.beats()));
    }

    @Override
    public void fence(Tx tx, long epoch) {
        var writing = Steps.Together.writing(tx);
        var lead = read(writing);
        if (lead.epoch() != epoch || lead.leader().isEmpty()) {
            throw new LeaseLost("What a beat wanted to write under the epoch " + epoch);
        }
        write(writing, new Lead(epoch, lead.leader(), lead.beats() + 1));
    }

    @Override
    public void resign(long epoch) {
        steps.run(writing -> {
            var lead = read(writing);
            if (lead.epoch() == epoch) {
                write(writing, new Lead(epoch, Optional.empty(), lead.beats()));
            }
            return epoch;
        });
    }
}
