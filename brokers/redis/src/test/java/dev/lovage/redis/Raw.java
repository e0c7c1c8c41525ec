package dev.lovage.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.commands.ProtocolCommand;

/// Looks at Redis, and changes it, past the code under test.
public final class Raw implements AutoCloseable {
    private final Connection connection;

    public Raw(int port) {
        this.connection = new Connection(new HostAndPort("127.0.0.1", port));
    }

    /// @return texts, numbers, and lists of these; `nil` for nothing
    public Object ask(ProtocolCommand command, Object... arguments) {
        return readable(connection.executeCommand(new CommandArguments(command).addObjects(arguments)));
    }

    public String text(ProtocolCommand command, Object... arguments) {
        return String.valueOf(ask(command, arguments));
    }

    public long number(ProtocolCommand command, Object... arguments) {
        return (Long) ask(command, arguments);
    }

    @SuppressWarnings("unchecked")
    public List<String> list(ProtocolCommand command, Object... arguments) {
        return (List<String>) ask(command, arguments);
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
