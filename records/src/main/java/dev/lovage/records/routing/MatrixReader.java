package dev.lovage.records.routing;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.lovage.records.routing.RoutingMatrix.Expectation;
import dev.lovage.records.routing.RoutingMatrix.Rule;
import dev.lovage.records.routing.RoutingMatrix.Rules;
import dev.lovage.records.routing.RoutingMatrix.SelfTest;
import dev.lovage.records.rulefile.Node;
import dev.lovage.records.rulefile.RuleFile;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Reads a matrix file, and refuses one that names a department or a tag it does not define.
final class MatrixReader {
    private final Node root;
    private final String regime;
    private final Map<String, Department> departments = new LinkedHashMap<>();
    private final Map<String, Tag> tags = new LinkedHashMap<>();

    private MatrixReader(RuleFile file) {
        this.root = file.root()
                .only(
                        "matrix",
                        "version",
                        "regime",
                        "effective_from",
                        "approved_by",
                        "change",
                        "departments",
                        "tags",
                        "rules",
                        "default",
                        "tests");
        this.regime = root.get("regime").text();
    }

    static Rules read(RuleFile file) {
        return new MatrixReader(file).rules(file.sha256());
    }

    private Rules rules(String sha256) {
        readApproval();
        root.get("departments").entries().forEach((id, node) -> departments.put(id, department(id, node)));
        root.get("departments").entries().forEach(this::checkFallbacks);
        root.get("tags").entries().forEach((name, node) -> tags.put(name, tag(name, node)));
        Node byDefault = root.get("default").only("primary", "flag");
        Rule fallback = Rule.byDefault(
                departmentId(byDefault.get("primary")), byDefault.find("flag").map(Node::text));
        List<Rule> rules = new ArrayList<>();
        Set<String> ids = new HashSet<>(Set.of(fallback.id()));
        for (Node node : root.get("rules").items()) {
            Rule rule = rule(node);
            if (!ids.add(rule.id())) {
                throw node.error("The rule id " + rule.id() + " is taken. Choose another.");
            }
            rules.add(rule);
        }
        Instant effectiveFrom = instant(root.get("effective_from"));
        Department last = Objects.requireNonNull(departments.get(fallback.primary()));
        List<SelfTest> tests = root.find("tests").map(Node::items).orElse(List.of()).stream()
                .map(node -> test(
                        node,
                        last.jurisdictions().stream().min(String::compareTo).orElseThrow(),
                        effectiveFrom))
                .toList();
        return new Rules(
                root.get("matrix").text(),
                root.get("version").text(),
                sha256,
                regime,
                effectiveFrom,
                Map.copyOf(departments),
                List.copyOf(tags.values()),
                List.copyOf(rules),
                fallback,
                tests);
    }

    private void readApproval() {
        root.find("change").ifPresent(change -> {
            change.only("reason", "ticket");
            change.get("reason").text();
        });
        for (Node approval : root.find("approved_by").map(Node::items).orElse(List.of())) {
            approval.only("role", "id", "at");
            approval.get("role").text();
            approval.get("id").text();
            instant(approval.get("at"));
        }
    }

    private Department department(String id, Node node) {
        node.only(
                "name",
                "jurisdictions",
                "regime",
                "queue",
                "fallback",
                "inbox",
                "adapter",
                "sla",
                "active",
                "effective_from",
                "effective_to");
        return new Department(
                id,
                node.get("name").text(),
                texts(node.get("jurisdictions")),
                node.find("regime").map(Node::text).orElse(regime),
                node.get("queue").text(),
                node.find("fallback").map(Node::text),
                node.find("inbox").map(Node::text),
                node.find("adapter").map(Node::text),
                node.find("sla").map(Node::text),
                node.get("active").flag(),
                validity(node));
    }

    private void checkFallbacks(String id, Node node) {
        List<String> chain = new ArrayList<>(List.of(id));
        for (Department at = departments.get(id); at != null && at.fallback().isPresent(); ) {
            String next = at.fallback().get();
            if (!departments.containsKey(next)) {
                throw node.error("The fallback `" + next + "` of " + at.id() + " is not a department. Expected one of "
                        + departments.keySet() + ".");
            }
            if (chain.contains(next)) {
                throw node.error("The fallbacks " + chain + " lead back to " + next + ". Break the circle.");
            }
            chain.add(next);
            if (chain.size() - 1 > RoutingMatrix.FALLBACKS_MAX) {
                throw node.error("The fallbacks " + chain + " are more than " + RoutingMatrix.FALLBACKS_MAX
                        + " in a row. Shorten the chain.");
            }
            at = departments.get(next);
        }
    }

    private static Tag tag(String name, Node node) {
        node.only("any", "regex", "not");
        Tag tag = new Tag(name, phrases(node, "any"), regexes(node), phrases(node, "not"));
        if (tag.any().isEmpty() && tag.regex().isEmpty()) {
            throw node.error("The tag " + name + " has neither `any` nor `regex`, so it would match nothing. Add one.");
        }
        return tag;
    }

    private static List<Words> phrases(Node node, String key) {
        return node.find(key).map(Node::items).orElse(List.of()).stream()
                .map(phrase -> Words.of(phrase.text()))
                .toList();
    }

