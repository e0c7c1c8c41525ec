package dev.lovage.engine;

import dev.lovage.engine.settings.Judgement;
import dev.lovage.engine.settings.Settings;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says which settings are not honoured as they stand, a line for each, once however many workers are started.
final class Remarks {
    private static final Logger LOG = LoggerFactory.getLogger(Remarks.class);

    private final Settings settings;
    private final Set<String> said = ConcurrentHashMap.newKeySet();

    Remarks(Settings settings) {
        this.settings = settings;
    }

    /// @param pool of the worker that was started; empty for a beat
    void say(Optional<String> pool) {
        settings.judged(pool).stream()
                .filter(one -> one.verdict() != Judgement.Verdict.HONOURED)
                .map(Judgement::line)
                .filter(said::add)
                .forEach(LOG::warn);
    }
}
