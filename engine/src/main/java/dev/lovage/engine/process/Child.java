package dev.lovage.engine.process;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.RemoteFailure;
import dev.lovage.engine.task.TaskContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One child process, from its start to its end.
///
/// A platform thread reads what it answers and another what it prints, so that neither pipe is ever full for
/// long; what is said out of turn ends it, so that it can't fill this process's memory. When it ends, however
/// it does, all of its session is killed first, and then its end is told to whoever waits for an answer. Lines
/// that its task logs come between and are no answers; they go on to the attempt.
final class Child {
    /// Why it was killed from here.
    sealed interface Kill {
        /// Asked for: by a person, by the end of the worker, because it is not needed any more.
        record Asked() implements Kill {}

        /// It did what it must not; `why` is part of the evidence.
        record Watchdog(String why) implements Kill {}

        record HardLimit(Duration limit) implements Kill {}
    }

    /// What comes from it: a frame, or its end.
    private sealed interface Word {
        record Frame(ObjectNode frame) implements Word {}

        record End() implements Word {}
    }

    /// Who is told when it is ready, and when it has ended before it was.
    interface Owner {
        void ready(Child child, List<String> tasks);

        void ended(Child child, Optional<String> refusal);
    }

    private static final Logger LOG = LoggerFactory.getLogger(ProcessPool.class);
    private static final int WORDS_MAX = 3;
    private static final Duration EXIT_WITHIN = Duration.ofSeconds(2);

    private final Spawner.Started started;
    private final Owner owner;
    private final int frameBytesMax;
    private final ScheduledExecutorService watch;
    private final Duration aliveTimeout;
    private final BlockingQueue<Word> words = new ArrayBlockingQueue<>(WORDS_MAX);
    private final LastLines lines = new LastLines();
    private final ReentrantLock writes = new ReentrantLock();
    private final AtomicReference<@Nullable Kill> kill = new AtomicReference<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread reader;
    private final Thread printer;
    private final long killedByKernel = Session.killedByKernel();
    private volatile boolean ready;
    private volatile boolean joined;
    private volatile Optional<String> refusal = Optional.empty();
    private volatile Optional<Evidence> evidence = Optional.empty();
    private volatile Optional<TaskContext> running = Optional.empty();
    private volatile long memory;
    private volatile int processes;
    private volatile long idleSince = System.nanoTime();
    private int tasks;

    Child(
            Spawner.Started started,
            Owner owner,
            int frameBytesMax,
            ScheduledExecutorService watch,
            Duration aliveTimeout) {
        this.started = started;
        this.owner = owner;
        this.frameBytesMax = frameBytesMax;
        this.watch = watch;
        this.aliveTimeout = aliveTimeout;
        var name = "lovage-child-" + started.session().id();
        this.reader = Thread.ofPlatform().name(name).daemon().unstarted(this::read);
        this.printer = Thread.ofPlatform()
                .name(name + "-prints")
                .daemon()
                .unstarted(() -> lines.drain(started.process().getErrorStream(), System.err));
    }

    /// Tells it who it is. The owner hears when it is ready, or has ended.
    void greet(byte[] hello) {
        printer.start();
        reader.start();
        Thread.ofVirtual().start(this::sweepAtExit);
        watch.schedule(
                () -> {
                    if (!ready) {
                        kill(new Kill.Watchdog("it was not ready within " + aliveTimeout));
                    }
                },
                aliveTimeout.toNanos(),
                TimeUnit.NANOSECONDS);
        write(hello);
    }

    long pid() {
        return started.session().id();
    }

    /// From now on its end is no failed start.
    void join() {
        joined = true;
    }

    boolean joined() {
        return joined;
    }

    boolean alive() {
        return ended.getCount() > 0 && kill.get() == null && started.process().isAlive();
    }

    /// How many tasks it has been given.
    int tasks() {
        return tasks;
    }

    Duration idle() {
        return Duration.ofNanos(System.nanoTime() - idleSince);
    }

    Optional<String> end() {
        return evidence.map(Evidence::summary);
    }

