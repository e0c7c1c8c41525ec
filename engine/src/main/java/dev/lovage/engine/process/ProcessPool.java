package dev.lovage.engine.process;

import com.sun.management.OperatingSystemMXBean;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.TaskProvider;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The child processes of a worker. The door of this package.
///
/// The life of a child: it is started through `setsid` by the one spawning thread, told its settings and
/// providers, and waits; a task takes it, and gives it back when it has answered; it ends after
/// `worker_max_tasks_per_child` tasks, when it has waited for a minute beyond the one that is kept warm, with
/// its worker, or by what a task does to it.
///
/// Invariants:
/// 1. A child runs one task at a time, and every task that began in a child gets exactly one [Answer].
/// 2. When a child has ended, nothing of its session lives; its end is told only then.
/// 3. A child lives no longer than its worker: its input ends with the worker, however that ends, and then it
///    kills its session and itself.
/// 4. At most as many children as may be busy live, and one more that is warm.
///
/// | what happens | what becomes of the child | what the task gets |
/// |---|---|---|
/// | hard limit | killed with its session | [Answer.LimitPassed] |
/// | soft limit | interrupts the task | what the task makes of it |
/// | it and its subprocesses use too much memory | killed with its session | [Answer.Crashed] |
/// | its heap is used up | the virtual machine exits with 3 | [Answer.Crashed] |
/// | native crash, `System.exit`, `kill -9` | its session is killed | [Answer.Crashed] |
/// | it closes its pipe, or writes what is no frame | killed with its session | [Answer.Crashed] |
/// | it does not take a task in time, or dies before it began | killed with its session | another child |
/// | a result that is too long | goes on | [Answer.Failed] |
/// | revoked with termination, the worker stops | killed with its session | [Answer.Killed] |
/// | the worker is killed | kills its session and ends | given to other workers |
/// | no child can be started | | [NoChild]: it goes back, unrun |
///
/// A subprocess that leaves the session and drops its environment, as a daemon may, is not found. Nor is one
/// that leaves it and is then replaced by another one all the time.
public final class ProcessPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessPool.class);
    private static final Duration MEMORY_COUNTED = Duration.ofMillis(250);
    private static final int LOOKS_WHILE_IDLE = 20;
    private static final Duration IDLE_MAX = Duration.ofMinutes(1);
    private static final Duration TRAINED_WITHIN = Duration.ofMinutes(2);
    private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);
    private static final int START_FAILURES_MAX = 3;
    private static final int FRAME_BYTES_BESIDE_BODY = 1 << 20;
    private static final int FRAME_BYTES_MAX = 1 << 30;
    private static final long MEMORY_MIN = 128L << 20;
    private static final long MEMORY_BESIDE_HEAP_MIN = 64L << 20;

    private final Settings settings;
    private final Set<String> tasks;
    private final Spawner spawner;
    private final byte[] hello;
    private final byte[] training;
    private volatile int childrenMax;
    private final int warm;
    private final int frameBytesMax;
    private final long memoryMax;
    private final int tasksMax;
    private final Duration aliveTimeout;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("lovage-children").daemon().factory());
    private final AtomicLong runs = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Child> idle = new ArrayDeque<>();
    private final Set<Child> live = new HashSet<>();
    private int busy;
    private int starting;
    private int waiting;
    private int failures;
    private boolean paused;
    private boolean everReady;
    private boolean trains;
    private String failure = "";
    private boolean closed;
    private long looks;
    private volatile Optional<Session> trainer = Optional.empty();

    private ProcessPool(
            Settings settings,
            Set<Class<? extends TaskProvider>> providers,
            Set<String> tasks,
            int childrenMax,
            boolean keepsOneWarm) {
        this.settings = settings;
        this.tasks = Set.copyOf(tasks);
        this.childrenMax = childrenMax;
        this.warm = keepsOneWarm ? 1 : 0;
        this.frameBytesMax = (int) Math.min(
                FRAME_BYTES_MAX, (long) settings.number(Setting.TASK_PAYLOAD_REFERENCE_MAX) + FRAME_BYTES_BESIDE_BODY);
        this.memoryMax = settings.bytes(Setting.WORKER_MAX_MEMORY_PER_CHILD);
        this.tasksMax = settings.number(Setting.WORKER_MAX_TASKS_PER_CHILD);
        this.aliveTimeout = settings.duration(Setting.WORKER_PROC_ALIVE_TIMEOUT);
        var loaders =
                providers.stream().map(Class::getClassLoader).collect(Collectors.toCollection(LinkedHashSet::new));
        var classPath = Spawner.classPath(loaders);
        this.spawner = Spawner.of(classPath, heapBytes(), AotCache.of(settings.data(), classPath));
        this.hello = hello(settings, providers, frameBytesMax, false);
        this.training = hello(settings, providers, frameBytesMax, true);
    }

    /// Starts children when tasks come, and when asked to, one ahead.
    ///
    /// @param providers what each child makes; see [#refusal]
    /// @param tasks the names that they register
    /// @param childrenMax how many may be busy at once
    /// @throws IllegalStateException if this machine can't have children, or one can't be started; nothing was
    /// started
    public static ProcessPool open(
            Settings settings,
            Set<Class<? extends TaskProvider>> providers,
            Set<String> tasks,
            int childrenMax,
            boolean keepsOneWarm) {
        var missing = Spawner.missing();
        if (missing.isPresent()) {
            throw new IllegalStateException("The pool prefork needs child processes, and " + missing.get()
                    + ". Nothing was started. Use a pool of threads.");
        }
        var pool = new ProcessPool(settings, providers, tasks, childrenMax, keepsOneWarm);
        pool.watch.scheduleWithFixedDelay(
                pool::look, MEMORY_COUNTED.toMillis(), MEMORY_COUNTED.toMillis(), TimeUnit.MILLISECONDS);
        if (keepsOneWarm) {
            pool.startFirst();
        }
        return pool;
    }

    /// Whether this machine can have children.
    public static boolean possible() {
        return Spawner.missing().isEmpty();
    }

    /// Why a child process can't make a provider of this class, if so.
    public static Optional<String> refusal(Class<? extends TaskProvider> provider) {
        if (provider.isHidden() || provider.isSynthetic() || provider.isAnonymousClass() || provider.isLocalClass()) {
            return Optional.of("it is a lambda, or has no name of its own");
        }
        try {
            return Modifier.isPublic(provider.getModifiers())
                            && Modifier.isPublic(provider.getConstructor().getModifiers())
                    ? Optional.empty()
                    : Optional.of("it is not public");
        } catch (NoSuchMethodException e) {
            return Optional.of("it has no public constructor without parameters");
        }
    }

    int frameBytesMax() {
        return frameBytesMax;
    }

    /// Takes a child, or waits for one.
    ///
    /// @throws NoChild when none can be had; nothing has run
    public ProcessRun take() throws InterruptedException, NoChild {
        var child = taken();
        return new ProcessRun(this, runs.incrementAndGet(), child);
    }

    /// Changes how many may be busy at once. Those that are busy go on.
    public void resize(int childrenMax) {
        lock.lock();
        try {
            this.childrenMax = childrenMax;
            refill();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Nobody waits for a child any more; what runs goes on.
    public void stopWaiting() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private Child taken() throws InterruptedException, NoChild {
        lock.lockInterruptibly();
        try {
            waiting++;
            try {
                while (true) {
                    if (closed) {
                        throw new NoChild("the worker stops", true);
                    }
                    if (failures >= (everReady ? START_FAILURES_MAX : 1)) {
                        failures = 0;
                        throw new NoChild(failure, false);
                    }
                    var child = busy < childrenMax ? idle.pollLast() : null;
                    if (child != null && child.alive()) {
                        busy++;
                        return child;
                    }
                    refill();
                    changed.await();
                }
            } finally {
                waiting--;
                refill();
            }
        } finally {
            lock.unlock();
        }
    }

    /// A child in place of one that has died before it began.
    Child another(Child dead) throws InterruptedException, NoChild {
        LOG.warn(
                "The child process {} did not begin its task, and another one takes it. {}",
                dead.pid(),
                dead.end().orElse(""));
        return taken();
    }

    void giveBack(Child child) {
        lock.lock();
        try {
            busy--;
            if (closed || !child.alive() || tasksMax > 0 && child.tasks() >= tasksMax) {
                child.retire();
            } else {
                idle.addLast(child);
            }
            refill();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Starts what is missing. Called under the lock.
    private void refill() {
        var room = childrenMax + warm - busy - idle.size() - starting;
        var wanted = Math.min(waiting, childrenMax - busy) + warm - idle.size() - starting;
        for (int i = 0; i < Math.min(room, wanted) && !closed && !paused; i++) {
            starting++;
            spawner.execute(this::start);
        }
    }

    private void start() {
        try {
            var child = new Child(spawner.start(), new Household(), frameBytesMax, watch, aliveTimeout);
            lock.lock();
            try {
                live.add(child);
                if (closed) {
                    child.retire();
                }
            } finally {
                lock.unlock();
            }
            child.greet(hello);
        } catch (IOException | RuntimeException e) {
            failed("a child process can't be started: " + e.getMessage());
        }
    }

    /// The first one shows whether there can be any.
    private void startFirst() {
        try {
            take().close();
        } catch (NoChild e) {
            close();
            throw new IllegalStateException(
                    "The pool prefork has no child processes: " + e.getMessage() + ". Nothing was started.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new IllegalStateException("The start was interrupted. Nothing was started.", e);
        }
    }

    private final class Household implements Child.Owner {
        @Override
        public void ready(Child child, List<String> registered) {
            accept(child, registered);
        }

        @Override
        public void ended(Child child, Optional<String> refusal) {
            bury(child, refusal);
        }
    }

    private void accept(Child child, List<String> registered) {
        var missing = tasks.stream().filter(name -> !registered.contains(name)).toList();
        if (!missing.isEmpty()) {
            child.kill(new Child.Kill.Watchdog("its providers register no task " + String.join(", ", missing)));
            return;
        }
        lock.lock();
        try {
            starting--;
            failures = 0;
            everReady = true;
            child.join();
            idle.addLast(child);
            changed.signalAll();
            if (!trains && !spawner.cache().trained() && spawner.cache().file().isPresent() && !closed) {
                trains = true;
                spawner.execute(this::train);
            }
        } finally {
            lock.unlock();
        }
    }

    private void bury(Child child, Optional<String> refusal) {
        boolean wasStarting;
        lock.lock();
        try {
            live.remove(child);
            wasStarting = !child.joined();
            if (idle.remove(child)) {
                LOG.warn("A waiting child process is gone. {}", child.end().orElse(""));
            }
            refill();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (wasStarting) {
            failed(refusal.map(why -> "its providers can't be made in a child process: " + why)
                    .orElseGet(() ->
                            "a child process ended at its start. " + child.end().orElse("")));
        }
    }

    /// A start has failed: the next one waits longer and longer.
    private void failed(String why) {
        lock.lock();
        try {
            starting--;
            failures++;
            failure = why;
            paused = true;
            changed.signalAll();
            if (!closed) {
                LOG.warn("{} ({} times in a row)", why, failures);
                watch.schedule(this::goOn, Math.min(10_000, 100L << Math.min(failures, 10)), TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private void goOn() {
        lock.lock();
        try {
            paused = false;
            refill();
        } finally {
            lock.unlock();
        }
    }

    /// Counts memory, and ends who uses too much of it or waits for too long.
    private void look() {
        try {
            List<Child> all;
            lock.lock();
            try {
                all = List.copyOf(live);
                for (var oldest = idle.peekFirst();
                        oldest != null && idle.size() > warm && oldest.idle().compareTo(IDLE_MAX) > 0;
                        oldest = idle.peekFirst()) {
                    idle.removeFirst().retire();
                }
                looks++;
                if (busy == 0 && (memoryMax == 0 || looks % LOOKS_WHILE_IDLE != 0)) {
                    return;
                }
            } finally {
                lock.unlock();
            }
            var sessions = Session.all();
            for (var child : all) {
                var used = child.count(sessions);
                if (memoryMax > 0 && used > memoryMax) {
                    child.kill(new Child.Kill.Watchdog("it and its subprocesses used " + Evidence.mebibytes(used)
                            + ", and worker_max_memory_per_child allows " + Evidence.mebibytes(memoryMax)));
                }
            }
        } catch (RuntimeException e) {
            LOG.warn("The memory of the child processes could not be counted: {}", e.toString());
        }
    }

    private void train() {
        try {
            var unfinished = spawner.cache().unfinished();
            var trained = spawner.train(unfinished);
            trainer = Optional.of(trained.session());
            Thread.ofPlatform().name("lovage-train").daemon().start(() -> training(trained, unfinished));
        } catch (IOException e) {
            LOG.info("The cache for quicker starts of child processes could not be made: {}", e.getMessage());
        }
    }

    /// Both streams are read to their end, or the process would wait for that.
    private void training(Spawner.Started trained, Path unfinished) {
        var process = trained.process();
        try {
            var lines = new LastLines();
            var reader = Thread.ofVirtual()
                    .start(() -> lines.drain(
                            process.getErrorStream(),
                            new java.io.PrintStream(
                                    java.io.OutputStream.nullOutputStream(),
                                    false,
                                    java.nio.charset.StandardCharsets.UTF_8)));
            Frames.write(process.getOutputStream(), training);
            var done = process.waitFor(TRAINED_WITHIN.toSeconds(), TimeUnit.SECONDS);
            trained.session().end();
            trainer = Optional.empty();
            reader.join();
            if (done && process.exitValue() == 0 && Files.isRegularFile(unfinished)) {
                spawner.cache().finish(unfinished);
                LOG.info(
                        "Child processes start quicker from now on: {}",
                        spawner.cache().file().orElseThrow());
            } else {
                Files.deleteIfExists(unfinished);
                LOG.info("The cache for quicker starts of child processes could not be made: {}", lines.all());
            }
        } catch (IOException e) {
            LOG.info("The cache for quicker starts of child processes could not be made: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static byte[] hello(
            Settings settings, Set<Class<? extends TaskProvider>> providers, int frameBytesMax, boolean train) {
        var frame = Json.object().put("train", train).put("frame_bytes_max", frameBytesMax);
        var values = frame.putObject("settings");
        settings.given().forEach((setting, value) -> values.put(setting.name(), withoutSecrets(setting, value)));
        values.put(Setting.DATA.name(), settings.data().toString());
        var names = frame.putArray("providers");
        providers.forEach(one -> names.add(one.getName()));
        var properties = frame.putObject("properties");
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("lovage."))
                .forEach(name -> properties.put(name, System.getProperty(name)));
        return Frames.bytes(frame);
    }

    private static String withoutSecrets(Setting setting, String value) {
        return switch (setting) {
            case BROKER_URL, RESULT_BACKEND, STORE_URL -> Settings.masked(value).replaceFirst("\\?.*", "");
            default -> value;
        };
    }

    /// With a limit, what is not heap (code, threads, buffers, subprocesses) has its room in it. Without one,
    /// all children together may fill half of the machine.
    private long heapBytes() {
        var machine =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        if (memoryMax == 0) {
            return Math.max(MEMORY_MIN, machine / 2 / childrenMax);
        }
        if (memoryMax < MEMORY_MIN) {
            throw new BadSetting("worker_max_memory_per_child is " + settings.text(Setting.WORKER_MAX_MEMORY_PER_CHILD)
                    + ", which is " + Evidence.mebibytes(memoryMax) + ", and a child process needs at least "
                    + Evidence.mebibytes(MEMORY_MIN) + ". A bare number is in KiB, as in Celery.");
        }
        if (memoryMax > machine) {
            LOG.warn(
                    "worker_max_memory_per_child is {}, which is {} MiB and more than this machine has ({}). A bare number"
                            + " is in KiB, as in Celery; 1GiB can be written, too.",
                    settings.text(Setting.WORKER_MAX_MEMORY_PER_CHILD),
                    memoryMax >> 20,
                    Evidence.mebibytes(machine));
        }
        return Math.min(memoryMax, machine) - Math.max(MEMORY_BESIDE_HEAP_MIN, Math.min(memoryMax, machine) / 4);
    }

    /// Kills all children with what they have started. May come twice.
    @Override
    public void close() {
        stopWaiting();
        List<Child> all;
        lock.lock();
        try {
            all = new ArrayList<>(live);
            idle.clear();
        } finally {
            lock.unlock();
        }
        all.forEach(Child::retire);
        trainer.ifPresent(Session::end);
        try {
            for (var child : all) {
                child.awaitEnd(ENDS_WITHIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        watch.shutdownNow();
        spawner.close();
    }
}
