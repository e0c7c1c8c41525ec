package dev.lovage.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import dev.lovage.logback.TaskLogAppender;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class LoggingTest {
    @Test
    void what_tasks_log_goes_to_the_console_and_to_their_attempts() throws Exception {
        var context = new LoggerContext();
        var configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(Objects.requireNonNull(getClass().getResource("/logback.xml")));
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        assertThat(root.getAppender("stderr").isStarted()).isTrue();
        assertThat(root.getAppender("trace")).isInstanceOf(TaskLogAppender.class);
        assertThat(root.getAppender("trace").isStarted()).isTrue();
        context.stop();
    }
}
