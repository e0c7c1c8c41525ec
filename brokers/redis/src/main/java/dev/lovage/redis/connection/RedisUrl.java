package dev.lovage.redis.connection;

import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One Redis, as kombu writes it: `redis://[user][:password]@host:port/database`, with `rediss` for TLS.
///
/// @param database 0 unless the path says otherwise
/// @param tls empty when the connection is in the clear
public record RedisUrl(
        String host, int port, Optional<String> user, Optional<String> password, int database, Optional<Tls> tls) {
    private static final Logger LOG = LoggerFactory.getLogger(RedisUrl.class);
    private static final int PORT = 6379;
    private static final String KNOWN = "Known is redis://user:password@host:port/database, with rediss instead of"
            + " redis for TLS, and several separated by ';'.";

    public static boolean accepts(String url) {
        var first = url.strip().toLowerCase(Locale.ROOT);
        return first.startsWith("redis://") || first.startsWith("rediss://");
    }

    /// @param urls one, or several separated by `;`, that lead to the same Redis or to one that takes its place
    /// @param setting where they come from, for the message
    /// @throws BadSetting if one can't be read; its password is never repeated
    public static List<RedisUrl> read(String urls, Setting setting) {
        var found = new ArrayList<RedisUrl>();
        for (var url : urls.split(";", -1)) {
            if (!url.isBlank()) {
                found.add(one(url.strip(), setting));
            }
        }
        return List.copyOf(found);
    }

    private static RedisUrl one(String url, Setting setting) {
        if (!accepts(url)) {
            throw bad(url, setting, "its scheme is neither redis nor rediss");
        }
        boolean secure = url.toLowerCase(Locale.ROOT).startsWith("rediss");
        URI uri;
        try {
            // A host may be left out, as in redis:///1 and redis://, and URI would take what follows for a path.
            uri = new URI(url.replaceFirst("://(?=$|[/?])", "://localhost"));
        } catch (URISyntaxException e) {
            throw bad(url, setting, "it is no URL");
        }
        var host = uri.getHost();
        var user = Optional.ofNullable(uri.getRawUserInfo());
        if (host == null) {
            throw bad(url, setting, "it names no host");
        }
        var login = user.map(text -> text.split(":", 2)).orElse(new String[0]);
        var query = query(uri.getRawQuery() == null ? "" : uri.getRawQuery(), secure);
        return new RedisUrl(
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                uri.getPort() < 0 ? PORT : uri.getPort(),
                login.length > 0 && !login[0].isEmpty() ? Optional.of(decoded(login[0])) : Optional.empty(),
                login.length > 1 && !login[1].isEmpty() ? Optional.of(decoded(login[1])) : Optional.empty(),
                database(url, setting, uri.getRawPath() == null ? "" : uri.getRawPath()),
                secure ? Optional.of(Tls.of(query, setting)) : Optional.empty());
    }

    private static int database(String url, Setting setting, String path) {
        var digits = path.replaceAll("^/|/$", "");
        if (digits.isEmpty()) {
            return 0;
        }
        if (!digits.matches("\\d{1,6}")) {
            throw bad(url, setting, "its path is not the number of a database");
        }
        return Integer.parseInt(digits);
    }

    private static Map<String, String> query(String text, boolean secure) {
        var query = new LinkedHashMap<String, String>();
        for (var pair : text.split("&", -1)) {
            var parts = pair.split("=", 2);
            if (parts.length == 2) {
                query.put(decoded(parts[0]), decoded(parts[1]));
            }
        }
        var unused = new ArrayList<>(query.keySet());
        unused.removeAll(secure ? Tls.NAMES : Set.of());
        if (!unused.isEmpty()) {
            LOG.warn(
                    "These parameters of a Redis URL are not used here: {}. Known are {}, with rediss.",
                    unused,
                    Tls.NAMES);
        }
        return query;
    }

    private static BadSetting bad(String url, Setting setting, String why) {
        return new BadSetting(
                "The URL " + Settings.masked(url) + " of " + setting.key() + " can't be used: " + why + ". " + KNOWN);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /// Without user, password and parameters.
    @Override
    public String toString() {
        return (tls.isPresent() ? "rediss://" : "redis://") + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + port + "/" + database;
    }
}
