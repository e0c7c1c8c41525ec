import static dev.lovage.engine.retry.RetryRule.on;
import static dev.lovage.engine.task.TimeLimit.soft;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TypeRef;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/// The code of docs/engine.md. The build runs it, and compares the page with it.
public class Orders {
    // tag: descriptors
    record Order(String id, int cents) {}

    record Receipt(String order, int cents) {}

    record Print(Receipt receipt) {}

    static final Task<Order, Receipt> CHARGE = Task.named("orders.charge", Order.class, Receipt.class)
            .queue("payments")
            .priority(7)
            .timeLimit(soft(Duration.ofSeconds(30)))
            .retry(on(IOException.class).maxRetries(5).backoff(Duration.ofSeconds(2), Duration.ofMinutes(10)).fullJitter());
    static final Task<Print, String> PRINT = Task.named("orders.print", Print.class, String.class);
    static final Task<List<String>, Integer> COUNT =
            Task.named("orders.count", new TypeRef<List<String>>() {}, new TypeRef<Integer>() {}).byReference();
    static final Task<String, Void> ALARM = Task.named("orders.alarm", String.class, Void.class);
    // end

    // tag: provider
    public static final class OrderTasks implements TaskProvider {
        @Override
        public void register(Tasks tasks) {
            tasks.handle(CHARGE, OrderTasks::charge).commit((tx, receipt) -> {
                try (var insert = tx.connection().prepareStatement("INSERT INTO receipt (id, cents) VALUES (?, ?)")) {
                    insert.setString(1, receipt.order());
                    insert.setInt(2, receipt.cents());
                    insert.executeUpdate();
                }
            });
            tasks.handle(PRINT, print -> print.receipt().order() + ": " + print.receipt().cents());
            tasks.handle(COUNT, List::size);
            tasks.handle(ALARM, failed -> {
                System.out.println("failed: " + failed);
                return null;
            });
        }

        private static Receipt charge(Order order) throws IOException {
            if (order.cents() < 0) {
                throw new IllegalArgumentException("An order costs 0 cents or more, but " + order.cents() + ".");
            }
            return new Receipt(order.id(), order.cents());
        }
    }
    // end

    public static void main(String[] args) throws Exception {
        // tag: start
        try (var lovage = Lovage.embedded(Path.of("lovage-data"));
                var worker = lovage.worker().tasks(new OrderTasks()).start()) {
            // end
            lovage.transaction(tx -> {
                try (var statement = tx.connection().createStatement()) {
                    statement.execute("CREATE TABLE IF NOT EXISTS receipt (id TEXT PRIMARY KEY, cents INTEGER)");
                    return statement.execute("CREATE TABLE IF NOT EXISTS shop (id TEXT PRIMARY KEY)");
                }
            });
            send(lovage);
            compose(lovage);
            fail(lovage);
        }
    }

    private static void send(Lovage lovage) throws Exception {
        // tag: send
        var receipt = lovage.send(CHARGE.with(new Order("A-1", 1250)));
        System.out.println(receipt.id() + " " + receipt.await(Duration.ofMinutes(1)).cents());

        lovage.send(CHARGE.with(new Order("A-2", 900)).taskId("charge-A-2")); // sending this id again changes nothing
        lovage.send(CHARGE.with(new Order("A-3", 100)).countdown(Duration.ofMillis(200)).priority(9));
        // end
        // tag: outbox
        lovage.transaction(tx -> {
            try (var insert = tx.connection().prepareStatement("INSERT INTO shop (id) VALUES (?)")) {
                insert.setString(1, "A-4");
                insert.executeUpdate();
            }
            return lovage.send(tx, CHARGE.with(new Order("A-4", 700))); // sent if and only if the row is there
        });
        // end
    }

    private static void compose(Lovage lovage) throws Exception {
        // tag: canvas
        var chain = CHARGE.with(new Order("B-1", 300)).then(PRINT.partial());
        System.out.println(lovage.send(chain).await(Duration.ofMinutes(1)));

        var group = Group.of(List.of(
                CHARGE.with(new Order("C-1", 100)).then(PRINT.partial()),
                CHARGE.with(new Order("C-2", 200)).then(PRINT.partial())));
        System.out.println(lovage.send(group).await(Duration.ofMinutes(1)));

        var chord = Group.of(List.of(
                        PRINT.with(new Print(new Receipt("D-1", 1))), PRINT.with(new Print(new Receipt("D-2", 2)))))
                .then(COUNT.partial());
        System.out.println(lovage.send(chord).await(Duration.ofMinutes(1)));
        // end
    }

    private static void fail(Lovage lovage) throws Exception {
        // tag: failure
        var wrong = lovage.send(CHARGE.with(new Order("E-1", -1)).linkError(ALARM.partial()));
        try {
            wrong.await(Duration.ofMinutes(1));
        } catch (TaskFailed failed) {
            System.out.println(wrong.state() + ": " + failed.getMessage());
        }
        // end
    }

    // tag: context
    static Receipt chargeAtNight(Order order) {
        var context = TaskContext.current(); // id, retries, lineage, deadline, headers
        for (var attempt = UUID.randomUUID(); !free(attempt); attempt = UUID.randomUUID()) {
            context.checkDeadline(); // throws when the soft limit has passed or the task was terminated
        }
        if (context.retries() == 0) {
            throw new RetryTask(new IllegalStateException("closed by day"), Duration.ofHours(8));
        }
        return new Receipt(order.id(), order.cents());
    }
    // end

    private static boolean free(UUID slot) {
        return slot.getLeastSignificantBits() % 2 == 0;
    }
}
