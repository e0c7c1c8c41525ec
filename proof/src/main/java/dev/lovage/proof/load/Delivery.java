package dev.lovage.proof.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.engine.json.Json;
import dev.lovage.records.samples.Sample;
import dev.lovage.records.samples.SyntheticRequests;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.node.ObjectNode;

/// One body that is posted, as often as it takes.
///
/// @param key its `Idempotency-Key`, where the channel has no name of its own for it
/// @param submissions how many are in it: the rows of a table, else one
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Delivery(String name, String mediaType, Optional<String> key, byte[] body, int submissions) {
    private static final int ROWS_PER_FILE = 10;

    /// Deliveries with exactly `submissions` submissions together, in a random order: of ten, four are JSON with a key,
    /// two are portal payloads, three are mails, and one is a row of a table.
    ///
    /// @param submissions a multiple of 100
    public static List<Delivery> mixed(Random random, int submissions) {
        var seed = random.nextLong(1, 1L << 40);
        var deliveries = new ArrayList<Delivery>();
        var people = SyntheticRequests.generate(seed, submissions * 3 / 10, submissions * 6 / 10, 0);
        int number = 0;
        for (var sample : people) {
            if (sample.kind() == Sample.Kind.MAIL) {
                deliveries.add(new Delivery(sample.name(), "message/rfc822", Optional.empty(), sample.bytes(), 1));
            } else if (number++ % 3 == 2) {
                deliveries.add(portal(sample, number));
            } else {
                deliveries.add(new Delivery(
                        sample.name(), "application/json", Optional.of("key-" + number), sample.bytes(), 1));
            }
        }
        for (int file = 1; file <= submissions / 10 / ROWS_PER_FILE; file++) {
            for (var table : SyntheticRequests.generate(seed + file, 0, 0, ROWS_PER_FILE)) {
                var text = table.name().endsWith("a.csv");
                deliveries.add(new Delivery(
                        file + "/" + table.name(),
                        "text/csv",
                        Optional.empty(),
                        table.bytes(),
                        text ? ROWS_PER_FILE * 3 / 5 : ROWS_PER_FILE - ROWS_PER_FILE * 3 / 5));
            }
        }
        Collections.shuffle(deliveries, random);
        return deliveries;
    }

    /// The same request, as the National FOIA Portal words it.
    private static Delivery portal(Sample sample, int number) {
        var said = (ObjectNode) Json.read(sample.bytes());
        var requester = said.path("requester");
        var body = Json.object()
                .put("version", "1.1.0")
                .put("request_id", 1_000_000 + number)
                .put("agency", "Commonwealth of Avalon")
                .put("agency_component_name", said.path("component").asString("Records Office"))
                .put("name_first", requester.path("first").asString())
                .put("name_last", requester.path("last").asString())
                .put("email", requester.path("email").asString())
                .put("request_category", "individual")
                .put("request_description", said.path("description").asString())
                .put("fee_waiver", "no")
                .put("expedited_processing", "no");
        return new Delivery(
                "portal-" + number,
                "application/json",
                Optional.empty(),
                Json.text(body).getBytes(UTF_8),
                1);
    }
}
