package dev.lovage.archive.ingest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Set;
import java.util.function.Supplier;

/// The folders that captures fill before their pages are in the vault: `archive/staging-`, and the mark of the attempt.
/// A process that is killed leaves its folder behind; [#sweep] removes it.
final class StagingFolders {
    private static final String PREFIX = "staging-";

    private final Path folder;

    /// @param data the data folder
    StagingFolders(Path data) {
        this.folder = data.toAbsolutePath().normalize().resolve("archive");
    }

    /// Where an attempt stages its pages; whoever captures makes the folder.
    ///
    /// @param attempt as [dev.lovage.archive.vault.Vault#attempt] marks it
    Path of(String attempt) {
        return folder.resolve(PREFIX + attempt);
    }

    /// Removes folders in which nothing has changed for long, and whose task is not running.
    ///
    /// @param running the [dev.lovage.archive.vault.Vault#maker] marks of tasks that are running; asked after this
    ///     call has listed the folders
    /// @param age at least two lease periods
    /// @return how many
    int sweep(Supplier<Set<String>> running, Duration age, Instant now) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        var old = new ArrayList<Path>();
        try (var found = Files.newDirectoryStream(folder, PREFIX + "*")) {
            for (var one : found) {
                if (Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS)
                        && touched(one).isBefore(now.minus(age))) {
                    old.add(one);
                }
            }
        }
        var busy = old.isEmpty() ? Set.<String>of() : running.get();
        int swept = 0;
        for (var one : old) {
            var maker = one.getFileName().toString().substring(PREFIX.length()).split("-", 2)[0];
            if (!busy.contains(maker)) {
                remove(one);
                swept++;
            }
        }
        return swept;
    }

    void remove(Path staging) throws IOException {
        if (Files.isDirectory(staging)) {
            try (var files = Files.newDirectoryStream(staging)) {
                for (var file : files) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(staging);
        }
    }

    /// When the folder or a file in it was last changed.
    private static Instant touched(Path staging) throws IOException {
        try (var files = Files.newDirectoryStream(staging)) {
            var last = Files.getLastModifiedTime(staging);
            for (var file : files) {
                var changed = Files.getLastModifiedTime(file);
                last = changed.compareTo(last) > 0 ? changed : last;
            }
            return last.toInstant();
        } catch (NoSuchFileException e) {
            return Instant.MAX; // its attempt has just removed something
        }
    }
}
