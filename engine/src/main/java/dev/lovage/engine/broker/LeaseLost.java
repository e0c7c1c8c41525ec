package dev.lovage.engine.broker;

/// What a worker wanted to write was refused, because its claim is no longer its own: it stood still for so
/// long that others took its work, or it holds an older epoch. Nothing was changed.
public final class LeaseLost extends RuntimeException {
    public LeaseLost(String what) {
        super(what + " was refused: the claim has passed to another. Nothing was changed.");
    }
}
