package dev.lovage.server.web;

import dev.lovage.engine.json.Json;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Loopback is not authentication: a page that a browser on this machine has open must not act here.
///
/// 1. The Host names loopback and our port, so that another name that was made to point here (DNS rebinding) is
///    refused.
/// 2. What changes state comes from our own origin, if it comes from a browser.
/// 3. What changes state has a content type that no form can send, so that a browser asks first (and is told no).
/// 4. No answer may be framed, sniffed or refer; pages run our own scripts and styles only.
final class Guard implements Filter {
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> FORMS =
            Set.of("", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain");
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    @Override
    public void doFilter(ServletRequest plain, ServletResponse plainResponse, FilterChain chain)
            throws IOException, ServletException {
        var request = (HttpServletRequest) plain;
        var response = (HttpServletResponse) plainResponse;
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        response.setHeader("Cache-Control", "no-store");
        var refused = refused(request);
        if (refused.isPresent()) {
            response.setStatus(refused.get().status());
            response.setContentType("application/json");
            response.getOutputStream().write(Json.bytes(refused.get().json()));
        } else {
            chain.doFilter(request, response);
        }
    }

    private static Optional<Refused> refused(HttpServletRequest request) {
        var port = request.getLocalPort();
        var hosts = Set.of("127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port);
        var host = Optional.ofNullable(request.getHeader("Host"))
                .map(name -> name.toLowerCase(Locale.ROOT))
                .orElse("");
        if (!hosts.contains(host)) {
            return Optional.of(Refused.of(
                    421,
                    "host_refused",
                    "The Host header does not name this server.",
                    "Nothing was done. Use http://127.0.0.1:" + port + "/."));
        }
        if (READING.contains(request.getMethod())) {
            return Optional.empty();
        }
        var origin = Optional.ofNullable(request.getHeader("Origin"));
        var site = Optional.ofNullable(request.getHeader("Sec-Fetch-Site"));
        if (origin.filter(given -> !given.equals("http://" + host)).isPresent()
                || site.filter(given -> !given.equals("same-origin")).isPresent()) {
            return Optional.of(Refused.of(
                    403,
                    "origin_refused",
                    "A browser sends this from another origin.",
                    "Nothing was done. Only this server's own pages may change anything from a browser."));
        }
        var type = Optional.ofNullable(request.getContentType())
                .orElse("")
                .split(";", 2)[0]
                .strip()
                .toLowerCase(Locale.ROOT);
        if (FORMS.contains(type)) {
            return Optional.of(Refused.of(
                    415,
                    "unsupported_media_type",
                    "The Content-Type is " + (type.isEmpty() ? "missing" : type) + ".",
                    "Nothing was done. Send application/json, message/rfc822 or text/csv."));
        }
        return Optional.empty();
    }
}
