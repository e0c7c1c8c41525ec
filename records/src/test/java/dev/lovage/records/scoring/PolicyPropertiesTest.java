package dev.lovage.records.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.records.scoring.ScoringInput.Emergency;
import dev.lovage.records.scoring.ScoringInput.RequesterClass;
import dev.lovage.records.scoring.ScoringInput.Track;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TimeZone;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class PolicyPropertiesTest {
    private static final Policy POLICY = Policy.bundled();

    @Test
    void the_same_input_gets_the_same_score_in_any_locale_and_zone() {
        Locale locale = Locale.getDefault();
        TimeZone zone = TimeZone.getDefault();
        try {
            forEachInput(
                    (random, input) -> {
                        Locale.setDefault(Locale.ROOT);
                        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
                        Score here = Policy.bundled().score(input);
                        Locale.setDefault(Locale.forLanguageTag("tr-TR-u-nu-arab"));
                        TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Kiritimati"));
                        assertThat(Policy.bundled().score(input)).isEqualTo(here);
                    },
                    200);
        } finally {
            Locale.setDefault(locale);
            TimeZone.setDefault(zone);
        }
    }

    @Test
    void scores_and_levels_stay_in_their_bounds() {
        forEachInput((random, input) -> {
            Score score = POLICY.score(input);
            assertThat(score.score()).isBetween(0, 1000);
            assertThat(score.level()).isBetween(0, 10);
        });
    }

    @Test
    void fewer_days_left_never_lower_the_level() {
        forEachInput(
                (random, input) -> {
                    int previous = -1;
                    for (int days = 60; days >= -30; days--) {
                        int level = level(withDays(input, OptionalInt.of(days)));
                        assertThat(level).as("%s days left of %s", days, input).isGreaterThanOrEqualTo(previous);
                        previous = level;
                    }
                },
                300);
    }

    @Test
    void more_waiting_never_lowers_the_score() {
        forEachInput((random, input) -> {
            ScoringInput later = withWait(input, input.minutesWaiting() + random.nextInt(2_000));
            assertThat(POLICY.score(later).score())
                    .isGreaterThanOrEqualTo(POLICY.score(input).score());
            assertThat(level(later)).isGreaterThanOrEqualTo(level(input));
        });
    }

    @Test
    void a_verified_emergency_is_critical_whatever_else() {
        forEachInput((random, input) -> {
            Score score = POLICY.score(with(input, Emergency.VERIFIED));
            assertThat(score.level()).isGreaterThanOrEqualTo(9);
            assertThat(score.queue()).isEqualTo("intake_critical");
        });
    }

    @Test
    void neither_a_claim_nor_the_press_reaches_critical_unless_expedited_and_due_within_two_days() {
        forEachInput((random, input) -> {
            boolean close = input.businessDaysLeft().isPresent()
                    && input.businessDaysLeft().getAsInt() <= 2
                    && input.track() == Track.EXPEDITED;
            if (!close && !input.courtOrder() && input.emergency() != Emergency.VERIFIED) {
                assertThat(level(with(input, Emergency.CLAIMED))).isLessThanOrEqualTo(8);
                assertThat(level(with(input, RequesterClass.NEWS_MEDIA))).isLessThanOrEqualTo(8);
            }
        });
    }

    @Test
    void the_press_changes_the_level_by_at_most_one() {
        forEachInput((random, input) -> assertThat(
                        level(with(input, RequesterClass.NEWS_MEDIA)) - level(with(input, RequesterClass.OTHER)))
                .isBetween(0, 1));
    }

    @Test
    void the_explanation_adds_up() {
        forEachInput((random, input) -> {
            Explanation explanation = POLICY.score(input).explanation();
            int sum = explanation.parts().stream()
                    .mapToInt(Explanation.Part::points)
                    .sum();
            assertThat(explanation.score()).isEqualTo(Math.clamp(sum, 0, 1000));
            int floored = explanation.floor().map(Explanation.Limit::level).orElse(explanation.rawLevel());
            assertThat(explanation.ceiling().map(Explanation.Limit::level).orElse(floored))
                    .isEqualTo(explanation.level());
        });
    }

    @Test
    void without_an_open_obligation_urgency_adds_nothing() {
        forEachInput((random, input) -> assertThat(POLICY.score(withDays(input, OptionalInt.empty()))
                        .explanation()
                        .parts()
                        .getFirst()
                        .points())
                .isZero());
    }

    @Test
    void extreme_numbers_overflow_nothing() {
        for (int days : new int[] {Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE}) {
            for (long wait : new long[] {0, Integer.MAX_VALUE, Long.MAX_VALUE}) {
                for (int open : new int[] {0, Integer.MAX_VALUE}) {
                    Score score = POLICY.score(new ScoringInput(
                            OptionalInt.of(days),
                            Track.COMPLEX,
                            false,
                            RequesterClass.OTHER,
                            Emergency.NONE,
                            wait,
                            open,
                            false));
                    assertThat(score.explanation().parts())
                            .allSatisfy(part -> assertThat(part.points()).isBetween(-80, 560));
                }
            }
        }
    }

    private static void forEachInput(BiConsumer<Random, ScoringInput> property) {
        forEachInput(property, 2_000);
    }

    private static void forEachInput(BiConsumer<Random, ScoringInput> property, int cases) {
        long seed = Long.getLong("lovage.seed", new Random().nextLong());
        System.out.println("PolicyPropertiesTest: repeat with -Dlovage.seed=" + seed);
        Random random = new Random(seed);
        for (int i = 0; i < cases; i++) {
            property.accept(
                    random,
                    new ScoringInput(
                            random.nextInt(8) == 0 ? OptionalInt.empty() : OptionalInt.of(random.nextInt(-15, 46)),
                            Track.values()[random.nextInt(3)],
                            random.nextBoolean(),
                            RequesterClass.values()[random.nextInt(4)],
                            Emergency.values()[random.nextInt(3)],
                            random.nextInt(2_000),
                            random.nextInt(200),
                            random.nextInt(10) == 0));
        }
    }

    private static int level(ScoringInput input) {
        return POLICY.score(input).level();
    }

    private static ScoringInput withDays(ScoringInput i, OptionalInt days) {
        return new ScoringInput(
                days,
                i.track(),
                i.expediteDecisionPending(),
                i.requesterClass(),
                i.emergency(),
                i.minutesWaiting(),
                i.openFromRequester(),
                i.courtOrder());
    }

    private static ScoringInput withWait(ScoringInput i, long minutes) {
        return new ScoringInput(
                i.businessDaysLeft(),
                i.track(),
                i.expediteDecisionPending(),
                i.requesterClass(),
                i.emergency(),
                minutes,
                i.openFromRequester(),
                i.courtOrder());
    }

    private static ScoringInput with(ScoringInput i, Emergency emergency) {
        return new ScoringInput(
                i.businessDaysLeft(),
                i.track(),
                i.expediteDecisionPending(),
                i.requesterClass(),
                emergency,
                i.minutesWaiting(),
                i.openFromRequester(),
                i.courtOrder());
    }

    private static ScoringInput with(ScoringInput i, RequesterClass requesterClass) {
        return new ScoringInput(
                i.businessDaysLeft(),
                i.track(),
                i.expediteDecisionPending(),
                requesterClass,
                i.emergency(),
                i.minutesWaiting(),
                i.openFromRequester(),
                i.courtOrder());
    }
}