    /// Runs a task. Blocks until it has ended in one way or another.
    ///
    /// @param attempt gets the lines that it logs, and the states that it tells
    /// @return empty if the child had died before it began; that is no fault of the task
    Optional<Answer> run(byte[] task, Optional<Duration> hardLimit, TaskContext attempt) throws InterruptedException {
        tasks++;
        running = Optional.of(attempt);
        lines.clear();
        memory = 0;
        var taken = watch.schedule(
                () -> kill(new Kill.Watchdog("it did not take a task within " + aliveTimeout)),
                aliveTimeout.toNanos(),
                TimeUnit.NANOSECONDS);
        try {
            if (!words.isEmpty()) {
                kill(new Kill.Watchdog("it said something unasked"));
                return Optional.empty();
            }
            write(task);
            if (!(words.take() instanceof Word.Frame(var began)) || !began.has("began")) {
                kill(new Kill.Watchdog("it said something unasked"));
                return kill.get() instanceof Kill.Asked ? Optional.of(new Answer.Killed()) : Optional.empty();
            }
            taken.cancel(false);
            var word = hardLimit.isEmpty()
                    ? words.take()
                    : words.poll(hardLimit.get().toNanos(), TimeUnit.NANOSECONDS);
            if (word == null) {
                kill(new Kill.HardLimit(hardLimit.orElseThrow()));
                word = words.take();
            }
            if (word instanceof Word.Frame(var frame)) {
                var answer = answer(frame);
                if (answer.isPresent()) {
                    return answer;
                }
                kill(new Kill.Watchdog("it sent an answer that is none"));
                awaitEnd();
            }
            return Optional.of(died());
        } catch (InterruptedException e) {
            kill(new Kill.Asked());
            throw e;
        } finally {
            taken.cancel(false);
            running = Optional.empty();
            idleSince = System.nanoTime();
        }
    }

    private Answer died() {
        var how = evidence.orElseThrow();
        return switch (kill.get()) {
            case Kill.Asked _ -> new Answer.Killed();
            case Kill.HardLimit(var limit) -> new Answer.LimitPassed(limit, how.summary());
            case Kill.Watchdog _ -> new Answer.Crashed(how.summary(), how.log());
            case null -> new Answer.Crashed(how.summary(), how.log());
        };
    }

    /// Makes the running task stop. Never blocks.
    void softLimit(long number, Duration limit) {
        var frame =
                Frames.bytes(Json.object().put("soft_limit", limit.toString()).put("number", number));
        Thread.ofVirtual().start(() -> write(frame));
    }

    /// Kills it with all that it has started. Never blocks; the first reason counts.
    void kill(Kill why) {
        if (kill.compareAndSet(null, why)) {
            Thread.ofVirtual().start(() -> {
                if (ended.getCount() > 0) { // else nothing of it is left, and its id may be another's
                    count(Session.all());
                    started.session().end();
                }
            });
        }
    }

    /// It is not needed any more.
    void retire() {
        kill(new Kill.Asked());
    }

    private void awaitEnd() throws InterruptedException {
        ended.await();
    }

    void awaitEnd(Duration wait) throws InterruptedException {
        ended.await(wait.toNanos(), TimeUnit.NANOSECONDS);
    }

    /// Counts its memory and that of what it has started.
    ///
    /// @return bytes
    long count(Map<Long, List<Long>> sessions) {
        var members = sessions.getOrDefault(started.session().id(), List.of());
        var sum = 0L;
        for (var pid : members) {
            sum += Session.memory(pid);
        }
        if (sum > memory) {
            memory = sum;
            processes = members.size();
        }
        return sum;
    }

    /// Frames of two writers follow each other. What can't be written is noticed by its end.
    private void write(byte[] frame) {
        writes.lock();
        try {
            Frames.write(started.process().getOutputStream(), frame);
        } catch (IOException e) {
            return;
        } finally {
            writes.unlock();
        }
    }

