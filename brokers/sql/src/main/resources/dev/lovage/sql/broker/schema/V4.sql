-- at_broker: another broker has it too, unacknowledged or waiting; custody SENT: it waits there, and not here.
-- handed: a mark of who has it on its way to that broker; broker_tag: what that broker calls the delivery that a worker has or
-- had. SENT with a tag and never handed: its worker died with it.
ALTER TABLE lovage_message ADD COLUMN at_broker integer NOT NULL DEFAULT 0;
ALTER TABLE lovage_message ADD COLUMN handed bigint;
ALTER TABLE lovage_message ADD COLUMN broker_tag text;
CREATE INDEX lovage_message_sent ON lovage_message (since) WHERE custody = 'SENT';
CREATE INDEX lovage_message_orphan ON lovage_message (broker_tag)
    WHERE custody = 'SENT' AND handed IS NULL AND broker_tag IS NOT NULL;

-- What results that are shared with Celery have still to be told, in order: 'begin' and 'end' of joins, 'result'.
-- about: the task or the join, of which one process tells at a time; handed: a mark of who does.
CREATE TABLE lovage_note (
    id ${serial},
    kind text NOT NULL,
    about text NOT NULL,
    content text NOT NULL,
    at bigint NOT NULL,
    handed bigint
);
CREATE INDEX lovage_note_begin ON lovage_note (about) WHERE kind = 'begin';
CREATE INDEX lovage_note_handed ON lovage_note (about) WHERE handed IS NOT NULL;
