package dev.lovage.redis.store;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.store.Store;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import redis.clients.jedis.Protocol.Command;

/// Lines that tasks logged, as JSON.
final class Lines {
    private Lines() {}

    static String text(LogLine line) {
        return Json.text(Json.object()
                .put("at", Micros.of(line.at()))
                .put("task_id", line.taskId())
                .put("root_id", line.rootId())
                .put("retries", line.retries())
                .put("epoch", line.epoch())
                .put("node", line.node())
                .put("level", line.level())
                .put("logger", line.logger())
                .put("message", line.message()));
    }

    private static LogLine read(String text) {
        var line = Json.read(text.getBytes(StandardCharsets.UTF_8));
        return new LogLine(
                Micros.instant(line.get("at").stringValue()),
                line.get("task_id").stringValue(),
                line.get("root_id").stringValue(),
                line.get("retries").intValue(),
                line.get("epoch").longValue(),
                line.get("node").stringValue(),
                line.get("level").stringValue(),
                line.get("logger").stringValue(),
                line.get("message").stringValue());
    }

    /// Never holds more than twice `max` lines, however many there are.
    static Store.Log newest(Redis redis, Set<String> taskIds, int max) {
        var all = 0L;
        List<LogLine> newest = List.of();
        for (var id : taskIds) {
            var key = redis.key("log:" + id);
            var answers = redis.use(connection -> {
                connection.sendCommand(Command.LLEN, key);
                connection.sendCommand(Command.LRANGE, key, String.valueOf(-max), "-1");
                return connection.getMany(2);
            });
            all += (Long) answers.getFirst();
            var found = new ArrayList<>(newest);
            if (max > 0) {
                Redis.texts(answers.get(1)).forEach(text -> found.add(read(text)));
            }
            found.sort(Comparator.comparing(LogLine::at));
            newest = List.copyOf(found.subList(Math.max(0, found.size() - max), found.size()));
        }
        return new Store.Log(newest, all - newest.size());
    }
}
