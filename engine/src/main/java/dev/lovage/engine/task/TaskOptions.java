package dev.lovage.engine.task;

import dev.lovage.engine.rate.RateLimit;
import dev.lovage.engine.retry.RetryPolicy;
import dev.lovage.engine.retry.RetryRule;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A task's own options, under Celery's names. What is empty here is decided by the settings.
///
/// @param acksLate whether a delivery is acknowledged after the run; ours by default, Celery's default is
///     before
/// @param rejectOnWorkerLost whether a task that was running when its process died runs again, or ends as
///     FAILURE
/// @param retry `max_retries` and `default_retry_delay`, for an explicit retry of the handler
/// @param rules which failures are retried without the handler asking
/// @param version of the arguments' shape; travels as the header `lovage_version`
/// @param byReference whether arguments that are too long for a message travel as a reference
/// @param rateLimit how often it is started at most
public record TaskOptions(
        Optional<String> queue,
        Optional<Integer> priority,
        Optional<Boolean> acksLate,
        Optional<Boolean> rejectOnWorkerLost,
        Optional<Boolean> ignoreResult,
        RetryPolicy retry,
        List<RetryRule> rules,
        TimeLimit timeLimit,
        int version,
        boolean byReference,
        Optional<RateLimit> rateLimit) {
    static final TaskOptions DEFAULT = new TaskOptions(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            RetryPolicy.CELERY,
            List.of(),
            TimeLimit.NONE,
            1,
            false,
            Optional.empty());

    public TaskOptions {
        rules = List.copyOf(rules);
    }

    TaskOptions queue(String other) {
        return with(draft -> draft.queue = Optional.of(other));
    }

    TaskOptions priority(int other) {
        return with(draft -> draft.priority = Optional.of(other));
    }

    TaskOptions acksLate(boolean other) {
        return with(draft -> draft.acksLate = Optional.of(other));
    }

    TaskOptions rejectOnWorkerLost(boolean other) {
        return with(draft -> draft.rejectOnWorkerLost = Optional.of(other));
    }

    TaskOptions ignoreResult(boolean other) {
        return with(draft -> draft.ignoreResult = Optional.of(other));
    }

    TaskOptions retry(RetryPolicy other) {
        return with(draft -> draft.retry = other);
    }

    TaskOptions rules(List<RetryRule> other) {
        return with(draft -> draft.rules = other);
    }

    TaskOptions timeLimit(TimeLimit other) {
        return with(draft -> draft.timeLimit = other);
    }

    TaskOptions version(int other) {
        return with(draft -> draft.version = other);
    }

    TaskOptions byReference(boolean other) {
        return with(draft -> draft.byReference = other);
    }

    TaskOptions rateLimit(RateLimit other) {
        return with(draft -> draft.rateLimit = Optional.of(other));
    }

    private TaskOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /// The options while one of them is changed.
    private static final class Draft {
        private Optional<String> queue;
        private Optional<Integer> priority;
        private Optional<Boolean> acksLate;
        private Optional<Boolean> rejectOnWorkerLost;
        private Optional<Boolean> ignoreResult;
        private RetryPolicy retry;
        private List<RetryRule> rules;
        private TimeLimit timeLimit;
        private int version;
        private boolean byReference;
        private Optional<RateLimit> rateLimit;

        Draft(TaskOptions from) {
            queue = from.queue;
            priority = from.priority;
            acksLate = from.acksLate;
            rejectOnWorkerLost = from.rejectOnWorkerLost;
            ignoreResult = from.ignoreResult;
            retry = from.retry;
            rules = from.rules;
            timeLimit = from.timeLimit;
            version = from.version;
            byReference = from.byReference;
            rateLimit = from.rateLimit;
        }

        TaskOptions options() {
            return new TaskOptions(
                    queue,
                    priority,
                    acksLate,
                    rejectOnWorkerLost,
                    ignoreResult,
                    retry,
                    rules,
                    timeLimit,
                    version,
                    byReference,
                    rateLimit);
        }
    }
}
