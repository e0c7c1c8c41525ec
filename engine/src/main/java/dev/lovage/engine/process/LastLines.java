package dev.lovage.engine.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;

/// What a child writes to its standard error stream: passed on, and the last lines of it kept.
final class LastLines {
    private static final int LINES_MAX = 40;
    private static final int LINE_BYTES_MAX = 500;

    private final ArrayDeque<String> lines = new ArrayDeque<>();

    /// Reads until the stream ends.
    void drain(InputStream in, PrintStream to) {
        var line = new byte[LINE_BYTES_MAX];
        var length = 0;
        var chunk = new byte[8192];
        try {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                to.write(chunk, 0, read);
                to.flush();
                for (int i = 0; i < read; i++) {
                    if (chunk[i] == '\n') {
                        add(line, length);
                        length = 0;
                    } else if (length < LINE_BYTES_MAX) {
                        line[length++] = chunk[i];
                    }
                }
            }
        } catch (IOException e) {
            add("(what it wrote could not be read further: " + e.getMessage() + ")");
        }
        if (length > 0) {
            add(line, length);
        }
    }

    private void add(byte[] line, int length) {
        add(new String(line, 0, length, StandardCharsets.UTF_8).stripTrailing());
    }

    private synchronized void add(String line) {
        lines.addLast(line);
        if (lines.size() > LINES_MAX) {
            lines.removeFirst();
        }
    }

    synchronized List<String> all() {
        return List.copyOf(lines);
    }

    /// Those of a finished task are no evidence for the next one.
    synchronized void clear() {
        lines.clear();
    }
}
