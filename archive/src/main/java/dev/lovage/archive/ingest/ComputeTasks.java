package dev.lovage.archive.ingest;

import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;

/// What child processes of the pool do for the archive. They have no database: what they made is written by the
/// worker.
public final class ComputeTasks implements TaskProvider {
    @Override
    public void register(Tasks tasks) {
        var works = new Works(Vault.open(tasks.settings().data()));
        tasks.handle(
                Archival.RUN_OCR_PIPELINE,
                Made.class,
                works::ocr,
                made -> Ending.returns(made.result().valueStream().toList()));
    }
}
