package dev.lovage.engine.blob;

import java.io.IOException;

/// More bytes came than the blob store takes. Nothing was kept.
public final class BlobTooLarge extends IOException {
    private final long sizeMax;

    public BlobTooLarge(long sizeMax) {
        super("More than " + sizeMax + " bytes came, and a blob has at most that many. Nothing was kept."
                + " Hand in less, or raise the blob store's largest size.");
        this.sizeMax = sizeMax;
    }

    public long sizeMax() {
        return sizeMax;
    }
}
