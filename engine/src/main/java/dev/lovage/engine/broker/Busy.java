package dev.lovage.engine.broker;

/// Too much is waiting to be written. Nothing was written; try again later.
public class Busy extends RuntimeException {
    public Busy(String message) {
        super(message);
    }
}
