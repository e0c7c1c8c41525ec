package dev.lovage.archive.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// A depositor's folder with files and their manifest.
final class BatchFolder {
    private final Path folder;
    private final Map<String, String> digests = new LinkedHashMap<>();

    BatchFolder(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    static byte[] fixture(String name) throws IOException {
        try (var in =
                Objects.requireNonNull(BatchFolder.class.getResourceAsStream("/dev/lovage/archive/" + name), name)) {
            return in.readAllBytes();
        }
    }

    /// A small page without words, with other pixels for each number.
    static byte[] page(int number) throws IOException {
        var page = fixture("image/sane-grid-100dpi-bilevel.tif");
        ByteBuffer.wrap(page).putInt(page.length / 2, number);
        return page;
    }

    BatchFolder add(String name, byte[] bytes) throws IOException {
        Files.write(folder.resolve(name), bytes);
        digests.put(name, Vault.digest(bytes));
        return this;
    }

    /// Says in the manifest that a file has other bytes than lie there.
    BatchFolder change(String name, byte[] bytes) throws IOException {
        Files.write(folder.resolve(name), bytes);
        return this;
    }

    BatchFolder remove(String name) throws IOException {
        Files.delete(folder.resolve(name));
        return this;
    }

    Path path() {
        return folder;
    }

    ObjectNode manifest(String id) {
        var manifest = Json.object();
        manifest.put("id", id);
        manifest.put("scanner_model", "Test Scanner 1");
        manifest.put("resolution_dpi", 300);
        manifest.put("color_profile", "none");
        var paths = Json.array();
        var files = Json.array();
        int sequence = 1;
        for (var file : digests.entrySet()) {
            paths.add(file.getKey());
            files.add(Json.object()
                    .put("path", file.getKey())
                    .put("sha256", file.getValue())
                    .put("sequence", sequence++));
        }
        manifest.set("file_paths", paths);
        if (!files.isEmpty()) {
            manifest.set("files", files);
        }
        return manifest;
    }

    Path write(ObjectNode manifest) throws IOException {
        var file = folder.resolve("manifest.json");
        Files.write(file, Json.text(manifest).getBytes(UTF_8));
        return file;
    }
}
