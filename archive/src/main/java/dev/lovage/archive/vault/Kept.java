package dev.lovage.archive.vault;

/// A file in the [Vault]. It counts once a row names it.
///
/// @param kind what it is of its item, such as `master`, `thumbnail-256`, `alto`
/// @param file its name in the vault
/// @param sha256 64 hexadecimal digits
/// @param size in bytes
public record Kept(String kind, String file, String sha256, long size, String mediaType) {}
