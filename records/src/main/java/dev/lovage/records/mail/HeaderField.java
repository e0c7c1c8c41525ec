package dev.lovage.records.mail;

/// One field of the message's own header.
///
/// @param name as received
/// @param value unfolded and decoded
public record HeaderField(String name, String value) {}
