package dev.lovage.testkit;

import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A task that kills its process, for workers with child processes.
public final class FragileTasks implements TaskProvider {
    /// Kills its process as often as it is told, and then returns how often it was started.
    static final Task<Integer, Long> FRAGILE = Task.named("contract.fragile", Integer.class, Long.class);

    /// What is made in a child, and written by the worker.
    ///
    /// @param madeBy a process id
    public record Note(String text, long madeBy) {}

    public record Manifest(String batch, List<String> files) {}

    /// @param bytes of all paths in UTF-8
    /// @param hash of the paths in order
    public record Counted(int files, long bytes, int hash) {}

    /// Tells what it was given.
    static final Task<Manifest, Counted> MANIFEST =
            Task.named("contract.manifest", Manifest.class, Counted.class).byReference();

    static Counted count(Manifest manifest) {
        var bytes = 0L;
        for (var file : manifest.files()) {
            bytes += file.getBytes(StandardCharsets.UTF_8).length;
        }
        return new Counted(manifest.files().size(), bytes, manifest.files().hashCode());
    }

    /// Its effects go to the table `contract_note`.
    static final Task<String, String> NOTE = Task.named("contract.note", String.class, String.class);

    /// Logs that often, directly to its attempt.
    static final Task<Integer, String> TALK = Task.named("contract.talk", Integer.class, String.class);

    private static final int EXIT = 9;

    @Override
    public void register(Tasks tasks) {
        tasks.handle(FRAGILE, deaths -> {
            var start = TaskContext.current().epoch();
            if (start <= deaths) {
                Runtime.getRuntime().halt(EXIT);
            }
            return start;
        });
        tasks.handle(MANIFEST, FragileTasks::count);
        tasks.handle(TALK, lines -> {
            for (int i = 1; i <= lines; i++) {
                TaskContext.current().log().add("INFO", "talk", "line " + i);
            }
            return "said";
        });
    }

    /// The same with a task that has effects, which not every store can write.
    public static final class WithEffects implements TaskProvider {
        @Override
        public void register(Tasks tasks) {
            new FragileTasks().register(tasks);
            tasks.handle(
                            NOTE,
                            Note.class,
                            text -> new Note(text, ProcessHandle.current().pid()),
                            note -> Ending.returns(note.text()))
                    .commit((tx, note) -> {
                        try (var insert = tx.connection()
                                .prepareStatement(
                                        "INSERT INTO contract_note (text, made_by, written_by) VALUES (?, ?, ?)")) {
                            insert.setString(
                                    1,
                                    note.text() + " by " + TaskContext.current().node());
                            insert.setLong(2, note.madeBy());
                            insert.setLong(3, ProcessHandle.current().pid());
                            insert.executeUpdate();
                        }
                    });
        }
    }
}
