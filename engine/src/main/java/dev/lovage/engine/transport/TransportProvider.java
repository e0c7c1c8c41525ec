package dev.lovage.engine.transport;

import dev.lovage.engine.settings.Settings;
import java.util.Optional;

/// Opens transports and results for the URLs that it knows. Named in `META-INF/services`.
public interface TransportProvider {
    /// Whether this provider speaks the scheme of the broker's URL.
    boolean acceptsBroker(String url);

    /// @param url one broker, or several that are tried in turn, separated by `;`
    /// @throws dev.lovage.engine.settings.BadSetting if the URL or a setting can't be used
    Transport open(String url, Settings settings);

    /// Whether this provider keeps results under the scheme of the URL.
    boolean acceptsResults(String url);

    /// @param transport the broker of the same installation, for results that travel through it
    /// @param replyTo what this process names as the queue of replies in what it sends
    SharedResults openResults(String url, Settings settings, Optional<Transport> transport, String replyTo);
}
