package dev.lovage.engine.transport;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.settings.Settings;
import java.time.InstantSource;
import java.util.Optional;

/// Opens transports, results and stores for the URLs that it knows. Named in `META-INF/services`.
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

    /// Whether this provider keeps executions under the scheme of the URL.
    default boolean acceptsStore(String url) {
        return false;
    }

    /// Opens a store that keeps what a broker beside it does not.
    ///
    /// @param url as `store_url` has it, or what is chosen where that is not set
    /// @throws dev.lovage.engine.settings.BadSetting if the URL can't be used
    default Bridgeable openStore(String url, Settings settings, Planner planner, InstantSource clock) {
        throw new UnsupportedOperationException("No store is kept at " + Settings.masked(url) + ".");
    }
}
