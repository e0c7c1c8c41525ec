package dev.lovage.testkit;

import dev.lovage.engine.message.ExecutionKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// What an observer saw, apart from the broker under test: one append-only file per process, which outlives the
/// process however it ends.
public final class History implements AutoCloseable {
    /// One thing that happened.
    ///
    /// @param what `sent`, `claimed`, `ran`, `settled`, `refused`
    public record Line(String what, ExecutionKey execution, long epoch) {
        private static Line parse(String text) {
            var parts = text.split("\t", -1);
            return new Line(
                    parts[0],
                    new ExecutionKey(parts[1], Integer.parseInt(parts[2]), Integer.parseInt(parts[3])),
                    Long.parseLong(parts[4]));
        }

        private String text() {
            return String.join(
                            "\t",
                            what,
                            execution.taskId(),
                            String.valueOf(execution.retries()),
                            String.valueOf(execution.nesting()),
                            String.valueOf(epoch))
                    + "\n";
        }
    }

    private final FileChannel file;

    private History(FileChannel file) {
        this.file = file;
    }

    /// Opens a file of this process in the folder that all observers share.
    public static History in(Path folder) {
        try {
            Files.createDirectories(folder);
            return new History(FileChannel.open(
                    folder.resolve(ProcessHandle.current().pid() + "-" + System.nanoTime() + ".history"),
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.APPEND));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public synchronized void saw(String what, ExecutionKey execution, long epoch) {
        var line = new Line(what, execution, epoch).text();
        try {
            file.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What all observers of the folder saw. A line that its process did not finish is left out.
    public static List<Line> read(Path folder) {
        var lines = new ArrayList<Line>();
        if (!Files.isDirectory(folder)) {
            return lines;
        }
        try (var files = Files.list(folder)) {
            for (var each : files.sorted().toList()) {
                var text = Files.readString(each);
                text.substring(0, text.lastIndexOf('\n') + 1)
                        .lines()
                        .map(Line::parse)
                        .forEach(lines::add);
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static List<Line> read(Path folder, String what) {
        return read(folder).stream().filter(line -> line.what().equals(what)).toList();
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
