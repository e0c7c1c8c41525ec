package dev.lovage.engine.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoolTest {
    @ParameterizedTest
    @ValueSource(strings = {"gevent", "threads", "solo", "prefork"})
    void a_pool_runs_attempts_and_interrupts_them_when_it_is_closed(String word) throws InterruptedException {
        var pool = Pool.named(word, 2);
        assertThat(pool.word()).isEqualTo(word);
        var running = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        pool.run(() -> {
            running.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        pool.close();
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void gevent_is_virtual_threads_and_threads_are_not() throws InterruptedException {
        for (var word : new String[] {"gevent", "threads"}) {
            var virtual = new AtomicBoolean();
            var ran = new CountDownLatch(1);
            try (var pool = Pool.named(word, 1)) {
                pool.run(() -> {
                    virtual.set(Thread.currentThread().isVirtual());
                    ran.countDown();
                });
                assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(virtual.get()).isEqualTo(word.equals("gevent"));
        }
    }

    @Test
    void a_pool_that_there_is_not_is_refused_with_those_that_there_are() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pool.named("forks", 2))
                .withMessageContaining("prefork");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pool.named("eventless", 2))
                .withMessageContaining("solo");
        assertThatIllegalArgumentException().isThrownBy(() -> Pool.threads(0));
    }
}
