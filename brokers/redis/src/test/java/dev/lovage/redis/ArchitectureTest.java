package dev.lovage.redis;

import dev.lovage.testkit.Architecture;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    @Test
    void packages_form_no_cycles_and_nothing_asks_for_the_machine_s_time_zone() {
        Architecture.check("dev.lovage.redis");
    }
}
