package dev.lovage.redis.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisUrlTest {
    @ParameterizedTest
    @CsvSource({
        "redis://, redis://localhost:6379/0, '', ''",
        "redis:///2, redis://localhost:6379/2, '', ''",
        "redis://h, redis://h:6379/0, '', ''",
        "redis://h:1/, redis://h:1/0, '', ''",
        "redis://:p%40ss@h:7/3, redis://h:7/3, '', p@ss",
        "redis://u:p+w@[::1]:7/3, redis://[::1]:7/3, u, p+w",
        "rediss://u:p@h/1, rediss://h:6379/1, u, p"
    })
    void a_url_is_read_as_kombu_reads_it_and_shown_without_its_password(
            String url, String shown, String user, String password) {
        assertThat(RedisUrl.read(url, Setting.BROKER_URL)).singleElement().satisfies(one -> {
            assertThat(one).hasToString(shown);
            assertThat(one.user().orElse("")).isEqualTo(user);
            assertThat(one.password().orElse("")).isEqualTo(password);
            assertThat(one.tls().isPresent()).isEqualTo(url.startsWith("rediss"));
        });
    }

    @Test
    void several_are_separated_by_semicolons() {
        assertThat(RedisUrl.read("redis://a/0;redis://b/0; ", Setting.BROKER_URL))
                .extracting(RedisUrl::host)
                .containsExactly("a", "b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "amqp://u:secret@h",
                "redis://u:secret@h/name",
                "redis://u:secret@/0",
                "rediss://u:secret@h?ssl_cert_reqs=perhaps",
                "rediss://u:secret@h?ssl_ca_certs=/none.pem"
            })
    void what_can_t_be_used_is_refused_without_its_password(String url) {
        assertThatThrownBy(() -> RedisUrl.read(url, Setting.RESULT_BACKEND))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("result_backend")
                .hasMessageNotContaining("secret");
    }
}
