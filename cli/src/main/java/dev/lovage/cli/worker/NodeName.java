package dev.lovage.cli.worker;

import dev.lovage.cli.terminal.CommandFailed;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/// A worker's name as `celery worker -n` reads it.
///
/// @see <a href="https://docs.celeryq.dev/en/stable/userguide/workers.html#starting-the-worker">Celery's workers
///     guide</a>
final class NodeName {
    private static final Pattern VARIABLE = Pattern.compile("%(.)");
    private static final String NAME = "celery";

    private NodeName() {}

    /// @param pattern `name`, `name@host` or either with `%h`, `%n` and `%d`; a name alone is a host
    static String of(String pattern) {
        return of(pattern, host());
    }

    static String of(String pattern, String host) {
        if (pattern.isBlank()) {
            throw CommandFailed.usage("-n is a worker's name, such as light@%h, but is empty. Nothing was started.");
        }
        var at = pattern.indexOf('@');
        var name = at < 0 ? NAME : pattern.substring(0, at);
        var place = at < 0 ? pattern : pattern.substring(at + 1);
        var dot = host.indexOf('.');
        return VARIABLE.matcher(name + "@" + place).replaceAll(found -> switch (found.group(1)) {
            case "h" -> host;
            case "n" -> dot < 0 ? host : host.substring(0, dot);
            case "d" -> dot < 0 ? "" : host.substring(dot + 1);
            case "%" -> "%";
            default ->
                throw CommandFailed.usage(
                        "-n knows %h (the host), %n (the host without its domain), %d (the domain) and"
                                + " %%, but not %" + found.group(1) + ". Nothing was started.");
        });
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
