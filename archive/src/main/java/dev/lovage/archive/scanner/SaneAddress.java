package dev.lovage.archive.scanner;

import java.util.Optional;
import java.util.regex.Pattern;

/// Where a scanner is: `sane:host:port/device`.
///
/// @param port 6566 if the text has none
/// @param device as the daemon there calls it; may have colons and slashes
record SaneAddress(String host, int port, String device) {
    private static final int PORT = 6566;
    private static final Pattern FORM =
            Pattern.compile("sane:(\\[[0-9A-Fa-f:.%a-z]+\\]|[^\\[\\]/:\\s]+)(?::(\\d{1,5}))?/(\\S.{0,254})");

    /// @return empty if the text has another form
    static Optional<SaneAddress> parse(String text) {
        var parts = FORM.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        var host = parts.group(1);
        var port = parts.group(2) == null ? PORT : Integer.parseInt(parts.group(2));
        return port < 1 || port > 65_535
                ? Optional.empty()
                : Optional.of(new SaneAddress(
                        host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port, parts.group(3)));
    }

    @Override
    public String toString() {
        return "sane:" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/" + device;
    }
}
