package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.settings.Setting;
import dev.lovage.testkit.LocalRabbit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("services")
class TlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    /// A certificate for `localhost` only, signed by itself.
    private static KeyStore certificate(Path folder)
            throws IOException, InterruptedException, GeneralSecurityException {
        var file = folder.resolve("keys.p12");
        var keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "rabbit",
                        "-keyalg",
                        "RSA",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        var said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        var keys = KeyStore.getInstance(file.toFile(), PASSWORD);
        pem(
                folder.resolve("cert.pem"),
                "CERTIFICATE",
                keys.getCertificate("rabbit").getEncoded());
        pem(
                folder.resolve("key.pem"),
                "PRIVATE KEY",
                keys.getKey("rabbit", PASSWORD).getEncoded());
        return keys;
    }

    private static void pem(Path file, String kind, byte[] bytes) throws IOException {
        Files.writeString(
                file,
                "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + kind
                        + "-----\n");
    }

    private static SSLContext trusting(KeyStore certificates) throws GeneralSecurityException, IOException {
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("rabbit", certificates.getCertificate("rabbit"));
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private static RabbitTransport open(String host, LocalRabbit rabbit, String seconds) {
        return new RabbitTransport(
                "amqps://guest:guest@" + host + ":" + rabbit.tlsPort() + "/",
                Mail.settings().with(Setting.BROKER_PUBLISH_TIMEOUT, seconds));
    }

    @Test
    void the_certificate_and_the_name_of_the_host_are_checked(@TempDir Path folder) throws Exception {
        var keys = certificate(folder);
        var before = SSLContext.getDefault();
        try (var rabbit = LocalRabbit.start(Map.of(
                "listeners.ssl.default",
                "127.0.0.1:${tls-port}",
                "ssl_options.cacertfile",
                folder.resolve("cert.pem").toString(),
                "ssl_options.certfile",
                folder.resolve("cert.pem").toString(),
                "ssl_options.keyfile",
                folder.resolve("key.pem").toString()))) {
            try (var transport = open("localhost", rabbit, "2")) {
                assertThatThrownBy(() -> transport.publish(Mail.messages("celery", 1)))
                        .isInstanceOf(Busy.class)
                        .hasMessageContaining("certification path");
            }
            SSLContext.setDefault(trusting(keys));
            try (var transport = open("127.0.0.1", rabbit, "2")) {
                assertThatThrownBy(() -> transport.publish(Mail.messages("celery", 1)))
                        .isInstanceOf(Busy.class)
                        .hasMessageContaining("No subject alternative names");
            }
            try (var transport = open("localhost", rabbit, "30")) {
                assertThat(transport.publish(Mail.messages("celery", 1))).isEmpty();
            }
        } finally {
            SSLContext.setDefault(before);
        }
    }
}
