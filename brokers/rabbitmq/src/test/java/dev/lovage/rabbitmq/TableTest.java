package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.json.Json;
import dev.lovage.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class TableTest {
    private static ObjectNode json(String json) {
        return (ObjectNode) Json.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void each_kind_of_value_has_the_type_that_py_amqp_and_rabbitmq_understand_alike() {
        assertThat(hex(Table.encode(json("{\"a\": \"x\"}")))).isEqualTo("0161" + "53" + "00000001" + "78");
        assertThat(hex(Table.encode(json("{\"a\": -7}")))).isEqualTo("0161" + "49" + "fffffff9");
        assertThat(hex(Table.encode(json("{\"a\": 2147483648}")))).isEqualTo("0161" + "6c" + "0000000080000000");
        assertThat(hex(Table.encode(json("{\"a\": -2147483649}")))).isEqualTo("0161" + "4c" + "ffffffff7fffffff");
        assertThat(hex(Table.encode(json("{\"a\": 0.5}")))).isEqualTo("0161" + "64" + "3fe0000000000000");
        assertThat(hex(Table.encode(json("{\"a\": true}")))).isEqualTo("0161" + "74" + "01");
        assertThat(hex(Table.encode(json("{\"a\": null}")))).isEqualTo("0161" + "56");
        assertThat(hex(Table.encode(json("{\"a\": [1]}")))).isEqualTo("0161" + "41" + "00000005" + "49" + "00000001");
        assertThat(hex(Table.encode(json("{\"a\": {\"b\": null}}"))))
                .isEqualTo("0161" + "46" + "00000003" + "0162" + "56");
    }

    @Test
    void what_other_clients_send_is_shown_as_kombu_shows_it() {
        assertThat(Table.decode(HexFormat.of().parseHex("01614c0000010000000000")))
                .isEqualTo(json("{\"a\": 1099511627776}"));
        assertThat(Table.decode(HexFormat.of().parseHex("016154000000006553f100")))
                .isEqualTo(json("{\"a\": \"2023-11-14T22:13:20\"}"));
        assertThat(Table.decode(HexFormat.of().parseHex("016144" + "02" + "00000139")))
                .isEqualTo(json("{\"a\": 3.13}"));
        assertThat(Table.decode(HexFormat.of().parseHex("016178" + "00000002" + "fffe")))
                .isEqualTo(json("{\"a\": {\"__type__\": \"base64\", \"__value__\": \"//4=\"}}"));
    }

    @Test
    void random_headers_come_back_as_they_were_in_their_order() {
        var random = Seeds.random("TableTest");
        for (int i = 0; i < 500; i++) {
            var headers = RandomJson.object(random, 4);
            assertThat(Json.text(Table.decode(Table.encode(headers)))).isEqualTo(Json.text(headers));
        }
    }

    @Test
    void bytes_that_are_no_table_are_refused_and_nothing_worse() {
        var random = Seeds.random("TableTest");
        for (int i = 0; i < 20_000; i++) {
            var bytes = Table.encode(RandomJson.object(random, 3));
            for (int j = random.nextInt(4); j >= 0 && bytes.length > 0; j--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                var read = Json.text(Table.decode(bytes));
                assertThat(read).startsWith("{");
            } catch (Table.Malformed e) {
                assertThat(e).hasMessageContaining("headers");
            }
        }
    }

    @Test
    void a_number_beyond_64_bits_is_refused_by_name() {
        assertThatThrownBy(() -> Table.encode(json("{\"stamp\": 18446744073709551616}")))
                .isInstanceOf(Table.Malformed.class)
                .hasMessageContaining("stamp")
                .hasMessageContaining("18446744073709551616");
    }

    @Test
    void a_number_that_is_none_is_refused_by_name() {
        for (var number : List.of("NaN", "Infinity", "-Infinity")) {
            assertThatThrownBy(() -> Table.encode(json("{\"stamp\": [" + number + "]}")))
                    .isInstanceOf(Table.Malformed.class)
                    .hasMessageContaining("stamp")
                    .hasMessageContaining(number);
        }
    }

    @Test
    void tables_within_tables_without_end_are_refused() {
        var bytes = new byte[0];
        for (int i = 0; i < 200; i++) {
            var out = java.nio.ByteBuffer.allocate(bytes.length + 7)
                    .put((byte) 1)
                    .put((byte) 'a')
                    .put((byte) 'F')
                    .putInt(bytes.length)
                    .put(bytes);
            bytes = out.array();
        }
        var deep = bytes;
        assertThatThrownBy(() -> Table.decode(deep)).isInstanceOf(Table.Malformed.class);
    }
}
