package dev.lovage.rabbitmq;

import dev.lovage.testkit.Architecture;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    @Test
    void packages_form_no_cycle_and_nothing_asks_for_the_machines_zone() {
        Architecture.check("dev.lovage.rabbitmq");
    }
}
