package dev.lovage.engine.task;

import dev.lovage.engine.rate.RateLimit;
import dev.lovage.engine.retry.RetryPolicy;
import dev.lovage.engine.retry.RetryRule;
import java.util.List;
import java.util.Optional;

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
        return new TaskOptions(
                Optional.of(other),
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

    TaskOptions priority(int other) {
        return new TaskOptions(
                queue,
                Optional.of(other),
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

    TaskOptions acksLate(boolean other) {
        return new TaskOptions(
                queue,
                priority,
                Optional.of(other),
                rejectOnWorkerLost,
                ignoreResult,
                retry,
                rules,
                timeLimit,
                version,
                byReference,
                rateLimit);
    }

    TaskOptions rejectOnWorkerLost(boolean other) {
        return new TaskOptions(
                queue,
                priority,
                acksLate,
                Optional.of(other),
                ignoreResult,
                retry,
                rules,
                timeLimit,
                version,
                byReference,
                rateLimit);
    }

    TaskOptions ignoreResult(boolean other) {
        return new TaskOptions(
                queue,
                priority,
                acksLate,
                rejectOnWorkerLost,
                Optional.of(other),
                retry,
                rules,
                timeLimit,
                version,
                byReference,
                rateLimit);
    }

    TaskOptions retry(RetryPolicy other) {
        return new TaskOptions(
                queue,
                priority,
                acksLate,
                rejectOnWorkerLost,
                ignoreResult,
                other,
                rules,
                timeLimit,
                version,
                byReference,
                rateLimit);
    }

    TaskOptions rules(List<RetryRule> other) {
        return new TaskOptions(
                queue,
                priority,
                acksLate,
                rejectOnWorkerLost,
                ignoreResult,
                retry,
                other,
                timeLimit,
                version,
                byReference,
                rateLimit);
    }

    TaskOptions timeLimit(TimeLimit other) {
        return new TaskOptions(
                queue,
                priority,
                acksLate,
                rejectOnWorkerLost,
                ignoreResult,
                retry,
                rules,
                other,
                version,
                byReference,
                rateLimit);
    }

    TaskOptions version(int other) {
        return new TaskOptions(
                queue,
                priority,
                acksLate,
                rejectOnWorkerLost,
                ignoreResult,
                retry,
                rules,
                timeLimit,
                other,
                byReference,
                rateLimit);
    }

    TaskOptions byReference(boolean other) {
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
                other,
                rateLimit);
    }

    TaskOptions rateLimit(RateLimit other) {
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
                Optional.of(other));
    }
}
