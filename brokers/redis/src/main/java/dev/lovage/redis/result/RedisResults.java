package dev.lovage.redis.result;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.redis.connection.Connections;
import dev.lovage.redis.connection.RedisUrl;
import dev.lovage.redis.connection.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// Results under Celery's keys, published on channels of the same names, and chords that Python's workers and
/// these count together.
///
/// A chord's life: `.s` is written with the number of its members; each end is a member of `.j`; whoever writes
/// the end that makes them as many as `.s` and `.t` say gets all, sends the body, and deletes the keys.
public final class RedisResults implements SharedResults {
    private static final Logger LOG = LoggerFactory.getLogger(RedisResults.class);
    private static final Script WRITE = Script.of(RedisResults.class, "write.lua");
    private static final Script BEGIN = Script.of(RedisResults.class, "begin.lua");
    private static final Script END = Script.of(RedisResults.class, "end.lua");
    private static final int CONNECTIONS_MAX = 16;

    /// Results of one script, keys of one command: none is to take long.
    private static final int BATCH = 100;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(4);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    /// Celery's own bound for a wait that has none.
    private static final Duration WAIT_MAX = Duration.ofDays(36_500);

    private final Connections connections;
    private final ResultNews news;
    private final String prefix;
    private final boolean ordered;
    private final boolean extended;
    private final long expiresSeconds;

    private RedisResults(
            Connections connections, String prefix, boolean ordered, boolean extended, long expiresSeconds) {
        this.connections = connections;
        this.news = new ResultNews(connections);
        this.prefix = prefix;
        this.ordered = ordered;
        this.extended = extended;
        this.expiresSeconds = expiresSeconds;
    }

    /// Connects when first needed.
    ///
    /// @throws dev.lovage.engine.settings.BadSetting if the URL or a setting can't be used
    public static RedisResults open(String url, Settings settings) {
        var options = settings.map(Setting.RESULT_BACKEND_TRANSPORT_OPTIONS);
        return new RedisResults(
                new Connections(
                        RedisUrl.read(url, Setting.RESULT_BACKEND),
                        "lovage-results",
                        CONNECTIONS_MAX,
                        CONNECT_TIMEOUT,
                        ANSWER_TIMEOUT,
                        false),
                prefix(settings),
                options.path("result_chord_ordered").asBoolean(true),
                settings.flag(Setting.RESULT_EXTENDED),
                settings.duration(Setting.RESULT_EXPIRES).toSeconds());
    }

    /// What all keys begin with, by `result_backend_transport_options`.
    public static String prefix(Settings settings) {
        return prefix(settings.map(Setting.RESULT_BACKEND_TRANSPORT_OPTIONS)
                .path("global_keyprefix")
                .asString(""));
    }

    /// Celery ends a prefix that ends in no mark with an underscore.
    private static String prefix(String given) {
        return given.isEmpty() || ":_-.".indexOf(given.charAt(given.length() - 1)) >= 0 ? given : given + "_";
    }

    @Override
    public void write(List<Written> results) {
        for (int i = 0; i < results.size(); i += BATCH) {
            var batch = results.subList(i, Math.min(results.size(), i + BATCH));
            var keys = batch.stream().map(one -> key(one.meta().taskId())).toList();
            var arguments = new ArrayList<Object>(List.of(expiresSeconds));
            batch.forEach(one -> arguments.add(MetaText.write(one, extended)));
            connections.use(connection -> WRITE.run(connection, keys, arguments));
        }
    }

    @Override
    public Optional<ResultMeta> result(String taskId) {
        return get(key(taskId)).flatMap(json -> meta(taskId, json));
    }

    private static Optional<ResultMeta> meta(String taskId, byte[] json) {
        var meta = MetaText.read(taskId, json);
        if (meta.isEmpty()) {
            LOG.warn(
                    "The result of task {} in Redis is not JSON, and is passed over. Workers that write with another"
                            + " result_serializer than json can't share results with this one.",
                    taskId);
        }
        return meta;
    }

