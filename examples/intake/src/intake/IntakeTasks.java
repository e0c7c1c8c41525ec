package intake;

import static dev.lovage.engine.retry.RetryRule.on;

import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TypeRef;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

/// Takes submissions in that a Python portal publishes, each key once.
public final class IntakeTasks implements TaskProvider {
    public record Submission(Map<String, Object> payload, String idempotencyKey) {}

    /// The office's own system is away.
    public static final class RegistryAway extends IOException {
        public RegistryAway(String message) {
            super(message);
        }
    }

    static final Task<Submission, Map<String, String>> PROCESS = Task.named(
                    "tasks.intake.process_intake_submission", Submission.class, new TypeRef<Map<String, String>>() {})
            .retry(on(IOException.class)
                    .maxRetries(3)
                    .backoff(Duration.ofMillis(200), Duration.ofSeconds(2))
                    .fullJitter())
            .rateLimit("100/m");

    @Override
    public void register(Tasks tasks) {
        var inbox = Path.of(System.getenv().getOrDefault("INTAKE_INBOX", "intake.db"));
        tasks.handle(PROCESS, submission -> process(inbox, submission));
    }

    /// The key is a unique row, written before anything is answered and kept for ever: no two workers can both
    /// find it free. A second run of one and the same task, after a crash, finds its own row and answers as the
    /// first would have.
    private static Map<String, String> process(Path inbox, Submission submission) throws SQLException, IOException {
        if (submission.payload().get("registry") instanceof String away) {
            throw new RegistryAway("The registry " + away + " does not answer.");
        }
        var taskId = TaskContext.current().id();
        try (var connection = open(inbox)) {
            try (var insert = connection.prepareStatement(
                    "INSERT INTO submission (idempotency_key, task_id) VALUES (?, ?) ON CONFLICT DO NOTHING")) {
                insert.setString(1, submission.idempotencyKey());
                insert.setString(2, taskId);
                insert.executeUpdate();
            }
            try (var select = connection.prepareStatement(
                    "SELECT record_id, task_id FROM submission WHERE idempotency_key = ?")) {
                select.setString(1, submission.idempotencyKey());
                try (var row = select.executeQuery()) {
                    row.next();
                    return row.getString("task_id").equals(taskId)
                            ? Map.of("status", "queued_for_processing", "record_id", row.getString("record_id"))
                            : Map.of("status", "duplicate", "key", submission.idempotencyKey());
                }
            }
        }
    }

    private static Connection open(Path inbox) throws SQLException {
        var connection = DriverManager.getConnection("jdbc:sqlite:" + inbox);
        try (var statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 10000");
            statement.execute("PRAGMA synchronous = FULL");
            statement.execute("CREATE TABLE IF NOT EXISTS submission (record_id INTEGER PRIMARY KEY,"
                    + " idempotency_key TEXT NOT NULL UNIQUE, task_id TEXT NOT NULL)");
        }
        return connection;
    }
}
