import static dev.lovage.engine.retry.RetryRule.on;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

public class CountLines {
    static final Task<String, Long> COUNT = Task.named("text.count", String.class, Long.class)
            .retry(on(IOException.class).maxRetries(3).backoff(Duration.ofSeconds(1), Duration.ofMinutes(1)).fullJitter());
    static final Task<List<Long>, Long> SUM =
            Task.named("text.sum", new TypeRef<List<Long>>() {}, new TypeRef<Long>() {});

    public static void main(String[] files) throws Exception {
        try (var lovage = Lovage.embedded(Path.of("lovage-data"));
                var worker = lovage.worker().tasks(tasks -> {
                    tasks.handle(COUNT, file -> Files.readString(Path.of(file)).lines().count());
                    tasks.handle(SUM, counts -> counts.stream().mapToLong(Long::longValue).sum());
                }).start()) {
            var counts = Group.of(Stream.of(files).map(COUNT::with).toList());
            System.out.println(lovage.send(counts.then(SUM.partial())).await(Duration.ofMinutes(1)));
        }
    }
}
