package dev.lovage.logback;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.lovage.engine.task.TaskContext;

/// Gives what a task logs to its attempt, which keeps it for `lovage trace`; everything else passes by.
///
/// It is to be attached beside the console, to the root logger, and not behind an asynchronous appender: which task a
/// line belongs to is known on the thread that logs it. A thread of the task's own belongs to it where
/// [TaskContext#CURRENT] is bound again.
public final class TaskLogAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
        if (!TaskContext.CURRENT.isBound()) {
            return;
        }
        var message = event.getFormattedMessage();
        var thrown = event.getThrowableProxy();
        TaskContext.current()
                .log()
                .add(
                        event.getLevel().toString(),
                        event.getLoggerName(),
                        thrown == null ? message : message + "\n" + ThrowableProxyUtil.asString(thrown));
    }
}
