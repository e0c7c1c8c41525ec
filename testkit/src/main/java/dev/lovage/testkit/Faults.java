package dev.lovage.testkit;

/// Numbered points at which a process ends as if it had been killed.
public final class Faults {
    /// The exit code of a process that was killed by SIGKILL.
    public static final int KILLED = 137;

    private final int haltAt;
    private int passed;

    /// @param haltAt the number of the point at which this process ends, 1 for the first; 0 for never
    public Faults(int haltAt) {
        this.haltAt = haltAt;
    }

    /// Nothing is flushed, closed or given back when this is the point.
    public synchronized void point(String name) {
        passed++;
        if (passed == haltAt) {
            System.out.println("halted " + passed + " " + name);
            System.out.flush();
            Runtime.getRuntime().halt(KILLED);
        }
    }

    /// How many points were passed.
    public synchronized int passed() {
        return passed;
    }
}
