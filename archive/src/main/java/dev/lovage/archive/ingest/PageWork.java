package dev.lovage.archive.ingest;

import dev.lovage.engine.canvas.Signature;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// What is to be done for a page that is in the vault.
///
/// @param item its key
/// @param path of its master
record PageWork(String item, String path, Brief brief, Set<Step> steps) {
    enum Step {
        TECHNICAL("technical"),
        THUMBNAILS("thumbnail-512"),
        OCR("text");

        private final String lastEvent;

        Step(String lastEvent) {
            this.lastEvent = lastEvent;
        }
    }

    /// Everything.
    static PageWork whole(String item, String path, Brief brief) {
        return new PageWork(item, path, brief, Set.of(Step.values()));
    }

    /// Whether an event says of every step that it was done.
    static boolean complete(Set<String> done) {
        return Arrays.stream(Step.values()).allMatch(step -> done.contains(step.lastEvent));
    }

    /// What no event says was done.
    ///
    /// @param done the steps of its events
    static PageWork without(Set<String> done, String item, String path, Brief brief) {
        var lacks = new TreeSet<Step>();
        for (var step : Step.values()) {
            if (!done.contains(step.lastEvent)) {
                lacks.add(step);
            }
        }
        return new PageWork(item, path, brief, lacks);
    }

    List<Signature<?>> signatures() {
        var files = List.of(path);
        return steps.stream()
                .<Signature<?>>map(step -> switch (step) {
                    case TECHNICAL ->
                        mine(Archival.EXTRACT_TECHNICAL_METADATA.with(new Archival.ExtractTechnicalMetadata(files)));
                    case THUMBNAILS -> mine(Archival.GENERATE_THUMBNAILS.with(new Archival.GenerateThumbnails(files)));
                    case OCR ->
                        mine(Archival.RUN_OCR_PIPELINE.with(new Archival.RunOcrPipeline(files, Optional.empty())));
                })
                .toList();
    }

    private <O> Signature<O> mine(Signature<O> signature) {
        return signature.immutable().subject(item).header(Brief.HEADER, brief.header());
    }
}
