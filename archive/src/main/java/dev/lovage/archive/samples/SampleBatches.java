package dev.lovage.archive.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Two batches of scans that come with the program: one without a fault, and one in which a page is damaged, one is
/// not what its manifest says, and one is there twice. Where they come from, `ORIGIN.md` beside them says.
public final class SampleBatches {
    private static final Map<String, List<String>> FILES = new TreeMap<>(Map.of(
            "printed-pages", List.of("manifest.json", "0001.tif", "0002.tif", "0003.tif"),
            "test-charts",
                    List.of(
                            "manifest.json",
                            "0001.tif",
                            "0002.tif",
                            "0003-again.tif",
                            "0004-damaged.tif",
                            "0005-altered.tif")));

    private SampleBatches() {}

    /// Writes the batches under `folder`, where they are not there yet.
    ///
    /// @return a folder for each batch, with its `manifest.json`
    public static List<Path> unpack(Path folder) throws IOException {
        var folders = new ArrayList<Path>();
        for (var batch : FILES.entrySet()) {
            var place = Files.createDirectories(folder.resolve(batch.getKey()));
            for (var name : batch.getValue()) {
                var file = place.resolve(name);
                if (!Files.exists(file)) {
                    try (var in = SampleBatches.class.getResourceAsStream(batch.getKey() + "/" + name)) {
                        if (in == null) {
                            throw new IllegalStateException(
                                    batch.getKey() + "/" + name + " is not in the program. Build it anew.");
                        }
                        Files.copy(in, file);
                    }
                }
            }
            folders.add(place);
        }
        return folders;
    }
}
