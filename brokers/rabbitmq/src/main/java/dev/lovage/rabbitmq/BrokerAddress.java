package dev.lovage.rabbitmq;

import dev.lovage.engine.settings.BadSetting;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// One RabbitMQ, as a URL names it: `amqp://user:password@host:port/vhost`, or `amqps` over TLS. Left out, they
/// are `guest`, `guest`, `localhost`, 5672 (5671 over TLS) and `/`.
record BrokerAddress(boolean tls, String user, String password, String host, int port, String vhost) {
    private static final Pattern FORM = Pattern.compile(
            "(amqps?|pyamqp)://(?:([^:@/]*)(?::([^@/]*))?@)?(\\[[0-9a-fA-F:.]+]|[^:/@?\\[\\]]*)(?::(\\d{1,5}))?(?:/([^?]*))?");

    /// @param urls one, or several separated by `;`
    /// @throws BadSetting saying which one can't be read, without repeating it: it may hold a password
    static List<BrokerAddress> list(String urls) {
        var addresses = new ArrayList<BrokerAddress>();
        for (var url : urls.split(";", -1)) {
            if (!url.isBlank()) {
                addresses.add(parse(url.strip(), addresses.size() + 1));
            }
        }
        if (addresses.isEmpty()) {
            throw new BadSetting("broker_url names no broker.");
        }
        return List.copyOf(addresses);
    }

    private static BrokerAddress parse(String url, int number) {
        var matcher = FORM.matcher(url);
        if (!matcher.matches()) {
            throw new BadSetting("The URL of broker " + number
                    + " can't be read. Expected is amqp://user:password@host:port/vhost, or amqps:// for TLS, with the"
                    + " characters : / ? @ ; of a name or password written as %3A %2F %3F %40 %3B, and nothing after"
                    + " the vhost.");
        }
        var tls = matcher.group(1).equals("amqps");
        var port = matcher.group(5) == null ? tls ? 5671 : 5672 : Integer.parseInt(matcher.group(5));
        if (port < 1 || port > 65535) {
            throw new BadSetting("The URL of broker " + number + " has the port " + port + "; ports are 1 to 65535.");
        }
        return new BrokerAddress(
                tls,
                decoded(matcher.group(2), "guest", number),
                decoded(matcher.group(3), "guest", number),
                decoded(matcher.group(4), "localhost", number).replaceAll("[\\[\\]]", ""),
                port,
                decoded(matcher.group(6), "/", number));
    }

    private static String decoded(@org.jspecify.annotations.Nullable String part, String preset, int number) {
        if (part == null || part.isEmpty()) {
            return preset;
        }
        try {
            return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new BadSetting("The URL of broker " + number + " has a % that no two hexadecimal digits follow.");
        }
    }

    /// For people: without the password.
    @Override
    public String toString() {
        return (tls ? "amqps://" : "amqp://") + user + "@" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port
                + (vhost.startsWith("/") ? vhost : "/" + vhost);
    }
}
