package dev.lovage.records.rulefile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuleFileTest {
    @Test
    void knows_the_line_of_each_value() {
        Node root = parse("a: 1\nb:\n  - x\n  - {c: [2, 3]}\n");
        assertThat(root.get("a").integer(0, 9)).isEqualTo(1);
        assertThat(root.get("b").items().get(1).get("c").line()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: &x 1\nb: *x\n",
                "a: 1\nb: &x {c: 2}\n",
                "a: 1\nb: &x [2]\n",
                "a: 1\nb: *x\n",
                "a: 1\nb: !!str 2\n",
                "a: 1\nb: !own {c: 2}\n",
                "a: 1\na: 2\n",
                "a: 1\n--- {b: 2}\n",
                "a: 1\n]: 2\n",
            })
    void refuses_what_is_not_plain_and_says_where(String yaml) {
        assertThatExceptionOfType(RuleFileException.class)
                .isThrownBy(() -> parse(yaml))
                .satisfies(e -> assertThat(e.line()).as(e.getMessage()).isEqualTo(2));
    }

    @Test
    void refuses_an_unknown_key_and_names_the_nearest() {
        assertThatExceptionOfType(RuleFileException.class)
                .isThrownBy(() -> parse("holidays: 1\nholliday: 2\n").only("holidays", "version"))
                .withMessageContaining("line 2")
                .withMessageContaining("Nearest is `holidays`");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# only a comment\n"})
    void refuses_an_empty_file(String yaml) {
        assertThatExceptionOfType(RuleFileException.class).isThrownBy(() -> parse(yaml));
    }

    @Test
    void refuses_bytes_that_are_not_utf_8() {
        assertThatExceptionOfType(RuleFileException.class)
                .isThrownBy(() -> RuleFile.parse("x.yaml", new byte[] {'a', ':', ' ', (byte) 0xff}))
                .withMessageContaining("UTF-8");
    }

    private static Node parse(String yaml) {
        return RuleFile.parse("x.yaml", yaml.getBytes(StandardCharsets.UTF_8)).root();
    }
}
