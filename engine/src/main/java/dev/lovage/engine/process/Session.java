package dev.lovage.engine.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// All processes of a child: what it started is in its session, also when the process in between has ended,
/// which `ProcessHandle.descendants()` would not find. What left the session is still known by a variable of
/// its environment when the session is ended; its memory is not counted.
///
/// @param id the session's id, which is the child's process id
/// @param token the value of [#VARIABLE] in the child's environment
record Session(long id, String token) {
    static final String VARIABLE = "CHILD_OF_LOVAGE";
    private static final Path PROC = Path.of("/proc");
    private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);
    private static final int STATE = 0;
    private static final int SESSION = 3;

    /// The living processes of every session, by session.
    static Map<Long, List<Long>> all() {
        var found = new HashMap<Long, List<Long>>();
        for (var pid : pids()) {
            var session = session(pid);
            if (session >= 0) {
                found.computeIfAbsent(session, _ -> new ArrayList<>()).add(pid);
            }
        }
        return found;
    }

    /// Its living processes, those that left the session included.
    List<Long> living() {
        return pids().stream().filter(this::belongs).toList();
    }

    /// Kills all of it, again and again until nothing is left.
    ///
    /// @return whether nothing is left
    boolean end() {
        endGroup();
        return endOthers();
    }

    /// Kills all of it from inside: the process that asks goes last.
    void endWithSelf() {
        endOthers();
        endGroup();
    }

    /// Kills at once what has not made a process group of its own. A process that is replaced by another one
    /// all the time is reached by this alone: it has ended before its id is read and killed.
    private void endGroup() {
        try {
            var kill = new ProcessBuilder("sh", "-c", "kill -s KILL -- -" + id)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            kill.environment().remove(VARIABLE);
            kill.start().onExit().join();
        } catch (IOException e) {
            return; // no process can be started just now; each one is still killed by its id
        }
    }

    private boolean endOthers() {
        var self = ProcessHandle.current().pid();
        var deadline = System.nanoTime() + ENDS_WITHIN.toNanos();
        while (true) {
            var left = 0;
            for (var pid : pids()) {
                if (pid != self && belongs(pid)) {
                    left++;
                    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                }
            }
            if (left == 0) {
                return true;
            }
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
    }

    private boolean belongs(long pid) {
        var session = session(pid);
        return session == id || session >= 0 && carriesToken(pid);
    }

    private boolean carriesToken(long pid) {
        try {
            var environment =
                    new String(Files.readAllBytes(PROC.resolve(pid + "/environ")), StandardCharsets.ISO_8859_1);
            return environment.contains(VARIABLE + "=" + token);
        } catch (IOException e) {
            return false; // it has ended, or belongs to somebody else
        }
    }

    private static List<Long> pids() {
        var pids = new ArrayList<Long>();
        try (var entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (var entry : entries) {
                pids.add(Long.parseLong(entry.getFileName().toString()));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("The processes can't be listed from /proc.", e);
        }
        return pids;
    }

    /// @return -1 if it has ended; a process that only waits for its parent to notice has ended, too
    private static long session(long pid) {
        try {
            var line = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            // The name may hold blanks and parentheses; the fields follow its last one.
            var fields = line.substring(line.lastIndexOf(')') + 2).split(" ", SESSION + 2);
            return fields[STATE].equals("Z") || fields[STATE].equals("X") ? -1 : Long.parseLong(fields[SESSION]);
        } catch (IOException e) {
            return -1;
        }
    }

    /// The memory that a process has for itself, with its share of what it shares.
    ///
    /// @return bytes; 0 if it has ended
    static long memory(long pid) {
        try (var lines = Files.lines(PROC.resolve(pid + "/smaps_rollup"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("Pss:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | java.io.UncheckedIOException e) {
            return 0;
        }
    }

    /// How many processes the kernel has killed because memory was short, on the whole machine.
    static long killedByKernel() {
        try (var lines = Files.lines(PROC.resolve("vmstat"))) {
            return lines.filter(line -> line.startsWith("oom_kill "))
                    .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length())))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | java.io.UncheckedIOException e) {
            return 0;
        }
    }
}