    /// Known of groups that Celery saved: those with a group within, and those of `GroupResult.save()`.
    @Override
    public List<ResultMeta> group(String groupId) {
        var ids = new ArrayList<String>();
        saved(groupId).ifPresent(ids::addAll);
        var found = new ArrayList<ResultMeta>();
        for (int i = 0; i < ids.size(); i += BATCH) {
            var batch = ids.subList(i, Math.min(ids.size(), i + BATCH));
            var values = connections.use(connection -> {
                connection.sendCommand(
                        Command.MGET, batch.stream().map(this::key).toArray(String[]::new));
                return connection.getBinaryMultiBulkReply();
            });
            for (int at = 0; at < values.size(); at++) {
                byte @Nullable [] value = values.get(at);
                if (value != null) {
                    meta(batch.get(at), value).ifPresent(found::add);
                }
            }
        }
        return found;
    }

    @Override
    public void save(String groupId, List<String> taskIds) {
        var members = Json.array();
        taskIds.forEach(id -> members.add(
                Json.array().add(Json.array().add(id).add(Json.nothing())).add(Json.nothing())));
        var tuple =
                Json.array().add(Json.array().add(groupId).add(Json.nothing())).add(members);
        var text = Json.python(Json.object().set("result", tuple));
        connections.use(connection -> {
            if (expiresSeconds > 0) {
                connection.sendCommand(Command.SET, joinKey(groupId, ""), text, "EX", String.valueOf(expiresSeconds));
            } else {
                connection.sendCommand(Command.SET, joinKey(groupId, ""), text);
            }
            return connection.getStatusCodeReply();
        });
    }

    @Override
    public Optional<List<String>> saved(String groupId) {
        return tuple(groupId).map(group -> {
            var ids = new ArrayList<String>();
            leaves(group, ids);
            return ids;
        });
    }

    @Override
    public Optional<ResultMeta> await(String taskId, Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + (wait.compareTo(WAIT_MAX) > 0 ? WAIT_MAX : wait).toNanos();
        try (var listening = news.listen(key(taskId))) {
            while (true) {
                long version = listening.subscribed(deadline);
                var found = ready(taskId);
                if (found.isPresent() || version < 0 || System.nanoTime() >= deadline) {
                    return found;
                }
                listening.changed(version, deadline);
            }
        }
    }

    private Optional<ResultMeta> ready(String taskId) {
        try {
            return result(taskId).filter(meta -> meta.state().ready());
        } catch (Busy e) {
            return Optional.empty(); // The connection for news is lost, too, and its return is news.
        }
    }

    @Override
    public void forget(List<String> taskIds) {
        for (int i = 0; i < taskIds.size(); i += BATCH) {
            delete(taskIds.subList(i, Math.min(taskIds.size(), i + BATCH)).stream()
                    .map(this::key)
                    .toArray(String[]::new));
        }
    }

    @Override
    public boolean extended() {
        return extended;
    }

    @Override
    public boolean joins() {
        return true;
    }

    @Override
    public void begin(Join join) {
        connections.use(connection -> BEGIN.run(
                connection,
                List.of(joinKey(join.id(), ".s")),
                List.of(expiresSeconds, join.members().size())));
    }

    @Override
    public void lengthen(String joinId, int by) {
        connections.use(connection -> {
            connection.sendCommand(Command.INCRBY, joinKey(joinId, ".t"), String.valueOf(by));
            return connection.getIntegerReply();
        });
    }

