package dev.lovage.engine.payload;

import dev.lovage.engine.blob.BlobRef;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// Payloads in this JVM, gone with it, for a broker of which that is also true.
public final class PayloadMemory implements Payloads {
    private record Kept(byte[] bytes, Instant at) {}

    private final int bytesMax;
    private final InstantSource clock;
    private final Map<String, Kept> all = new HashMap<>();

    public PayloadMemory(int bytesMax, InstantSource clock) {
        this.bytesMax = bytesMax;
        this.clock = clock;
    }

    @Override
    public int bytesMax() {
        return bytesMax;
    }

    @Override
    public BlobRef keep(byte[] bytes, String mediaType) {
        var ref = new BlobRef(Sha256.digest(bytes), bytes.length, mediaType);
        synchronized (all) {
            all.put(ref.digest(), new Kept(bytes.clone(), clock.instant()));
        }
        return ref;
    }

    @Override
    public byte[] fetch(BlobRef ref) throws IOException {
        synchronized (all) {
            var kept = all.get(ref.digest());
            if (kept == null) {
                throw new NoSuchFileException(ref.digest(), null, "it is not in this process");
            }
            return kept.bytes().clone();
        }
    }

    /// The digests of all that are kept.
    public Set<String> digests() {
        synchronized (all) {
            return Set.copyOf(all.keySet());
        }
    }

    @Override
    public int sweep(Instant before, Supplier<Set<String>> named) {
        if (digests().isEmpty()) {
            return 0;
        }
        var live = named.get();
        synchronized (all) {
            var size = all.size();
            all.entrySet().removeIf(one -> one.getValue().at().isBefore(before) && !live.contains(one.getKey()));
            return size - all.size();
        }
    }
}
