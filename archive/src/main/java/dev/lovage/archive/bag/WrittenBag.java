package dev.lovage.archive.bag;

import java.nio.file.Path;

/// A bag as its writer left it: complete, and on the disk.
///
/// @param tagManifestSha256 of `tagmanifest-sha256.txt`: by it, every byte of the bag is known
public record WrittenBag(Path folder, long payloadFiles, long payloadBytes, String tagManifestSha256) {}
