package dev.lovage.archive.enrichment;

import java.time.Instant;

/// Which model said something, and when.
///
/// @param model the artifact and its version
/// @param sha256 of the model's file, 64 hexadecimal digits
public record Provenance(String model, String sha256, Instant at) {}
