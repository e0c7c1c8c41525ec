package dev.lovage.redis.connection;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/// What a Redis does not promise as it is set up: messages survive its crash only with `appendonly yes` and
/// `appendfsync always`, and none is thrown out only with `maxmemory-policy noeviction`.
final class Weaknesses {
    private Weaknesses() {}

    static List<String> of(Connection connection, List<RedisUrl> urls) {
        var found = new ArrayList<String>();
        Map<String, String> settings;
        try {
            settings = settings(connection);
        } catch (JedisDataException e) {
            settings = Map.of();
            found.add("It does not tell its settings (CONFIG GET: " + e.getMessage()
                    + "), so that it isn't known whether messages survive a crash of it.");
        }
        if (settings.getOrDefault("appendonly", "yes").equals("no")) {
            found.add("Messages sent since its last snapshot are lost when it crashes: appendonly is no. Set appendonly"
                    + " yes and appendfsync always.");
        } else if (!settings.getOrDefault("appendfsync", "always").equals("always")) {
            found.add("Messages of the last second or more are lost when its machine crashes: appendfsync is "
                    + settings.get("appendfsync") + ". Set appendfsync always.");
        }
        var policy = settings.getOrDefault("maxmemory-policy", "noeviction");
        if (!policy.equals("noeviction")) {
            found.add("It may throw messages out when its memory is full: maxmemory-policy is " + policy
                    + ". Set maxmemory-policy noeviction.");
        }
        for (var url : urls) {
            if (url.tls().isPresent() && !url.tls().get().checked()) {
                found.add("Anyone in between can read and change what goes to " + url
                        + ": ssl_cert_reqs is none. Leave it out, and name the root in ssl_ca_certs.");
            }
        }
        return found;
    }

    private static Map<String, String> settings(Connection connection) {
        var settings = new HashMap<String, String>();
        for (var name : List.of("appendonly", "appendfsync", "maxmemory-policy")) {
            connection.sendCommand(Command.CONFIG, "GET", name);
            var pair = connection.getBinaryMultiBulkReply();
            if (pair.size() == 2) {
                settings.put(name, new String(pair.get(1), StandardCharsets.UTF_8));
            }
        }
        return settings;
    }
}
