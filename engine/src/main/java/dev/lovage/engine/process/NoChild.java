package dev.lovage.engine.process;

/// No child process can be had: none could be started, or the worker stops.
public final class NoChild extends Exception {
    private final boolean stops;

    /// @param stops whether it is because the worker stops
    public NoChild(String message, boolean stops) {
        super(message);
        this.stops = stops;
    }

    public boolean stops() {
        return stops;
    }
}
