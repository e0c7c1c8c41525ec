package dev.lovage.archive.batch;

import dev.lovage.archive.event.EventId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A batch that was received.
///
/// @param key derived from tenant, id and generation: [#key(String, String, int)]
/// @param id what the depositor calls it
/// @param generation 1, and one more for each corrected manifest
/// @param reason why it is where it is, where that needs one
/// @param manifest as it was sent
/// @param manifestSha256 of its canonical form
/// @param folder where its files were found
/// @param rootId the task that its work began with
/// @param runs how often its work was taken up again
/// @param packaged the name of the package's folder, once it is accepted; its path where the archive's door gave
///     the batch
/// @param packageSha256 of the package's manifest
public record Batch(
        UUID key,
        String id,
        int generation,
        State state,
        Optional<String> reason,
        String manifest,
        String manifestSha256,
        Path folder,
        String rootId,
        int runs,
        Optional<String> packaged,
        Optional<String> packageSha256,
        Instant receivedAt,
        Instant updatedAt) {
    public enum State {
        RECEIVED,
        VALIDATED,
        /// Its manifest breaks the schema, or no file of it could be taken in.
        REJECTED,
        /// Something failed for good; a person has to look, and can take the work up again.
        NEEDS_REVIEW,
        /// It has a package that was read back and found right.
        ACCEPTED;

        public boolean isFinal() {
            return this == REJECTED || this == ACCEPTED;
        }
    }

    private static final UUID NAMESPACE = UUID.fromString("6f1a3c52-8d0b-5c1e-9a64-2b7f0d9e4a11");

    public static UUID key(String tenant, String id, int generation) {
        return EventId.derived(NAMESPACE, tenant + "\n" + id + "\n" + generation);
    }

    /// The same with another name or path of its package.
    /// The task that takes the work up again for the `number`th time, from 1.
    public String resumption(int number) {
        return key + "/resume-" + number;
    }

    /// The first tasks of all the workflows that there were for it so far.
    public Set<String> roots() {
        return Stream.concat(
                        Stream.of(rootId), IntStream.rangeClosed(1, runs + 1).mapToObj(this::resumption))
                .collect(Collectors.toUnmodifiableSet());
    }

    public Batch packaged(Optional<String> folder) {
        return new Batch(
                key,
                id,
                generation,
                state,
                reason,
                manifest,
                manifestSha256,
                this.folder,
                rootId,
                runs,
                folder,
                packageSha256,
                receivedAt,
                updatedAt);
    }
}
