package dev.lovage.custody.ledger;

import dev.lovage.custody.ledger.Intents.Intent;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// One link of the chain.
///
/// @param bytes the entry in canonical JSON
/// @param leaf SHA-256 of a zero byte and `bytes`, as the leaves of a Merkle tree are hashed
/// @see <a href="https://www.rfc-editor.org/rfc/rfc9162#section-2.1.1">RFC 9162, section 2.1.1</a>
@SuppressWarnings("ArrayRecordComponent") // written and hashed; never compared
record Entry(
        long seq, long tsMillis, Intent intent, String tenant, String subject, String type, byte[] bytes, byte[] leaf) {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final JsonMapper JSON = JsonMapper.shared();

    static Entry of(String origin, long seq, long tsMillis, Intent intent, byte[] prev) {
        var payload = JSON.readTree(intent.payload());
        var entry = JsonNodeFactory.instance.objectNode();
        entry.put("v", 1);
        entry.put("log", origin);
        entry.put("seq", seq);
        entry.put("ts", TIME.format(Instant.ofEpochMilli(tsMillis)));
        for (var shared : List.of("type", "subject", "parent", "actor", "data")) {
            entry.set(shared, payload.required(shared));
        }
        entry.put("prev", Base64.getEncoder().encodeToString(prev));
        var bytes = CanonicalJson.bytes(entry);
        return new Entry(
                seq,
                tsMillis,
                intent,
                payload.required("tenant").stringValue(),
                payload.required("subject").stringValue(),
                payload.required("type").stringValue(),
                bytes,
                leaf(bytes));
    }

    private static byte[] leaf(byte[] bytes) {
        var input = new byte[bytes.length + 1];
        System.arraycopy(bytes, 0, input, 1, bytes.length);
        return Sha256.of(input);
    }
}
