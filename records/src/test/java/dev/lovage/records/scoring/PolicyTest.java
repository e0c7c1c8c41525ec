package dev.lovage.records.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lovage.records.rulefile.RuleFile;
import dev.lovage.records.rulefile.RuleFileException;
import dev.lovage.records.scoring.ScoringInput.Emergency;
import dev.lovage.records.scoring.ScoringInput.RequesterClass;
import dev.lovage.records.scoring.ScoringInput.Track;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PolicyTest {
    private static final Policy POLICY = Policy.bundled();

    @ParameterizedTest
    @CsvSource({
        "SIMPLE,    20, NONE,     0,   0,   1",
        "SIMPLE,    10, NONE,     0,   0,   3",
        "SIMPLE,     5, NONE,     0,   0,   4",
        "SIMPLE,     3, NONE,     0,   0,   5",
        "SIMPLE,     1, NONE,     0,   0,   6",
        "SIMPLE,    -1, NONE,     0,   0,   8",
        "EXPEDITED, 20, NONE,     0,   0,   4",
        "EXPEDITED,  5, NONE,     0,   0,   7",
        "EXPEDITED,  2, NONE,     0,   0,   8",
        "EXPEDITED,  2, CLAIMED,  0,   0,   9",
        "COMPLEX,   40, VERIFIED, 0,   0,   9",
        "COMPLEX,   40, NONE,     0,   0,   0",
        "COMPLEX,   40, NONE,     720, 0,   5",
        "COMPLEX,   40, NONE,     720, 500, 4",
    })
    void the_worked_levels(Track track, int daysLeft, Emergency emergency, long waiting, int open, int level) {
        ScoringInput input = new ScoringInput(
                OptionalInt.of(daysLeft), track, false, RequesterClass.OTHER, emergency, waiting, open, false);
        assertThat(POLICY.score(input).level()).isEqualTo(level);
    }

    @Test
    void due_tomorrow_beats_due_in_twenty_days_even_by_a_journalist() {
        assertThat(POLICY.score(simple(1, RequesterClass.OTHER)).score())
                .isGreaterThan(
                        POLICY.score(simple(20, RequesterClass.NEWS_MEDIA)).score());
    }

    @Test
    void the_queue_follows_the_level() {
        assertThat(POLICY.score(simple(20, RequesterClass.OTHER)).queue()).isEqualTo("intake_default");
        assertThat(POLICY.score(simple(-1, RequesterClass.OTHER)).queue()).isEqualTo("intake_high");
        assertThat(POLICY.score(courtOrder()).queue()).isEqualTo("intake_critical");
    }

    @Test
    void the_explanation_is_json_without_anything_about_the_requester_but_the_class() {
        JsonMapper json = JsonMapper.shared();
        JsonNode explanation = json.valueToTree(POLICY.score(courtOrder()).explanation());
        assertThat(explanation.propertyNames())
                .containsExactlyInAnyOrder(
                        "policy",
                        "version",
                        "sha256",
                        "inputs",
                        "parts",
                        "score",
                        "raw_level",
                        "floor",
                        "level",
                        "queue");
        assertThat(explanation.get("sha256").asString()).matches("[0-9a-f]{64}");
        assertThat(explanation.get("floor").toString()).isEqualTo("{\"rule\":\"court_order\",\"level\":9}");
        assertThat(explanation.get("parts").get(0).toString())
                .isEqualTo("{\"rule\":\"urgency\",\"in\":\"none\",\"points\":0}");
        assertThat(json.treeToValue(explanation, Explanation.class))
                .isEqualTo(POLICY.score(courtOrder()).explanation());
    }

    @Test
    void a_negative_wait_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ScoringInput(
                        OptionalInt.empty(), Track.SIMPLE, false, RequesterClass.OTHER, Emergency.NONE, -1, 0, false))
                .withMessageContaining("minutesWaiting is -1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "clamp: [ | clmap: [ | Nearest is `clamp`",
                "complex: 0} | complexe: 0} | Nearest is `complex`",
                ", complex: 0} | } | `complex` is missing",
                "[10, 170], [20, 60] | [20, 60], [10, 170] | Sort it",
                "[20, 60], | [20, 171], | More days left must not bring more points",
                "[20, 60], | [20], | has 1 numbers",
                "260, 340, 430 | 260, 260, 430 | The thresholds of the levels ascend",
                "620, 720, 840 | 620, 720 | Found 9 thresholds",
                "news_media: 25 | news_media: 61 | by one at most",
                "claimed: 60 | claimed: 301 | Raise the later ones",
                "per_minutes: 2 | per_minutes: 0 | from 1 to",
                "per_minutes: 2 | per_minutes: 2.5 | an integer",
                "points: 1, | points: 99999999999999999999, | an integer",
                "unless: [emergency_verified, court_order, | unless: [court_order, | Add emergency_verified",
                "<= 2\" | < 2\" | is unknown",
                "high: [6, 8] | high: [6, 9] | Level 9 belongs to 2 queues",
                "high: [6, 8] | high: [7, 8] | Level 6 belongs to 0 queues",
                "default: 0.20 | default: 0 | could wait for ever",
                "elastic: 0.20 | elastic: 0.21 | sum to 1.01",
                ", court_order] | ] | [court_order]",
            })
    void a_policy_that_makes_no_sense_is_refused_with_its_line(String found, String replacement, String problem)
            throws IOException {
        long line = shipped().substring(0, shipped().indexOf(found) + 1).lines().count();
        RuleFile file = edited(found, replacement);
        assertThatExceptionOfType(RuleFileException.class)
                .isThrownBy(() -> Policy.read(file))
                .withMessageContaining(problem)
                .satisfies(e -> assertThat(e.line()).as(e.getMessage()).isEqualTo(line));
    }

    @Test
    void the_order_of_keys_in_the_policy_changes_no_score() throws IOException {
        Policy reordered = Policy.read(edited(
                "track: {expedited: 260, simple: 40, complex: 0}", "track: {complex: 0, simple: 40, expedited: 260}"));
        Policy floors = Policy.read(edited(
                "floors: {emergency_verified: 9, court_order: 9, overdue: 8}",
                "floors: {overdue: 8, court_order: 9, emergency_verified: 9}"));
        assertThat(reordered.sha256()).isNotEqualTo(POLICY.sha256());
        for (int days = -15; days < 45; days++) {
            ScoringInput input = new ScoringInput(
                    OptionalInt.of(days),
                    Track.EXPEDITED,
                    true,
                    RequesterClass.NEWS_MEDIA,
                    Emergency.VERIFIED,
                    7,
                    33,
                    true);
            Explanation expected = POLICY.score(input).explanation();
            for (Policy policy : new Policy[] {reordered, floors}) {
                Explanation actual = policy.score(input).explanation();
                assertThat(actual.parts()).isEqualTo(expected.parts());
                assertThat(actual.level()).isEqualTo(expected.level());
                assertThat(actual.floor()).isEqualTo(expected.floor());
            }
        }
    }

    private static ScoringInput simple(int daysLeft, RequesterClass requesterClass) {
        return new ScoringInput(
                OptionalInt.of(daysLeft), Track.SIMPLE, false, requesterClass, Emergency.NONE, 0, 0, false);
    }

    private static ScoringInput courtOrder() {
        return new ScoringInput(
                OptionalInt.empty(), Track.COMPLEX, false, RequesterClass.OTHER, Emergency.NONE, 0, 0, true);
    }

    private static RuleFile edited(String found, String replacement) throws IOException {
        assertThat(shipped()).contains(found);
        return RuleFile.parse(
                "edited.yaml", shipped().replace(found, replacement).getBytes(StandardCharsets.UTF_8));
    }

    private static String shipped() throws IOException {
        try (InputStream in = Policy.class.getResourceAsStream("/dev/lovage/records/policies/intake-priority.yaml")) {
            assertThat(in).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
