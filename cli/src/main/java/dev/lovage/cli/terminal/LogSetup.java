package dev.lovage.cli.terminal;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.lovage.logback.TaskLogAppender;
import java.util.Locale;

/// Logs to the standard error stream: a worker everything from INFO on, each line with the ids of the task it belongs
/// to, and what a task logs also to its attempt, for `trace`; other commands warnings only. In code, because reading a
/// file would take a short command a tenth of a second.
public final class LogSetup extends ContextAwareBase implements Configurator {
    /// The system property that a worker sets before anything logs.
    public static final String WORKER = "lovage.log.worker";

    private static final String LEVEL = "lovage.log.level";

    /// Before anything logs.
    ///
    /// @param word in Celery's words
    public static void level(String word) {
        System.setProperty(
                LEVEL,
                switch (word.toLowerCase(Locale.ROOT)) {
                    case "debug" -> "DEBUG";
                    case "info" -> "INFO";
                    case "warning", "warn" -> "WARN";
                    case "error", "critical", "fatal" -> "ERROR";
                    default ->
                        throw CommandFailed.usage("-l is debug, info, warning, error or critical, but is " + word
                                + ". Nothing was started.");
                });
    }

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        var worker = Boolean.getBoolean(WORKER);
        var pattern = new PatternLayoutEncoder();
        pattern.setContext(context);
        pattern.setPattern(
                worker
                        ? "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z', UTC} %-5level %logger{0} task_id=%X{task_id:--}"
                                + " root_id=%X{root_id:--} parent_id=%X{parent_id:--} %msg%n"
                        : "%level: %msg%n");
        pattern.start();
        var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(pattern);
        console.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(System.getProperty(LEVEL), worker ? Level.INFO : Level.WARN));
        root.addAppender(console);
        if (worker) {
            var trace = new TaskLogAppender();
            trace.setContext(context);
            trace.start();
            root.addAppender(trace);
        }
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
