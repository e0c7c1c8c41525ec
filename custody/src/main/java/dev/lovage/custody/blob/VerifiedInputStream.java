package dev.lovage.custody.blob;

import dev.lovage.engine.blob.BlobDamaged;
import dev.lovage.engine.blob.BlobRef;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/// Reads a blob and says "end" only when its size and digest were found right.
final class VerifiedInputStream extends FilterInputStream {
    private final BlobRef ref;
    private final MessageDigest digest;
    private long size;
    private boolean verified;

    VerifiedInputStream(InputStream in, BlobRef ref, MessageDigest digest) {
        super(in);
        this.ref = ref;
        this.digest = digest;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        int n = super.read(bytes, from, length);
        if (n < 0) {
            verify();
            return n;
        }
        digest.update(bytes, from, n);
        size += n;
        if (size > ref.size()) {
            throw new BlobDamaged(ref, "more bytes than that");
        }
        return n;
    }

    /// Skipped bytes are hashed too.
    @Override
    public long skip(long count) throws IOException {
        var buffer = new byte[(int) Math.min(8192, Math.max(0, count))];
        int n = read(buffer, 0, buffer.length);
        return Math.max(0, n);
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void verify() throws BlobDamaged {
        if (verified) {
            return;
        }
        if (size != ref.size()) {
            throw new BlobDamaged(ref, "only " + size + " bytes");
        }
        var found = "sha256:" + HexFormat.of().formatHex(digest.digest());
        if (!found.equals(ref.digest())) {
            throw new BlobDamaged(ref, "bytes with the digest " + found);
        }
        verified = true;
    }
}
