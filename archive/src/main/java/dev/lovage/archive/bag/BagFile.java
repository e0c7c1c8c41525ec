package dev.lovage.archive.bag;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/// A file that is to be in a bag.
///
/// @param path in the bag, with `/`: payload lies under `data/`, tag files do not
/// @param source of its bytes; read once
/// @param sha256 that the bytes have, 64 hexadecimal digits in lower case
public record BagFile(String path, Source source, String sha256) {
    /// Where bytes come from.
    @FunctionalInterface
    public interface Source {
        /// Closed by who called this.
        InputStream open() throws IOException;
    }

    /// @throws BagRefused if the path can't be in a bag
    public BagFile {
        BagPath.check(path);
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new BagRefused("The digest announced for " + path + " is '" + sha256
                    + "', but a SHA-256 is 64 hexadecimal digits in lower case. Nothing was written.");
        }
    }

    public static BagFile of(String path, Path source, String sha256) {
        return new BagFile(path, () -> Files.newInputStream(source), sha256);
    }

    /// For what was just made in memory: its digest is taken here.
    public static BagFile of(String path, byte[] bytes) {
        var kept = bytes.clone();
        var sha256 = HexFormat.of().formatHex(BagDigest.SHA256.begin().digest(kept));
        return new BagFile(path, () -> new ByteArrayInputStream(kept), sha256);
    }
}
