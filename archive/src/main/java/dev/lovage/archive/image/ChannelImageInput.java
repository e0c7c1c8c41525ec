package dev.lovage.archive.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import javax.imageio.stream.ImageInputStreamImpl;

/// A file for ImageIO, read in blocks. It keeps the error with which a read failed, because a decoder throws the
/// same type for a damaged image: one is worth a retry and the other is not.
final class ChannelImageInput extends ImageInputStreamImpl {
    private static final int BLOCK_BYTES = 64 * 1024;

    private final FileChannel channel;
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).limit(0);
    private long blockStart;
    private Optional<IOException> failure = Optional.empty();

    ChannelImageInput(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    /// The error of the disk, if there was one.
    Optional<IOException> failure() {
        return failure;
    }

    @Override
    public int read() throws IOException {
        checkClosed();
        bitOffset = 0;
        if (!fill()) {
            return -1;
        }
        return Byte.toUnsignedInt(block.get((int) (streamPos++ - blockStart)));
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        checkClosed();
        bitOffset = 0;
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        var from = (int) (streamPos - blockStart);
        var count = Math.min(length, block.limit() - from);
        block.get(from, bytes, offset, count);
        streamPos += count;
        return count;
    }

    /// @return whether the block has the byte at the position of the stream
    private boolean fill() throws IOException {
        if (streamPos >= blockStart && streamPos < blockStart + block.limit()) {
            return true;
        }
        block.clear();
        try {
            var count = channel.read(block, streamPos);
            block.limit(Math.max(0, count));
        } catch (IOException e) {
            failure = Optional.of(e);
            block.limit(0);
            throw e;
        }
        blockStart = streamPos;
        return block.limit() > 0;
    }

    @Override
    public long length() {
        try {
            return channel.size();
        } catch (IOException e) {
            failure = Optional.of(e);
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        super.close();
        channel.close();
    }
}
