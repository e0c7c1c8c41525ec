package dev.lovage.engine.direct;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.transport.Aside;
import dev.lovage.engine.transport.Closing;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.Transport;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// Tells the results and sends what follows, in an order in which a step can be repeated and none be skipped: joins
/// begin before their members are sent, and who calls acknowledges after all of it.
///
/// A successor that can't be routed is a dead letter and FAILURE under its own id; what it follows stays as it is.
final class Sending {
    private static final Logger LOG = LoggerFactory.getLogger(Direct.class);

    private final Transport transport;
    private final Optional<SharedResults> results;
    private final Optional<Closing> closing;
    private final InstantSource clock;

    Sending(Transport transport, Optional<SharedResults> results, Planner planner, InstantSource clock) {
        this.transport = transport;
        this.results = results;
        this.closing = results.filter(SharedResults::joins).map(joins -> new Closing(joins, planner));
        this.clock = clock;
    }

    /// Sends what a client asks for.
    ///
    /// @throws UnsupportedOperationException if it has a chord that can't join; nothing was sent
    /// @throws Busy if nothing was sent
    /// @throws SendUnknown if something may have been
    /// @throws IllegalStateException if the broker has no way to take one of the messages
    void publish(Plan plan) {
        if (!plan.joins().isEmpty() && closing.isEmpty()) {
            throw new UnsupportedOperationException(noJoins() + " Nothing was sent.");
        }
        if (!plan.results().isEmpty()) {
            write(plan.results(), "{}", "{}");
        }
        plan.joins().forEach(join -> results.orElseThrow().begin(join));
        var refused = handedOver(plan.messages());
        if (!refused.isEmpty()) {
            throw notTaken(plan.messages(), refused);
        }
        plan.ends().forEach(end -> closing.ifPresent(one -> one.end(end, this::publish)));
    }

    private List<Transport.Unroutable> handedOver(List<Message> messages) {
        try {
            return messages.isEmpty() ? List.of() : transport.publish(messages);
        } catch (SendUnknown e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw SendUnknown.unrecorded(words(messages), cause, e.taken());
        }
    }

    private static RuntimeException notTaken(List<Message> messages, List<Transport.Unroutable> refused) {
        var others = new HashSet<>(messages);
        refused.forEach(one -> others.remove(one.message()));
        var first = refused.getFirst();
        var which = first.message() + ": " + first.reason();
        if (others.isEmpty()) {
            return first.why() != Transport.Unroutable.Why.NOWHERE
                    ? new Busy("The broker does not take " + which + ". Nothing was sent.")
                    : new IllegalStateException("The broker has no way to take " + which + ". Nothing was sent.");
        }
        return first.why() != Transport.Unroutable.Why.NOWHERE
                ? SendUnknown.unrecorded(
                        words(messages),
                        new Busy("the broker took " + others.size() + " of " + messages.size() + " and not " + which),
                        List.copyOf(others))
                : new IllegalStateException("The broker has no way to take " + which + ". The other " + others.size()
                        + " messages were sent.");
    }

    private static String words(List<Message> messages) {
        return messages.size() == 1 ? messages.getFirst().toString() : "each of " + messages.size() + " messages";
    }

    private static String noJoins() {
        return "A chord waits for its members where something counts them, and here nothing does: store_url is none, and"
                + " chords do not join in the results. Set result_backend to redis://, or leave store_url out.";
    }

    /// Does all of a transition but the acknowledgement. What was done stays done when it is called again with the
    /// same transition.
    ///
    /// @throws Busy when a part of it could not be done now; call again
    void settle(Hands.Taken taken, Transition transition, String worker) {
        taken.settles(transition);
        var message = taken.delivery().message();
        if (!taken.told()) {
            write(transition.results(), message);
            taken.isTold();
        }
        follow(taken, transition.send());
        goesOn(transition, worker).ifPresent(one -> handOver(taken, one));
    }

    /// Where the delivery itself goes; empty when it has ended.
    private Optional<Message> goesOn(Transition transition, String worker) {
        var delivery = transition.delivery();
        var message = delivery.message();
        return transition.to().map(to -> switch (to) {
            case PARKED -> Marks.aside(transition, Aside.PARKED.of(message.queue()), worker, clock.instant());
            case DEAD, QUARANTINED -> Marks.aside(transition, Aside.DEAD.of(message.queue()), worker, clock.instant());
            case TIMER -> later(delivery, transition.due().orElseGet(clock::instant));
            case READY, LEASED ->
                Marks.again(
                        message,
                        delivery.crashes() + (transition.crash().isPresent() ? 1 : 0),
                        transition.crash().or(delivery::evidence),
                        Optional.empty());
        });
    }

    private static Message later(Delivery delivery, Instant due) {
        return Marks.again(delivery.message(), delivery.crashes(), delivery.evidence(), Optional.of(due));
    }

    private void handOver(Hands.Taken taken, Message message) {
        // Each time it is made it gets another number: it is not among those that were sent.
        var refused = confirmed(taken, List.of(message));
        if (!refused.isEmpty()) {
            throw new Busy("The broker does not take " + message + ": "
                    + refused.getFirst().reason() + " It stays unacknowledged.");
        }
    }

