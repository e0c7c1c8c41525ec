package dev.lovage.proof.bench;

import dev.lovage.proof.load.Delivery;
import dev.lovage.proof.load.Sender;
import dev.lovage.proof.load.ServerProcess;
import dev.lovage.records.samples.SyntheticRequests;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// How long `POST /api/v1/submissions` takes, while the same server brings what it accepted through the pipeline.
final class AcceptLatency {
    private AcceptLatency() {}

    static void measure(Place place) throws Exception {
        for (var broker : List.of(place.sqlite(), place.postgres())) {
            try (var server =
                    ServerProcess.start(place.launcher(), broker.settings().data(), broker.config())) {
                server.awaitReady();
                var sender = new Sender(server);
                post(sender, 8, requests(1, 1000));
                Bench.line("accept, " + broker.name() + ", 1 client", post(sender, 1, requests(2, 1000)));
                Bench.line("accept, " + broker.name() + ", 64 clients", post(sender, 64, requests(3, 5000)));
            }
        }
    }

    static Queue<Delivery> requests(long seed, int count) {
        var deliveries = new ArrayList<Delivery>();
        for (var sample : SyntheticRequests.generate(seed, 0, count, 0)) {
            deliveries.add(new Delivery(
                    sample.name(), "application/json", Optional.of(seed + "-" + deliveries.size()), sample.bytes(), 1));
        }
        return new ConcurrentLinkedQueue<>(deliveries);
    }

    private static String post(Sender sender, int clients, Queue<Delivery> waiting) throws Exception {
        var latencies = new Latencies();
        var start = System.nanoTime();
        QueueRates.together(clients, () -> {
            for (var next = waiting.poll(); next != null; next = waiting.poll()) {
                var delivery = next;
                latencies.time(() -> sender.send(delivery));
            }
            return null;
        });
        var rate = latencies.count() * 1_000_000_000L / (System.nanoTime() - start);
        return latencies + ", " + rate + "/s, " + sender.repeated() + " asked to come again";
    }
}
