package dev.lovage.records.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lovage.records.clock.ClockEvent.Determined;
import dev.lovage.records.clock.ClockEvent.ExpediteDenied;
import dev.lovage.records.clock.ClockEvent.ExpediteGranted;
import dev.lovage.records.clock.ClockEvent.ExpediteRequested;
import dev.lovage.records.clock.ClockEvent.Extended;
import dev.lovage.records.clock.ClockEvent.Forwarded;
import dev.lovage.records.clock.ClockEvent.Perfected;
import dev.lovage.records.clock.ClockEvent.Received;
import dev.lovage.records.clock.ClockEvent.TollEnd;
import dev.lovage.records.clock.ClockEvent.TollStart;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class ClockTest {
    private static final Regime FEDERAL = Regime.bundled("us-fed-foia");
    private static final Regime CALIFORNIA = Regime.bundled("us-ca-pra");

    @ParameterizedTest
    @CsvSource({
        "2026-11-24, 2026-12-23, two days off within",
        "2026-11-21, 2026-12-21, a Saturday",
        "2026-11-20, 2026-12-21, the Friday before it",
        "2026-11-26, 2026-12-24, Thanksgiving Day itself",
        "2024-09-30, 2024-10-29, Columbus Day within",
        "2021-12-03, 2022-01-04, New Year's Day observed in the old year",
        "2027-12-06, 2028-01-05, New Year's Day observed in the old year",
        "2028-12-04, 2029-01-03, New Year's Day on a Monday",
        "2026-06-12, 2026-07-14, Juneteenth and 3 July observed",
        "2025-10-01, 2025-10-30, the days of a shutdown count",
    })
    void twenty_business_days_after_receipt(LocalDate received, LocalDate due, String why) {
        assertThat(determination(FEDERAL, received(received)).currentDue())
                .as(why)
                .isEqualTo(due);
    }

    @Test
    void ten_more_business_days_by_extension() {
        Obligation extended = determination(
                FEDERAL, received("2026-11-24"), new Extended(noon("2026-12-10"), 10, "voluminous", "notice-1"));
        assertThat(extended.baseDue()).isEqualTo("2026-12-23");
        assertThat(extended.currentDue()).isEqualTo("2027-01-08");
    }

    @Test
    void the_clock_starts_when_the_proper_component_has_it() {
        Obligation forwarded = determination(FEDERAL, received("2026-11-02"), new Forwarded(noon("2026-11-06"), "FBI"));
        assertThat(forwarded.start()).isEqualTo("2026-11-06");
        assertThat(forwarded.currentDue()).isEqualTo("2026-12-08");
    }

    @Test
    void the_clock_starts_at_the_latest_ten_business_days_after_the_first_receipt() {
        Obligation forwarded = determination(FEDERAL, received("2026-11-02"), new Forwarded(noon("2026-11-25"), "FBI"));
        assertThat(forwarded.start()).isEqualTo("2026-11-17");
        assertThat(forwarded.currentDue()).isEqualTo("2026-12-16");
    }

    @Test
    void waiting_for_information_leaves_the_remaining_days() {
        Obligation tolled = determination(
                FEDERAL,
                received("2026-11-02"),
                new TollStart(noon("2026-11-10"), "information"),
                new TollEnd(noon("2026-11-20"), "information"));
        assertThat(tolled.baseDue()).isEqualTo("2026-12-02");
        assertThat(tolled.currentDue()).isEqualTo("2026-12-11");
        assertThat(tolled.explanation()).anyMatch(line -> line.contains("6 days used and 14 left"));
    }

    @Test
    void an_expedite_decision_is_due_in_ten_calendar_days() {
        List<ClockEvent> asked = List.of(received("2026-11-20"), new ExpediteRequested(noon("2026-11-20")));
        Obligation decision = Clock.fold(FEDERAL, asked).get(1);
        assertThat(decision.kind()).isEqualTo(Regime.Kind.EXPEDITE_DECISION);
        assertThat(decision.currentDue()).isEqualTo("2026-11-30");
        assertThat(decision.isOpen()).isTrue();
    }

    @Test
    void a_californian_due_date_on_a_closed_day_rolls_to_the_next_open_one() {
        assertThat(determination(CALIFORNIA, received("2026-12-15")).currentDue())
                .isEqualTo("2026-12-28");
    }

    @Test
    void an_instant_becomes_a_date_in_the_zone_of_the_regime() {
        Received lateInTheEvening = new Received(Instant.parse("2026-11-25T04:59:59Z"), "OIP");
        Received midnight = new Received(Instant.parse("2026-11-25T05:00:00Z"), "OIP");
        assertThat(determination(FEDERAL, lateInTheEvening).start()).isEqualTo("2026-11-24");
        assertThat(determination(FEDERAL, midnight).start()).isEqualTo("2026-11-25");
    }

    @Test
    void while_it_waits_the_number_of_days_left_stands_still() {
        Obligation tolled =
                determination(FEDERAL, received("2026-11-02"), new TollStart(noon("2026-11-10"), "information"));
        assertThat(tolled.state()).isEqualTo(Obligation.State.TOLLED);
        assertThat(tolled.businessDaysLeft(LocalDate.parse("2026-11-09"))).isEqualTo(15);
        assertThat(tolled.businessDaysLeft(LocalDate.parse("2026-11-10"))).isEqualTo(14);
        assertThat(tolled.businessDaysLeft(LocalDate.parse("2027-03-01"))).isEqualTo(14);
    }

    @Test
    void information_stops_the_clock_once_and_fees_as_often_as_needed() {
        Obligation twice = determination(
                FEDERAL,
                received("2026-11-02"),
                new TollStart(noon("2026-11-03"), "information"),
                new TollEnd(noon("2026-11-04"), "information"),
                new TollStart(noon("2026-11-05"), "information"),
                new TollEnd(noon("2026-11-13"), "information"));
        assertThat(twice.currentDue()).isEqualTo("2026-12-03");
        Obligation fees = determination(
                FEDERAL,
                received("2026-11-02"),
                new TollStart(noon("2026-11-03"), "fees"),
                new TollEnd(noon("2026-11-04"), "fees"),
                new TollStart(noon("2026-11-05"), "fees"),
                new TollEnd(noon("2026-11-06"), "fees"));
        assertThat(fees.currentDue()).isEqualTo("2026-12-04");
    }

    @Test
    void two_grounds_at_once_stop_the_clock_once() {
        Obligation both = determination(
                FEDERAL,
                received("2026-11-02"),
                new TollStart(noon("2026-11-03"), "fees"),
                new TollStart(noon("2026-11-04"), "information"),
                new TollEnd(noon("2026-11-05"), "fees"),
                new TollEnd(noon("2026-11-06"), "information"));
        assertThat(both.currentDue()).isEqualTo("2026-12-07");
    }

    @Test
    void what_the_regime_does_not_allow_moves_no_date_and_says_so() {
        Obligation unmoved = determination(
                FEDERAL,
                received("2026-11-02"),
                new TollStart(noon("2026-11-04"), "vacation"),
                new Extended(noon("2026-11-05"), 5, "backlog", "notice-1"),
                new Extended(noon("2026-12-03"), 5, "voluminous", "notice-2"),
                new TollStart(noon("2026-12-04"), "fees"));
        assertThat(unmoved.currentDue()).isEqualTo(unmoved.baseDue());
        assertThat(unmoved.state()).isEqualTo(Obligation.State.RUNNING);
        assertThat(unmoved.explanation())
                .filteredOn(line -> line.contains("knows no such ground"))
                .hasSize(2);
        assertThat(unmoved.explanation())
                .filteredOn(line -> line.contains("after the due date"))
                .hasSize(2);
    }

    @Test
    void an_extension_beyond_the_maximum_counts_up_to_it_and_offers_narrowing() {
        Obligation extended = determination(
                FEDERAL, received("2026-11-24"), new Extended(noon("2026-12-10"), 30, "voluminous", "notice-1"));
        assertThat(extended.currentDue()).isEqualTo("2027-01-08");
        assertThat(extended.explanation()).anyMatch(line -> line.contains("narrow"));
    }

    @Test
    void a_request_perfected_later_counts_from_then() {
        assertThat(determination(FEDERAL, received("2026-11-02"), new Perfected(noon("2026-11-24")))
                        .currentDue())
                .isEqualTo("2026-12-23");
    }

    @Test
    void ends_as_met_or_met_late() {
        assertThat(determination(FEDERAL, received("2026-11-02"), new Determined(noon("2026-12-02")))
                        .state())
                .isEqualTo(Obligation.State.MET);
        assertThat(determination(FEDERAL, received("2026-11-02"), new Determined(noon("2026-12-03")))
                        .state())
                .isEqualTo(Obligation.State.MET_LATE);
        assertThat(determination(
                                FEDERAL,
                                received("2026-11-02"),
                                new TollStart(noon("2026-11-10"), "fees"),
                                new Determined(noon("2027-02-01")))
                        .state())
                .isEqualTo(Obligation.State.MET);
        for (ClockEvent decided :
                List.of(new ExpediteGranted(noon("2026-11-12")), new ExpediteDenied(noon("2026-11-12")))) {
            assertThat(Clock.fold(
                                    FEDERAL,
                                    List.of(received("2026-11-02"), new ExpediteRequested(noon("2026-11-02")), decided))
                            .get(1)
                            .state())
                    .isEqualTo(Obligation.State.MET);
        }
    }

    @Test
    void a_request_that_was_never_received_has_no_clock() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Clock.fold(FEDERAL, List.of(new Determined(noon("2026-11-02")))))
                .withMessageContaining("No Received event");
    }

    @Test
    void an_obligation_is_json_with_its_explanation() {
        assertThat(JsonMapper.shared()
                        .valueToTree(determination(FEDERAL, received("2026-11-24")))
                        .toString())
                .startsWith("{\"kind\":\"DETERMINATION\",\"start\":\"2026-11-24\",\"baseDue\":\"2026-12-23\"")
                .contains("\"explanation\":[\"The request was received on 2026-11-24.\"")
                .doesNotContain("\"calendar\"", "\"open\"");
    }

    static Obligation determination(Regime regime, ClockEvent... events) {
        return Clock.fold(regime, List.of(events)).getFirst();
    }

    static Received received(LocalDate date) {
        return received(date.toString());
    }

    static Received received(String date) {
        return new Received(noon(date), "OIP");
    }

    /// A time of day that lies on the same date all over the United States.
    static Instant noon(String date) {
        return Instant.parse(date + "T18:00:00Z");
    }
}
