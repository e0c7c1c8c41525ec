package dev.lovage.engine.payload;

import dev.lovage.engine.blob.BlobRef;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Set;
import java.util.function.Supplier;

final class NoPayloads implements Payloads {
    @Override
    public int bytesMax() {
        return 0;
    }

    @Override
    public BlobRef keep(byte[] bytes, String mediaType) {
        throw new IllegalStateException("No payloads are kept here.");
    }

    @Override
    public byte[] fetch(BlobRef ref) throws IOException {
        throw new NoSuchFileException(ref.digest(), null, "no payloads are kept here");
    }

    @Override
    public int sweep(Instant before, Supplier<Set<String>> named) {
        return 0;
    }
}