    private void follow(Hands.Taken taken, Plan first) {
        var plans = new ArrayDeque<>(List.of(first));
        while (!plans.isEmpty()) {
            var plan = plans.poll();
            if (!plan.results().isEmpty()) {
                write(plan.results(), "{}", replies(taken.delivery().message()));
            }
            var members = begin(taken, plan);
            send(
                    taken,
                    plan.messages().stream()
                            .filter(one -> !members.contains(one.execution().taskId()))
                            .toList());
            for (var end : plan.ends()) {
                if (closing.isPresent()) {
                    closing.get().end(end, next -> follow(taken, next));
                } else {
                    LOG.warn(
                            "The task {} has ended as a member of the chord {}, and nobody counts it. {}",
                            end.taskId(),
                            end.joinId(),
                            noJoins());
                }
            }
        }
    }

    /// @return the members of chords that can't join, which are not sent
    private Set<String> begin(Hands.Taken taken, Plan plan) {
        if (closing.isPresent()) {
            plan.joins().forEach(join -> results.orElseThrow().begin(join));
            return Set.of();
        }
        var tasks = plan.joins().stream().flatMap(join -> join.tasks().stream()).collect(Collectors.toSet());
        if (!tasks.isEmpty()) {
            LOG.error(
                    "{} What was to follow {} fails.",
                    noJoins(),
                    taken.delivery().message());
            write(
                    tasks.stream().map(id -> failure(id, "", noJoins())).toList(),
                    "{}",
                    replies(taken.delivery().message()));
        }
        return plan.joins().stream().flatMap(join -> join.members().stream()).collect(Collectors.toSet());
    }

    private void send(Hands.Taken taken, List<Message> messages) {
        var left = messages.stream().filter(one -> !taken.sent().contains(one)).toList();
        if (left.isEmpty()) {
            return;
        }
        var waiting = new ArrayList<Transport.Unroutable>();
        for (var refused : confirmed(taken, left)) {
            if (refused.why() != Transport.Unroutable.Why.NOWHERE) {
                waiting.add(refused);
            } else {
                lost(taken, refused);
            }
        }
        if (!waiting.isEmpty()) {
            throw new Busy("The broker did not take " + waiting.size() + " of " + left.size()
                    + " messages that follow: " + waiting.getFirst().reason());
        }
    }

    /// @return those that the broker did not take
    private List<Transport.Unroutable> confirmed(Hands.Taken taken, List<Message> messages) {
        List<Transport.Unroutable> refused;
        try {
            refused = transport.publish(messages);
        } catch (SendUnknown e) {
            taken.sent().addAll(e.taken());
            throw new Busy("The broker did not answer for all of " + messages.size() + " messages: "
                    + (e.getCause() == null ? e : e.getCause()).getMessage() + " They are sent again.");
        }
        taken.sent().addAll(messages);
        refused.forEach(one -> taken.sent().remove(one.message()));
        return refused;
    }

    private void lost(Hands.Taken taken, Transport.Unroutable refused) {
        var message = refused.message();
        var id = message.execution().taskId();
        var why = "The broker has no way to take it: " + refused.reason();
        LOG.error(
                "{} can't be sent after {}, and fails. {}",
                message,
                taken.delivery().message(),
                why);
        write(List.of(failure(id, message.task(), why)), message.headers(), message.properties());
        var queue = message.queue().getBytes(UTF_8).length < 200
                ? message.queue()
                : taken.delivery().message().queue();
        var dead = new Transition(
                new Delivery(0, message, 0, 0, 0, Optional.empty(), false, clock.instant()),
                Optional.of(Custody.DEAD),
                Optional.of(why),
                List.of(),
                Plan.NOTHING,
                Optional.empty());
        handOver(taken, Marks.aside(dead, Aside.DEAD.of(queue), "", clock.instant()));
        taken.sent().add(message);
    }

    private ResultMeta failure(String taskId, String task, String why) {
        return new ResultMeta(
                taskId,
                task,
                TaskState.FAILURE,
                Failures.encode("builtins", "RuntimeError", why),
                Optional.empty(),
                Optional.of(clock.instant()),
                Json.array(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty());
    }

    /// Of a task that was sent on behalf of the same sender: he hears of it under its own id.
    private static String replies(Message message) {
        if (Json.read(message.properties().getBytes(UTF_8)) instanceof ObjectNode properties
                && properties.hasNonNull("reply_to")) {
            return Json.text(Json.object().set("reply_to", properties.get("reply_to")));
        }
        return "{}";
    }

    private void write(List<ResultMeta> metas, String headers, String properties) {
        write(metas, headers, properties, "");
    }

    private void write(List<ResultMeta> metas, Message message) {
        if (!metas.isEmpty()) {
            write(metas, message.headers(), message.properties(), arguments(message));
        }
    }

    private void write(List<ResultMeta> metas, String headers, String properties, String body) {
        if (results.isPresent() && !metas.isEmpty()) {
            results.get()
                    .write(metas.stream()
                            .map(meta -> new SharedResults.Written(meta, headers, properties, body))
                            .toList());
        }
    }

    /// For results that tell them; empty where they can't be read.
    private String arguments(Message message) {
        if (results.filter(SharedResults::extended).isEmpty()) {
            return "";
        }
        try {
            var request = Request.read(message);
            return Json.text(Json.array().add(request.args()).add(request.kwargs()));
        } catch (Unreadable e) {
            return "";
        }
    }

    /// Tells a state of a task that runs.
    void write(Message message, ResultMeta meta) {
        write(List.of(meta), message);
    }
}
