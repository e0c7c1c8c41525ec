package dev.lovage.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.engine.argument.Arguments;
import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.testkit.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import tools.jackson.databind.JsonNode;

/// Lines about canvases: the same tasks in both languages, as `p.add` and `j.add`, so that each step may run in
/// either. A mix is a word of the letters `p` and `j`, one for each step.
///
/// Python finds `s('p', 'add', 1)` and the immutable `si` in its module `app`.
abstract class Mixed extends Lines {
    static final Duration LONG = Duration.ofSeconds(40);

    static final String TASKS = """
            @app.task(name='p.add')
            def add(x, y):
                return x + y

            @app.task(name='p.echo')
            def echo(x=None):
                return x

            @app.task(name='p.total')
            def total(numbers):
                return sum(numbers)

            @app.task(name='p.fail')
            def fail(x=None):
                raise ValueError('bad step')

            @app.task(name='p.note')
            def note(what):
                app.backend.client.rpush('noted', what)
                return what

            @app.task(name='p.grouped', bind=True)
            def grouped(self, x):
                return [x, self.request.group is not None]

            def s(language, word, *args, **options):
                return signature('%s.%s' % (language, word), args=args, app=app, options=options)

            def si(language, word, *args, **options):
                return signature('%s.%s' % (language, word), args=args, app=app, options=options, immutable=True)
            """;

    record Two(int x, int y) {}

    @Override
    String pythonTasks() {
        return TASKS;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(Task.named("j.add", Two.class, Integer.class), two -> two.x() + two.y());
        tasks.handle(Task.named("j.echo", JsonNode.class, JsonNode.class), value -> value);
        tasks.handle(
                Task.named("j.total", new TypeRef<List<Integer>>() {}, new TypeRef<Integer>() {}),
                numbers -> numbers.stream().mapToInt(Integer::intValue).sum());
        tasks.handle(Task.named("j.fail", JsonNode.class, JsonNode.class), _ -> {
            throw new IllegalStateException("bad step");
        });
        tasks.handle(Task.named("j.note", String.class, String.class), what -> {
            ask(Command.RPUSH, "noted", what);
            return what;
        });
        tasks.handle(
                Task.named("j.grouped", JsonNode.class, new TypeRef<List<JsonNode>>() {}),
                value ->
                        List.of(value, Json.tree(TaskContext.current().headers().hasNonNull("group"))));
    }

    /// A step that is handed the result of the one before it.
    ///
    /// @param language `p` or `j`
    static Signature<JsonNode> step(char language, String word, Object... args) {
        var all = Json.array();
        for (var one : args) {
            all.add(Json.tree(one));
        }
        return Signature.of(
                language + "." + word, new Arguments(all, Json.object()), JsonNode.class, Optional.of(JsonNode.class));
    }

    /// All words of `p` and `j` of this length.
    static List<String> mixes(int letters) {
        if (letters == 0) {
            return List.of("");
        }
        var longer = new ArrayList<String>();
        for (var shorter : mixes(letters - 1)) {
            longer.add(shorter + "p");
            longer.add(shorter + "j");
        }
        return longer;
    }

    static String[] mixesOf(int letters) {
        return mixes(letters).toArray(String[]::new);
    }

    /// @throws AssertionError with what Python's worker has said, if there is none in time
    JsonNode result(Canvas<?> canvas) throws InterruptedException {
        try {
            return Json.tree(fleet().lovage().send(canvas).await(LONG));
        } catch (TimeoutException e) {
            throw new AssertionError(
                    canvas + ": " + e.getMessage() + " Python said: "
                            + String.join("\n", fleet().pythonWorker().output()),
                    e);
        }
    }

    /// What is recorded of a task that has ended.
    ResultMeta ended(String taskId) throws InterruptedException {
        return fleet().lovage().backbone().results().await(taskId, LONG).orElseThrow(() -> new AssertionError(taskId));
    }

    /// What `note` was given since the test began.
    List<String> noted() {
        return ask(Command.LRANGE, "noted", "0", "-1") instanceof List<?> all
                ? all.stream().map(one -> new String((byte[]) one, UTF_8)).toList()
                : List.of();
    }

    void forgetNotes() {
        ask(Command.DEL, "noted");
    }

    /// Waits until all of these were noted, and what was sent to either language up to then has run.
    List<String> notedAfter(List<String> wanted) throws InterruptedException {
        Eventually.until("all are noted: " + wanted, () -> noted().containsAll(wanted), this::noted);
        result(step('p', "echo", 0));
        result(step('j', "echo", 0));
        return noted();
    }

    /// Asks the Redis of the results, past the code under test.
    Object ask(Command command, String... arguments) {
        try (var connection =
                new Connection(new HostAndPort("127.0.0.1", fleet().redis().port()))) {
            connection.executeCommand(new CommandArguments(Command.SELECT).add("1"));
            var answer = connection.executeCommand(new CommandArguments(command).addObjects((Object[]) arguments));
            return answer == null ? "" : answer;
        }
    }
}
