package dev.lovage.engine.rate;

import dev.lovage.engine.message.ExecutionKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The line of those who wait to start a task of one name, whoever keeps it. Each that comes too early gets a
/// place and is put off; it holds no slot meanwhile.
///
/// Invariants:
/// 1. Two starts of one name are a step apart, which is 1 / rate.
/// 2. Whoever has a place keeps it, and those who come later stand behind; but while nobody's place is within the
///    next step, as after the limit was raised or the clock was set back, whoever asks first starts.
/// 3. A place that nobody took for [#GRACE], because its task went elsewhere, is for whoever asks next.
/// 4. Nobody is put off for longer than [#FAR], so that a limit that was lifted holds nothing back for longer;
///    those who stand far away ask less often than those at the front.
public abstract class Line {
    public static final Duration NEAR = Duration.ofSeconds(10);
    public static final Duration FAR = Duration.ofMinutes(1);
    public static final Duration GRACE = Duration.ofSeconds(2);

    /// About so many places has a line; whoever finds none asks again.
    public static final int PLACES_MAX = 100_000;

    private static final Duration BESIDE = Duration.ofNanos(1_000);

    /// A place in the line.
    public record Place(ExecutionKey execution, Instant at) {}

    /// When the next one may start.
    protected abstract Instant earliest();

    protected abstract void earliest(Instant at);

    protected abstract Optional<Instant> place(ExecutionKey execution);

    protected abstract Optional<Place> first();

    protected abstract Optional<Instant> last();

    protected abstract boolean taken(Instant at);

    protected abstract void take(Place place);

    /// Nothing where it has no place.
    protected abstract void leave(ExecutionKey execution);

    /// One at a time for each line.
    ///
    /// @return empty when it may start now, or when it is to ask again
    public final Optional<Instant> admit(ExecutionKey execution, Duration step, Instant now) {
        var before = place(execution);
        if (earliest().isAfter(now.plus(step))) {
            earliest(now.plus(step));
        } else if (!now.isBefore(earliest())
                && (before.isPresent() && !before.get().isAfter(now) || vacant(now) || away(now, step))) {
            if (before.isEmpty() && vacant(now)) {
                first().map(Place::execution).ifPresent(this::leave);
            }
            leave(execution);
            earliest(now.plus(step));
            return Optional.empty();
        }
        if (before.isEmpty() && full(now, step)) {
            return Optional.of(now.plus(FAR));
        }
        var place = before.filter(at -> at.isAfter(now)).orElseGet(() -> enter(execution, before.isPresent(), step));
        var again = now.plus(wait(place, Duration.between(now, place).dividedBy(2)));
        return Optional.of(place.isBefore(again) ? place : again);
    }

    /// @param returns it had a place and found another one starting: it goes in front, behind others of whom
    ///     that is true
    private Instant enter(ExecutionKey execution, boolean returns, Duration step) {
        leave(execution);
        var place = returns ? earliest() : last().map(at -> at.plus(step)).orElseGet(this::earliest);
        while (taken(place)) {
            place = place.plus(BESIDE);
        }
        take(new Place(execution, place));
        return place;
    }

    /// Those who stand far away do not ask all at once.
    private static Duration wait(Instant place, Duration half) {
        if (half.compareTo(FAR) > 0) {
            return FAR.minusMillis(place.toEpochMilli() % (FAR.toMillis() / 2));
        }
        return half.compareTo(NEAR) < 0 ? NEAR : half;
    }

    /// Whether nobody here may start for longer than a step: the limit was raised since these places were given, or the
    /// clock was set back.
    private boolean away(Instant now, Duration step) {
        return first().map(place -> place.at().isAfter(now.plus(step))).orElse(false);
    }

    /// By how far away its end is, which costs no counting.
    private boolean full(Instant now, Duration step) {
        return last().map(
                        end -> Duration.between(now, end).dividedBy(PLACES_MAX).compareTo(step) >= 0)
                .orElse(false);
    }

    /// Whether a start is nobody's, or that of a task that is not here any more.
    private boolean vacant(Instant now) {
        return first().map(place -> place.at().isBefore(now.minus(GRACE))).orElse(true);
    }
}
