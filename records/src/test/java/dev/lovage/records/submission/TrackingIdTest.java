package dev.lovage.records.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class TrackingIdTest {
    private static final TrackingId ID = new TrackingId("US", "DOJ", "OIP", 2026, 123);

    @Test
    void the_check_character_agrees_with_published_identifiers() {
        // The examples of the GRid and ISAN standards, which use ISO 7064 MOD 37,36 too.
        assertThat(TrackingId.checkCharacter("A12425GABC1234002")).isEqualTo('M');
        assertThat(TrackingId.checkCharacter("00000000D07A0090")).isEqualTo('Q');
    }

    @Test
    void what_is_printed_is_read_back_in_any_case() {
        assertThat(ID.toString()).matches("US-DOJ-OIP-2026-0000123-[A-Z0-9]");
        assertThat(TrackingId.parse(" " + ID.toString().toLowerCase(java.util.Locale.ROOT) + "\n"))
                .isEqualTo(ID);
        TrackingId large = new TrackingId("US", "DOJ", "OIP", 2026, 12_345_678_901L);
        assertThat(TrackingId.parse(large.toString())).isEqualTo(large);
    }

    @Test
    void every_single_wrong_character_is_found() {
        String printed = ID.toString();
        for (int i = 0; i < printed.length(); i++) {
            if (printed.charAt(i) == '-') {
                continue;
            }
            for (char c : "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".toCharArray()) {
                String wrong = printed.substring(0, i) + c + printed.substring(i + 1);
                assertThat(TrackingId.valid(wrong)).as(wrong).isEqualTo(wrong.equals(printed));
            }
        }
    }

    @Test
    void an_exchange_of_neighbours_is_refused_with_what_to_do() {
        String exchanged = ID.toString().replace("0000123", "0000132");
        assertThatThrownBy(() -> TrackingId.parse(exchanged))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Check it against the receipt");
        assertThatThrownBy(() -> TrackingId.parse("US-DOJ-1")).hasMessageContaining("is no tracking id");
    }

    @Test
    void the_federal_fiscal_year_begins_on_october_1_in_the_agency_s_zone() {
        assertThat(TrackingId.federalFiscalYear(LocalDate.parse("2026-09-30"))).isEqualTo(2026);
        assertThat(TrackingId.federalFiscalYear(LocalDate.parse("2026-10-01"))).isEqualTo(2027);
        Instant evening = Instant.parse("2026-10-01T03:59:59Z");
        assertThat(TrackingId.federalFiscalYear(evening, ZoneId.of("America/New_York")))
                .isEqualTo(2026);
        assertThat(TrackingId.federalFiscalYear(evening.plusSeconds(1), ZoneId.of("America/New_York")))
                .isEqualTo(2027);
    }
}
