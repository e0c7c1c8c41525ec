package dev.lovage.logback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class TaskLogAppenderTest {
    private static final Logger LOG = LoggerFactory.getLogger("test.tasks");
    private static final Task<String, String> TASK = Task.named("t.task", String.class, String.class);

    private final Lovage lovage = Lovage.inMemory(InstantSource.system());
    private final TaskLogAppender appender = new TaskLogAppender();

    @BeforeEach
    void attach() {
        var root = (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
    }

    @AfterEach
    void detach() {
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).detachAppender(appender);
        appender.stop();
        lovage.close();
    }

    @Test
    void what_a_handler_logs_through_slf4j_is_kept_with_its_level_logger_and_exception() throws Exception {
        var lines = logged(() -> {
            LOG.info("{} of {}", 1, 2);
            LOG.debug("below the logger's level");
            LOG.warn("it broke", new IllegalStateException("cause"));
        });
        assertThat(lines).extracting(LogLine::level).containsExactly("INFO", "WARN");
        assertThat(lines).extracting(LogLine::logger).containsOnly("test.tasks");
        assertThat(lines.getFirst().message()).isEqualTo("1 of 2");
        assertThat(lines.getLast().message())
                .startsWith("it broke\njava.lang.IllegalStateException: cause")
                .contains("\tat " + getClass().getName());
    }

    @Test
    void a_long_line_is_cut_and_what_is_no_unicode_is_replaced() throws Exception {
        var lines = logged(() -> {
            LOG.info("x".repeat(1_999) + "\uD83D\uDE00" + "y".repeat(1_000_000));
            LOG.info("half \uDE00 and \u0000");
        });
        assertThat(lines.getFirst().message()).isEqualTo("x".repeat(1_999) + "?…");
        assertThat(lines.getLast().message()).isEqualTo("half ? and \u0000");
    }

    @Test
    void a_thread_of_the_task_belongs_to_it_where_the_context_is_bound_and_outside_of_tasks_nothing_is_kept()
            throws Exception {
        LOG.info("before any task");
        var lines = logged(() -> {
            var context = TaskContext.current();
            join(Thread.ofVirtual().start(() -> LOG.info("somebody's")));
            join(Thread.ofVirtual()
                    .start(() -> ScopedValue.where(TaskContext.CURRENT, context).run(() -> LOG.info("its own"))));
        });
        assertThat(lines).extracting(LogLine::message).containsExactly("its own");
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<LogLine> logged(Runnable work) throws Exception {
        String id;
        try (var _ = lovage.worker()
                .tasks(tasks -> tasks.handle(TASK, text -> {
                    work.run();
                    return text;
                }))
                .start()) {
            var sent = lovage.send(TASK.with("x"));
            assertThat(sent.await(Duration.ofSeconds(40))).isEqualTo("x");
            id = sent.id();
        }
        return lovage.backbone().store().log(Set.of(id), 100).lines();
    }
}
