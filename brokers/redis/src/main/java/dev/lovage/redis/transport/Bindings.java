package dev.lovage.redis.transport;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/// Which queues an exchange's messages go to, by the bindings that kombu keeps. Types of exchanges aren't kept:
/// a binding with a pattern is a topic's, one without a direct exchange's.
final class Bindings {
    private Bindings() {}

    /// @return empty when no queue is bound by this key
    static List<String> queues(Connection connection, KombuLayout layout, String exchange, String routingKey) {
        if (exchange.isEmpty()) {
            return routingKey.isEmpty() ? List.of() : List.of(routingKey);
        }
        connection.sendCommand(Command.SMEMBERS, layout.bindings(exchange));
        var queues = new LinkedHashSet<String>();
        for (var member : connection.getBinaryMultiBulkReply()) {
            var fields = new String(member, StandardCharsets.UTF_8).split(Pattern.quote(layout.separator()), -1);
            if (fields.length == 3 && !fields[2].isEmpty() && matches(fields[0], fields[1], routingKey)) {
                queues.add(fields[2]);
            }
        }
        return new ArrayList<>(queues);
    }

    /// Of a topic exchange, as kombu writes it.
    static String pattern(String routingKey) {
        return Arrays.stream(routingKey.split("\\.", -1))
                .map(word -> switch (word) {
                    case "*" -> ".*?[^\\.]";
                    case "#" -> ".*?";
                    default -> escaped(word);
                })
                .collect(Collectors.joining("\\.", "^", "$"));
    }

    private static String escaped(String word) {
        return word.codePoints()
                .mapToObj(letter -> (Character.isLetterOrDigit(letter) || letter == '#' || letter == '*' ? "" : "\\")
                        + Character.toString(letter))
                .collect(Collectors.joining());
    }

    private static boolean matches(String key, String pattern, String routingKey) {
        if (pattern.isEmpty()) {
            return key.equals(routingKey);
        }
        try {
            return Pattern.compile(pattern).matcher(routingKey).lookingAt();
        } catch (PatternSyntaxException e) {
            return key.equals(routingKey);
        }
    }
}
