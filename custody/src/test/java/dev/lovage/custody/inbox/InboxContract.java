package dev.lovage.custody.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.sql.database.Database;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an inbox does on every database.
abstract class InboxContract {
    private static final byte[] ANSWER = "{\"id\":\"T-1\"}\n".getBytes(StandardCharsets.UTF_8);

    private Instant now = Instant.parse("2026-11-20T12:00:00Z");
    private final Inbox inbox = new Inbox(() -> now);
    private Database database;

    abstract Database open();

    @BeforeEach
    void openDatabase() {
        database = open();
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    private static byte[] digest(int of) {
        var bytes = new byte[32];
        Arrays.fill(bytes, (byte) of);
        return bytes;
    }

    private Receipt receive(String tenant, int key, int fingerprint) {
        return database.write(tx -> inbox.receive(tx, tenant, digest(key), digest(fingerprint)));
    }

    private Receipt accept(int key, int fingerprint, String reference) {
        return database.writeAlone(tx -> {
            var receipt = inbox.receive(tx, "doj", digest(key), digest(fingerprint));
            if (receipt instanceof Receipt.New) {
                inbox.complete(tx, "doj", digest(key), reference, ANSWER);
            }
            return receipt;
        });
    }

    @Test
    void a_key_that_comes_again_is_answered_with_the_same_bytes_for_ever() {
        assertThat(accept(1, 1, "T-1")).isEqualTo(new Receipt.New());
        now = now.plus(Duration.ofDays(4000));
        assertThat(accept(1, 1, "T-2")).isInstanceOfSatisfying(Receipt.Replay.class, replay -> {
            assertThat(replay.response()).isEqualTo(ANSWER);
            assertThat(replay.reference()).isEqualTo("T-1");
        });
    }

    @Test
    void a_key_with_other_content_is_a_conflict() {
        accept(1, 1, "T-1");
        assertThat(accept(1, 2, "T-2")).isEqualTo(new Receipt.Conflict(Optional.of("T-1")));
    }

    @Test
    void a_key_that_was_not_completed_is_still_running() {
        assertThat(receive("doj", 1, 1)).isEqualTo(new Receipt.New());
        assertThat(receive("doj", 1, 1)).isEqualTo(new Receipt.StillRunning());
        assertThat(receive("doj", 1, 2)).isEqualTo(new Receipt.Conflict(Optional.empty()));
    }

    @Test
    void a_key_whose_transaction_was_rolled_back_is_new_again() {
        assertThatThrownBy(() -> database.write(tx -> {
                    inbox.receive(tx, "doj", digest(1), digest(1));
                    throw new IllegalStateException("the business data could not be written");
                }))
                .hasMessageContaining("business");
        assertThat(accept(1, 1, "T-1")).isEqualTo(new Receipt.New());
    }

    @Test
    void tenants_do_not_see_each_others_keys_or_fingerprints() {
        accept(1, 1, "T-1");
        assertThat(receive("dod", 1, 2)).isEqualTo(new Receipt.New());
        assertThat(suspected("dod", 1, Duration.ofDays(30))).isEmpty();
    }

    @Test
    void the_same_content_under_another_key_within_thirty_days_is_a_suspected_duplicate() {
        accept(1, 7, "T-1");
        now = now.plus(Duration.ofDays(29));
        assertThat(receive("doj", 2, 7)).isEqualTo(new Receipt.New());
        assertThat(suspected("doj", 7, Duration.ofDays(30))).contains("T-1");
        now = now.plus(Duration.ofDays(2));
        assertThat(suspected("doj", 7, Duration.ofDays(30))).isEmpty();
    }

    @Test
    void a_key_is_completed_once() {
        accept(1, 1, "T-1");
        assertThatThrownBy(() -> database.write(tx -> {
                    inbox.complete(tx, "doj", digest(1), "T-2", ANSWER);
                    return 1;
                }))
                .hasMessageContaining("not in work");
    }

    @Test
    void a_key_that_is_not_an_hmac_is_refused() {
        assertThatThrownBy(() -> database.write(tx -> inbox.receive(tx, "doj", new byte[16], digest(1))))
                .hasMessageContaining("32 bytes")
                .hasMessageContaining("16");
    }

    @Test
    void of_two_hundred_concurrent_calls_with_one_key_exactly_one_is_new() throws Exception {
        var calls = new ArrayList<Callable<Receipt>>();
        for (int i = 0; i < 200; i++) {
            var reference = "T-" + i;
            calls.add(() -> accept(1, 1, reference));
        }
        int fresh = 0;
        var references = new ArrayList<String>();
        try (var threads = Executors.newFixedThreadPool(20)) {
            for (var call : threads.invokeAll(calls)) {
                if (call.get() instanceof Receipt.Replay replay) {
                    references.add(replay.reference());
                } else {
                    assertThat(call.get()).isEqualTo(new Receipt.New());
                    fresh++;
                }
            }
        }
        assertThat(fresh).isEqualTo(1);
        assertThat(references).hasSize(199);
        assertThat(references.stream().distinct()).hasSize(1);
    }

    private Optional<String> suspected(String tenant, int fingerprint, Duration window) {
        return database.read(
                connection -> inbox.suspectedDuplicate(connection, tenant, digest(fingerprint), now.minus(window)));
    }
}