    @Override
    public Optional<List<Join.End>> end(Join.End end) {
        var answer = connections.use(connection -> END.run(
                connection,
                List.of(joinKey(end.joinId(), ".j"), joinKey(end.joinId(), ".t"), joinKey(end.joinId(), ".s")),
                List.of(
                        ChordMember.text(end),
                        ChordMember.score(end),
                        ChordMember.begin(end),
                        expiresSeconds,
                        ordered ? 1 : 0)));
        if (!(answer instanceof List<?> members) || members.isEmpty()) {
            return Optional.empty();
        }
        var ends = new ArrayList<Join.End>();
        int step = ordered ? 2 : 1;
        for (int i = 0; i < members.size(); i += step) {
            var member = (byte[]) members.get(i);
            var score =
                    ordered ? new String((byte[]) members.get(i + 1), StandardCharsets.US_ASCII) : String.valueOf(i);
            ends.add(ChordMember.read(end.joinId(), member, score)
                    .orElseThrow(() -> new IllegalStateException("A member of the chord " + end.joinId()
                            + " is not JSON such as [1, \"id\", \"SUCCESS\", 3], but: "
                            + new String(member, StandardCharsets.UTF_8) + ". The chord's body was not sent.")));
        }
        return Optional.of(structured(end.joinId(), ends));
    }

    /// A header with groups in it was saved by whoever sent it: its body gets results as they are nested there.
    private List<Join.End> structured(String joinId, List<Join.End> flat) {
        var group = tuple(joinId);
        if (group.isEmpty() || !group.get().path(1).isArray()) {
            return flat;
        }
        Map<String, Join.End> byTask = new HashMap<>();
        flat.forEach(one -> byTask.put(one.taskId(), one));
        var ids = new ArrayList<String>();
        leaves(group.get(), ids);
        if (!byTask.keySet().containsAll(ids)) {
            return flat;
        }
        var ends = new ArrayList<Join.End>();
        for (var top : group.get().path(1)) {
            var within = new ArrayList<String>();
            leaves(top, within);
            var failed = within.stream()
                    .map(byTask::get)
                    .filter(one -> !one.succeeded())
                    .findFirst();
            ends.add(failed.map(one -> new Join.End(joinId, ends.size(), one.taskId(), false, one.result(), ""))
                    .orElseGet(() -> new Join.End(
                            joinId, ends.size(), top.path(0).path(0).asString(""), true, nested(top, byTask), "")));
        }
        return ends;
    }

    private static JsonNode nested(JsonNode tuple, Map<String, Join.End> byTask) {
        if (!tuple.path(1).isArray()) {
            var end = byTask.get(tuple.path(0).path(0).asString(""));
            return end == null ? Json.nothing() : end.result();
        }
        var array = Json.array();
        tuple.path(1).forEach(one -> array.add(nested(one, byTask)));
        return array;
    }

    /// A saved group in Celery's tuple form: `[[id, parent], [member, ...]]`, a member that is a task `[[id,
    /// parent], null]`.
    private Optional<ArrayNode> tuple(String groupId) {
        return get(joinKey(groupId, "")).flatMap(json -> {
            try {
                return Json.read(json).path("result") instanceof ArrayNode tuple
                        ? Optional.of(tuple)
                        : Optional.empty();
            } catch (JacksonException e) {
                return Optional.empty();
            }
        });
    }

    private static void leaves(JsonNode tuple, List<String> ids) {
        if (tuple.path(1).isArray()) {
            tuple.path(1).forEach(one -> leaves(one, ids));
        } else if (tuple.path(0).path(0).isString()) {
            ids.add(tuple.path(0).path(0).stringValue());
        }
    }

    @Override
    public void closed(String joinId) {
        delete(joinKey(joinId, ".j"), joinKey(joinId, ".t"), joinKey(joinId, ".s"));
    }

    private void delete(String... keys) {
        connections.use(connection -> {
            connection.sendCommand(Command.DEL, keys);
            return connection.getIntegerReply();
        });
    }

    private Optional<byte[]> get(String key) {
        return connections.use(connection -> {
            connection.sendCommand(Command.GET, key);
            return Optional.ofNullable(connection.getBinaryBulkReply());
        });
    }

    private String key(String taskId) {
        return prefix + "celery-task-meta-" + taskId;
    }

    private String joinKey(String joinId, String part) {
        return prefix + "celery-taskset-meta-" + joinId + part;
    }

    @Override
    public void close() {
        news.close();
        connections.close();
    }
}
