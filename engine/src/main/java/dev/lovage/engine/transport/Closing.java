package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.payload.PayloadsAway;
import dev.lovage.engine.result.Failures;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts ends of members where joins are counted in shared results, and sends the body of a join with its last one.
public final class Closing {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

    private final SharedResults results;
    private final Planner planner;

    public Closing(SharedResults results, Planner planner) {
        this.results = results;
        this.planner = planner;
    }

    /// The body is sent before the join's keys go: between the two, the last end comes again.
    ///
    /// @param publish sends what follows; what it throws is thrown on, and the end is to be told again
    public void end(Join.End end, Consumer<Plan> publish) {
        List<Join.End> ends;
        try {
            var all = results.end(end);
            if (all.isEmpty()) {
                return;
            }
            ends = all.get();
        } catch (Busy e) {
            throw e;
        } catch (RuntimeException e) {
            ends = List.of(failed(end, e));
        }
        var join = new Join(
                end.joinId(),
                end.body(),
                ends.stream().map(Join.End::taskId).toList(),
                end.rootId().isEmpty() ? end.taskId() : end.rootId(),
                end.taskId());
        publish.accept(following(join, ends));
        results.closed(end.joinId());
    }

    private static Join.End failed(Join.End end, RuntimeException why) {
        return new Join.End(end.joinId(), end.index(), end.taskId(), false, Failures.encode(why), "");
    }

    /// A body that can't be sent, perhaps because all results together are too long, fails, and says so.
    private Plan following(Join join, List<Join.End> ends) {
        try {
            return planner.close(join, ends);
        } catch (PayloadsAway e) {
            throw e; // it is told in the next round
        } catch (RuntimeException e) {
            LOG.warn("The body of the chord {} can't be sent, and fails: {}", join.id(), e.toString());
            try {
                return planner.close(join, List.of(failed(ends.getFirst(), e)));
            } catch (RuntimeException unreadable) {
                LOG.error(
                        "The body of the chord {} can't be read: {} Nobody can be told of it. This is what its members"
                                + " carried: {}",
                        join.id(),
                        unreadable.toString(),
                        join.body());
                return Plan.NOTHING;
            }
        }
    }
}
