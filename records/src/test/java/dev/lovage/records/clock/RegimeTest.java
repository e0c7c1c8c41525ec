package dev.lovage.records.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lovage.records.rulefile.RuleFile;
import dev.lovage.records.rulefile.RuleFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegimeTest {
    @Test
    void only_what_is_certain_claims_high_confidence() {
        assertThat(Regime.bundled("us-fed-foia").confidence()).isEqualTo(Regime.Confidence.HIGH);
        assertThat(Regime.bundled("us-ca-pra").confidence()).isEqualTo(Regime.Confidence.MEDIUM);
    }

    @Test
    void after_the_cutoff_time_receipt_is_on_the_next_open_day() throws IOException {
        Regime regime = Regime.read(edited("cutoff_time: none", "cutoff_time: \"17:00\""));
        assertThat(regime.receiptDate(Instant.parse("2026-11-25T22:00:00Z"))).isEqualTo("2026-11-25");
        assertThat(regime.receiptDate(Instant.parse("2026-11-25T22:00:01Z"))).isEqualTo("2026-11-27");
    }

    @ParameterizedTest
    @CsvSource({
        "day_zero: receipt, day_zero: tomorrow, all this version can do",
        "confidence: high, confidence: sure, high",
        "zone: America/New_York, zone: America/Gotham, not a time zone",
        "calendar: us-federal@1, calendar: us-federal@7, us-federal@1 is shipped",
        "max_uses: 1, max_uses: 0, from 1 to 1000",
        "regime:, regmie:, Nearest is `regime`",
    })
    void a_regime_that_does_not_make_sense_is_refused(String found, String edited, String problem) throws IOException {
        RuleFile file = edited(found, edited);
        assertThatExceptionOfType(RuleFileException.class)
                .isThrownBy(() -> Regime.read(file))
                .withMessageContaining(problem);
    }

    private static RuleFile edited(String found, String replacement) throws IOException {
        try (InputStream in = Regime.class.getResourceAsStream("/dev/lovage/records/regimes/us-fed-foia.yaml")) {
            assertThat(in).isNotNull();
            String yaml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(yaml).contains(found);
            return RuleFile.parse(
                    "edited.yaml", yaml.replace(found, replacement).getBytes(StandardCharsets.UTF_8));
        }
    }
}
