package dev.lovage.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.worker.Pool;
import dev.lovage.records.intake.Agency;
import dev.lovage.records.intake.Answer;
import dev.lovage.records.intake.Pipeline;
import dev.lovage.records.samples.Samples;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordsTest {
    private static final Set<Custody> MOVING = Set.of(Custody.READY, Custody.TIMER, Custody.LEASED);

    @TempDir
    Path data;

    @Test
    void brings_every_sample_to_a_letter_or_to_a_person_and_takes_none_twice() throws Exception {
        try (var lovage = Lovage.embedded(data)) {
            var records = Records.open(lovage, Agency.sample(), InstantSource.system());
            try (var _ = lovage.worker()
                    .tasks(records.tasks())
                    .queues(Pipeline.QUEUES.toArray(String[]::new))
                    .pool(Pool.virtual(8))
                    .start()) {
                var first = submit(records);
                quiet(lovage);
                assertThat(submit(records)).isZero();

                var totals = records.totals();
                assertThat(totals.accepted()).isEqualTo(first).isGreaterThan(150);
                assertThat(lovage.backbone().store().held(Set.of(Custody.DEAD, Custody.PARKED), 10))
                        .isEmpty();
                assertThat(totals.acknowledged() + totals.holding()).isEqualTo(totals.accepted());
                assertThat(totals.routed()).containsKeys("police", "health", "procurement");
                assertThat(records.unaccounted()).isEmpty();
                assertThat(records.verify().verified()).isTrue();
            }
        }
    }

    private static int submit(Records records) {
        var accepted = 0;
        for (var sample : Samples.all()) {
            var name = sample.name();
            for (var arrival :
                    records.reader().file(name, sample.bytes(), "samples").arrivals()) {
                if (records.accept(arrival) instanceof Answer.Accepted) {
                    accepted++;
                }
            }
        }
        return accepted;
    }

    /// Waits until nothing moves; the test's own time limit bounds it.
    private static void quiet(Lovage lovage) throws InterruptedException {
        var broker = lovage.backbone().broker();
        while (true) {
            var mark = broker.mark();
            if (lovage.backbone().store().inventory().stream()
                    .map(Store.Entry::custody)
                    .noneMatch(MOVING::contains)) {
                return;
            }
            broker.awaitWork(mark, java.time.Duration.ofMillis(100));
        }
    }
}
