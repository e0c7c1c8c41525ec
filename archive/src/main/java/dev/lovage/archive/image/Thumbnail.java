package dev.lovage.archive.image;

/// A small JPEG in sRGB, upright, without metadata.
///
/// @param side the longest side that was asked for, in pixels
/// @param width in pixels; the image is smaller than `side` if its source is
/// @param height in pixels
/// @param jpeg the file; not to be changed
public record Thumbnail(int side, int width, int height, byte[] jpeg) {}
