-- payloads: the digests of arguments that a message names, for itself or for what follows it, where it names any.
ALTER TABLE lovage_message ADD COLUMN payloads text;
ALTER TABLE lovage_disposed ADD COLUMN payloads text;
CREATE INDEX lovage_message_payloads ON lovage_message (id) WHERE payloads IS NOT NULL;
CREATE INDEX lovage_disposed_payloads ON lovage_disposed (id) WHERE payloads IS NOT NULL;

-- Tasks whose rate all workers share. earliest: when the next one may start; place: when it is whose turn.
CREATE TABLE lovage_rate (
    task text NOT NULL PRIMARY KEY,
    earliest bigint NOT NULL
);
CREATE TABLE lovage_rate_place (
    task text NOT NULL,
    task_id text NOT NULL,
    retries integer NOT NULL,
    nesting integer NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (task, task_id, retries, nesting)
);
CREATE INDEX lovage_rate_place_at ON lovage_rate_place (task, at);
