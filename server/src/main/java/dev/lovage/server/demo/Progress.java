package dev.lovage.server.demo;

import java.io.PrintStream;
import java.time.Duration;

/// How far long work is: a bar that is drawn again and again on a terminal, plain lines elsewhere.
final class Progress {
    private static final int WIDTH = 30;
    private static final Duration REDRAW = Duration.ofMillis(80);
    private static final Duration LINE = Duration.ofSeconds(1);

    private final PrintStream out;
    private final boolean terminal;
    private String task = "";
    private long drawnNanos;
    private boolean open;

    /// @param terminal whether lines can be drawn over
    Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /// Begins a piece of work; the one before is over.
    void begin(String task) {
        end();
        this.task = task;
        drawnNanos = System.nanoTime();
        if (!terminal) {
            out.println(task + " ...");
        }
    }

    /// @param done of `total`, 0 or more
    void at(long done, long total, String note) {
        var pace = terminal ? REDRAW : LINE;
        if (done < total && System.nanoTime() - drawnNanos < pace.toNanos()) {
            return;
        }
        drawnNanos = System.nanoTime();
        var count = done + "/" + total + (note.isEmpty() ? "" : "  " + note);
        if (terminal) {
            var full = total == 0 ? WIDTH : (int) (WIDTH * done / total);
            out.print("\r\033[2K%-28s [%s%s] %s".formatted(task, "#".repeat(full), "-".repeat(WIDTH - full), count));
            out.flush();
            open = true;
        } else {
            out.println("  " + count);
        }
    }

    /// A line of its own, above the bar.
    void say(String line) {
        end();
        out.println(line);
    }

    /// Leaves the bar as it is and goes to the next line.
    void end() {
        if (open) {
            out.println();
            open = false;
        }
    }
}
