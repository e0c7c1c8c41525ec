-- at_broker: another broker has it too, unacknowledged or waiting; custody SENT: it waits there, and not here.
-- handed: when it was last on its way to that broker.
ALTER TABLE lovage_message ADD COLUMN at_broker integer NOT NULL DEFAULT 0;
ALTER TABLE lovage_message ADD COLUMN handed bigint;
CREATE INDEX lovage_message_sent ON lovage_message (since) WHERE custody = 'SENT';

-- What results that are shared with Celery have still to be told, in order: 'begin' and 'end' of joins, 'result'.
CREATE TABLE lovage_note (
    id ${serial},
    kind text NOT NULL,
    content text NOT NULL,
    at bigint NOT NULL
);
