package dev.lovage.redis.store;

import dev.lovage.engine.broker.Busy;

/// A step was sent and no answer came: it isn't known whether it was done.
final class AnswerLost extends Busy {
    AnswerLost(String message) {
        super(message);
    }
}
