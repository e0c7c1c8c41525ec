package dev.lovage.records.pii;

/// One header field, its value decoded.
public record HeaderLine(String name, String value) {}
