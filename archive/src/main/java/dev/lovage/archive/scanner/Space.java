package dev.lovage.archive.scanner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Whether a disk has room for what will come.
final class Space {
    private static final double SPARE = 1.2;

    private Space() {}

    /// @param bytes that are predicted
    static void check(Checks checks, Path folder, double bytes) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        var limit = shown(bytes * SPARE);
        if (free >= bytes * SPARE) {
            checks.ok("free_space", shown(free), limit);
        } else {
            checks.fail(
                    "free_space",
                    shown(free),
                    limit,
                    CaptureFault.NO_SPACE,
                    "The disk with " + folder.getFileName() + " has too little room for the images.");
        }
    }

    private static String shown(double bytes) {
        return Math.round(bytes / (1 << 20)) + " MiB";
    }
}