    /// What it leaves behind must not live on, nor hold its pipes open.
    private void sweepAtExit() {
        try {
            started.process().waitFor();
            started.session().end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        try {
            var in = started.process().getInputStream();
            for (var frame = Frames.read(in, frameBytesMax);
                    frame.isPresent();
                    frame = Frames.read(in, frameBytesMax)) {
                hear(frame.get());
            }
            if (!started.process().waitFor(EXIT_WITHIN.toNanos(), TimeUnit.NANOSECONDS)) {
                kill(new Kill.Watchdog("it closed its pipe"));
            }
        } catch (Frames.Garbage e) {
            kill(new Kill.Watchdog(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            kill(new Kill.Watchdog("its pipe could not be read: " + e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            kill(new Kill.Watchdog("what it sent could not be understood: " + e));
        }
        conclude();
    }

    private void hear(ObjectNode frame) throws Frames.Garbage {
        if (ready && frame.get("log") instanceof ObjectNode line) {
            running.ifPresent(attempt -> attempt.log()
                    .add(
                            line.path("level").asString(""),
                            line.path("logger").asString(""),
                            line.path("message").asString("")));
        } else if (ready && frame.has("log_missing")) {
            running.ifPresent(
                    attempt -> attempt.log().miss(frame.get("log_missing").asLong(0)));
        } else if (ready && frame.get("state") instanceof ObjectNode state) {
            // Here, so that it is recorded before the answer.
            running.ifPresent(
                    attempt -> attempt.states().accept(state.path("word").asString(""), state.path("value")));
        } else if (ready) {
            if (!words.offer(new Word.Frame(frame))) {
                throw new Frames.Garbage("it answered what it was not asked");
            }
        } else if (frame.has("ready")) {
            ready = true;
            var names = new ArrayList<String>();
            frame.get("ready").forEach(name -> names.add(name.stringValue()));
            owner.ready(this, names);
        } else {
            refusal = Optional.of(frame.path("refused").asString("it said " + frame));
        }
    }

    /// Called once, on the reader's thread.
    private void conclude() {
        try {
            var exit = started.process().waitFor();
            if (!started.session().end()) {
                LOG.error(
                        "What the child process {} has started can't be killed: {}",
                        pid(),
                        started.session().living());
            }
            printer.join(EXIT_WITHIN);
            evidence = Optional.of(new Evidence(pid(), exit, reason(), memory, processes, lines.all()));
        } catch (InterruptedException e) {
            evidence = Optional.of(new Evidence(pid(), -1, reason(), memory, processes, lines.all()));
        }
        ended.countDown();
        owner.ended(this, refusal);
        while (!words.offer(new Word.End())) {
            words.poll(); // nobody waits for more than it was asked for
        }
    }

    private Optional<String> reason() {
        var byKernel = Session.killedByKernel() - killedByKernel;
        return switch (kill.get()) {
            case Kill.Watchdog(var why) -> Optional.of("the watchdog killed it: " + why);
            case Kill.HardLimit(var limit) -> Optional.of("it was killed at its hard time limit of " + limit);
            case Kill.Asked _ -> Optional.of("the worker ended it");
            case null ->
                byKernel > 0
                        ? Optional.of("since it was started, the kernel has killed " + byKernel
                                + " processes of this machine because memory was short")
                        : Optional.empty();
        };
    }

    /// @return empty for what is no answer
    private static Optional<Answer> answer(ObjectNode frame) {
        try {
            return Optional.ofNullable(read(frame));
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    private static @Nullable Answer read(ObjectNode frame) {
        if (frame.has("made")) {
            return new Answer.Made(frame.get("made"));
        }
        if (frame.has("failed")) {
            return new Answer.Failed(
                    failure(frame.get("failed")), frame.path("stopped").asBoolean(false));
        }
        if (frame.has("retry")) {
            return new Answer.Retry(
                    failure(frame.get("retry")),
                    frame.has("countdown")
                            ? Optional.of(Duration.parse(frame.get("countdown").stringValue()))
                            : Optional.empty());
        }
        if (frame.has("rejected")) {
            return new Answer.Rejected(
                    frame.get("rejected").stringValue(), frame.path("requeue").asBoolean(false));
        }
        if (frame.get("replaced_by") instanceof ObjectNode canvas) {
            return new Answer.ReplacedBy(canvas);
        }
        return frame.has("ignored") ? new Answer.Ignored() : null;
    }

    private static RemoteFailure failure(JsonNode node) {
        var types = new ArrayList<String>();
        node.path("types").forEach(type -> types.add(type.stringValue()));
        return new RemoteFailure(
                node.path("module").asString(""),
                node.path("type").asString("Exception"),
                node.path("message").asString(""),
                types,
                node.path("trace").asString(""));
    }
}
