package dev.lovage.redis.connection;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/// A script that Redis runs as one step. Sent by its digest, and in full where Redis doesn't know it yet.
public final class Script {
    private final String text;
    private final String digest;

    private Script(String text) {
        this.text = text;
        try {
            this.digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// @param beside the class beside which the file lies
    /// @param file such as `claim.lua`
    public static Script of(Class<?> beside, String file) {
        return new Script(read(beside, file));
    }

    /// Several files as one script.
    ///
    /// @param flags what Redis is to know of it before it runs, such as `allow-oom`
    /// @see <a href="https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags">Redis</a>
    public static Script of(Class<?> beside, String flags, List<String> files) {
        return new Script("#!lua flags=" + flags + "\n"
                + files.stream().map(file -> read(beside, file)).collect(Collectors.joining()));
    }

    private static String read(Class<?> beside, String file) {
        try (var in = Objects.requireNonNull(beside.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param arguments texts, which travel as UTF-8, numbers, or bytes
    /// @return `Long`, `byte[]`, or a list of these; an empty list for the script's nil or false
    public Object run(Connection connection, List<String> keys, List<?> arguments) {
        try {
            return answer(connection.executeCommand(command(Command.EVALSHA, digest, keys, arguments)));
        } catch (JedisNoScriptException e) {
            return answer(connection.executeCommand(command(Command.EVAL, text, keys, arguments)));
        }
    }

    private static Object answer(@Nullable Object answer) {
        return answer == null ? List.of() : answer;
    }

    private static CommandArguments command(Command command, String script, List<String> keys, List<?> arguments) {
        return new CommandArguments(command)
                .add(script)
                .add(keys.size())
                .addObjects(keys)
                .addObjects(arguments);
    }
}
