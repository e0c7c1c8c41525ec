package dev.lovage.records.scoring;

/// The result of scoring.
///
/// @param score within the policy's clamp
/// @param level 0 to 10, after floor and ceiling
/// @param queue `intake_default`, `intake_high` or `intake_critical`
/// @param explanation how it came about
public record Score(int score, int level, String queue, Explanation explanation) {}
