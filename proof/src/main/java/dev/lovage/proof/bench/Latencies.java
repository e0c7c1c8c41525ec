package dev.lovage.proof.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// How long each of many calls took.
final class Latencies {
    private final List<Long> nanos = Collections.synchronizedList(new ArrayList<>());

    /// Something whose duration is measured.
    @FunctionalInterface
    interface Call {
        void run() throws Exception;
    }

    void time(Call call) throws Exception {
        var start = System.nanoTime();
        call.run();
        nanos.add(System.nanoTime() - start);
    }

    void add(Duration taken) {
        nanos.add(taken.toNanos());
    }

    int count() {
        return nanos.size();
    }

    /// @param share of the calls that took at most this long, 0 to 1
    Duration quantile(double share) {
        var sorted = nanos.stream().sorted().toList();
        return Duration.ofNanos(sorted.get((int) Math.min(sorted.size() - 1L, (long) (share * sorted.size()))));
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "p50 %.1f ms, p99 %.1f ms, max %.1f ms (%d calls)",
                millis(0.5),
                millis(0.99),
                millis(1),
                count());
    }

    private double millis(double share) {
        return quantile(share).toNanos() / 1e6;
    }
}
