package dev.lovage.engine.beat;

import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.canvas.MessageTooLarge;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.store.Schedules.Lead;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Sends tasks when their schedules are due. Any number of beats may run on one store: one leads, the others wait.
///
/// The life of a due time: the leader finds it between the time that its schedule was last sent for and now; one
/// transaction makes sure of the lead, moves the schedule's last time up to it, and sends the task under an id that
/// follows from the schedule's name and that time. A crash before the commit leaves it to the next leader, one
/// after it leaves nothing to do.
///
/// Invariants:
/// 1. A due time is sent once: a beat that lost the lead writes nothing, and what is sent again by any mistake is
///    the same task, which the store knows.
/// 2. A beat is taken for dead when its counter stood still while another one looked for a whole lease, by that
///    one's clock. To be wrong about it costs nothing, because of 1.
/// 3. Times are the store's: beats whose machines disagree about the time find the same ones due.
public final class Beat implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Beat.class);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);

    private static final int LOOKS_PER_LEASE = 4;

    private final Backbone backbone;
    private final Planner planner;
    private final Timetable timetable;
    private final Schedules schedules;
    private final String name;
    private final Duration lease;
    private final Map<String, JsonNode> configured;
    private final Thread thread;
    private final CountDownLatch ends = new CountDownLatch(1);

    /// What can't be used was told of, by its definition.
    private final Set<String> told = new HashSet<>();

    private volatile Optional<Long> epoch = Optional.empty();
    private Lead seen = new Lead(-1, Optional.empty(), -1);
    private Instant seenSince = Instant.MIN;

    private Beat(Backbone backbone, Planner planner, Settings settings, String name) {
        this.backbone = backbone;
        this.planner = planner;
        this.timetable = Timetable.of(backbone, settings);
        this.schedules = timetable.schedules();
        this.name = name;
        this.lease = settings.duration(Setting.WORKER_LEASE);
        this.configured = Timetable.configured(settings);
        var now = backbone.store().now();
        configured.forEach((task, definition) -> {
            plan(PeriodicTask.of(task, definition), now, now); // one that can't be sent is told now
        });
        this.thread = Thread.ofPlatform().name("lovage-beat").daemon().unstarted(this::run);
    }

    /// A beat that does nothing yet: it is started, or its rounds are called for, by one thread at a time.
    ///
    /// @param name for people
    /// @throws dev.lovage.engine.settings.BadSetting if `beat_schedule` can't be used
    /// @throws UnsupportedOperationException if the store remembers no schedules
    public static Beat of(Backbone backbone, Planner planner, Settings settings, String name) {
        return new Beat(backbone, planner, settings, name);
    }

    /// Runs on a thread of its own until it is closed.
    public Beat start() {
        thread.start();
        return this;
    }

    public String name() {
        return name;
    }

    private void run() {
        do {
            Duration wait;
            try {
                wait = round();
            } catch (RuntimeException e) {
                wait = LONGEST_WAIT;
                LOG.warn(
                        "The beat {} could not look what is due, and looks again in {} s: {}",
                        name,
                        wait.toSeconds(),
                        e.toString());
                LOG.debug("This was thrown.", e);
            }
            try {
                if (ends.await(wait.toNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
            } catch (InterruptedException e) {
                return;
            }
        } while (true);
    }

    /// Sends what is due, if this beat leads or can take the lead.
    ///
    /// @return how long nothing is to be done
    public Duration round() {
        var longest = min(LONGEST_WAIT, lease.dividedBy(LOOKS_PER_LEASE));
        try {
            if (!leads()) {
                return longest;
            }
            var now = backbone.store().now();
            var wait = longest;
            for (var row : schedules.all()) {
                if (ends.getCount() == 0) {
                    break;
                }
                if (row.enabled()) {
                    wait = min(wait, send(row, now));
                }
            }
            return wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
        } catch (LeaseLost e) {
            LOG.warn("The beat {} does not lead any more: another one has taken the lead.", name);
            epoch = Optional.empty();
            return longest;
        }
    }

    /// Whether this beat leads.
    public boolean leading() {
        return epoch.isPresent();
    }

    private boolean leads() {
        if (epoch.isPresent()) {
            var held = epoch.get();
            backbone.transaction(tx -> {
                schedules.fence(tx, held);
                return held;
            });
            return true;
        }
        var now = backbone.store().now();
        var lead = schedules.lead();
        if (!lead.equals(seen)) {
            seen = lead;
            seenSince = now;
        }
        if (lead.leader().isPresent() && Duration.between(seenSince, now).compareTo(lease) < 0) {
            return false;
        }
        var taken = schedules.takeLead(lead, name);
        if (taken.isEmpty()) {
            return false;
        }
        timetable.configure(configured, taken.get());
        epoch = taken;
        LOG.info(
                "The beat {} leads{}.",
                name,
                lead.leader()
                        .map(before -> "; " + before + " did not give a sign any more")
                        .orElse(""));
        return true;
    }

    /// @return how long this schedule is not due
    private Duration send(Schedules.Row row, Instant now) {
        try {
            return send(Timetable.task(row), row, now);
        } catch (IllegalArgumentException | MessageTooLarge e) {
            if (told.add(row.name() + row.definition())) {
                LOG.error(
                        "The periodic task '{}' is not sent, while others are, until it is changed: {}",
                        row.name(),
                        e.getMessage());
            }
            return LONGEST_WAIT;
        }
    }

    private Duration send(PeriodicTask task, Schedules.Row row, Instant now) {
        var zone = timetable.zone();
        var due = task.due(row.last(), now, zone);
        var at = Optional.of(row);
        if (due.isEmpty()) {
            at = passOver(task, row, now);
        }
        for (var time : due) {
            if (at.isEmpty() || ends.getCount() == 0) {
                return Duration.ZERO;
            }
            at = sendFor(time, task, at.get());
        }
        return at.flatMap(last -> task.schedule().next(last.last(), zone))
                .map(next -> Duration.between(backbone.store().now(), next))
                .filter(wait -> !wait.isNegative())
                .orElse(Duration.ZERO);
    }

    private Optional<Schedules.Row> sendFor(Instant time, PeriodicTask task, Schedules.Row row) {
        var now = backbone.store().now();
        var plan = plan(task, time, now);
        var sent = advance(row, time, Optional.of(now), Optional.of(plan));
        if (sent.isPresent()) {
            LOG.info("Sent {} as {}, due by '{}' at {}.", task.task(), task.taskId(time), task.name(), time);
        }
        return sent;
    }

    /// Times that are too long ago are not looked at again.
    private Optional<Schedules.Row> passOver(PeriodicTask task, Schedules.Row row, Instant now) {
        var missed = task.schedule().between(row.last(), now, timetable.zone(), 1);
        if (missed.isEmpty()) {
            return Optional.of(row);
        }
        LOG.warn(
                "The periodic task '{}' was not sent for its times up to {}: that is longer ago than its misfire_grace"
                        + " of {} s.",
                task.name(),
                missed.getLast(),
                task.grace().toSeconds());
        return advance(row, missed.getLast(), Optional.empty(), Optional.empty());
    }

    /// @return how the schedule stands then; empty if somebody has changed it meanwhile
    private Optional<Schedules.Row> advance(
            Schedules.Row row, Instant to, Optional<Instant> sent, Optional<Plan> plan) {
        var held = epoch.orElseThrow(() -> new LeaseLost("What is due by '" + row.name() + "'"));
        var changed = backbone.transaction(tx -> {
            schedules.fence(tx, held);
            var ours = schedules.advance(tx, row, to, sent);
            if (ours) {
                plan.ifPresent(one -> backbone.broker().publish(tx, one));
            }
            return ours;
        });
        return changed
                ? Optional.of(new Schedules.Row(
                        row.name(), row.configured(), row.definition(), true, to, sent.or(row::sent), row.count()))
                : Optional.empty();
    }

    private Plan plan(PeriodicTask task, Instant time, Instant now) {
        return planner.freeze(task.signature(time, now).node(), Lineage.CLIENT).plan();
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /// Ends after what it is just sending, and gives the lead back, so that another beat takes it at once.
    @Override
    public void close() {
        ends.countDown();
        try {
            if (thread.isAlive()) {
                thread.join(LONGEST_WAIT.multipliedBy(2));
            }
            if (!thread.isAlive() && epoch.isPresent()) {
                schedules.resign(epoch.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn(
                    "The beat {} could not give the lead back; another one takes it after {} s: {}",
                    name,
                    lease.toSeconds(),
                    e.toString());
        }
    }
}
