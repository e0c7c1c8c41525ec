package dev.lovage.proof.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The living processes that carry a word in their environments, as `/proc` shows them: a child and all that came from
/// it. Counted here and not by the engine, whose work it is to end them.
record Kin(String word) {
    private static final Path PROC = Path.of("/proc");

    List<Path> living() throws IOException {
        var found = new ArrayList<Path>();
        try (var entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (var process : entries) {
                if (text(process.resolve("environ")).contains(word)) {
                    found.add(process);
                }
            }
        }
        return found;
    }

    /// @return bytes
    long memory() throws IOException {
        var sum = 0L;
        for (var process : living()) {
            sum += text(process.resolve("smaps_rollup"))
                    .lines()
                    .filter(line -> line.startsWith("Pss:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .sum();
        }
        return sum;
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended, or is somebody else's
        }
    }
}
