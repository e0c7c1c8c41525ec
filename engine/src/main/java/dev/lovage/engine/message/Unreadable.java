package dev.lovage.engine.message;

/// A message that no worker can read. It is parked with its bytes; none of it is lost.
public final class Unreadable extends Exception {
    public Unreadable(String found) {
        super(found);
    }
}
