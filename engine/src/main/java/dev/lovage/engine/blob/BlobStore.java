package dev.lovage.engine.blob;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Keeps bytes by their digest.
///
/// Invariants:
/// 1. When `put` has returned, the bytes are durable, and complete under their digest.
/// 2. A blob is never overwritten; the same bytes put twice are kept once.
/// 3. What is read is what was put: bytes that no longer have their digest end in [BlobDamaged], not in a
///    caller's hands as if they were whole.
public interface BlobStore {
    /// Keeps everything that `bytes` yields. The stream is read to its end and not closed.
    ///
    /// @throws BlobTooLarge as soon as more bytes have come than this store takes; nothing was kept
    BlobRef put(InputStream bytes, String mediaType) throws IOException;

    default BlobRef put(byte[] bytes, String mediaType) throws IOException {
        return put(new ByteArrayInputStream(bytes), mediaType);
    }

    /// Opens a blob for reading. The end of the stream is told only when size and digest were found right.
    ///
    /// @throws java.nio.file.NoSuchFileException if there is no such blob
    InputStream open(BlobRef ref) throws IOException;

    boolean exists(BlobRef ref) throws IOException;
}
