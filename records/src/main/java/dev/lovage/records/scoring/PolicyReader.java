package dev.lovage.records.scoring;

import dev.lovage.records.rulefile.Node;
import dev.lovage.records.rulefile.RuleFile;
import dev.lovage.records.scoring.Policy.Rules;
import dev.lovage.records.scoring.ScoringInput.Emergency;
import dev.lovage.records.scoring.ScoringInput.RequesterClass;
import dev.lovage.records.scoring.ScoringInput.Track;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Reads a policy file and refuses one that breaks an invariant of [Policy].
final class PolicyReader {
    private static final int LEVEL_MAX = 10;
    private static final String[] QUEUES = {"critical", "high", "default"};
    private static final Set<String> INPUTS = Set.of(
            "business_days_left",
            "track",
            "expedite_decision_pending",
            "requester_class",
            "emergency",
            "minutes_waiting",
            "open_from_requester",
            "court_order");

    private PolicyReader() {}

    static Rules read(RuleFile file) {
        Node root = file.root()
                .only(
                        "policy",
                        "version",
                        "inputs",
                        "points",
                        "clamp",
                        "levels",
                        "floors",
                        "ceilings",
                        "queues",
                        "shares");
        inputs(root.get("inputs"));
        Node points = root.get("points")
                .only("urgency", "track", "expedite_decision_pending", "requester_class", "emergency", "aging", "bulk");
        List<Integer> clamp = pair(root.get("clamp"), Policy.POINTS_MAX);
        List<Integer> levels = levels(root.get("levels"));
        Rules.Weights<RequesterClass> classes = constants(points.get("requester_class"), RequesterClass.class);
        onlyOneLevelByClass(points.get("requester_class"), classes, levels);
        List<Rules.Floor> floors = floors(root.get("floors"));
        Node ceilings = root.get("ceilings").only("default", "unless");
        int ceiling = ceilings.get("default").integer(0, LEVEL_MAX);
        List<Condition> exemptions = ceilings.get("unless").items().stream()
                .map(node -> Condition.read(node.text(), node))
                .toList();
        for (Rules.Floor floor : floors) {
            if (floor.level() > ceiling && !exemptions.contains(floor.condition())) {
                throw ceilings.error("The floor " + floor.name() + " is level " + floor.level()
                        + " and the ceiling level " + ceiling + ". Add " + floor.name()
                        + " to `unless`, or lower the floor.");
            }
        }
        return new Rules(
                root.get("policy").text(),
                root.get("version").integer(1, Integer.MAX_VALUE),
                file.sha256(),
                Urgency.read(points.get("urgency")),
                constants(points.get("track"), Track.class),
                points.get("expedite_decision_pending").integer(0, Policy.POINTS_MAX),
                classes,
                emergency(points.get("emergency")),
                aging(points.get("aging")),
                bulk(points.get("bulk")),
                clamp.get(0),
                clamp.get(1),
                levels,
                floors,
                ceiling,
                exemptions,
                queues(root.get("queues")),
                shares(root.get("shares")));
    }

    private static void inputs(Node node) {
        Set<String> named = new TreeSet<>();
        node.items().forEach(item -> named.add(item.oneOf(INPUTS)));
        if (!named.equals(INPUTS)) {
            Set<String> missing = new TreeSet<>(INPUTS);
            missing.removeAll(named);
            throw node.error("These inputs are looked at but not listed: " + missing + ". List them.");
        }
    }

