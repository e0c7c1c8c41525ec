-- Lines that tasks logged while they ran; retries and epoch name the attempt. They go when the task's result is forgotten.
CREATE TABLE lovage_log (
    id ${serial},
    task_id text NOT NULL,
    root_id text NOT NULL,
    retries integer NOT NULL,
    epoch bigint NOT NULL,
    node text NOT NULL,
    at bigint NOT NULL,
    level text NOT NULL,
    logger text NOT NULL,
    message text NOT NULL
);
CREATE INDEX lovage_log_task ON lovage_log (task_id, at, id);
CREATE INDEX lovage_log_at ON lovage_log (at);
