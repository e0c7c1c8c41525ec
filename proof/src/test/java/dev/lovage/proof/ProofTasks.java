package dev.lovage.proof;

import static dev.lovage.engine.retry.RetryRule.on;

import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/// Tasks that misbehave. Each writes a line to the file that it is given before it does.
public final class ProofTasks implements TaskProvider {
    /// The exit code of a worker that one of its tasks ended.
    static final int ENDED = 99;

    static final Task<String, String> FAILS_ALWAYS = retried("proof.fails_always");
    static final Task<String, String> FAILS_TWICE = retried("proof.fails_twice");
    static final Task<String, String> ENDS_ITS_PROCESS =
            Task.named("proof.ends_its_process", String.class, String.class);
    static final Task<String, String> ECHO = Task.named("proof.echo", String.class, String.class);

    private static Task<String, String> retried(String name) {
        return Task.named(name, String.class, String.class)
                .retry(on(IOException.class).maxRetries(3).backoff(Duration.ofMillis(20), Duration.ofMillis(100)));
    }

    @Override
    public void register(Tasks tasks) {
        tasks.handle(FAILS_ALWAYS, file -> {
            throw new IOException("failed in run " + run(file));
        });
        tasks.handle(FAILS_TWICE, file -> {
            run(file);
            if (TaskContext.current().retries() < 2) {
                throw new IOException("not yet");
            }
            return "third time";
        });
        tasks.handle(ENDS_ITS_PROCESS, file -> {
            run(file);
            Runtime.getRuntime().halt(ENDED);
            return file;
        });
        tasks.handle(ECHO, text -> text);
    }

    private static int run(String file) throws IOException {
        Files.writeString(Path.of(file), "ran\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return runs(Path.of(file));
    }

    static int runs(Path file) throws IOException {
        return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    }
}
