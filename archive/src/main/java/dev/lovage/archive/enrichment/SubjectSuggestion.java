package dev.lovage.archive.enrichment;

/// A term of the vocabulary that a text seems to be about.
///
/// @param termId within the vocabulary `lovage-subjects`, version 1
/// @param score cosine of the text and the term, -1 to 1, four digits; right terms have 0.3 to 0.6
/// @param rank among all terms, from 1
/// @param margin the score of the term at the next rank less
public record SubjectSuggestion(String termId, String label, double score, int rank, double margin, Provenance by) {}
