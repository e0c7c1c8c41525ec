package dev.lovage.records.clock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.records.clock.ClockEvent.Determined;
import dev.lovage.records.clock.ClockEvent.ExpediteRequested;
import dev.lovage.records.clock.ClockEvent.Extended;
import dev.lovage.records.clock.ClockEvent.Forwarded;
import dev.lovage.records.clock.ClockEvent.Perfected;
import dev.lovage.records.clock.ClockEvent.Received;
import dev.lovage.records.clock.ClockEvent.TollEnd;
import dev.lovage.records.clock.ClockEvent.TollStart;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class ClockPropertiesTest {
    private static final List<Regime> REGIMES = List.of(Regime.bundled("us-fed-foia"), Regime.bundled("us-ca-pra"));
    private static final HolidayRule.Observed AS_IT_FALLS =
            new HolidayRule.Observed(HolidayRule.Observed.Saturday.NONE, HolidayRule.Observed.Sunday.NONE);

    @Test
    void one_more_holiday_never_makes_a_due_date_earlier() {
        forEachCase(1_000, (random, events) -> {
            Regime regime = REGIMES.get(random.nextInt(REGIMES.size()));
            HolidayRule extra = new HolidayRule(
                    "Extra", 0, new HolidayRule.Day.Fixed(1 + random.nextInt(12), 1 + random.nextInt(28), AS_IT_FALLS));
            List<Obligation> before = Clock.fold(regime, events);
            List<Obligation> after = Clock.fold(regime.on(regime.calendar().with("more@1", extra)), events);
            for (int i = 0; i < before.size(); i++) {
                assertThat(after.get(i).currentDue())
                        .as("%s, one more holiday %s", before.get(i), extra)
                        .isAfterOrEqualTo(before.get(i).currentDue());
            }
        });
    }

    @Test
    void waiting_for_no_day_moves_no_due_date() {
        forEachCase(1_000, (random, events) -> {
            Regime regime = REGIMES.getFirst();
            Instant at = events.getFirst().at().plus(Duration.ofDays(random.nextInt(60)));
            List<ClockEvent> more = new ArrayList<>(events);
            more.removeIf(event -> event instanceof TollStart || event instanceof TollEnd);
            LocalDate before = Clock.fold(regime, more).getFirst().currentDue();
            more.add(new TollStart(at, "fees"));
            more.add(new TollEnd(at.plusSeconds(1), "fees"));
            assertThat(Clock.fold(regime, more).getFirst().currentDue()).isEqualTo(before);
        });
    }

    @Test
    void the_order_in_which_events_are_handed_in_changes_nothing() {
        forEachCase(1_000, (random, events) -> {
            for (Regime regime : REGIMES) {
                List<ClockEvent> shuffled = new ArrayList<>(events);
                Collections.shuffle(shuffled, random);
                assertThat(Clock.fold(regime, shuffled)).isEqualTo(Clock.fold(regime, events));
            }
        });
    }

    @Test
    void days_left_have_one_sign_rule_and_never_grow_with_time() {
        forEachCase(300, (random, events) -> {
            Regime regime = REGIMES.get(random.nextInt(REGIMES.size()));
            for (Obligation obligation : Clock.fold(regime, events)) {
                if (obligation.state() == Obligation.State.TOLLED) {
                    continue;
                }
                LocalDate due = obligation.currentDue();
                assertThat(obligation.businessDaysLeft(due)).isZero();
                int previous = Integer.MAX_VALUE;
                for (LocalDate day = due.minusDays(20); day.isBefore(due.plusDays(20)); day = day.plusDays(1)) {
                    int left = obligation.businessDaysLeft(day);
                    assertThat(left).as("%s on %s", obligation, day).isLessThanOrEqualTo(previous);
                    assertThat(left < 0).as("%s on %s", obligation, day).isEqualTo(day.isAfter(due));
                    previous = left;
                }
            }
        });
    }

    private static void forEachCase(int cases, BiConsumer<Random, List<ClockEvent>> property) {
        long seed = Long.getLong("lovage.seed", new Random().nextLong());
        System.out.println("ClockPropertiesTest: repeat with -Dlovage.seed=" + seed);
        Random random = new Random(seed);
        for (int i = 0; i < cases; i++) {
            property.accept(random, events(random));
        }
    }

    /// A request's events at distinct instants, the receipt first.
    private static List<ClockEvent> events(Random random) {
        Instant at = Instant.parse("2019-01-01T00:00:00Z").plus(Duration.ofHours(random.nextInt(24 * 365 * 15)));
        List<ClockEvent> events = new ArrayList<>();
        events.add(new Received(at, "OIP"));
        for (int more = random.nextInt(8); more > 0; more--) {
            at = at.plus(Duration.ofMinutes(1 + random.nextInt(60 * 24 * 9)));
            String toll = random.nextBoolean() ? "information" : "fees";
            events.add(
                    switch (random.nextInt(8)) {
                        case 0 -> new Forwarded(at, "FBI");
                        case 1 -> new Perfected(at);
                        case 2, 3 -> new TollStart(at, toll);
                        case 4, 5 -> new TollEnd(at, toll);
                        case 6 -> new Extended(at, 1 + random.nextInt(12), "voluminous", "notice");
                        default -> random.nextBoolean() ? new ExpediteRequested(at) : new Determined(at);
                    });
        }
        return events;
    }
}
