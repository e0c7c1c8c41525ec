package dev.lovage.server.demo;

import tools.jackson.databind.node.ObjectNode;

/// One application's share of the demo. Parts run one after the other; their summaries stand side by side.
interface DemoPart {
    /// Its key in the JSON summary.
    String name();

    /// Sends all of its samples through its door, and returns when no step of any of them waits or runs.
    void run(Progress progress) throws InterruptedException;

    /// The store's totals, for the JSON summary.
    ObjectNode totals();

    /// What a person reads, line by line.
    Iterable<Line> lines();

    /// @param label as short as a table's first column
    record Line(String label, String value) {}
}
