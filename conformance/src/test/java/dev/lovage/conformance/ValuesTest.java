package dev.lovage.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.json.NotJson;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.testkit.Seeds;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Arguments and results on their way between the languages.
@ParameterizedClass
@EnumSource(Kind.class)
class ValuesTest extends Mixed {
    /// As Python names them: its keywords are the components.
    record Kept(
            List<List<String>> nested,
            String text,
            double number,
            BigInteger large,
            double round,
            Map<String, JsonNode> rest) {}

    record Typed(Instant at, LocalDate day, LocalTime hour, BigDecimal price, UUID id, JsonNode text, JsonNode raw) {}

    record Plain(Instant at, LocalDate day, LocalTime hour, BigDecimal price, UUID id) {}

    private static final Plain PLAIN = new Plain(
            Instant.parse("2026-01-02T03:04:05.678901Z"),
            LocalDate.parse("2026-01-02"),
            LocalTime.parse("03:04:05.678901"),
            new BigDecimal("12.3400"),
            UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"));

    /// The forms of kombu 5.3 and later.
    private static final String ENVELOPES = """
            ENVELOPES = [
                {'__type__': 'datetime', '__value__': '2026-01-02T03:04:05.678901+00:00'},
                {'__type__': 'date', '__value__': '2026-01-02'},
                {'__type__': 'time', '__value__': '03:04:05.678901'},
                {'__type__': 'decimal', '__value__': '12.3400'},
                {'__type__': 'uuid', '__value__': {'hex': '00112233445566778899aabbccddeeff'}},
                {'__type__': 'bytes', '__value__': 'na\u00efve'},
                {'__type__': 'base64', '__value__': '/wA='},
            ]
            """;

    @Override
    String pythonTasks() {
        return TASKS + ENVELOPES;
    }

    @Override
    void register(Tasks tasks) {
        super.register(tasks);
        tasks.handle(Task.named("j.kept", Kept.class, Kept.class), kept -> kept);
        tasks.handle(
                Task.named("j.typed", Typed.class, String.class),
                typed -> new Plain(typed.at(), typed.day(), typed.hour(), typed.price(), typed.id()).equals(PLAIN)
                        + " " + new String(bytes(typed.text()), UTF_8) + " "
                        + Base64.getEncoder().encodeToString(bytes(typed.raw())));
        tasks.handle(Task.named("j.plain", Plain.class, Plain.class), plain -> plain);
    }

    private static byte[] bytes(JsonNode envelope) {
        return Json.value(envelope, byte[].class);
    }

    @Test
    @Line(9)
    void values_go_from_python_to_java_to_python_unchanged() {
        assertThat(fleet().working().python().run("""
                from app import app, chain, s
                values = [float('nan'), float('inf'), -0.0, 1e20, 1e-7, 0.1, 1.0, 2**70, -2**70, 2**53 + 1, 0, True, None, '',
                          'a\u00e9\u20ac\\U0001f600\\u0000"\\\\/', [], {}, [[[1], [2, [3]]]], {'k': {'\u00fc': [None]}, 'b': 1, 'a': 2}]
                for sent in values + [values]:
                    got = chain(s('p', 'echo', sent), s('j', 'echo'), s('p', 'echo'), s('j', 'echo')).apply_async().get(timeout=40)
                    assert repr(got) == repr(sent), (got, sent)
                kwargs = {'nested': [['a'], [], ['\\U0001f600']], 'text': 'na\u00efve', 'number': float('nan'), 'large': 2**70, 'round': 1e20,
                          'rest': {'z': [1, 2.5], 'a': None}}
                got = app.send_task('j.kept', kwargs=kwargs).get(timeout=40)
                assert repr(got) == repr(kwargs), (got, kwargs)
                print('all')
                """)).containsExactly("all");
    }

    @Test
    @Line(10)
    void envelopes_as_kombu_5_3_writes_them_are_read() {
        assertThat(fleet().working().python().run("""
                import json
                from kombu.utils.json import loads
                from app import ENVELOPES, app, s
                print(app.send_task('j.typed', ENVELOPES).get(timeout=40))
                print(app.send_task('j.typed', kwargs=dict(zip(['at', 'day', 'hour', 'price', 'id', 'text', 'raw'], ENVELOPES))).get(timeout=40))
                print(s('j', 'echo', ENVELOPES).apply_async().get(timeout=40) == loads(json.dumps(ENVELOPES)))
                """))
                .containsExactly("true na\u00efve /wA=", "true na\u00efve /wA=", "True");
    }

    @Test
    @Line(10)
    void envelopes_are_written_as_kombu_5_3_writes_them_where_they_are_asked_for() {
        var typed = fleet().another(Map.of(Setting.TASK_JSON_TYPES, "typed"));
        typed.send(Task.named("p.echo", Plain.class, JsonNode.class).with(PLAIN).queue("typed"));
        var body = Base64.getDecoder()
                .decode(fleet().tap("typed", 1).getFirst().path("body").asString());
        var expected = fleet().python().run("""
                import json
                from app import ENVELOPES
                print(json.dumps(ENVELOPES[:5]))
                """).getLast();
        assertThat(Json.read(body).get(0)).isEqualTo(Json.read(expected.getBytes(UTF_8)));
        assertThat(Json.base64(new byte[] {(byte) 0xff, 0}))
                .isEqualTo(Json.object().put("__type__", "base64").put("__value__", "/wA="));
        fleet().closing(fleet().builder(typed)
                .queues("typed-java")
                .name("typed@java")
                .start());
        assertThat(fleet().python().run("""
                import json
                from kombu.utils.json import loads
                from app import ENVELOPES, app
                got = app.send_task('j.plain', ENVELOPES[:5], queue='typed-java').get(timeout=40)
                print(list(got.values()) == loads(json.dumps(ENVELOPES[:5])), got)
                """).getLast()).startsWith("True");
    }

    @Test
    @Line(10)
    void values_without_envelopes_are_the_texts_that_kombu_5_2_writes() {
        assertThat(fleet().working().python().run("""
                import datetime, decimal, uuid
                from app import app
                at = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, datetime.timezone.utc)
                got = app.send_task('j.plain', [at, '2026-01-02', at.time(), decimal.Decimal('12.3400'),
                                                uuid.UUID('00112233-4455-6677-8899-aabbccddeeff')]).get(timeout=40)
                print(got)
                """))
                .containsExactly(
                        "{'at': '2026-01-02T03:04:05.678901+00:00', 'day': '2026-01-02', 'hour': '03:04:05.678901',"
                                + " 'price': '12.3400', 'id': '00112233-4455-6677-8899-aabbccddeeff'}");
    }

    @Test
    @Line(11)
    void a_map_of_a_user_s_is_never_sent_as_an_envelope() {
        var random = Seeds.random("maps that look like envelopes");
        var sent = new ArrayList<JsonNode>();
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            var value = value(random, 3);
            try {
                fleet().lovage().send(step('p', "echo", value).queue("maps"));
                sent.add(Json.tree(value));
                assertThat(looksLikeEnvelope(value)).as("%s", value).isFalse();
            } catch (NotJson e) {
                refused++;
                assertThat(looksLikeEnvelope(value)).as("%s", value).isTrue();
            }
        }
        assertThat(refused).isPositive();
        assertThat(sent).isNotEmpty();
        for (var message : fleet().tap("maps", sent.size())) {
            var body = Json.read(Base64.getDecoder().decode(message.path("body").asString()));
            assertThat(looksLikeEnvelope(body)).as("%s", body).isFalse();
        }
    }

