package dev.lovage.archive.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Optional;

/// A part of a file, read by position and in bounded pieces.
///
/// @param base where the part begins in the file
/// @param size how long the part is; positions within it are 0 to `size - 1`
record Bytes(FileChannel channel, long base, long size) {
    static Bytes of(FileChannel channel) throws IOException {
        return new Bytes(channel, 0, channel.size());
    }

    /// A part of this part, as long as this one allows.
    Bytes part(long offset, long length) {
        var from = Math.clamp(offset, 0, size);
        return new Bytes(channel, base + from, Math.clamp(length, 0, size - from));
    }

    /// Whether all these bytes exist. Sizes and positions are what a file claims, so they may be negative.
    boolean has(long offset, long length) {
        return offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
    }

    /// @return a buffer at position 0 that holds `length` bytes, or empty if the file ends before
    Optional<ByteBuffer> read(long offset, int length, ByteOrder order) throws IOException {
        if (!has(offset, length)) {
            return Optional.empty();
        }
        var buffer = ByteBuffer.allocate(length).order(order);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, base + offset + buffer.position()) < 0) {
                throw new EOFException("The file became shorter while it was read.");
            }
        }
        return Optional.of(buffer.flip());
    }
}
