package dev.lovage.server;

import java.util.Arrays;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// The log is set up by `logback.xml` alone: one line per event on standard error, each with `task_id`, `root_id` and
/// `parent_id`. Its level is chosen before the first logger is made.
final class Logging {
    private Logging() {}

    /// The demo shows its progress instead of a log: it logs warnings only.
    static void prepare(String[] args) {
        var words = Arrays.asList(args);
        var level = words.contains("--verbose") ? "DEBUG" : words.contains("demo") ? "WARN" : "INFO";
        System.setProperty("lovage.log.level", level);
        System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
        SLF4JBridgeHandler.removeHandlersForRootLogger(); // Tomcat logs to java.util.logging
        SLF4JBridgeHandler.install();
    }
}
