package dev.lovage.conformance;

import java.nio.charset.StandardCharsets;
import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;

/// Looks at Redis, and changes it, past both sides.
final class Raw implements AutoCloseable {
    private final Connection connection;

    /// @param database as in the path of a URL
    Raw(int port, int database) {
        this.connection = new Connection(new HostAndPort("127.0.0.1", port));
        ask(Command.SELECT, database);
    }

    /// @return texts, numbers, and lists of these; `nil` for nothing
    Object ask(Command command, Object... arguments) {
        return readable(connection.executeCommand(new CommandArguments(command).addObjects(arguments)));
    }

    String text(Command command, Object... arguments) {
        return String.valueOf(ask(command, arguments));
    }

    long number(Command command, Object... arguments) {
        return (Long) ask(command, arguments);
    }

    @SuppressWarnings("unchecked")
    List<String> list(Command command, Object... arguments) {
        return (List<String>) ask(command, arguments);
    }

    /// How many listen on a channel.
    long listeners(String channel) {
        return Long.parseLong(
                String.valueOf(list(Command.PUBSUB, "NUMSUB", channel).get(1)));
    }

    private static Object readable(Object answer) {
        return switch (answer) {
            case null -> "nil";
            case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
            case List<?> list -> list.stream().map(Raw::readable).toList();
            default -> answer;
        };
    }

    @Override
    public void close() {
        connection.close();
    }
}
