package dev.lovage.server.web;

import static dev.lovage.server.web.Client.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Settings;
import dev.lovage.records.intake.State;
import dev.lovage.server.installation.Installation;
import dev.lovage.testkit.Eventually;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebServerTest {
    private static final String REQUEST = """
            {"requester": {"first": "Ada", "last": "Quill", "email": "ada.quill@example.org"},
             "description": "All purchase orders for road salt, %s."}""";
    private static final String MAIL = """
            From: Ida Marsh <ida.marsh@example.org>
            To: records@example.gov
            Message-ID: <first-mail-%s@example.org>
            Subject: Body camera footage

            Please send me the footage of 3 March.
            """;

    @TempDir
    private static Path data;

    private static Installation installation;
    private static WebServer server;
    private static Client client;

    @BeforeAll
    static void start() {
        var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        installation = Installation.start(Settings.embedded(data), InstantSource.system(), meters);
        server = WebServer.start(installation, meters, "127.0.0.1", 0);
        installation.sweep();
        client = new Client(server.port());
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        installation.close();
    }

    @Test
    void a_new_delivery_is_answered_with_its_receipt_and_a_repeated_one_with_the_same_bytes() throws Exception {
        var first = client.postJson("key-replay", REQUEST.formatted("2026"));
        assertThat(first.statusCode()).isEqualTo(202);
        assertThat(first.headers().firstValue("Idempotent-Replayed")).isEmpty();
        assertThat(json(first).path("tracking_id").asString()).startsWith("US-CRO-RECORDS-");

        var again = client.postJson("key-replay", REQUEST.formatted("2026"));
        assertThat(again.statusCode()).isEqualTo(202);
        assertThat(again.headers().firstValue("Idempotent-Replayed")).contains("true");
        assertThat(again.body()).isEqualTo(first.body());
    }

    @Test
    void one_key_with_other_content_is_a_conflict_and_the_staff_is_told() throws Exception {
        client.postJson("key-conflict", REQUEST.formatted("2024"));
        var before = installation.records().staffTasks().size();
        var other = client.postJson("key-conflict", REQUEST.formatted("2025, and no others"));
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(json(other).path("code").asString()).isEqualTo("idempotency_conflict");
        assertThat(installation.records().staffTasks()).hasSize(before + 1);
    }

    @Test
    void another_key_with_the_same_content_is_accepted_and_flagged() throws Exception {
        var first = json(client.postJson("key-dup-1", REQUEST.formatted("2019")));
        var second = json(client.postJson("key-dup-2", REQUEST.formatted("2019")));
        assertThat(second.path("suspected_duplicate_of").asString())
                .isEqualTo(first.path("tracking_id").asString());
    }

    @Test
    void two_hundred_posts_of_one_key_at_once_become_one_submission_with_one_letter() throws Exception {
        var accepted = installation.records().totals().accepted();
        var answers = new ArrayList<HttpResponse<String>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var posts = new ArrayList<Callable<HttpResponse<String>>>();
            for (int i = 0; i < 200; i++) {
                posts.add(() -> client.postJson("key-many", REQUEST.formatted("2001")));
            }
            for (Future<HttpResponse<String>> one : threads.invokeAll(posts)) {
                answers.add(one.get());
            }
        }
        assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(202);
        assertThat(answers)
                .extracting(HttpResponse::body)
                .containsOnly(answers.getFirst().body());
        assertThat(answers)
                .filteredOn(
                        one -> one.headers().firstValue("Idempotent-Replayed").isEmpty())
                .hasSize(1);
        assertThat(installation.records().totals().accepted()).isEqualTo(accepted + 1);
        var id = json(answers.getFirst()).path("tracking_id").asString();
        acknowledged(id);
        try (var letters = Files.list(data.resolve("letters"))) {
            assertThat(letters.filter(file -> file.getFileName().toString().startsWith(id)))
                    .hasSize(1);
        }
    }

    @Test
    void all_violations_are_told_at_once() throws Exception {
        var answer = client.postJson("key-bad", "{\"requester\": {\"email\": \"nobody\"}, \"unheard_of\": 1}");
        assertThat(answer.statusCode()).isEqualTo(422);
        var body = json(answer);
        assertThat(body.path("code").asString()).isEqualTo("invalid");
        assertThat(body.path("description").asString()).contains("Nothing was accepted");
        assertThat(body.path("violations").size()).isGreaterThanOrEqualTo(3);
        assertThat(body.path("violations").valueStream())
                .allMatch(one -> one.has("field") && one.has("code") && one.has("message"));
    }

    @Test
    void a_mail_is_accepted_and_a_table_row_by_row() throws Exception {
        var mail = client.post("message/rfc822", MAIL.formatted("a").replace("\n", "\r\n"));
        assertThat(mail.statusCode()).isEqualTo(202);
        acknowledged(json(mail).path("tracking_id").asString());

        var table = client.post("text/csv", """
                external_id,name_first,name_last,email,request_description
                T-1,Ana,Bay,ana@example.org,The minutes of the council
                T-2,Ana,Bay,not an address,The minutes of the council
                """);
        assertThat(table.statusCode()).isEqualTo(200);
        assertThat(json(table).path("accepted").asInt()).isEqualTo(1);
        assertThat(json(table).path("rejected").asInt()).isEqualTo(1);
        assertThat(json(table)
                        .path("rows")
                        .valueStream()
                        .map(row -> row.path("outcome").asString()))
                .containsExactlyInAnyOrder("accepted", "rejected");
    }

    @Test
    void what_can_not_be_taken_is_refused_with_a_code_and_a_way_out() throws Exception {
        assertThat(client.post("application/pdf", "x").statusCode()).isEqualTo(415);
        assertThat(client.post("application/x-www-form-urlencoded", "a=b").statusCode())
                .isEqualTo(415);
        assertThat(client.postJson("k".repeat(256), REQUEST.formatted("x")).statusCode())
                .isEqualTo(400);
        assertThat(client.get("/api/v1/submissions/US-NOBODY").statusCode()).isEqualTo(404);
        var nothing = client.get("/nothing/here");
        assertThat(nothing.statusCode()).isEqualTo(404);
        assertThat(json(nothing).propertyNames()).contains("code", "message", "description");
        var tooLong = "POST /api/v1/submissions HTTP/1.1\r\nHost: 127.0.0.1:" + server.port()
                + "\r\nContent-Type: application/json\r\nContent-Length: 70000000\r\n\r\n";
        assertThat(client.raw(tooLong)).isEqualTo("413");
    }

    @Test
    void only_our_own_host_and_origin_are_served() throws Exception {
        var here = "127.0.0.1:" + server.port();
        assertThat(client.raw("GET /health/live HTTP/1.1\r\nHost: " + here + "\r\n\r\n"))
                .isEqualTo("200");
        assertThat(client.raw("GET /health/live HTTP/1.1\r\nHost: localhost:" + server.port() + "\r\n\r\n"))
                .isEqualTo("200");
        assertThat(client.raw("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")).isEqualTo("421");
        assertThat(client.raw("GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n")).isEqualTo("421");

        var request = REQUEST.formatted("from a browser");
        assertThat(client.post("application/json", request, "Origin", "https://evil.example")
                        .statusCode())
                .isEqualTo(403);
        assertThat(client.post("application/json", request, "Origin", "null").statusCode())
                .isEqualTo(403);
        assertThat(client.post("application/json", request, "Sec-Fetch-Site", "cross-site")
                        .statusCode())
                .isEqualTo(403);
        assertThat(client.post("application/json", request, "Origin", "http://" + here, "Sec-Fetch-Site", "same-origin")
                        .statusCode())
                .isEqualTo(202);
    }

    @Test
    void every_answer_forbids_framing_sniffing_and_foreign_scripts() throws Exception {
        for (var path : new String[] {"/", "/api/v1/status", "/nothing", "/assets/lovage.css"}) {
            var headers = client.get(path).headers();
            assertThat(headers.firstValue("Content-Security-Policy").orElseThrow())
                    .contains("default-src 'none'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(headers.firstValue("Referrer-Policy")).contains("no-referrer");
        }
    }

    @Test
    void health_status_and_metrics_tell_how_it_is() throws Exception {
        client.postJson("key-metrics", REQUEST.formatted("metrics"));
        assertThat(client.get("/health/live").statusCode()).isEqualTo(200);
        Eventually.until(
                "it is ready and has counted",
                () -> {
                    try {
                        return client.get("/health/ready").statusCode() == 200
                                && json(client.get("/api/v1/status"))
                                        .path("unaccounted")
                                        .isInt();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                () -> installation.sequencer().lag());
        var status = json(client.get("/api/v1/status"));
        assertThat(status.path("queues")
                        .valueStream()
                        .map(one -> one.path("queue").asString()))
                .contains("intake_critical", "intake_high", "intake_default", "intake_triage");
        assertThat(status.path("queues")
                        .valueStream()
                        .map(one -> one.path("consumers").asInt(-1)))
                .contains(1);
        assertThat(status.path("queues").valueStream())
                .allMatch(one ->
                        one.path("unacknowledged").isInt() && one.path("dead").isInt());
        assertThat(client.get("/metrics").body())
                .contains("lovage_accept_seconds_bucket", "lovage_unaccounted 0.0", "lovage_ledger_pending")
                .contains("lovage_worker_slots");
    }

    @Test
    void pages_show_accounts_queues_and_a_submission_with_its_reasons() throws Exception {
        var id = json(client.postJson("key-page", REQUEST.formatted("<b>2003</b>")))
                .path("tracking_id")
                .asString();
        acknowledged(id);
        var page = client.get("/").body();
        assertThat(page).contains(">Unacknowledged<", ">Consumers<", ">Dead<");
        assertThat(page)
                .contains("<html lang=\"en\">", "<caption>", "unaccounted", "intake_default", "Ledger", id)
                .doesNotContain("ada.quill@example.org");
        var submission = client.get("/submissions/" + id);
        assertThat(submission.statusCode()).isEqualTo(200);
        assertThat(submission.body())
                .contains("Timeline", "Why this level", "Why this department", "What is owed by when", "ack written")
                .doesNotContain("ada.quill@example.org", "Quill", "requester ref", "<b>2003</b>");
        assertThat(client.get("/submissions/%3Cscript%3E").statusCode()).isEqualTo(404);
        assertThat(client.get("/submissions/%3Cscript%3E").body()).doesNotContain("<script>");

        var json = client.get("/api/v1/submissions/" + id).body();
        assertThat(json).contains("timeline", "obligations").doesNotContain("example.org", "Quill", "requester_ref");
    }

    private static void acknowledged(String id) {
        Eventually.until(
                id + " is acknowledged",
                () -> installation.records().find(id).orElseThrow().state() == State.ACKNOWLEDGED,
                () -> installation.records().find(id));
    }
}
