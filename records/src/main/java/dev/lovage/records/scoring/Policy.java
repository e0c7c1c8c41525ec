package dev.lovage.records.scoring;

import dev.lovage.records.rulefile.RuleFile;
import dev.lovage.records.scoring.Explanation.Limit;
import dev.lovage.records.scoring.Explanation.Part;
import dev.lovage.records.scoring.ScoringInput.Emergency;
import dev.lovage.records.scoring.ScoringInput.RequesterClass;
import dev.lovage.records.scoring.ScoringInput.Track;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The rules by which submissions are scored, as loaded from a policy file.
///
/// Invariants, which the loader enforces for every policy:
/// 1. Fewer days left never lower a level, and neither does waiting longer.
/// 2. Being of the news media changes a level by at most one.
/// 3. A floor above the ceiling is exempt from it.
/// 4. Each level belongs to exactly one queue, and no queue's share of the workers is zero.
public final class Policy {
    /// No rule gives or takes more points than this, so that no sum can overflow.
    static final int POINTS_MAX = 1_000_000;

    private final Rules rules;

    Policy(Rules rules) {
        this.rules = rules;
    }

    /// The policy shipped with this module.
    public static Policy bundled() {
        return read(RuleFile.bundled("policies/intake-priority.yaml"));
    }

    /// Reads a policy file.
    ///
    /// @throws dev.lovage.records.rulefile.RuleFileException if it is not one, or breaks an invariant
    public static Policy read(RuleFile file) {
        return new Policy(PolicyReader.read(file));
    }

    /// SHA-256 of the policy file in hexadecimal.
    public String sha256() {
        return rules.sha256();
    }

    /// The share of the workers that is reserved for each queue, by the queue's name; `elastic` goes to whoever
    /// needs it.
    public Map<String, BigDecimal> shares() {
        return rules.shares();
    }

    /// Scores one submission. The same input gets the same score from the same policy, everywhere and at any time.
    public Score score(ScoringInput input) {
        List<Part> parts = parts(input);
        int sum = parts.stream().mapToInt(Part::points).sum();
        int score = Math.clamp(sum, rules.scoreMin(), rules.scoreMax());
        int rawLevel = (int)
                rules.levels().stream().filter(threshold -> threshold <= score).count();
        Optional<Limit> floor = floor(input, rawLevel);
        int raised = floor.map(Limit::level).orElse(rawLevel);
        Optional<Limit> ceiling = ceiling(input, raised);
        int level = ceiling.map(Limit::level).orElse(raised);
        String queue = rules.queue(level);
        return new Score(
                score,
                level,
                queue,
                new Explanation(
                        rules.name(),
                        rules.version(),
                        rules.sha256(),
                        input,
                        parts,
                        score,
                        rawLevel,
                        floor,
                        ceiling,
                        level,
                        queue));
    }

    private List<Part> parts(ScoringInput input) {
        String daysLeft = input.businessDaysLeft().isPresent()
                ? Integer.toString(input.businessDaysLeft().getAsInt())
                : "none";
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("urgency", daysLeft, rules.urgency().points(input.businessDaysLeft())));
        parts.add(new Part("track", name(input.track()), rules.track().of(input.track())));
        parts.add(new Part(
                "expedite_decision_pending",
                Boolean.toString(input.expediteDecisionPending()),
                input.expediteDecisionPending() ? rules.expediteDecisionPending() : 0));
        parts.add(new Part(
                "requester_class",
                name(input.requesterClass()),
                rules.requesterClass().of(input.requesterClass())));
        parts.add(
                new Part("emergency", name(input.emergency()), rules.emergency().of(input.emergency())));
        parts.add(new Part(
                "aging", Long.toString(input.minutesWaiting()), rules.aging().points(input.minutesWaiting())));
        parts.add(new Part(
                "bulk",
                Integer.toString(input.openFromRequester()),
                Condition.hasDaysLeftAtMost(input, rules.bulk().disabledWhenDaysLeftAtMost())
                        ? 0
                        : rules.bulk().points(input.openFromRequester())));
        return parts;
    }

    /// The highest floor that holds, if it raises the level.
    private Optional<Limit> floor(ScoringInput input, int level) {
        Optional<Limit> highest = Optional.empty();
        for (Rules.Floor floor : rules.floors()) {
            if (floor.level() > highest.map(Limit::level).orElse(level)
                    && floor.condition().holds(input)) {
                highest = Optional.of(new Limit(floor.name(), floor.level()));
            }
        }
        return highest;
    }

    private Optional<Limit> ceiling(ScoringInput input, int level) {
        boolean exempt = rules.exemptions().stream().anyMatch(condition -> condition.holds(input));
        return exempt || level <= rules.ceiling()
                ? Optional.empty()
                : Optional.of(new Limit("default", rules.ceiling()));
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /// What a policy file says.
    ///
    /// @param levels ten thresholds, ascending
    /// @param floors by name in alphabetical order
    record Rules(
            String name,
            int version,
            String sha256,
            Urgency urgency,
            Weights<Track> track,
            int expediteDecisionPending,
            Weights<RequesterClass> requesterClass,
            Weights<Emergency> emergency,
            Aging aging,
            Bulk bulk,
            int scoreMin,
            int scoreMax,
            List<Integer> levels,
            List<Floor> floors,
            int ceiling,
            List<Condition> exemptions,
            List<Queue> queues,
            Map<String, BigDecimal> shares) {
        record Floor(String name, Condition condition, int level) {}

        record Queue(String name, int from, int to) {}

        /// Points for each constant of a type.
        record Weights<E extends Enum<E>>(Map<E, Integer> points) {
            Weights {
                points = Map.copyOf(points);
            }

            int of(E constant) {
                return points.getOrDefault(constant, 0);
            }
        }

        /// Points for waiting.
        record Aging(int points, int perMinutes, int cap) {
            int points(long minutes) {
                long steps = Math.min(minutes / perMinutes, cap);
                return (int) Math.min(steps * points, cap);
            }
        }

        /// Points taken from a requester with many open submissions.
        record Bulk(int free, int per10Over, int floor, int disabledWhenDaysLeftAtMost) {
            int points(int open) {
                long tens = Math.max(0L, (long) open - free) / 10;
                return (int) Math.max(tens * per10Over, floor);
            }
        }

        String queue(int level) {
            return queues.stream()
                    .filter(queue -> queue.from() <= level && level <= queue.to())
                    .map(Queue::name)
                    .findFirst()
                    .orElseThrow();
        }
    }
}
