package dev.lovage.archive.event;

import java.time.Instant;
import java.util.UUID;

/// An event as it was written.
///
/// @param subject the item, or the batch
/// @param attempt counts the starts of the task; 1 for the first
/// @param node the worker that ran it
public record Recorded(
        UUID id,
        UUID subject,
        int generation,
        Happened happened,
        Instant at,
        String taskId,
        String rootId,
        long attempt,
        String node) {}
