package dev.lovage.engine.blob;

import java.io.IOException;

/// The bytes kept for a blob are not the bytes that were put.
public final class BlobDamaged extends IOException {
    private final BlobRef ref;

    public BlobDamaged(BlobRef ref, String found) {
        super("The blob " + ref.digest() + " of " + ref.size() + " bytes is damaged: found " + found
                + ". Restore it from a backup; it was left as it is.");
        this.ref = ref;
    }

    public BlobRef ref() {
        return ref;
    }
}
