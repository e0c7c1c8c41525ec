package dev.lovage.testkit;

import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Transition;
import java.util.List;

/// A backbone that tells a history what passes through it, and can end its process in between: after a claim was
/// written and before the worker hears of it, before a settlement, and after it.
final class FaultyBackbone {
    private FaultyBackbone() {}

    static Backbone of(Backbone inner, History history, Faults faults) {
        return new WatchedBackbone(
                inner,
                (method, _, call) -> {
                    var result = call.run();
                    if (method.getName().equals("claim") && result instanceof List<?> claimed && !claimed.isEmpty()) {
                        for (var one : claimed) {
                            var delivery = (Delivery) one;
                            history.saw("claimed", delivery.message().execution(), delivery.epoch());
                        }
                        faults.point("a claim is written, the worker does not know of it");
                    }
                    return result;
                },
                (method, arguments, call) -> {
                    if (!method.getName().equals("settle")) {
                        return call.run();
                    }
                    var transition = (Transition) arguments[1];
                    faults.point("the handler has ended, nothing is settled");
                    var delivery = transition.delivery();
                    Object result;
                    try {
                        result = call.run();
                    } catch (LeaseLost e) {
                        history.saw("refused", delivery.message().execution(), delivery.epoch());
                        throw e;
                    }
                    history.saw("settled", delivery.message().execution(), delivery.epoch());
                    faults.point("it is settled, the worker does not know of it");
                    return result;
                });
    }
}
