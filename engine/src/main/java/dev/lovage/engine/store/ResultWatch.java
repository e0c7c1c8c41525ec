package dev.lovage.engine.store;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.result.ResultMeta;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Those who wait for results, and one thread that looks for all of them together whenever what keeps them has
/// changed. The thread lives as long as somebody waits.
public final class ResultWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ResultWatch.class);
    private static final Duration LOOK_EACH = Duration.ofMillis(50);
    private static final int IDS_AT_ONCE = 200;

    private final Source source;
    private final Map<String, List<CompletableFuture<ResultMeta>>> waiting = new HashMap<>();
    private boolean looking;
    private boolean closed;

    /// What keeps the results.
    public interface Source {
        /// Those of the given tasks whose result is ready.
        ///
        /// @throws Busy if it can't be reached just now
        List<ResultMeta> ready(List<String> taskIds);

        /// A mark for [#awaitChange].
        long changes();

        /// Waits until something may have changed since `seen`, or until `wait` has passed.
        void awaitChange(long seen, Duration wait) throws InterruptedException;
    }

    public ResultWatch(Source source) {
        this.source = source;
    }

    /// @return empty when it was not in time
    public Optional<ResultMeta> await(String taskId, Duration wait) throws InterruptedException {
        var already = look(List.of(taskId));
        if (!already.isEmpty()) {
            return already.stream().findFirst();
        }
        var ready = new CompletableFuture<ResultMeta>();
        join(taskId, ready);
        try {
            return Optional.of(ready.get(wait.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return look(List.of(taskId)).stream().findFirst();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } finally {
            leave(taskId, ready);
        }
    }

    private synchronized void join(String taskId, CompletableFuture<ResultMeta> ready) {
        if (closed) {
            throw new IllegalStateException("The backbone is closed. The result of " + taskId + " is not awaited.");
        }
        waiting.computeIfAbsent(taskId, id -> new ArrayList<>()).add(ready);
        if (!looking) {
            looking = true;
            Thread.ofVirtual().name("lovage-results").start(this::run);
        }
    }

    private synchronized void leave(String taskId, CompletableFuture<ResultMeta> ready) {
        waiting.computeIfPresent(taskId, (id, all) -> {
            all.remove(ready);
            return all.isEmpty() ? null : all;
        });
    }

    /// @return those looked for; empty when nobody waits and the thread is to end
    private synchronized List<String> wanted() {
        looking = !waiting.isEmpty();
        return List.copyOf(waiting.keySet());
    }

    private void run() {
        try {
            for (var ids = wanted(); !ids.isEmpty(); ids = wanted()) {
                var seen = source.changes();
                if (!found(ids)) {
                    source.awaitChange(seen, LOOK_EACH);
                }
            }
        } catch (InterruptedException e) {
            fail(new IllegalStateException("The watch for results was interrupted; the tasks go on.", e));
        }
    }

    /// What does not answer is asked again: those who wait know how long they want to.
    private boolean found(List<String> ids) {
        try {
            var found = look(ids);
            found.forEach(this::tell);
            return !found.isEmpty();
        } catch (Busy e) {
            LOG.warn("Results could not be looked for, and are again: {}", e.getMessage());
            return false;
        } catch (RuntimeException e) {
            fail(e);
            return false;
        }
    }

    private List<ResultMeta> look(List<String> ids) {
        var found = new ArrayList<ResultMeta>();
        for (int from = 0; from < ids.size(); from += IDS_AT_ONCE) {
            found.addAll(source.ready(ids.subList(from, Math.min(ids.size(), from + IDS_AT_ONCE))));
        }
        return found;
    }

    private synchronized void tell(ResultMeta meta) {
        var all = waiting.remove(meta.taskId());
        if (all != null) {
            all.forEach(one -> one.complete(meta));
        }
    }

    private synchronized void fail(RuntimeException reason) {
        looking = false;
        waiting.values().forEach(all -> all.forEach(one -> one.completeExceptionally(reason)));
        waiting.clear();
    }

    public synchronized void close() {
        closed = true;
        fail(new IllegalStateException("The backbone was closed; the task goes on."));
    }
}
