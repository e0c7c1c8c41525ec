package dev.lovage.engine.worker;

import dev.lovage.engine.process.NoChild;
import dev.lovage.engine.process.ProcessPool;
import dev.lovage.engine.process.ProcessRun;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;

/// Which work a worker leaves to child processes, and the children. In a pool of processes that is all work but
/// the engine's own tasks; in a pool of threads it is what comes with a hard limit in its message, and children
/// are started when the first such message comes.
final class Children implements AutoCloseable {
    private final Settings settings;
    private final Pool pool;
    private final Map<String, Class<? extends TaskProvider>> providers;
    private Optional<ProcessPool> processes = Optional.empty();
    private boolean stopped;

    private Children(Settings settings, Pool pool, Map<String, Class<? extends TaskProvider>> providers) {
        this.settings = settings;
        this.pool = pool;
        this.providers = providers;
    }

    /// @param onDemand whether a worker with threads may start children
    /// @throws IllegalStateException if a task needs a child and can't have one; nothing was started
    static Children of(Settings settings, Tasks tasks, Pool pool, boolean onDemand) {
        var providers = new LinkedHashMap<String, Class<? extends TaskProvider>>();
        for (var handler : tasks.all().values()) {
            var name = handler.task().name().value();
            if (handler.inChild().isEmpty()) {
                continue;
            }
            var provider = handler.inChild().get();
            var refusal = ProcessPool.refusal(provider);
            if (refusal.isEmpty()) {
                providers.put(name, provider);
            } else if (pool.inChildren()) {
                throw new IllegalStateException("The task " + name + " comes from the provider " + provider.getName()
                        + ", which a child process can't make: " + refusal.get() + ". Nothing was started. Use a public"
                        + " class with a public constructor without parameters, name one with"
                        + " TaskProvider.inChild(), or use a pool of threads.");
            }
        }
        if (!onDemand && !pool.inChildren() || !pool.inChildren() && !ProcessPool.possible()) {
            providers.clear();
        }
        var children = new Children(settings, pool, providers);
        if (pool.inChildren()) {
            var _ = children.processes();
        }
        return children;
    }

    /// Whether the handler's work is done in a child.
    ///
    /// @param limited whether this run has a hard limit of its own
    boolean work(Tasks.Handler<?, ?, ?> handler, boolean limited) {
        return enforceLimitsOf(handler) && (pool.inChildren() || limited);
    }

    /// Whether a hard limit of this handler can be enforced here.
    boolean enforceLimitsOf(Tasks.Handler<?, ?, ?> handler) {
        return providers.containsKey(handler.task().name().value());
    }

    /// @throws NoChild when none can be had
    ProcessRun take() throws InterruptedException, NoChild {
        ProcessPool opened;
        try {
            opened = processes();
        } catch (IllegalStateException | BadSetting e) {
            throw new NoChild(String.valueOf(e.getMessage()), false);
        }
        return opened.take();
    }

    private synchronized ProcessPool processes() {
        if (processes.isEmpty()) {
            var opened = ProcessPool.open(
                    settings,
                    new LinkedHashSet<>(providers.values()),
                    providers.keySet(),
                    pool.inChildren() ? pool.slots() : Runtime.getRuntime().availableProcessors(),
                    pool.inChildren());
            if (stopped) {
                opened.stopWaiting();
            }
            processes = Optional.of(opened);
        }
        return processes.get();
    }

    /// In a pool of processes, for as many attempts at once.
    synchronized void resize(int slots) {
        if (pool.inChildren()) {
            processes.ifPresent(opened -> opened.resize(slots));
        }
    }

    /// What has no child yet gets none.
    synchronized void stopWaiting() {
        stopped = true;
        processes.ifPresent(ProcessPool::stopWaiting);
    }

    @Override
    public synchronized void close() {
        processes.ifPresent(ProcessPool::close);
    }
}
