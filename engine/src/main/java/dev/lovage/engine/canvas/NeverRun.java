package dev.lovage.engine.canvas;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.result.CeleryError;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// What is written of a message that no worker runs any more, because a person or a broker said so.
///
/// @param follows what those who wait for it are told: the rest of its chain, its join
public record NeverRun(ResultMeta result, Plan follows) {
    private static final Logger LOG = LoggerFactory.getLogger(NeverRun.class);

    private interface Told extends BiFunction<Request, ObjectNode, Plan> {}

    /// Nothing follows where a chain's steps can't be read: they must not keep what is beside them from being
    /// ended.
    public static NeverRun revoked(Planner planner, Message message, String why, Instant now) {
        return of(
                message,
                TaskState.REVOKED,
                Failures.encode(CeleryError.celery("TaskRevokedError", why)),
                now,
                List.of(planner::afterRevoke));
    }

    /// Without errbacks where one can't be sent, and nothing follows where a chain's steps can't be read: what
    /// follows must not keep what is beside it from being handed over.
    public static NeverRun unroutable(Planner planner, Message message, String why, Instant now) {
        return of(
                message,
                TaskState.FAILURE,
                Failures.encode(CeleryError.celery("Unroutable", why)),
                now,
                List.of(planner::afterFailure, planner::afterRevoke));
    }

    private static NeverRun of(Message message, TaskState state, ObjectNode failure, Instant now, List<Told> ways) {
        Optional<Request> request;
        try {
            request = Optional.of(Request.read(message));
        } catch (Unreadable e) {
            request = Optional.empty();
        }
        var result = new ResultMeta(
                message.execution().taskId(),
                message.task(),
                state,
                failure,
                Optional.empty(),
                Optional.of(now),
                Json.array(),
                request.flatMap(Request::group),
                request.flatMap(Request::parentId),
                message.execution().retries(),
                Optional.empty());
        return new NeverRun(
                result, request.map(known -> following(known, failure, ways)).orElse(Plan.NOTHING));
    }

    private static Plan following(Request request, ObjectNode failure, List<Told> ways) {
        for (var way : ways) {
            try {
                return way.apply(request, failure);
            } catch (RuntimeException e) {
                LOG.warn("Not all that waits for {} can be told that it does not run: {}", request.id(), e.toString());
            }
        }
        return Plan.NOTHING;
    }
}
