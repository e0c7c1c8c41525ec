package dev.lovage.engine.memory;

import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.result.ResultMeta;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

final class MemoryResults implements ResultBackend {
    private final Memory memory;

    MemoryResults(Memory memory) {
        this.memory = memory;
    }

    @Override
    public Optional<ResultMeta> result(String taskId) {
        return memory.locked(() -> memory.result(taskId));
    }

    @Override
    public List<ResultMeta> group(String groupId) {
        return memory.locked(() -> memory.group(groupId));
    }

    @Override
    public Optional<ResultMeta> await(String taskId, Duration wait) throws InterruptedException {
        return memory.awaitResult(taskId, wait);
    }
}
