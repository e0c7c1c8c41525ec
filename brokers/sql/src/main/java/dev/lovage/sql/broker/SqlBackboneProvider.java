package dev.lovage.sql.broker;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.BackboneProvider;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.Databases;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;

/// Opens `sqlite:`, `postgresql:` and `postgres:`, each also with `sql+` before it.
public final class SqlBackboneProvider implements BackboneProvider {
    private static final Pattern KNOWN = Pattern.compile("(sql\\+)?(sqlite|postgres(ql)?(\\+psycopg2?)?):.*");

    @Override
    public boolean accepts(String brokerUrl) {
        return KNOWN.matcher(brokerUrl).matches();
    }

    /// @throws BadSetting if results or store are to lie elsewhere
    @Override
    public Backbone open(Settings settings, Planner planner, InstantSource clock) {
        var url = settings.brokerUrl();
        for (var elsewhere : List.of(Setting.RESULT_BACKEND, Setting.STORE_URL)) {
            var given = settings.text(elsewhere);
            if (!given.isEmpty() && !plain(given).equals(plain(url))) {
                throw new BadSetting("The setting " + elsewhere.key() + " is " + Settings.masked(given)
                        + ", but on a SQL broker results and store lie in the broker's own database."
                        + " Remove the setting, or give it the value of broker_url.");
            }
        }
        var database = Databases.open(
                url, settings.data(), DatabaseSettings.DEFAULT.queueMax(settings.number(Setting.BROKER_QUEUE_MAX)));
        return SqlBackbone.open(database, planner, clock);
    }

    private static String plain(String url) {
        return url.replaceFirst("^sql\\+", "");
    }
}
