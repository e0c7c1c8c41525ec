package dev.lovage.engine.result;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The port to whatever keeps results. A SUCCESS is never overwritten.
public interface ResultBackend {
    Optional<ResultMeta> result(String taskId);

    /// The members of a group or chord header in the order of their index, as far as they are known.
    List<ResultMeta> group(String groupId);

    /// Waits until the task's result is ready.
    ///
    /// @return empty when it was not in time
    Optional<ResultMeta> await(String taskId, Duration wait) throws InterruptedException;
}
