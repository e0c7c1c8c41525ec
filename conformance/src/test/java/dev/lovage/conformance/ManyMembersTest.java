package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.testkit.ChildJvm;
import dev.lovage.testkit.Eventually;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol.Command;

/// Chords whose members are many, or lost on the way.
@ParameterizedClass
@EnumSource(Kind.class)
class ManyMembersTest extends Mixed {
    private static final String DOOMED = "j.doomed";

    @Override
    String pythonTasks() {
        return TASKS + """

                @app.task(name='p.body')
                def body(numbers):
                    app.backend.client.rpush('noted', '%d %d' % (len(numbers), sum(numbers)))
                """;
    }

    @Override
    void register(Tasks tasks) {
        super.register(tasks);
        tasks.handle(Task.named("j.body", new TypeRef<List<Integer>>() {}, new TypeRef<Integer>() {}), numbers -> {
            ask(
                    Command.RPUSH,
                    "noted",
                    numbers.size() + " "
                            + numbers.stream().mapToInt(Integer::intValue).sum());
            return numbers.size();
        });
        tasks.handle(Task.named(DOOMED, Integer.class, Integer.class), number -> number);
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    @Line(30)
    void a_chord_of_many_on_workers_of_both_languages_joins_once() throws Exception {
        int members = Length.of(200, 1000);
        forgetNotes();
        for (int i = 0; i < Length.of(2, 4); i++) {
            fleet().closing(fleet().builder(fleet().lovage())
                    .queues("java")
                    .name("many" + i + "@java")
                    .start());
            fleet().closing(fleet().python().worker("-Q", "python", "-c", "1", "-n", "many" + i + "@python"));
        }
        var expected = new ArrayList<String>();
        for (int i = 0; i < Length.of(1, 10); i++) {
            for (char body : new char[] {'p', 'j'}) {
                int offset = expected.size();
                expected.add(members + " "
                        + IntStream.range(0, members).map(one -> one + offset).sum());
                if (body == 'p') {
                    List<Canvas<?>> header = new ArrayList<>();
                    IntStream.range(0, members)
                            .forEach(one -> header.add(step(one % 2 == 0 ? 'p' : 'j', "echo", one + offset)));
                    fleet().lovage().send(Chord.of(header, step(body, "body")));
                } else {
                    fleet().python().run("""
                            import sys
                            from app import chord, s
                            members, offset = int(sys.argv[1]), int(sys.argv[2])
                            chord([s('pj'[i % 2], 'echo', i + offset) for i in range(members)], s('j', 'body')).apply_async()
                            """, String.valueOf(members), String.valueOf(offset));
                }
                Eventually.until("the body of " + offset + " runs", () -> noted().containsAll(expected), this::noted);
            }
        }
        result(step('p', "echo", 0));
        result(step('j', "echo", 0));
        assertThat(noted()).containsExactlyElementsOf(expected);
        Eventually.until("no keys of chords are left", () -> chordKeys().isEmpty(), this::chordKeys);
    }

    private String chordKeys() {
        return ask(Command.KEYS, "celery-taskset-meta-*") instanceof List<?> keys && !keys.isEmpty()
                ? keys.size() + " keys"
                : "";
    }

    /// A worker in a process of its own, whose tasks never end.
    static final class Doomed implements TaskProvider {
        public static void main(String[] arguments) throws InterruptedException {
            var settings = Fleet.settings(Path.of(arguments[0]), arguments[1], arguments[2])
                    .with(Setting.WORKER_LEASE, "2")
                    .with(Setting.WORKER_CONCURRENCY, "4");
            try (var lovage = Lovage.open(settings, InstantSource.system());
                    var _ = lovage.worker()
                            .tasks(new Doomed())
                            .queues("doomed")
                            .name("doomed@java")
                            .start()) {
                new CountDownLatch(1).await();
            }
        }

        @Override
        public void register(Tasks tasks) {
            tasks.handle(Task.named(DOOMED, Integer.class, Integer.class), number -> {
                System.out.println("doomed " + number);
                new CountDownLatch(1).await();
                return number;
            });
        }
    }

    @Test
    @Line(31)
    void a_member_whose_java_worker_was_killed_runs_again_and_the_body_once() throws Exception {
        forgetNotes();
        fleet().working();
        try (var child = ChildJvm.start(
                Doomed.class, List.of(fleet().data().toString(), fleet().brokerUrl(), fleet().resultUrl()))) {
            fleet().lovage()
                    .send(Chord.of(
                            List.of(step('j', "doomed", 1).queue("doomed"), step('p', "echo", 2), step('j', "echo", 3)),
                            step('p', "body")));
            fleet().python().run("""
                    from app import chord, s
                    chord([s('p', 'echo', 20), s('j', 'doomed', 10, queue='doomed'), s('j', 'echo', 30)], s('j', 'body')).apply_async()
                    """);
            child.hears("doomed");
            child.hears("doomed");
            child.kill();
        }
        fleet().closing(fleet().builder(fleet().lovage())
                .queues("doomed")
                .name("saviour@java")
                .start());
        assertThat(notedAfter(List.of("3 6", "3 60"))).containsExactlyInAnyOrder("3 6", "3 60");
    }
}
