package dev.lovage.engine.direct;

import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.result.ResultMeta;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Results that nobody keeps.
final class NoResults implements ResultBackend {
    @Override
    public Optional<ResultMeta> result(String taskId) {
        return Optional.empty();
    }

    @Override
    public List<ResultMeta> group(String groupId) {
        return List.of();
    }

    /// @throws UnsupportedOperationException because it would wait in vain
    @Override
    public Optional<ResultMeta> await(String taskId, Duration wait) {
        throw new UnsupportedOperationException("Nobody keeps the result of " + taskId + ": store_url is none, and no"
                + " result_backend is set. The task goes on. Set result_backend to rpc:// or redis://, or leave"
                + " store_url out.");
    }
}
