package dev.lovage.archive.ingest;

import dev.lovage.archive.manifest.Manifest;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.TaskContext;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What a step of the pipeline is told about its item beside the file: it travels as a header, so that arguments stay
/// those that Celery programs send, and no step needs a database.
///
/// @param name of the file, as the batch calls it
/// @param sha256 of the master, 64 hexadecimal digits; empty before it is known
/// @param dpi what the manifest says, pixels per inch
record Brief(String name, String sha256, String scannerModel, Optional<String> scannerSerial, int dpi) {
    static final String HEADER = "lovage_archive_item";

    static Brief of(Manifest manifest) {
        return new Brief(
                "",
                "",
                manifest.scannerModel(),
                Optional.ofNullable(manifest.document().path("scanner_serial").asString(null)),
                manifest.resolutionDpi());
    }

    Brief of(String file, String digest) {
        return new Brief(file, digest, scannerModel, scannerSerial, dpi);
    }

    JsonNode header() {
        return Json.tree(this);
    }

    /// Empty when a program outside the pipeline asked.
    static Optional<Brief> current() {
        var header = TaskContext.current().headers().path(HEADER);
        return header.isMissingNode() || header.isNull()
                ? Optional.empty()
                : Optional.of(Json.value(header, Brief.class));
    }

    /// The item or batch that the running task works for.
    static Optional<String> subject() {
        return Brief.current().isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(
                        TaskContext.current().headers().path("lovage_subject").asString(null));
    }
}
