package dev.lovage.engine.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AotCacheTest {
    @TempDir
    Path folder;

    @Test
    void a_cache_is_made_in_the_background_for_jars_and_a_damaged_one_is_passed_over() throws Exception {
        var data = Files.createDirectory(folder.resolve("data"));
        var classPath = jars();
        assertThat(run(classPath, data, "train")).isZero();
        var cache = only(data.resolve("children"));
        assertThat(cache.toString()).endsWith(".aot");
        assertThat(run(classPath, data, "use")).isZero();
        Files.writeString(cache, "damaged");
        assertThat(run(classPath, data, "use")).isZero();
        assertThat(cache).hasContent("damaged");
    }

    @Test
    void folders_in_the_class_path_have_no_cache() {
        assertThat(AotCache.of(folder, List.of(folder)).file()).isEmpty();
        assertThat(AotCache.of(folder.resolve("none"), List.of()).file()).isEmpty();
    }

    private static int run(String classPath, Path data, String what) throws Exception {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath,
                        CacheMain.class.getName(),
                        data.toString(),
                        what)
                .inheritIO()
                .start();
        try {
            assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("it ends").isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static Path only(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            var all = files.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    /// This test's class path, its folders packed.
    private String jars() throws IOException {
        var path = new ArrayList<String>();
        for (var part : System.getProperty("java.class.path").split(File.pathSeparator)) {
            var jar = folder.resolve(path.size() + ".jar");
            if (Files.isDirectory(Path.of(part))) {
                pack(Path.of(part), jar);
                path.add(jar.toString());
            } else if (Files.isRegularFile(Path.of(part))) {
                path.add(part);
            }
        }
        return String.join(File.pathSeparator, path);
    }

    private static void pack(Path classes, Path jar) throws IOException {
        try (var out = new JarOutputStream(Files.newOutputStream(jar));
                var files = Files.walk(classes)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, out);
            }
        }
    }
}
