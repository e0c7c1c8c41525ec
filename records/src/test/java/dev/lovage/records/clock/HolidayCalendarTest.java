package dev.lovage.records.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lovage.records.rulefile.RuleFile;
import dev.lovage.records.rulefile.RuleFileException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HolidayCalendarTest {
    private static final HolidayCalendar FEDERAL = HolidayCalendar.bundled("us-federal@1");

    /// As the Office of Personnel Management lists them, typed by hand.
    @ParameterizedTest
    @CsvSource({
        "2020, 01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25",
        "2021, 01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
        "2022, 01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26",
        "2023, 01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25",
        "2024, 01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25",
        "2026, 01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
        "2027, 01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
    })
    void the_federal_days_off_are_those_that_the_government_lists(int year, String days) {
        List<LocalDate> listed = Arrays.stream(days.split(" "))
                .map(day -> LocalDate.parse(year + "-" + day))
                .toList();
        assertThat(FEDERAL.holidays(year).keySet()).containsExactlyElementsOf(listed);
    }

    @Test
    void a_saturday_new_year_is_observed_in_the_old_year() {
        assertThat(FEDERAL.holiday(LocalDate.parse("2021-12-31"))).contains("New Year's Day");
        assertThat(FEDERAL.isBusinessDay(LocalDate.parse("2027-12-31"))).isFalse();
    }

    @Test
    void california_moves_only_veterans_day_from_a_saturday() {
        HolidayCalendar california = HolidayCalendar.bundled("us-ca@1");
        assertThat(california.isBusinessDay(LocalDate.parse("2023-11-10"))).isFalse();
        assertThat(california.isBusinessDay(LocalDate.parse("2026-07-03"))).isTrue();
        assertThat(california.isBusinessDay(LocalDate.parse("2024-04-01"))).isFalse();
    }

    @Test
    void another_version_than_the_shipped_one_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HolidayCalendar.bundled("us-federal@2"))
                .withMessageContaining("us-federal@1 is shipped");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: A, month: 2, day: 29, cite: x} | does not exist in every year",
                "{name: A, month: 2, day: 1} | `cite` is missing",
                "{name: A, month: 2, weekday: monday, nth: 5, cite: x} | from 1 to 4",
                "{name: A, month: 2, weekday: lundi, nth: 1, cite: x} | one of monday",
                "{name: A, month: 13, day: 1, cite: x} | from 1 to 12",
            })
    void a_rule_that_cannot_be_is_refused_with_its_line(String holiday, String problem) {
        String yaml = """
                calendar: x
                version: 1
                title: X
                weekend: [saturday, sunday]
                observed: {saturday: none, sunday: none}
                sources: [{what: x, cite: x, seen: 2026-11-20}]
                holidays:
                  - %s
                  """.formatted(holiday);
        RuleFile file = RuleFile.parse("x.yaml", yaml.getBytes(StandardCharsets.UTF_8));
        assertThatExceptionOfType(RuleFileException.class)
                .isThrownBy(() -> HolidayCalendar.read(file))
                .withMessageContaining("line 8")
                .withMessageContaining(problem);
    }
}
