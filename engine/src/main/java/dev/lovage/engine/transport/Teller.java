package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.canvas.Planner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the shared results what the store has noted: states, and beginnings and ends of joins. Used by one
/// thread, the relay's.
///
/// Notes that were handed out are this process's to tell, for a while. Whoever comes later than that tells
/// nothing: another process may have told newer ones.
final class Teller {
    private static final Logger LOG = LoggerFactory.getLogger(Teller.class);

    /// Half of the time after which what was not told is handed out to others.
    private static final Duration TIMELY = Duration.ofSeconds(5);

    private static final int AT_ONCE = 1_000;
    private static final long BYTES_AT_ONCE = 16 * 1024 * 1024;

    /// Steps of one round: after the last one the results are taken to be away.
    private static final int FAILURES_MAX = 2;

    /// Rounds in a row that failed and are repeated soon.
    private static final int SOON_MAX = 3;

    private static final String RESULTS = "results";

    private final Broker broker;
    private final Staging staging;
    private final SharedResults results;
    private final Closing closing;
    private final Resting resting = new Resting();

    /// @param broker of the store, which takes the bodies of joins
    Teller(Broker broker, Staging staging, SharedResults results, Planner planner) {
        this.broker = broker;
        this.staging = staging;
        this.results = results;
        this.closing = new Closing(results, planner);
    }

    /// Joins begin first, then states are written, then members end.
    ///
    /// @return whether there was anything
    boolean round() {
        if (!resting.now().isEmpty()) {
            return false;
        }
        var asked = System.nanoTime();
        var left = new ArrayList<>(steps(staging.untold(AT_ONCE, BYTES_AT_ONCE)));
        if (left.isEmpty()) {
            return false;
        }
        var failed = new ArrayList<Step>();
        while (!left.isEmpty() && failed.size() < FAILURES_MAX && System.nanoTime() - asked < TIMELY.toNanos()) {
            var step = left.removeFirst();
            if (!told(step)) {
                failed.add(step);
            }
        }
        if (failed.isEmpty()) {
            resting.worked(RESULTS);
        } else if (resting.failed(RESULTS) <= SOON_MAX) {
            left.addAll(failed);
        }
        // What has failed more often stays with this process until its time is over, so that it is not in the way.
        if (!left.isEmpty()) {
            staging.notTold(left.stream().flatMap(step -> step.notes().stream()).toList());
        }
        return true;
    }

    private boolean told(Step step) {
        try {
            step.telling().run();
        } catch (RuntimeException e) {
            LOG.warn("The results could not be told what they have to hear; it is told later: {}", e.toString());
            LOG.debug("This was thrown while telling.", e);
            return false;
        }
        staging.done(step.notes());
        return true;
    }

    private record Step(List<Long> notes, Runnable telling) {}

    private List<Step> steps(List<Staging.Note> notes) {
        var begins = new ArrayList<Step>();
        var written = new ArrayList<SharedResults.Written>();
        var ids = new ArrayList<Long>();
        var ends = new ArrayList<Step>();
        for (var note : notes) {
            switch (note) {
                case Staging.Note.Begin(var id, var join) ->
                    begins.add(new Step(List.of(id), () -> results.begin(join)));
                case Staging.Note.Result(var id, var one) -> {
                    written.add(one);
                    ids.add(id);
                }
                case Staging.Note.End(var id, var end) ->
                    ends.add(new Step(List.of(id), () -> closing.end(end, broker::publish)));
            }
        }
        var steps = begins;
        if (!ids.isEmpty()) {
            steps.add(new Step(ids, () -> results.write(written)));
        }
        steps.addAll(ends);
        return steps;
    }
}
