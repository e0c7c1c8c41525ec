package dev.lovage.engine.memory;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Store;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// An execution that has not ended. Touched under the lock of [Memory] only.
final class Kept {
    /// The more urgent first; equal ones in the order in which they were sent, however long they were held.
    static final Comparator<Kept> URGENT_FIRST = Comparator.<Kept>comparingInt(entry -> -entry.message.priority())
            .thenComparingLong(entry -> entry.message.order())
            .thenComparingLong(entry -> entry.tag);

    final long tag;
    final Message message;
    final Instant sent;
    private Custody custody;
    private Instant since;
    private Optional<String> reason = Optional.empty();
    private Optional<String> incarnation = Optional.empty();
    private Optional<String> worker = Optional.empty();
    private Optional<String> evidence = Optional.empty();
    private Optional<Instant> putOff = Optional.empty();
    private long epoch;
    private int crashes;
    private boolean early;
    private boolean failOnLoss;

    Kept(long tag, Message message, Custody custody, Instant sent) {
        this.tag = tag;
        this.message = message;
        this.custody = custody;
        this.sent = sent;
        this.since = sent;
    }

    Custody custody() {
        return custody;
    }

    long epoch() {
        return epoch;
    }

    boolean isLeasedBy(String incarnation) {
        return custody == Custody.LEASED && this.incarnation.equals(Optional.of(incarnation));
    }

    Optional<Instant> waitsUntil() {
        return putOff.or(message::eta);
    }

    boolean due(Instant now) {
        return custody == Custody.TIMER && waitsUntil().filter(now::isBefore).isEmpty();
    }

    Delivery claim(String incarnation, String worker, boolean early, Instant now) {
        var before = (int) epoch;
        epoch++;
        move(Custody.LEASED, Optional.empty(), now);
        this.incarnation = Optional.of(incarnation);
        this.worker = Optional.of(worker);
        this.early = early;
        return new Delivery(tag, message, epoch, before, crashes, evidence, failOnLoss, sent);
    }

    void move(Custody to, Optional<String> why, Instant now) {
        custody = to;
        reason = why;
        since = now;
        if (to != Custody.LEASED) {
            incarnation = Optional.empty();
            worker = Optional.empty();
        }
    }

    void putOff(Instant due) {
        putOff = Optional.of(due);
    }

    void crash(String evidence, Instant now) {
        crashes++;
        this.evidence = Optional.of(evidence);
        failOnLoss = early;
        move(Custody.READY, Optional.empty(), now);
    }

    void release(String why, Instant now) {
        crashes = 0;
        evidence = Optional.empty();
        failOnLoss = false;
        move(Custody.READY, Optional.of(why), now);
    }

    Held held(List<Happening> history) {
        return new Held(
                tag, message, custody, reason, (int) Math.max(0, epoch - 1), crashes, worker, sent, since, history);
    }

    Store.Entry account() {
        return new Store.Entry(message.execution(), custody, message.queue(), message.task(), message.subject());
    }
}
