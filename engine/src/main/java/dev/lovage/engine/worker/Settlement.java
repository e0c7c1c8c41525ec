package dev.lovage.engine.worker;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.result.CeleryError;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Transition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Turns an outcome into the one transition that the store applies: the only place that decides what an
/// outcome means.
///
/// Invariants:
/// 1. The outcome, its result, its successors and the end of the delivery are one transition: all of it or
///   nothing.
/// 2. What failed for good is not gone: it lies in the dead letters with its bytes and its history.
final class Settlement {
    private final Planner planner;
    private final String worker;

    Settlement(Planner planner, String worker) {
        this.planner = planner;
        this.worker = worker;
    }

    /// @param ignoreResult whether a SUCCESS is not recorded
    /// @throws RuntimeException if the outcome's successors can't be encoded; the task is then a failure
    Transition of(Delivery delivery, Optional<Request> request, Outcome outcome, boolean ignoreResult, Instant now) {
        return switch (outcome) {
            case Outcome.Success(var value, var sent) -> {
                var send = planner.afterSuccess(request.orElseThrow(), value);
                yield new Transition(
                        delivery,
                        Optional.empty(),
                        Optional.empty(),
                        ignoreResult
                                ? List.of()
                                : List.of(meta(
                                        delivery,
                                        request,
                                        TaskState.SUCCESS,
                                        planner.written(value),
                                        Optional.empty(),
                                        now,
                                        children(sent, send))),
                        send,
                        Optional.empty());
            }
            case Outcome.Retry(var cause, var wait) -> {
                var again = planner.retry(delivery.message(), request.orElseThrow(), now.plus(wait));
                yield new Transition(
                        delivery,
                        Optional.empty(),
                        Optional.empty(),
                        List.of(failed(delivery, request, TaskState.RETRY, cause, now)),
                        Plan.of(again),
                        happened(delivery, "retry", line(cause) + ", again after " + wait, Failures.trace(cause), now));
            }
            case Outcome.Failure(var cause) -> dead(delivery, request, cause, Custody.DEAD, "failure", now);
            case Outcome.Reject(var reason, var requeue) ->
                requeue
                        ? new Transition(
                                delivery,
                                Optional.of(Custody.READY),
                                Optional.of(reason),
                                List.of(),
                                Plan.NOTHING,
                                Optional.empty())
                        : dead(delivery, request, CeleryError.celery("Reject", reason), Custody.DEAD, "rejected", now);
            case Outcome.Ignore() ->
                new Transition(delivery, Optional.empty(), Optional.empty(), List.of(), Plan.NOTHING, Optional.empty());
            case Outcome.Replaced(var by) ->
                new Transition(
                        delivery,
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        planner.replace(request.orElseThrow(), by),
                        Optional.empty());
            case Outcome.Crashed(var evidence, var log) ->
                Transition.crashed(
                        delivery,
                        evidence,
                        new Happening(now, delivery.message().execution().retries(), "crash", evidence, log, worker));
            case Outcome.Lost(var evidence, var quarantine) ->
                dead(
                        delivery,
                        request,
                        CeleryError.workerLost(evidence),
                        quarantine ? Custody.QUARANTINED : Custody.DEAD,
                        quarantine ? "quarantined" : "lost",
                        now);
            case Outcome.Revoked(var reason) -> {
                var cause = CeleryError.celery("TaskRevokedError", reason);
                yield new Transition(
                        delivery,
                        Optional.empty(),
                        Optional.of(reason),
                        List.of(failed(delivery, request, TaskState.REVOKED, cause, now)),
                        request.map(known -> planner.afterRevoke(known, Failures.encode(cause)))
                                .orElse(Plan.NOTHING),
                        happened(delivery, "revoked", reason, "", now));
            }
            case Outcome.Parked(var reason) ->
                new Transition(
                        delivery,
                        Optional.of(Custody.PARKED),
                        Optional.of(reason),
                        List.of(meta(
                                delivery,
                                request,
                                TaskState.PARKED,
                                Failures.encode(CeleryError.celery("Parked", reason)),
                                Optional.empty(),
                                now,
                                Json.array())),
                        Plan.NOTHING,
                        happened(delivery, "parked", reason, "", now));
        };
    }

    private Transition dead(
            Delivery delivery, Optional<Request> request, Throwable cause, Custody to, String what, Instant now) {
        return new Transition(
                delivery,
                Optional.of(to),
                Optional.of(line(cause)),
                List.of(failed(delivery, request, TaskState.FAILURE, cause, now)),
                request.map(known -> planner.afterFailure(known, Failures.encode(cause)))
                        .orElse(Plan.NOTHING),
                happened(delivery, what, line(cause), Failures.trace(cause), now));
    }

    /// What the task sent itself, then what is sent because it has succeeded.
    private static ArrayNode children(List<JsonNode> sent, Plan successors) {
        var children = Json.array().addAll(sent);
        for (var message : successors.messages()) {
            children.add(Json.array()
                    .add(Json.array().add(message.execution().taskId()).add(Json.nothing()))
                    .add(Json.nothing()));
        }
        return children;
    }

    private ResultMeta failed(
            Delivery delivery, Optional<Request> request, TaskState state, Throwable cause, Instant now) {
        return meta(
                delivery,
                request,
                state,
                Failures.encode(cause),
                state == TaskState.FAILURE || state == TaskState.RETRY
                        ? Optional.of(Failures.trace(cause))
                        : Optional.empty(),
                now,
                Json.array());
    }

    private ResultMeta meta(
            Delivery delivery,
            Optional<Request> request,
            TaskState state,
            JsonNode result,
            Optional<String> traceback,
            Instant now,
            JsonNode children) {
        return new ResultMeta(
                delivery.message().execution().taskId(),
                delivery.message().task(),
                state,
                result,
                traceback,
                state.ready() ? Optional.of(now) : Optional.empty(),
                children,
                request.flatMap(Request::group),
                request.flatMap(Request::parentId),
                delivery.message().execution().retries(),
                Optional.of(worker));
    }

    private Optional<Happening> happened(Delivery delivery, String what, String detail, String trace, Instant now) {
        return Optional.of(new Happening(now, delivery.message().execution().retries(), what, detail, trace, worker));
    }

    private static String line(Throwable cause) {
        ObjectNode encoded = Failures.encode(cause);
        return Failures.line(encoded);
    }
}
