package dev.lovage.proof.load;

import dev.lovage.engine.json.Json;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Posts deliveries as a careful client does: the same bytes under the same key, until there is an answer.
public final class Sender {
    private static final Set<Integer> AGAIN = Set.of(409, 503);

    private final ServerProcess server;
    private final AtomicInteger repeated = new AtomicInteger();

    public Sender(ServerProcess server) {
        this.server = server;
    }

    /// @return the tracking ids that the server answered with, in the order of the submissions in the delivery
    /// @throws AssertionError for an answer that neither accepts nor asks to come again
    public List<String> send(Delivery delivery) throws InterruptedException {
        while (true) {
            try {
                var response = post(delivery);
                if (response.statusCode() / 100 == 2) {
                    return trackingIds(delivery, response.body());
                }
                if (!AGAIN.contains(response.statusCode())) {
                    throw new AssertionError(delivery.name() + " was answered with " + response.statusCode() + ": "
                            + new String(response.body(), java.nio.charset.StandardCharsets.UTF_8));
                }
            } catch (IOException gone) {
                server.awaitReady();
            }
            repeated.incrementAndGet();
        }
    }

    /// How often a delivery had to be sent once more.
    public int repeated() {
        return repeated.get();
    }

    /// Posts once.
    public HttpResponse<byte[]> post(Delivery delivery) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(server.address().resolve("/api/v1/submissions"))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", delivery.mediaType())
                .POST(BodyPublishers.ofByteArray(delivery.body()));
        delivery.key().ifPresent(key -> request.header("Idempotency-Key", key));
        return server.http().send(request.build(), BodyHandlers.ofByteArray());
    }

    private static List<String> trackingIds(Delivery delivery, byte[] body) {
        var answer = Json.read(body);
        if (!delivery.mediaType().equals("text/csv")) {
            return List.of(answer.path("tracking_id").asString());
        }
        var rows = new TreeMap<Integer, String>();
        answer.path("rows")
                .forEach(row -> rows.put(
                        Integer.parseInt(row.path("row").asString().replaceAll("[^0-9]", "")),
                        row.path("tracking_id").asString()));
        if (rows.size() != delivery.submissions()) {
            throw new AssertionError(delivery.name() + " has " + delivery.submissions() + " rows, and the answer is "
                    + Json.text(answer));
        }
        return List.copyOf(rows.values());
    }
}
