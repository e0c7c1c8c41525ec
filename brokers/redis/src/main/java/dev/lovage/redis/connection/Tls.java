package dev.lovage.redis.connection;

import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/// How the other end of a `rediss` URL is checked, by the parameters that redis-py has for it: `ssl_cert_reqs`
/// (`required` unless it is `none`), and as PEM files `ssl_ca_certs`, `ssl_certfile` and `ssl_keyfile`.
/// Certificate and host name are checked, unless the URL says `none` itself.
///
/// @param checked whether the certificate has to be a trusted one for this host
public record Tls(SSLSocketFactory sockets, boolean checked) {
    static final Set<String> NAMES = Set.of("ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile");

    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    /// @throws BadSetting if a file or a word can't be used
    static Tls of(Map<String, String> query, Setting setting) {
        var word = query.getOrDefault("ssl_cert_reqs", "required");
        boolean checked = switch (word) {
            case "required", "CERT_REQUIRED" -> true;
            case "none", "CERT_NONE" -> false;
            default ->
                throw new BadSetting("ssl_cert_reqs in the URL of " + setting.key() + " is required or none, but is '"
                        + word + "'.");
        };
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(keys(query), checked ? trusted(query) : new TrustManager[] {new Anyone()}, new SecureRandom());
            return new Tls(context.getSocketFactory(), checked);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new BadSetting("The certificates in the URL of " + setting.key() + " can't be used: " + e.getMessage()
                    + ". They are PEM files; a private key is PKCS #8 ('BEGIN PRIVATE KEY') without a password.");
        }
    }

    SSLParameters parameters() {
        var parameters = new SSLParameters();
        if (checked) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        return parameters;
    }

    /// Null means the roots that Java trusts.
    private static TrustManager @org.jspecify.annotations.Nullable [] trusted(Map<String, String> query)
            throws IOException, GeneralSecurityException {
        var file = query.get("ssl_ca_certs");
        if (file == null) {
            return null;
        }
        var roots = KeyStore.getInstance(KeyStore.getDefaultType());
        roots.load(null, null);
        int number = 0;
        for (var certificate : certificates(file)) {
            roots.setCertificateEntry("root" + number++, certificate);
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(roots);
        return factory.getTrustManagers();
    }

    private static KeyManager @org.jspecify.annotations.Nullable [] keys(Map<String, String> query)
            throws IOException, GeneralSecurityException {
        var file = query.get("ssl_certfile");
        if (file == null) {
            return null;
        }
        var chain = certificates(file);
        var key = privateKey(
                query.getOrDefault("ssl_keyfile", file), chain[0].getPublicKey().getAlgorithm());
        var own = KeyStore.getInstance(KeyStore.getDefaultType());
        own.load(null, null);
        own.setKeyEntry("own", key, new char[0], chain);
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(own, new char[0]);
        return factory.getKeyManagers();
    }

    private static Certificate[] certificates(String file) throws IOException, GeneralSecurityException {
        var found = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(Path.of(file))))
                .toArray(Certificate[]::new);
        if (found.length == 0) {
            throw new GeneralSecurityException(file + " holds no certificate");
        }
        return found;
    }

    private static PrivateKey privateKey(String file, String algorithm) throws IOException, GeneralSecurityException {
        var match = KEY.matcher(Files.readString(Path.of(file)));
        if (!match.find()) {
            throw new GeneralSecurityException(file + " holds no private key");
        }
        return KeyFactory.getInstance(algorithm)
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(match.group(1))));
    }

    /// For `ssl_cert_reqs=none`, which is said as a weakness.
    private static final class Anyone implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
