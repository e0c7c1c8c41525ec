package dev.lovage.engine.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// The classes that a child loads, as its virtual machine keeps them ready (JEP 514): one file for each virtual
/// machine and class path. It makes a start quicker, and nothing depends on it: a file that is missing, does
/// not fit, or is damaged is passed over by the virtual machine.
///
/// @param file empty where there is none: no data folder, or a class path with folders, which it can't have
record AotCache(Optional<Path> file) {
    private static final int KEPT = 4;
    private static final String SUFFIX = ".aot";

    static AotCache of(Path data, List<Path> classPath) {
        var jars = classPath.stream().allMatch(Files::isRegularFile);
        return new AotCache(
                jars && Files.isDirectory(data)
                        ? Optional.of(data.resolve("children").resolve(key(classPath) + SUFFIX))
                        : Optional.empty());
    }

    private static String key(List<Path> classPath) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            add(digest, System.getProperty("java.home") + " " + System.getProperty("java.vm.version"));
            for (var jar : classPath) {
                add(digest, jar + " " + Files.size(jar) + " " + Files.getLastModifiedTime(jar));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 12);
        } catch (IOException | NoSuchAlgorithmException e) {
            return "unknown";
        }
    }

    private static void add(MessageDigest digest, String text) {
        digest.update((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    boolean trained() {
        return file.isPresent() && Files.isRegularFile(file.get());
    }

    /// The file is looked for at each start, because it comes when the first children have long been running.
    /// Nothing is said when it does not fit.
    List<String> options() {
        return file.isEmpty()
                ? List.of()
                : List.of(
                        "-XX:AOTCache=" + file.get(),
                        "-Xlog:disable",
                        "-Xlog:all=error:stderr",
                        "-Xlog:aot*=off:stderr",
                        "-Xlog:cds*=off:stderr");
    }

    /// Where a training writes.
    Path unfinished() throws IOException {
        var folder = Files.createDirectories(file.orElseThrow().getParent());
        return folder.resolve(ProcessHandle.current().pid() + ".training");
    }

    void finish(Path unfinished) throws IOException {
        Files.move(unfinished, file.orElseThrow(), StandardCopyOption.ATOMIC_MOVE);
        try (var others = Files.list(file.orElseThrow().getParent())) {
            for (var old : others.filter(one -> one.toString().endsWith(SUFFIX))
                    .sorted(Comparator.comparing(AotCache::modified).reversed())
                    .skip(KEPT)
                    .toList()) {
                Files.deleteIfExists(old);
            }
        }
    }

    private static long modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (IOException e) {
            return 0;
        }
    }
}
