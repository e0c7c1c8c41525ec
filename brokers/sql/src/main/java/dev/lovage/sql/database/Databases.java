package dev.lovage.sql.database;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Opens the database that a URL names.
public final class Databases {
    private static final String KNOWN = "Known are sqlite:///relative/path, sqlite:////absolute/path and"
            + " postgresql://user:password@host:port/database, each also with sql+ before it, as in Celery.";

    private Databases() {}

    /// Opens SQLite or PostgreSQL. As in SQLAlchemy, a path after three slashes is relative (to `dataFolder`),
    /// and one after four is absolute. User and password are percent-encoded where they hold any of `:/?#[]@%`.
    ///
    /// @throws IllegalArgumentException if the URL names neither; its password is never repeated
    /// @throws DatabaseFailed if a SQLite file cannot be opened. PostgreSQL is connected to when first needed
    public static Database open(String url, Path dataFolder, DatabaseSettings settings) {
        String plain = url.startsWith("sql+") ? url.substring("sql+".length()) : url;
        if (plain.startsWith("sqlite:")) {
            return SqliteDatabase.open(file(plain, dataFolder), settings);
        }
        int colon = plain.indexOf(':');
        String scheme = colon < 0 ? "" : plain.substring(0, colon);
        return switch (scheme) {
            case "postgresql", "postgres", "postgresql+psycopg2", "postgresql+psycopg" ->
                postgres(plain.substring(colon + 1), settings);
            default ->
                throw new IllegalArgumentException((scheme.isEmpty()
                                ? "The database URL has no scheme. "
                                : "No database has the scheme " + scheme + ". ")
                        + KNOWN + " Nothing was opened.");
        };
    }

    private static Path file(String url, Path dataFolder) {
        String prefix = "sqlite:///";
        if (!url.startsWith(prefix) || url.length() == prefix.length()) {
            throw new IllegalArgumentException(
                    "The database URL " + url + " names no file. " + KNOWN + " Nothing was opened.");
        }
        return dataFolder.resolve(decoded(url.substring(prefix.length())));
    }

    private static Database postgres(String rest, DatabaseSettings settings) {
        URI uri;
        try {
            uri = new URI("postgresql:" + rest);
        } catch (URISyntaxException e) {
            throw unreadable();
        }
        String database = uri.getRawPath();
        if (uri.getHost() == null || database == null || database.length() < 2) {
            throw unreadable();
        }
        String[] login = uri.getRawUserInfo() == null
                ? new String[0]
                : uri.getRawUserInfo().split(":", 2);
        String user = login.length > 0 ? decoded(login[0]) : "postgres";
        String password = login.length > 1 ? decoded(login[1]) : "";
        int port = uri.getPort() < 0 ? 5432 : uri.getPort();
        String parameters = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return PostgresDatabase.open(
                "jdbc:postgresql://" + uri.getHost() + ":" + port + database + parameters, user, password, settings);
    }

    private static IllegalArgumentException unreadable() {
        return new IllegalArgumentException(
                "The database URL of PostgreSQL cannot be read (it is not shown here: it may hold" + " a password). "
                        + KNOWN + " Nothing was opened.");
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
