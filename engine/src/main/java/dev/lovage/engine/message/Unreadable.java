package dev.lovage.engine.message;

/// A message that no worker can read. It is parked with its bytes; none of it is lost.
public final class Unreadable extends Exception {
    private static final int LENGTH_MAX = 1000;

    /// @param found may quote what came: it is shortened, and control characters are left out
    public Unreadable(String found) {
        super(Names.printable(found.length() <= LENGTH_MAX ? found : found.substring(0, LENGTH_MAX) + "…"));
    }
}
