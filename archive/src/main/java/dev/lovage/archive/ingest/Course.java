package dev.lovage.archive.ingest;

import dev.lovage.archive.batch.Batch;
import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.task.Task;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Which step of a batch follows which.
final class Course {
    private static final JsonNode NO_BRIEF = new Brief("", "", "", Optional.empty(), 0).header();

    private Course() {}

    /// The whole of a batch's work.
    static Canvas<?> whole(Batch batch, JsonNode manifest) {
        return check(batch.id(), manifest, batch.key().toString())
                .taskId(batch.rootId())
                .then(rest(batch.key().toString()));
    }

    /// The same, when a part of it may be done.
    ///
    /// @param unchecked the manifest, if it was never found right
    static Canvas<?> again(String key, Optional<Archival.ValidateBatchSchema> unchecked) {
        return unchecked
                .<Canvas<?>>map(one -> check(one.batchId(), one.manifest(), key).then(rest(key)))
                .orElseGet(() -> rest(key));
    }

    static Signature<JsonNode> ofBatch(Task<Archival.OfBatch, JsonNode> task, String key) {
        return task.with(new Archival.OfBatch(key)).immutable().subject(key).header(Brief.HEADER, NO_BRIEF);
    }

    private static Signature<Boolean> check(String id, JsonNode manifest, String key) {
        return Archival.VALIDATE_BATCH_SCHEMA
                .with(new Archival.ValidateBatchSchema(id, manifest))
                .subject(key)
                .header(Brief.HEADER, NO_BRIEF);
    }

    private static Canvas<?> rest(String key) {
        return ofBatch(Archival.FIX_BATCH, key)
                .then(ofBatch(Archival.PROCESS_BATCH, key))
                .then(ofBatch(Archival.PACKAGE_BATCH, key));
    }
}