    /// One number for each constant of `type`.
    private static <E extends Enum<E>> Rules.Weights<E> constants(Node node, Class<E> type) {
        String[] names = Arrays.stream(type.getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .toArray(String[]::new);
        node.only(names);
        Map<E, Integer> points = new EnumMap<>(type);
        for (E constant : type.getEnumConstants()) {
            points.put(
                    constant, node.get(constant.name().toLowerCase(Locale.ROOT)).integer(0, Policy.POINTS_MAX));
        }
        return new Rules.Weights<>(points);
    }

    private static Rules.Weights<Emergency> emergency(Node node) {
        Rules.Weights<Emergency> points = constants(node, Emergency.class);
        if (points.of(Emergency.NONE) > points.of(Emergency.CLAIMED)
                || points.of(Emergency.CLAIMED) > points.of(Emergency.VERIFIED)) {
            throw node.error("A claimed emergency must not bring fewer points than none, nor a verified one fewer than"
                    + " a claimed one. Raise the later ones.");
        }
        return points;
    }

    private static Rules.Aging aging(Node node) {
        node.only("points", "per_minutes", "cap");
        return new Rules.Aging(
                node.get("points").integer(0, Policy.POINTS_MAX),
                node.get("per_minutes").integer(1, Policy.POINTS_MAX),
                node.get("cap").integer(0, Policy.POINTS_MAX));
    }

    private static Rules.Bulk bulk(Node node) {
        node.only("free", "per_10_over", "floor", "disabled_when_days_left_at_most");
        return new Rules.Bulk(
                node.get("free").integer(0, Integer.MAX_VALUE),
                node.get("per_10_over").integer(-Policy.POINTS_MAX, 0),
                node.get("floor").integer(-Policy.POINTS_MAX, 0),
                node.get("disabled_when_days_left_at_most").integer(-1000, 1000));
    }

    private static List<Integer> levels(Node node) {
        List<Integer> levels = new ArrayList<>();
        for (Node item : node.items()) {
            int threshold = item.integer(-Policy.POINTS_MAX, Policy.POINTS_MAX);
            if (!levels.isEmpty() && threshold <= levels.getLast()) {
                throw item.error("The thresholds of the levels ascend, but " + threshold + " follows "
                        + levels.getLast() + ". Raise it.");
            }
            levels.add(threshold);
        }
        if (levels.size() != LEVEL_MAX) {
            throw node.error("Found " + levels.size() + " thresholds, expected " + LEVEL_MAX + ".");
        }
        return List.copyOf(levels);
    }

    private static void onlyOneLevelByClass(Node node, Rules.Weights<RequesterClass> classes, List<Integer> levels) {
        int narrowest = Integer.MAX_VALUE;
        for (int i = 1; i < levels.size(); i++) {
            narrowest = Math.min(narrowest, levels.get(i) - levels.get(i - 1));
        }
        for (RequesterClass requesterClass : RequesterClass.values()) {
            if (classes.of(requesterClass) > narrowest) {
                throw node.error(requesterClass.name().toLowerCase(Locale.ROOT) + " brings "
                        + classes.of(requesterClass) + " points, but at most " + narrowest
                        + ", the narrowest level, are allowed: who asks may change a level by one at most.");
            }
        }
    }

    private static List<Rules.Floor> floors(Node node) {
        List<Rules.Floor> floors = new ArrayList<>();
        new TreeMap<>(node.entries()).forEach((name, level) -> {
            floors.add(new Rules.Floor(name, Condition.read(name, level), level.integer(0, LEVEL_MAX)));
        });
        return List.copyOf(floors);
    }

    private static List<Rules.Queue> queues(Node node) {
        node.only(QUEUES);
        List<Rules.Queue> queues = new ArrayList<>();
        int[] claimed = new int[LEVEL_MAX + 1];
        for (String name : QUEUES) {
            List<Integer> range = pair(node.get(name), LEVEL_MAX);
            queues.add(new Rules.Queue("intake_" + name, range.get(0), range.get(1)));
            for (int level = range.get(0); level <= range.get(1); level++) {
                claimed[level]++;
            }
        }
        for (int level = 0; level <= LEVEL_MAX; level++) {
            if (claimed[level] != 1) {
                throw node.error("Level " + level + " belongs to " + claimed[level] + " queues, expected one.");
            }
        }
        return List.copyOf(queues);
    }

    private static Map<String, BigDecimal> shares(Node node) {
        node.only("critical", "high", "default", "elastic");
        Map<String, BigDecimal> shares = new TreeMap<>();
        for (String name : QUEUES) {
            BigDecimal share = node.get(name).decimal();
            if (share.signum() == 0) {
                throw node.get(name)
                        .error("The share of " + name + " is 0, so its work could wait for ever. Raise it.");
            }
            shares.put("intake_" + name, share);
        }
        shares.put("elastic", node.get("elastic").decimal());
        BigDecimal sum = shares.values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        if (sum.compareTo(BigDecimal.ONE) != 0) {
            throw node.error("The shares sum to " + sum + ", expected 1.");
        }
        return Map.copyOf(shares);
    }

    /// Two integers from 0 to `max`, ascending.
    private static List<Integer> pair(Node node, int max) {
        List<Node> items = node.items();
        if (items.size() != 2) {
            throw node.error("Found " + items.size() + " numbers, expected [from, to].");
        }
        int from = items.get(0).integer(0, max);
        return List.of(from, items.get(1).integer(from, max));
    }
}
