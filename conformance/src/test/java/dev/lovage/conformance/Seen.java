package dev.lovage.conformance;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// What this run has seen of each line on each broker.
final class Seen implements AfterTestExecutionCallback {
    record On(int line, Kind kind) {}

    /// Whether all tests of a line have passed so far; nothing of those that have not run.
    private static final Map<On, Boolean> PASSED = new ConcurrentHashMap<>();

    static Map<On, Boolean> passed() {
        return Map.copyOf(PASSED);
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        var proven = context.getRequiredTestMethod().getAnnotation(Line.class);
        if (proven == null || !(context.getRequiredTestInstance() instanceof OnBroker test)) {
            return;
        }
        boolean passed = context.getExecutionException().isEmpty();
        for (int line : proven.value()) {
            PASSED.merge(new On(line, test.kind()), passed, Boolean::logicalAnd);
        }
    }
}
