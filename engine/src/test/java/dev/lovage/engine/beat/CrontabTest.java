package dev.lovage.engine.beat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrontabTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MINUTE | */15 | 0,15,30,45",
                "MINUTE | 1-5 | 1,2,3,4,5",
                "MINUTE | 1,13,30-32,50-59/4 | 1,13,30,31,32,50,54,58",
                "MINUTE | */70 | 0",
                "HOUR | */3,10-12 | 0,3,6,9,10,11,12,15,18,21",
                "HOUR | 22-3 | 0,1,2,3,22,23",
                "HOUR | 22-3/2 | 0,2,22",
                "HOUR | 07 | 7",
                "HOUR | 1, 2 | 1,2",
                "DAY_OF_WEEK | mon-fri | 1,2,3,4,5",
                "DAY_OF_WEEK | Sunday,SAT | 0,6",
                "DAY_OF_WEEK | fri-mon | 0,1,5,6",
                "DAY_OF_MONTH | */10 | 1,11,21,31",
                "DAY_OF_MONTH | 2-30/14 | 2,16,30",
                "MONTH_OF_YEAR | */5 | 1,6,11",
                "MONTH_OF_YEAR | nov-feb | 1,2,11,12",
                "MONTH_OF_YEAR | july | 7"
            })
    void every_form_of_celery_is_read(CronField field, String text, String numbers) {
        var expected = new BitSet();
        for (var number : numbers.split(",")) {
            expected.set(Integer.parseInt(number));
        }
        assertThat(field.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MINUTE | 60",
                "HOUR | 24",
                "HOUR | -1",
                "HOUR | mon",
                "HOUR | 5/2",
                "HOUR | */0",
                "HOUR | */",
                "HOUR | 1-2-3",
                "HOUR | 1,,2",
                "HOUR | one",
                "HOUR | 99999999999",
                "DAY_OF_WEEK | 7",
                "DAY_OF_WEEK | jan",
                "DAY_OF_WEEK | mo",
                "DAY_OF_MONTH | 0",
                "MONTH_OF_YEAR | 13",
                "MONTH_OF_YEAR | L"
            })
    void what_celery_would_not_read_is_refused_with_the_field_what_was_found_and_what_is_expected(
            CronField field, String text) {
        assertThatThrownBy(() -> field.parse(text))
                .isInstanceOf(BadSchedule.class)
                .hasMessageContaining("crontab's " + field.key() + " is '" + text + "'")
                .hasMessageContaining("expected");
    }

    @Test
    void seven_is_answered_with_where_sunday_is() {
        assertThatThrownBy(() -> CronField.DAY_OF_WEEK.parse("7")).hasMessageContaining("Sunday is 0");
    }

    @Test
    void a_field_is_a_number_a_text_or_a_list_of_them() {
        assertThat(crontab("{\"minute\": 5, \"hour\": [1, \"13-14\"], \"day_of_week\": \"mon\"}")
                        .words())
                .isEqualTo("crontab 5 1,13-14 * * mon");
    }

    @Test
    void an_unknown_field_is_refused_with_the_known_ones() {
        assertThatThrownBy(() -> crontab("{\"minutes\": 5}"))
                .isInstanceOf(BadSchedule.class)
                .hasMessageContaining("minutes")
                .hasMessageContaining("day_of_month");
        assertThatThrownBy(() -> crontab("{\"minute\": 1.5}")).hasMessageContaining("minute is '1.5'");
        assertThatThrownBy(() -> crontab("\"* * *\"")).hasMessageContaining("five fields");
    }

    @Test
    void a_day_that_never_comes_is_refused() {
        assertThatThrownBy(() -> Crontab.of("0 0 30 2 *")).hasMessageContaining("never due");
        assertThatThrownBy(() -> Crontab.of("0 0 31 4,6 *")).hasMessageContaining("never due");
    }

    @Test
    void the_29th_of_february_on_a_sunday_is_found_across_2100() {
        assertThat(next(Crontab.of("0 0 29 2 sun"), "2088-03-01T00:00:00Z", ZoneOffset.UTC))
                .isEqualTo(Instant.parse("2128-02-29T00:00:00Z"));
    }

    @Test
    void day_of_the_month_and_day_of_the_week_both_have_to_match() {
        assertThat(next(Crontab.of("0 0 13 * fri"), "2026-01-01T00:00:00Z", ZoneOffset.UTC))
                .isEqualTo(Instant.parse("2026-02-13T00:00:00Z"));
    }

    @Test
    void the_time_it_was_due_itself_is_not_the_next_one() {
        assertThat(next(Crontab.of("*/15 * * * *"), "2026-01-01T00:15:00Z", ZoneOffset.UTC))
                .isEqualTo(Instant.parse("2026-01-01T00:30:00Z"));
        assertThat(next(Crontab.of("*/15 * * * *"), "2026-01-01T00:14:59.999Z", ZoneOffset.UTC))
                .isEqualTo(Instant.parse("2026-01-01T00:15:00Z"));
    }

    @Test
    void a_time_that_the_clock_leaves_out_is_due_when_the_clock_is_moved() {
        var berlin = ZoneId.of("Europe/Berlin");
        assertThat(next(Crontab.of("30 2 * * *"), "2026-03-28T12:00:00Z", berlin))
                .isEqualTo(Instant.parse("2026-03-29T01:00:00Z"));
        assertThat(next(Crontab.of("30 2 * * *"), "2026-03-29T01:00:00Z", berlin))
                .isEqualTo(Instant.parse("2026-03-30T00:30:00Z"));
    }

    @Test
    void a_time_that_comes_twice_is_due_the_first_time() {
        var berlin = ZoneId.of("Europe/Berlin");
        assertThat(next(Crontab.of("30 2 * * *"), "2026-10-24T12:00:00Z", berlin))
                .isEqualTo(Instant.parse("2026-10-25T00:30:00Z"));
        assertThat(next(Crontab.of("30 2 * * *"), "2026-10-25T00:30:00Z", berlin))
                .isEqualTo(Instant.parse("2026-10-26T01:30:00Z"));
    }

    private static Instant next(Schedule schedule, String after, ZoneId zone) {
        return schedule.next(Instant.parse(after), zone).orElseThrow();
    }

    private static Crontab crontab(String json) {
        return Crontab.of(Json.read(json.getBytes(StandardCharsets.UTF_8)));
    }
}