    private static Object value(Random random, int depth) {
        return switch (depth == 0 ? 0 : random.nextInt(4)) {
            case 0 -> List.of("mine", "datetime", 1, "2026-01-02").get(random.nextInt(4));
            case 1 -> List.of(value(random, depth - 1), value(random, depth - 1));
            default -> {
                var map = new LinkedHashMap<String, Object>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    map.put(List.of("__type__", "__value__", "type").get(random.nextInt(3)), value(random, depth - 1));
                }
                yield map;
            }
        };
    }

    private static boolean looksLikeEnvelope(Object value) {
        return switch (value) {
            case JsonNode node ->
                node.isObject() && node.size() == 2 && node.has("__type__") && node.has("__value__")
                        || node.valueStream().anyMatch(ValuesTest::looksLikeEnvelope);
            case List<?> list -> list.stream().anyMatch(ValuesTest::looksLikeEnvelope);
            case Map<?, ?> map ->
                map.size() == 2 && map.containsKey("__type__") && map.containsKey("__value__")
                        || map.values().stream().anyMatch(ValuesTest::looksLikeEnvelope);
            default -> false;
        };
    }

    @Test
    @Line(12)
    void compressed_bodies_from_python_are_read() {
        assertThat(fleet().working().python().run("""
                from app import s
                text = 'na\u00efve ' * 10000
                for method in 'gzip', 'zlib', 'bzip2', 'lzma':
                    print(method, s('j', 'echo', text).apply_async(compression=method).get(timeout=40) == text)
                """))
                .containsExactly("gzip True", "zlib True", "bzip2 True", "lzma True");
    }

    @Test
    @Line(12)
    void bodies_that_java_compresses_are_read_by_python() throws Exception {
        fleet().pythonWorker();
        var text = "na\u00efve ".repeat(10_000);
        for (var method : List.of("zlib", "bz2", "xz")) {
            var lovage = fleet().another(Map.of(Setting.TASK_COMPRESSION, method));
            assertThat(lovage.send(step('p', "echo", text)).await(LONG))
                    .as(method)
                    .isEqualTo(Json.tree(text));
            lovage.send(step('p', "echo", text).queue("packed"));
        }
        var packed = fleet().tap("packed", 3);
        assertThat(packed)
                .extracting(one -> one.at("/headers/compression").asString())
                .containsExactly("application/x-gzip", "application/x-bz2", "application/x-lzma");
    }
}
