package dev.lovage.archive.ingest;

import dev.lovage.archive.Archive;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import java.util.Set;

/// The workers of both kinds that an archive needs.
record Lanes(Worker light, Worker heavy) implements AutoCloseable {
    static Lanes start(Lovage lovage, Archive archive, int children) {
        return new Lanes(light(lovage, archive), heavy(lovage, archive, children));
    }

    static Worker light(Lovage lovage, Archive archive) {
        return of(lovage, archive, Pool.virtual(8), Archive.LIGHT);
    }

    static Worker heavy(Lovage lovage, Archive archive, int children) {
        return of(lovage, archive, Pool.processes(children), Archive.HEAVY);
    }

    static Worker of(Lovage lovage, Archive archive, Pool pool, Set<String> queues) {
        return lovage.worker()
                .tasks(archive.tasks(queues))
                .queues(queues.toArray(String[]::new))
                .pool(pool)
                .name((queues.equals(Archive.HEAVY) ? "heavy" : "light") + "@test")
                .start();
    }

    @Override
    public void close() {
        light.close();
        heavy.close();
    }
}
