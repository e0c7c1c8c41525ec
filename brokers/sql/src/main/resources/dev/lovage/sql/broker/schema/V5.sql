-- Periodic tasks. configured: it comes from the settings; last_time: the nominal time that it was last sent for, or passed
-- over; sent: when.
CREATE TABLE lovage_schedule (
    name text NOT NULL PRIMARY KEY,
    configured integer NOT NULL,
    definition text NOT NULL,
    enabled integer NOT NULL,
    last_time bigint NOT NULL,
    sent bigint,
    sends bigint NOT NULL
);

-- One row: which beat leads, and its counter.
CREATE TABLE lovage_beat (
    epoch bigint NOT NULL,
    leader text,
    beats bigint NOT NULL
);
INSERT INTO lovage_beat (epoch, beats) VALUES (0, 0);
