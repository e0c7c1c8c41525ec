package dev.lovage.redis.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.settings.Setting;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("services")
class ConnectionsTest {
    @TempDir
    Path folder;

    private static Connections open(String url) {
        return new Connections(
                RedisUrl.read(url, Setting.BROKER_URL),
                "a name",
                2,
                Duration.ofSeconds(4),
                Duration.ofSeconds(4),
                true);
    }

    private static boolean answers(String url) {
        try (var connections = open(url)) {
            return connections.answers();
        }
    }

    @Test
    void the_next_url_takes_over_from_one_that_does_not_answer() {
        try (var first = LocalRedis.start();
                var second = LocalRedis.start();
                var connections = open(first.url(0) + ";" + second.url(0))) {
            assertThat(connections.answers()).isTrue();
            first.kill();
            Eventually.until("the second answers", connections::answers, connections::url);
            second.kill();
            assertThat(connections.answers()).isFalse();
            first.restart();
            Eventually.until("the first answers again", connections::answers, connections::url);
        }
    }

    @Test
    void a_password_is_given_and_never_shown() {
        try (var redis = LocalRedis.start("--requirepass", "s3cret");
                var right = open("redis://:s3cret@127.0.0.1:" + redis.port());
                var wrong = open("redis://:wr0ng@127.0.0.1:" + redis.port())) {
            assertThat(right.answers()).isTrue();
            assertThat(right.url()).doesNotContain("s3cret");
            assertThatThrownBy(wrong::lend).isInstanceOf(Busy.class).hasMessageNotContaining("wr0ng");
        }
    }

    @Test
    void tls_checks_the_certificate_and_the_name_of_the_host() throws Exception {
        var port = LocalRedis.freePort();
        var certificate = certificate();
        try (var redis = LocalRedis.start(
                "--tls-port",
                String.valueOf(port),
                "--tls-cert-file",
                certificate.toString(),
                "--tls-key-file",
                folder.resolve("key.pem").toString(),
                "--tls-ca-cert-file",
                certificate.toString(),
                "--tls-auth-clients",
                "no")) {
            assertThat(redis.port()).isNotEqualTo(port);
            assertThat(answers("rediss://localhost:" + port + "?ssl_ca_certs=" + certificate))
                    .isTrue();
            assertThat(answers("rediss://localhost:" + port + "?ssl_ca_certs=" + certificate + "&ssl_certfile="
                            + certificate + "&ssl_keyfile=" + folder.resolve("key.pem")))
                    .isTrue();
            assertThat(answers("rediss://localhost:" + port)).isFalse();
            assertThat(answers("rediss://127.0.0.1:" + port + "?ssl_ca_certs=" + certificate))
                    .isFalse();
            try (var unchecked = open("rediss://127.0.0.1:" + port + "?ssl_cert_reqs=none")) {
                assertThat(unchecked.weaknesses())
                        .singleElement()
                        .satisfies(one -> assertThat(one).contains("ssl_cert_reqs is none"));
            }
        }
    }

    /// For the host localhost; its key lies beside it in key.pem.
    private Path certificate() throws IOException, GeneralSecurityException, InterruptedException {
        var store = folder.resolve("store.p12");
        var made = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "redis",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        store.toString())
                .inheritIO()
                .start()
                .waitFor();
        assertThat(made).isZero();
        var keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
        pem(
                "key.pem",
                "PRIVATE KEY",
                keys.getKey("redis", "changeit".toCharArray()).getEncoded());
        return pem(
                "certificate.pem", "CERTIFICATE", keys.getCertificate("redis").getEncoded());
    }

    private Path pem(String name, String kind, byte[] bytes) throws IOException {
        return Files.writeString(
                folder.resolve(name),
                "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + kind
                        + "-----\n");
    }
}
