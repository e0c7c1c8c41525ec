package dev.lovage.engine.process;

import dev.lovage.engine.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// Has a child, and waits for a file of its cache when it is told to.
final class CacheMain {
    private CacheMain() {}

    public static void main(String[] arguments) throws Exception {
        var data = Path.of(arguments[0]);
        try (var pool = ProcessPool.open(Settings.embedded(data), Set.of(ChildTasks.class), Set.of(), 1, true)) {
            pool.take().close();
            while (arguments[1].equals("train") && !trained(data.resolve("children"))) {
                LockSupport.parkNanos(20_000_000);
            }
        }
    }

    private static boolean trained(Path folder) throws java.io.IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (var files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".aot"));
        }
    }
}
