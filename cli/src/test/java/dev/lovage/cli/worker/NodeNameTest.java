package dev.lovage.cli.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeNameTest {
    @ParameterizedTest
    @CsvSource({
        "light@%h, light@arc-1.example.org",
        "light@%n, light@arc-1",
        "light@%d, light@example.org",
        "%n@%h, arc-1@arc-1.example.org",
        "other, celery@other",
        "a%%b@c, a%b@c"
    })
    void variables_are_those_of_celery(String pattern, String name) {
        assertThat(NodeName.of(pattern, "arc-1.example.org")).isEqualTo(name);
    }

    @Test
    void an_unknown_variable_is_named() {
        assertThatThrownBy(() -> NodeName.of("w%i@%h", "arc-1"))
                .hasMessageContaining("but not %i. Nothing was started");
    }
}
