package dev.lovage.records.routing;

import dev.lovage.records.rulefile.RuleFile;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The departments of an agency and the rules by which requests reach them.
///
/// The first rule that is in effect and matches names the department. While it is not active, its fallbacks stand in,
/// and then the default. Whoever is found must work under the request's law and for its agency and component, or the
/// request is held: it never goes to a wrong department silently.
public final class RoutingMatrix {
    /// No department has more fallbacks, one after the other.
    static final int FALLBACKS_MAX = 3;

    private static final String DEFAULT = "default";

    private final Rules rules;

    private RoutingMatrix(Rules rules) {
        this.rules = rules;
    }

    /// The matrix of an invented agency of five departments, shipped with this module.
    public static RoutingMatrix sample() {
        return read(RuleFile.bundled("routing/sample-matrix.yaml"));
    }

    /// Reads a matrix file. Its own tests are not run: see [#selfTest()].
    ///
    /// @throws dev.lovage.records.rulefile.RuleFileException if it is not one
    public static RoutingMatrix read(RuleFile file) {
        return new RoutingMatrix(MatrixReader.read(file));
    }

    /// The matrix's name.
    public String id() {
        return rules.id();
    }

    /// The version its authors gave it.
    public String version() {
        return rules.version();
    }

    /// SHA-256 of the matrix file in hexadecimal.
    public String sha256() {
        return rules.sha256();
    }

    /// The law under which its departments work, where they do not say otherwise.
    public String regime() {
        return rules.regime();
    }

    /// From when on it is to be used. Whoever keeps several versions picks by this; [#route] does not look at it.
    public Instant effectiveFrom() {
        return rules.effectiveFrom();
    }

    /// The departments by id.
    public Map<String, Department> departments() {
        return rules.departments();
    }

    /// Decides where a request goes. The same input gets the same decision from the same matrix.
    public Decision route(RoutingInput input) {
        Words text = Words.of(input.text());
        Set<String> tags = new TreeSet<>();
        rules.tags().stream().filter(tag -> tag.matches(text)).map(Tag::name).forEach(tags::add);
        Rule rule = rules.rules().stream()
                .filter(candidate -> candidate.validity().holds(input.asOf())
                        && candidate.when().holds(input, tags))
                .findFirst()
                .orElse(rules.fallback());
        List<String> steps = new ArrayList<>();
        Optional<Department> primary =
                standIn(rule.primary(), input.asOf(), steps).or(() -> lastResort(input.asOf(), steps));
        Set<Department> copies = new LinkedHashSet<>();
        rule.copies().forEach(id -> standIn(id, input.asOf(), steps).ifPresent(copies::add));
        primary.ifPresent(copies::remove);
        List<String> wrong = new ArrayList<>();
        primary.ifPresent(department -> mismatch(department, input, wrong));
        copies.forEach(department -> mismatch(department, input, wrong));
        steps.addAll(wrong);
        Explanation explanation = new Explanation(
                rules.id(),
                rules.version(),
                rules.sha256(),
                rule.id(),
                List.copyOf(tags),
                Explanation.Inputs.of(input),
                steps);
        if (primary.isEmpty()) {
            return new Decision.Held(Decision.Held.NO_ACTIVE_DEPARTMENT, explanation);
        }
        if (!wrong.isEmpty()) {
            return new Decision.Held(Decision.Held.JURISDICTION_MISMATCH, explanation);
        }
        return new Decision.Routed(
                primary.get().id(), copies.stream().map(Department::id).toList(), rule.id(), rule.flag(), explanation);
    }

    /// Runs the tests that the matrix file carries.
    ///
    /// @return one sentence for each test that failed; empty if the matrix does what its authors expect
    public List<String> selfTest() {
        List<String> failures = new ArrayList<>();
        for (SelfTest test : rules.tests()) {
            Decision decision = route(test.given());
            boolean asExpected = switch (decision) {
                case Decision.Held held -> test.expect().held().equals(Optional.of(held.reason()));
                case Decision.Routed routed ->
                    test.expect()
                            .equals(new Expectation(
                                    Optional.empty(),
                                    routed.primary(),
                                    routed.copies(),
                                    routed.ruleId(),
                                    routed.flag()));
            };
            if (!asExpected) {
                failures.add("The test in line " + test.line() + " expects " + test.expect() + ", but the matrix says "
                        + decision + ".");
            }
        }
        return List.copyOf(failures);
    }

    /// The department itself if it is active, or the first active one of its fallbacks.
    private Optional<Department> standIn(String id, Instant asOf, List<String> steps) {
        Department department = department(id);
        for (int hops = 0; !department.isActive(asOf); hops++) {
            if (hops == FALLBACKS_MAX || department.fallback().isEmpty()) {
                steps.add("The department " + department.id() + " is not active and nobody stands in.");
                return Optional.empty();
            }
            String next = department.fallback().get();
            steps.add("The department " + department.id() + " is not active; " + next + " stands in.");
            department = department(next);
        }
        return Optional.of(department);
    }

    private Optional<Department> lastResort(Instant asOf, List<String> steps) {
        steps.add("The default department " + rules.fallback().primary() + " is asked.");
        return standIn(rules.fallback().primary(), asOf, steps);
    }

    private static void mismatch(Department department, RoutingInput input, List<String> wrong) {
        if (!department.covers(input)) {
            wrong.add("The department " + department.id() + " works under " + department.regime() + " for "
                    + new TreeSet<>(department.jurisdictions()) + ", and the request came under " + input.regime()
                    + " to " + input.jurisdiction()
                    + input.component().map(code -> ", component " + code).orElse("") + ".");
        }
    }

    private Department department(String id) {
        return Objects.requireNonNull(rules.departments().get(id));
    }

    /// What a matrix file says.
    ///
    /// @param fallback the `default`, as a rule that always matches
    record Rules(
            String id,
            String version,
            String sha256,
            String regime,
            Instant effectiveFrom,
            Map<String, Department> departments,
            List<Tag> tags,
            List<Rule> rules,
            Rule fallback,
            List<SelfTest> tests) {}

    record Rule(
            String id,
            Condition when,
            String primary,
            List<String> copies,
            Optional<String> flag,
            Department.Validity validity) {
        static Rule byDefault(String primary, Optional<String> flag) {
            return new Rule(
                    DEFAULT,
                    new Condition.All(List.of()),
                    primary,
                    List.of(),
                    flag,
                    new Department.Validity(Optional.empty(), Optional.empty()));
        }
    }

    record SelfTest(int line, RoutingInput given, Expectation expect) {}

    /// @param held the reason, if the request is to be held; the others count only if it is not
    record Expectation(
            Optional<String> held, String primary, List<String> copies, String rule, Optional<String> flag) {}
}
