package dev.lovage.engine.worker;

import dev.lovage.engine.message.Request;
import dev.lovage.engine.process.Answer;
import dev.lovage.engine.result.CeleryError;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.IgnoreTask;
import dev.lovage.engine.task.RejectTask;
import dev.lovage.engine.task.ReplaceTask;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskOptions;
import dev.lovage.engine.task.TaskRevoked;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// What work that made nothing is taken for, wherever it was done.
final class Verdict {
    private final Settings settings;

    Verdict(Settings settings) {
        this.settings = settings;
    }

    /// Whether a loss of the process ends a task of these options, because it never runs twice.
    boolean endsWithProcess(TaskOptions options) {
        return !late(options)
                || !options.rejectOnWorkerLost().orElseGet(() -> settings.flag(Setting.TASK_REJECT_ON_WORKER_LOST));
    }

    boolean late(TaskOptions options) {
        return options.acksLate().orElseGet(() -> settings.flag(Setting.TASK_ACKS_LATE));
    }

    /// @param context of the work; empty for what was thrown after it
    Outcome of(Throwable failure, Request request, TaskOptions options, Optional<TaskContext> context) {
        var stopped = context.flatMap(one -> one.stoppedBy(failure));
        if (stopped.isPresent()) {
            return stopped(stopped.get(), request, options);
        }
        return switch (failure) {
            case IgnoreTask _ -> new Outcome.Ignore();
            case RejectTask reject -> new Outcome.Reject(String.valueOf(reject.getMessage()), reject.requeue());
            case ReplaceTask replace -> new Outcome.Replaced(replace.by().node());
            case RetryTask retry ->
                retry(retry.getCause() == null ? retry : retry.getCause(), retry.countdown(), request, options);
            default -> retryOrFail(failure, request, options);
        };
    }

    /// What a child answered that made nothing.
    Outcome of(Answer.Unmade answer, Request request, TaskOptions options, TaskContext context) {
        return switch (answer) {
            case Answer.Failed(var failure, var stopped) ->
                stopped
                        ? stopped(context.stopped().get().orElse(failure), request, options)
                        : retryOrFail(failure, request, options);
            case Answer.Retry(var cause, var countdown) -> retry(cause, countdown, request, options);
            case Answer.Ignored() -> new Outcome.Ignore();
            case Answer.Rejected(var reason, var requeue) -> new Outcome.Reject(reason, requeue);
            case Answer.ReplacedBy(var canvas) -> new Outcome.Replaced(canvas);
            case Answer.Crashed(var evidence, var log) ->
                endsWithProcess(options) ? new Outcome.Lost(evidence, false) : new Outcome.Crashed(evidence, log);
            case Answer.LimitPassed(var limit, var evidence) ->
                new Outcome.Failure(new CeleryError(
                        "billiard.exceptions",
                        "TimeLimitExceeded",
                        "The hard time limit of " + limit + " has passed. " + evidence));
            case Answer.Killed() ->
                stopped(context.stopped().get().orElseGet(Attempts.WorkerStops::new), request, options);
            case Answer.NotRun(var why) -> new Outcome.Reject(why, true);
        };
    }

    private Outcome stopped(RuntimeException reason, Request request, TaskOptions options) {
        return switch (reason) {
            case TaskRevoked _ -> new Outcome.Revoked("terminated");
            case Attempts.WorkerStops _ ->
                late(options)
                        ? new Outcome.Reject("the worker stopped before it had finished", true)
                        : new Outcome.Lost("The worker stopped while it ran, and it was acknowledged early.", false);
            default -> retryOrFail(reason, request, options);
        };
    }

    private static Outcome retry(Throwable cause, Optional<Duration> countdown, Request request, TaskOptions options) {
        return request.retries() < options.retry().retriesMax()
                ? new Outcome.Retry(
                        cause,
                        countdown.orElseGet(
                                () -> options.retry().delay(request.retries() + 1, ThreadLocalRandom.current())))
                : new Outcome.Failure(cause);
    }

    private static Outcome retryOrFail(Throwable failure, Request request, TaskOptions options) {
        for (var rule : options.rules()) {
            if (rule.covers(failure)) {
                return request.retries() < rule.policy().retriesMax()
                        ? new Outcome.Retry(
                                failure, rule.policy().delay(request.retries() + 1, ThreadLocalRandom.current()))
                        : new Outcome.Failure(failure);
            }
        }
        return new Outcome.Failure(failure);
    }
}
