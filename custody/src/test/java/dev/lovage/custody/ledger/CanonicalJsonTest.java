package dev.lovage.custody.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

class CanonicalJsonTest {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    @ParameterizedTest
    @ValueSource(strings = {"arrays", "french", "unicode", "weird"})
    void writes_what_the_reference_of_rfc_8785_writes(String name) throws Exception {
        var written = CanonicalJson.bytes(JSON.readTree(resource("input/" + name + ".json")));
        assertThat(written).isEqualTo(resource("output/" + name + ".json"));
        assertThat(CanonicalText.members(("{\"a\":" + new String(written, StandardCharsets.UTF_8) + "}")
                        .getBytes(StandardCharsets.UTF_8)))
                .containsOnlyKeys("a");
    }

    @ParameterizedTest
    @CsvSource({"structures,'/1/\n'", "values,/numbers/0"})
    void refuses_a_fraction_and_names_its_place(String name, String path) {
        assertThatThrownBy(() -> CanonicalJson.bytes(JSON.readTree(resource("input/" + name + ".json"))))
                .isInstanceOfSatisfying(
                        NotCanonical.class,
                        refused -> assertThat(refused.path()).isEqualTo(path));
    }

    @Test
    void takes_integers_up_to_what_every_reader_can_hold() {
        var node = NODES.arrayNode()
                .add(9_007_199_254_740_991L)
                .add(-9_007_199_254_740_991L)
                .add(0);
        assertThat(CanonicalJson.bytes(node)).asString().isEqualTo("[9007199254740991,-9007199254740991,0]");
        assertThatThrownBy(() -> CanonicalJson.bytes(NODES.arrayNode().add(9_007_199_254_740_992L)))
                .hasMessageContaining("\"/0\"")
                .hasMessageContaining("9007199254740992");
        assertThatThrownBy(() -> CanonicalJson.bytes(NODES.arrayNode().add(-9_007_199_254_740_992L)))
                .isInstanceOf(NotCanonical.class);
    }

    @Test
    void refuses_half_a_surrogate_pair_and_bytes_and_depth() {
        assertThatThrownBy(() -> CanonicalJson.bytes(NODES.objectNode().put("a/b", "x\ud83d")))
                .hasMessageContaining("/a~1b");
        assertThatThrownBy(() -> CanonicalJson.bytes(NODES.objectNode().put("\ude00", 1)))
                .isInstanceOf(NotCanonical.class);
        assertThatThrownBy(() -> CanonicalJson.bytes(NODES.objectNode().put("raw", new byte[1])))
                .isInstanceOf(NotCanonical.class);
        JsonNode deep = NODES.objectNode();
        for (int i = 0; i < 70; i++) {
            deep = NODES.arrayNode().add(deep);
        }
        var tooDeep = deep;
        assertThatThrownBy(() -> CanonicalJson.bytes(tooDeep)).isInstanceOf(NotCanonical.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1.0}",
                "{\"a\":1e0}",
                "{\"a\":01}",
                "{\"a\":-0}",
                "{\"a\":9007199254740992}",
                "{\"a\":+1}",
                "{\"a\": 1}",
                "{\"a\":1} ",
                " {\"a\":1}",
                "{\"a\":1,}",
                "{\"a\":[1,]}",
                "{,\"a\":1}",
                "{\"a\":[,1]}",
                "{\"b\":1,\"a\":1}",
                "{\"a\":1,\"a\":1}",
                "{\"a\":\"\\u0041\"}",
                "{\"a\":\"\\/\"}",
                "{\"a\":\"\\u000a\"}",
                "{\"a\":\"\\u000B\"}",
                "{\"a\":\"\n\"}",
                "{\"a\":tru}",
                "{\"a\":1",
                "{\"a\"}",
                "{\"a\":1}{}",
                "[]",
                "",
                "{\"a\":\"\\ud83d\\ude00\"}",
                "{\"a\":[1 ]}",
                "{\"a\":}",
                "{\"a\":1 \"b\":1}",
                "\ufeff{\"a\":1}"
            })
    void the_verifier_refuses_json_of_the_same_meaning_that_is_not_canonical(String text) {
        assertThatThrownBy(() -> CanonicalText.members(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(CanonicalText.Refused.class);
    }

    @Test
    void the_verifier_refuses_bytes_that_are_not_utf_8() {
        assertThatThrownBy(() ->
                        CanonicalText.members(new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80, '"', ':', '1', '}'}))
                .hasMessageContaining("UTF-8");
    }

    @Test
    void the_verifier_reads_all_that_the_writer_writes() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("the_verifier_reads_all_that_the_writer_writes: seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            var node = NODES.objectNode();
            node.set("value", tree(random, 0));
            var text = text(random);
            node.put("text", text);
            var members = CanonicalText.members(CanonicalJson.bytes(node));
            assertThat(CanonicalText.string(LedgerVerifier.member(members, "text")))
                    .as("seed " + seed)
                    .isEqualTo(text);
        }
    }

    private static JsonNode tree(Random random, int depth) {
        return switch (random.nextInt(depth > 4 ? 4 : 6)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2 -> NODES.numberNode(random.nextLong() >> (11 + random.nextInt(50)));
            case 3 -> NODES.stringNode(text(random));
            case 4 -> {
                var array = NODES.arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(tree(random, depth + 1));
                }
                yield array;
            }
            default -> {
                var object = NODES.objectNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    object.set(text(random), tree(random, depth + 1));
                }
                yield object;
            }
        };
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            int point = switch (random.nextInt(3)) {
                case 0 -> random.nextInt(0x80);
                case 1 -> random.nextInt(0xd800);
                default -> 0xe000 + random.nextInt(0x110000 - 0xe000);
            };
            text.appendCodePoint(point);
        }
        return text.toString();
    }

    private static byte[] resource(String name) throws IOException {
        try (var in = CanonicalJsonTest.class.getResourceAsStream("jcs/" + name)) {
            if (in == null) {
                throw new IOException("The fixture " + name + " is missing.");
            }
            return in.readAllBytes();
        }
    }
}
