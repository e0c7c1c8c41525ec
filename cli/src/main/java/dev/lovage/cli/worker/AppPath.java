package dev.lovage.cli.worker;

import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.engine.task.TaskProvider;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/// The class path of somebody's tasks: jars, folders, and `folder/*` for all jars of a folder, as `java -cp` has it.
/// It stays open as long as the program runs.
record AppPath(ClassLoader classes) {
    /// @param path parts separated as on this system's class path; empty for this program's own classes
    static AppPath of(String path) throws IOException {
        var own = AppPath.class.getClassLoader();
        if (path.isBlank()) {
            return new AppPath(own);
        }
        var urls = new ArrayList<URL>();
        for (var part : path.split(File.pathSeparator)) {
            if (part.endsWith("/*") || part.equals("*")) {
                urls.addAll(jars(Path.of(part.equals("*") ? "." : part.substring(0, part.length() - 2))));
            } else if (!part.isEmpty()) {
                urls.add(url(existing(Path.of(part))));
            }
        }
        return new AppPath(new URLClassLoader("app", urls.toArray(URL[]::new), own));
    }

    /// @throws java.util.ServiceConfigurationError if one is listed and can't be made
    List<TaskProvider> providers() {
        Thread.currentThread().setContextClassLoader(classes);
        return ServiceLoader.load(TaskProvider.class, classes).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    private static List<URL> jars(Path folder) throws IOException {
        try (var files = Files.list(existing(folder))) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .map(AppPath::url)
                    .toList();
        }
    }

    private static Path existing(Path path) {
        if (!Files.exists(path)) {
            throw CommandFailed.usage(
                    "The class path of -A names " + path + ", which is not there. Parts are separated by '"
                            + File.pathSeparator + "'; quote a '*', or the shell expands it. Nothing was started.");
        }
        return path;
    }

    private static URL url(Path path) {
        try {
            return path.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("The path " + path + " can't be part of a class path.", e);
        }
    }
}
