package dev.lovage.engine.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lovage.engine.json.Json;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTest {
    private static final String PROPERTIES =
            "{\"content_type\": \"application/json\", \"content_encoding\": \"utf-8\"}";
    private static final String HEADERS = "{\"lang\": \"py\", \"task\": \"p.add\", \"id\": \"A\"}";
    private static final String BODY =
            "[[1, 2], {}, {\"callbacks\": null, \"errbacks\": null, \"chain\": null, \"chord\": null}]";

    /// A message of protocol 2 with everything in it.
    private static final String FULL_HEADERS = """
            {"lang": "py", "task": "p.add", "id": "A", "shadow": null, "eta": "2026-11-20T10:00:00.5+02:00",
             "expires": "2026-11-21T08:00:00", "group": "G", "group_index": 3, "retries": 2, "timelimit": [5, 2.5],
             "root_id": "R", "parent_id": "P", "argsrepr": "(1, 2)", "kwargsrepr": "{}", "origin": "gen1@host",
             "ignore_result": false, "replaced_task_nesting": 1, "stamped_headers": ["tenant"],
             "stamps": {"tenant": "t1"}, "h1": 1099511627776}""";

    private static final String FULL_BODY = """
            [[1, NaN, -Infinity, 1180591620717411303424, "\\ud83d\\ude00"], {"k": [null, {"a": 1e20}]},
             {"callbacks": [{"task": "p.ident", "args": [], "kwargs": {}, "options": {"task_id": "C"},
                             "subtask_type": null, "immutable": false}],
              "errbacks": {"task": "p.onerror"},
              "chain": [{"task": "celery.chord", "args": [], "kwargs": {"kwargs": {}, "header": {"task": "celery.group",
                         "kwargs": {"tasks": [{"task": "p.add"}]}, "options": {"task_id": "G2"}},
                         "body": {"task": "p.sum", "options": {"link_error": {"task": "p.onerror"}}}}, "options": {}}],
              "chord": {"task": "p.sum", "options": {"task_id": "B", "eta": {"__type__": "datetime",
                        "__value__": "2026-11-20T10:00:00+00:00"}}}}]""";

    static Message message(String headers, String body) {
        return Message.received("celery", headers, PROPERTIES, body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everything_of_protocol_2_is_read() throws Unreadable {
        var request = Request.read(message(FULL_HEADERS, FULL_BODY));
        assertThat(request.eta()).contains(Instant.parse("2026-11-20T08:00:00.5Z"));
        assertThat(request.expires()).contains(Instant.parse("2026-11-21T08:00:00Z"));
        assertThat(request.hardLimit()).contains(Duration.ofSeconds(5));
        assertThat(request.softLimit()).contains(Duration.ofMillis(2500));
        assertThat(request.group()).contains("G");
        assertThat(request.groupIndex()).contains(3);
        assertThat(request.retries()).isEqualTo(2);
        assertThat(request.nesting()).isEqualTo(1);
        assertThat(request.rootId()).isEqualTo("R");
        assertThat(request.parentId()).contains("P");
        assertThat(request.ignoreResult()).contains(false);
        assertThat(request.args().get(1).doubleValue()).isNaN();
        assertThat(request.args().get(2).doubleValue()).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(request.args().get(3).bigIntegerValue()).isEqualTo(BigInteger.TWO.pow(70));
        assertThat(request.args().get(4).stringValue()).isEqualTo("😀");
        assertThat(request.callbacks()).hasSize(1);
        assertThat(request.errbacks()).as("one in place of a list").hasSize(1);
        assertThat(request.chord()).isPresent();
        assertThat(request.headers().get("h1").longValue()).isEqualTo(1L << 40);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[1, 2], {}, {}]",
                "[[1, 2], {}, null]",
                "[[1, 2], {}, {\"callbacks\": []}]",
                "[[1, 2], {}, {\"callbacks\": null, \"errbacks\": null, \"chain\": [], \"chord\": null}]"
            })
    void what_python_accepts_is_accepted(String body) throws Unreadable {
        var request = Request.read(message(HEADERS, body));
        assertThat(request.args()).hasSize(2);
        assertThat(request.rootId()).isEqualTo("A");
        assertThat(request.hardLimit()).isEmpty();
        assertThat(request.chain()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-20T16:40:00.000000+00:00, 2026-11-20T16:40:00Z",
        "2026-11-20T16:40:00Z, 2026-11-20T16:40:00Z",
        "2026-11-20 16:40:00.25, 2026-11-20T16:40:00.25Z",
        "2026-11-20t16:40:00z, 2026-11-20T16:40:00Z",
        "2026-11-20T18:40:00+02:00, 2026-11-20T16:40:00Z",
        "2026-11-20T18:40:00+0200, 2026-11-20T16:40:00Z",
        "2026-11-20T18:40+02, 2026-11-20T16:40:00Z",
        "20261120T164000Z, 2026-11-20T16:40:00Z",
        "2026-11-20T16:40:00.123456789Z, 2026-11-20T16:40:00.123456Z",
        "2026-11-20, 2026-11-20T00:00:00Z",
    })
    void times_are_read_in_any_form_of_iso_8601(String text, Instant expected) throws Unreadable {
        assertThat(Times.read(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tomorrow",
                "2026-13-01",
                "2026-11-20T25:00",
                "0000-01-01T00:00:00Z",
                "2026-11-20T16:40:00+99:00",
                "1763656800"
            })
    void what_is_no_time_is_unreadable(String text) {
        assertThatExceptionOfType(Unreadable.class).isThrownBy(() -> Times.read(text));
    }

    @Test
    void protocol_1_is_read_with_its_links() throws Unreadable {
        var request = Request.read(message("{\"mine\": 1, \"lang\": \"x\"}", """
                {"task": "p.add", "id": "A", "args": [1, 2], "kwargs": {"k": 1}, "group": null, "group_index": null,
                 "retries": 1, "eta": "2026-11-20T08:00:00", "expires": null, "utc": true,
                 "callbacks": [{"task": "p.ident"}], "errbacks": null, "timelimit": [3, null], "taskset": "G",
                 "chord": null}"""));
        assertThat(request.protocol()).isEqualTo(1);
        assertThat(request.id()).isEqualTo("A");
        assertThat(request.rootId()).isEqualTo("A");
        assertThat(request.retries()).isEqualTo(1);
        assertThat(request.group()).contains("G");
        assertThat(request.hardLimit()).contains(Duration.ofSeconds(3));
        assertThat(request.eta()).contains(Instant.parse("2026-11-20T08:00:00Z"));
        assertThat(request.callbacks()).hasSize(1);
        assertThat(request.chain()).isEmpty();
        assertThat(request.headers().get("mine").intValue()).isEqualTo(1);
        assertThat(request.headers().get("argsrepr").stringValue()).isEqualTo("(1, 2)");
    }

    @Test
    void in_a_hybrid_the_message_s_headers_beat_those_of_the_body() throws Unreadable {
        var request = Request.read(message(
                "{\"task\": \"p.header\", \"id\": \"H\"}",
                "{\"task\": \"p.body\", \"id\": \"B\", \"args\": [1], \"retries\": 4, \"parent_id\": \"P\"}"));
        assertThat(request.task()).isEqualTo("p.header");
        assertThat(request.id()).isEqualTo("H");
        assertThat(request.retries()).isEqualTo(4);
        assertThat(request.parentId()).contains("P");
        assertThat(request.args()).hasSize(1);
        assertThat(request.kwargs()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void compressed_bodies_are_read(Compression method) throws Unreadable {
        var headers = HEADERS.replace("}", ", \"compression\": \"" + method.header() + "\"}");
        var packed = method.pack(BODY.getBytes(StandardCharsets.UTF_8));
        assertThat(Request.read(Message.received("celery", headers, PROPERTIES, packed))
                        .args())
                .hasSize(2);
        assertThatExceptionOfType(Unreadable.class)
                .isThrownBy(() -> Request.read(message(headers, BODY)))
                .withMessageContaining(method.header());
    }

    /// What `zlib.compress`, `bz2.compress` and `lzma.compress` of Python 3.11 made of `[[1, 2], {}, {}]`.
    @ParameterizedTest
    @CsvSource({
        "application/x-gzip, 789c8b8e36d451308ad551a8ae05e15800244204a8",
        "gzip, 789c8b8e36d451308ad551a8ae05e15800244204a8",
        "application/x-bz2, 425a6839314159265359884c6f440000049a8040043000000a000a2000310c081a68c21cd7633d121478bb9229c2"
                + "848442637a20",
        "application/x-lzma, fd377a585a000004e6d6b4460200210116000000742fe5a301000f5b5b312c20325d2c207b7d2c207b7d5d00"
                + "fba173de9474d0fe00012810e50b6c601fb6f37d010000000004595a",
    })
    void what_python_compressed_is_read(String name, String hex) throws Unreadable {
        var headers = HEADERS.replace("}", ", \"compression\": \"" + name + "\"}");
        var request = Request.read(
                Message.received("celery", headers, PROPERTIES, HexFormat.of().parseHex(hex)));
        assertThat(Json.text(request.args())).isEqualTo("[1,2]");
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void a_body_that_expands_without_end_is_unreadable(Compression method) {
        var headers = HEADERS.replace("}", ", \"compression\": \"" + method.header() + "\"}");
        var bomb = method.pack(new byte[Compression.EXPANDED_MAX_BYTES + 1]);
        assertThat(bomb).hasSizeLessThan(100_000);
        assertThatExceptionOfType(Unreadable.class)
                .isThrownBy(() -> Request.read(Message.received("celery", headers, PROPERTIES, bomb)))
                .withMessageContaining("expands to more than");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"task\": \"t\"} | [[], {}, {}] | header id is missing",
                "{\"task\": null, \"id\": \"A\"} | [[], {}, {}] | header task is missing",
                "{\"task\": \"t\", \"id\": 5} | [[], {}, {}] | header id is number",
                "{\"task\": \"t\", \"id\": \"A\"} | [[], {}] | array of 2",
                "{\"task\": \"t\", \"id\": \"A\"} | {} | The body is object",
                "{\"task\": \"t\", \"id\": \"A\"} | [[], [], {}] | an object of kwargs",
                "{\"task\": \"t\", \"id\": \"A\"} | [[], {}, 5] | third part is number",
                "{\"task\": \"t\", \"id\": \"A\"} | nonsense | not JSON",
                "{\"task\": \"t\", \"id\": \"A\", \"timelimit\": [5]} | [[], {}, {}] | [hard, soft]",
                "{\"task\": \"t\", \"id\": \"A\", \"timelimit\": [5, \"x\"]} | [[], {}, {}] | seconds from 0",
                "{\"task\": \"t\", \"id\": \"A\", \"eta\": \"soon\"} | [[], {}, {}] | ISO-8601",
                "{\"task\": \"t\", \"id\": \"A\", \"retries\": -1} | [[], {}, {}] | retries is -1",
                "{\"task\": \"t\", \"id\": \"A\", \"compression\": \"application/x-brotli\"} | [[], {}, {}] | x-brotli",
                "{\"task\": \"t\", \"id\": \"A\"} | [[], {}, {\"chord\": {\"args\": []}}] | the body's chord.task",
                "{\"task\": \"t\", \"id\": \"A\"} | [[], {}, {\"chain\": [{\"task\": \"celery.group\"}]}] | chain[0].kwargs.tasks",
                "{} | [[], {}, {}] | no header task",
                "{} | {\"id\": \"A\"} | There is no task",
                "{} | {\"task\": \"t\", \"id\": \"A\", \"eta\": \"2026-11-20T08:00:00\", \"utc\": false} | time zone",
                "[] | [[], {}, {}] | not a JSON object",
            })
    void what_can_t_be_read_says_why(String headers, String body, String reason) {
        assertThatExceptionOfType(Unreadable.class)
                .isThrownBy(() -> Request.read(message(headers, body)))
                .withMessageContaining(reason);
    }

    @Test
    void only_json_is_accepted() {
        for (var type : List.of("application/data", "application/x-python-serialize", "text/plain")) {
            var message = Message.received(
                    "celery", HEADERS, "{\"content_type\": \"" + type + "\"}", BODY.getBytes(StandardCharsets.UTF_8));
            assertThatExceptionOfType(Unreadable.class)
                    .isThrownBy(() -> Request.read(message))
                    .withMessageContaining(type);
        }
        assertThatExceptionOfType(Unreadable.class)
                .isThrownBy(() -> Request.read(Message.received("celery", HEADERS, "{}", new byte[0])))
                .withMessageContaining("missing");
    }

    @Test
    void a_message_as_it_is_received_tells_what_a_broker_has_to_know() {
        var message = Message.received(
                "q",
                FULL_HEADERS,
                "{\"content_type\": \"application/json\", \"priority\": 200}",
                FULL_BODY.getBytes(StandardCharsets.UTF_8));
        assertThat(message.execution()).isEqualTo(new ExecutionKey("A", 2, 1));
        assertThat(message.task()).isEqualTo("p.add");
        assertThat(message.queue()).isEqualTo("q");
        assertThat(message.priority()).isEqualTo(10);
        assertThat(message.properties()).contains("200");
        assertThat(message.eta()).contains(Instant.parse("2026-11-20T08:00:00.5Z"));
        assertThat(message.expires()).contains(Instant.parse("2026-11-21T08:00:00Z"));
        var first = message("{}", "{\"task\": \"p.add\", \"id\": \"A\", \"args\": [], \"retries\": 2}");
        assertThat(first.execution()).isEqualTo(new ExecutionKey("A", 2, 0));
        assertThat(first.task()).isEqualTo("p.add");
    }

    @Test
    void what_has_no_id_gets_one_of_its_content() {
        var one = message("{\"task\": \"t\"}", "[[1], {}, {}]");
        var same = message("{\"task\": \"t\"}", "[[1], {}, {}]");
        var other = message("{\"task\": \"t\"}", "[[2], {}, {}]");
        assertThat(one.execution()).isEqualTo(same.execution()).isNotEqualTo(other.execution());
        assertThat(one.execution().taskId()).startsWith("sha256-");
        assertThat(one.body()).isEqualTo("[[1], {}, {}]".getBytes(StandardCharsets.UTF_8));
        assertThat(Message.received("q", "garbage", "garbage", new byte[] {0, 1})
                        .task())
                .isEqualTo("unreadable");
        assertThat(message("{\"task\": \"t\\u0000\", \"id\": \"A\\u0000\"}", BODY)
                        .task())
                .as("what no store can hold names nothing")
                .isEqualTo("unreadable");
    }

    @Test
    void a_mutated_message_is_read_or_unreadable_and_nothing_else() {
        long seed = Long.getLong("lovage.seed", System.nanoTime());
        System.out.println("RequestTest seed " + seed);
        var random = new Random(seed);
        var first =
                "{\"task\": \"p.add\", \"id\": \"A\", \"args\": [1, 2], \"kwargs\": {}, \"retries\": 1, \"eta\": null,"
                        + " \"utc\": true, \"callbacks\": [{\"task\": \"p.ident\"}], \"timelimit\": [3, null], \"taskset\": \"G\"}";
        var read = 0;
        for (int i = 0; i < 20_000; i++) {
            var old = random.nextInt(4) == 0;
            var headers = mutated(old ? "{\"mine\": 1}" : FULL_HEADERS, random);
            var properties = random.nextInt(4) == 0 ? mutated(PROPERTIES, random) : PROPERTIES;
            var body = mutated(old ? first : FULL_BODY, random).getBytes(StandardCharsets.UTF_8);
            if (random.nextInt(4) == 0) {
                var method = Compression.values()[random.nextInt(2)];
                headers = headers.replaceFirst("\\{", "{\"compression\": \"" + method.header() + "\", ");
                body = method.pack(body);
                if (random.nextBoolean()) {
                    body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            var message = Message.received("celery", headers, properties, body);
            assertThat(message.execution().taskId()).isNotEmpty();
            assertThat(message.body()).isEqualTo(body);
            try {
                var request = Request.read(message);
                assertThat(request.id())
                        .as("seed %s, %s", seed, i)
                        .isEqualTo(message.execution().taskId());
                assertThat(request.retries()).isEqualTo(message.execution().retries());
                assertThat(request.task()).isEqualTo(message.task());
                var _ = Json.text(request.headers());
                read++;
            } catch (Unreadable expected) {
                assertThat(expected.getMessage()).isNotBlank();
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", " + i + ": " + headers + " " + properties, e);
            }
        }
        assertThat(read).as("mutations that do no harm").isGreaterThan(500);
    }

    /// The text with one to three of its places changed: a byte, a token, a stretch cut out or doubled.
    private static String mutated(String text, Random random) {
        var tokens = List.of(
                "null",
                "[]",
                "{}",
                "5",
                "-1",
                "1e999",
                "\"\"",
                "\"\\u0000\"",
                "true",
                "[[[",
                "}",
                "NaN",
                "\\",
                "\"task\"");
        var changed = new StringBuilder(text);
        for (int i = random.nextInt(4); i > 0 && changed.length() > 4; i--) {
            var at = random.nextInt(changed.length() - 2);
            var end = Math.min(changed.length(), at + 1 + random.nextInt(6));
            switch (random.nextInt(5)) {
                case 0 -> changed.setCharAt(at, (char) random.nextInt(0x3000));
                case 1 -> changed.insert(at, tokens.get(random.nextInt(tokens.size())));
                case 2 -> changed.delete(at, end);
                case 3 -> changed.insert(at, changed.substring(at, end));
                default -> {
                    // a value in place of another one
                    var colon = changed.indexOf(": ", at);
                    var comma = colon < 0 ? -1 : changed.indexOf(",", colon);
                    if (comma > 0) {
                        changed.replace(colon + 2, comma, tokens.get(random.nextInt(tokens.size())));
                    }
                }
            }
        }
        return changed.toString();
    }
}
