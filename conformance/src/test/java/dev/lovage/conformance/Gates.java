package dev.lovage.conformance;

import dev.lovage.testkit.Eventually;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/// Where tasks stop until their test lets them go on. A gate is made by whoever names it first.
final class Gates {
    private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
    private final Set<String> reached = ConcurrentHashMap.newKeySet();

    private CountDownLatch gate(String name) {
        return gates.computeIfAbsent(name, _ -> new CountDownLatch(1));
    }

    /// Called by the task.
    void pass(String name) throws InterruptedException {
        reached.add(name);
        gate(name).await();
    }

    /// Called by a task that hears of nothing else.
    void passUnstopped(String name) {
        reached.add(name);
        var passed = false;
        while (!passed) {
            try {
                gate(name).await();
                passed = true;
            } catch (InterruptedException e) {
                // It goes on.
            }
        }
    }

    void awaitReached(String name) {
        Eventually.until(name + " is reached", () -> reached.contains(name), reached::toString);
    }

    void open(String name) {
        gate(name).countDown();
    }

    /// Opens all, and forgets them.
    void clear() {
        gates.values().forEach(CountDownLatch::countDown);
        gates.clear();
        reached.clear();
    }
}
