package dev.lovage.engine.store;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.settings.Settings;
import java.time.InstantSource;

/// Opens backbones for the broker URLs it knows. Named in `META-INF/services`.
public interface BackboneProvider {
    /// Whether this provider speaks the scheme of the URL.
    boolean accepts(String brokerUrl);

    Backbone open(Settings settings, Planner planner, InstantSource clock);
}