    private static List<Pattern> regexes(Node node) {
        List<Pattern> patterns = new ArrayList<>();
        for (Node regex : node.find("regex").map(Node::items).orElse(List.of())) {
            try {
                patterns.add(Pattern.compile(regex.text(), Pattern.CASE_INSENSITIVE));
            } catch (PatternSyntaxException e) {
                throw regex.error("`" + regex.text() + "` is not an RE2 expression: " + e.getDescription() + ".");
            }
        }
        return patterns;
    }

    private Rule rule(Node node) {
        node.only("id", "when", "then", "effective_from", "effective_to");
        Node then = node.get("then").only("primary", "copy", "flag");
        return new Rule(
                node.get("id").text(),
                condition(node.get("when")),
                departmentId(then.get("primary")),
                departmentIds(then),
                then.find("flag").map(Node::text),
                validity(node));
    }

    private Condition condition(Node node) {
        node.only(
                "component_in",
                "tag",
                "jurisdiction",
                "channel",
                "requester_class",
                "subject_of_record",
                "all",
                "any",
                "not");
        if (node.entries().size() != 1) {
            throw node.error("A condition is one thing, but this one has "
                    + node.entries().size() + " keys. Put several into `all` or `any`.");
        }
        String key = node.entries().keySet().iterator().next();
        Node value = node.get(key);
        return switch (key) {
            case "component_in" -> new Condition.ComponentIn(texts(value));
            case "tag" -> new Condition.HasTag(value.oneOf(tags.keySet()));
            case "jurisdiction" -> new Condition.JurisdictionIn(texts(value));
            case "channel" -> new Condition.ChannelIn(choices(value, RoutingInput.Channel.class));
            case "requester_class" -> new Condition.RequesterClassIn(choices(value, RoutingInput.RequesterClass.class));
            case "subject_of_record" ->
                new Condition.SubjectOfRecordIn(choices(value, RoutingInput.SubjectOfRecord.class));
            case "all" -> new Condition.All(conditions(value));
            case "any" -> new Condition.AnyOf(conditions(value));
            default -> new Condition.Not(condition(value));
        };
    }

    private List<Condition> conditions(Node node) {
        if (node.items().isEmpty()) {
            throw node.error("No condition stands here, expected at least one.");
        }
        return node.items().stream().map(this::condition).toList();
    }

    private SelfTest test(Node node, String jurisdiction, Instant effectiveFrom) {
        node.only("given", "expect");
        Node given = node.get("given")
                .only(
                        "text",
                        "regime",
                        "jurisdiction",
                        "component",
                        "channel",
                        "requester_class",
                        "subject_of_record",
                        "as_of");
        RoutingInput input;
        try {
            input = new RoutingInput(
                    given.get("text").text(),
                    given.find("regime").map(Node::text).orElse(regime),
                    given.find("jurisdiction").map(Node::text).orElse(jurisdiction),
                    given.find("component").map(Node::text),
                    choice(given, "channel", RoutingInput.Channel.WEB),
                    choice(given, "requester_class", RoutingInput.RequesterClass.OTHER),
                    choice(given, "subject_of_record", RoutingInput.SubjectOfRecord.UNKNOWN),
                    given.find("as_of").map(MatrixReader::instant).orElse(effectiveFrom));
        } catch (IllegalArgumentException e) {
            throw given.error(String.valueOf(e.getMessage()));
        }
        return new SelfTest(node.line(), input, expectation(node.get("expect")));
    }

    private Expectation expectation(Node node) {
        if (node.entries().containsKey("held")) {
            node.only("held");
            return new Expectation(
                    Optional.of(node.get("held")
                            .oneOf(Set.of(Decision.Held.JURISDICTION_MISMATCH, Decision.Held.NO_ACTIVE_DEPARTMENT))),
                    "",
                    List.of(),
                    "",
                    Optional.empty());
        }
        node.only("primary", "copy", "rule", "flag");
        return new Expectation(
                Optional.empty(),
                departmentId(node.get("primary")),
                departmentIds(node),
                node.get("rule").text(),
                node.find("flag").map(Node::text));
    }

    private List<String> departmentIds(Node node) {
        return node.find("copy").map(Node::items).orElse(List.of()).stream()
                .map(this::departmentId)
                .toList();
    }

    private String departmentId(Node node) {
        return node.oneOf(departments.keySet());
    }

    private static <E extends Enum<E>> E choice(Node given, String key, E otherwise) {
        return given.find(key)
                .map(node -> node.choice(otherwise.getDeclaringClass()))
                .orElse(otherwise);
    }

    private static <E extends Enum<E>> Set<E> choices(Node node, Class<E> type) {
        return node.oneOrMore().stream().map(item -> item.choice(type)).collect(Collectors.toUnmodifiableSet());
    }

    private static Set<String> texts(Node node) {
        return node.oneOrMore().stream().map(Node::text).collect(Collectors.toUnmodifiableSet());
    }

    private static Department.Validity validity(Node node) {
        return new Department.Validity(
                node.find("effective_from").map(MatrixReader::instant),
                node.find("effective_to").map(MatrixReader::instant));
    }

    private static Instant instant(Node node) {
        try {
            return OffsetDateTime.parse(node.text()).toInstant();
        } catch (DateTimeParseException e) {
            throw node.error("`" + node.text() + "` is not an instant. Write it as 2026-12-01T00:00:00-05:00.");
        }
    }
}
