-- Instants are UTC microseconds; flags are 0 or 1; JSON is text.

-- Every execution that was ever accepted, until it is forgotten: what is known here is not sent twice.
CREATE TABLE lovage_execution (
    task_id text NOT NULL,
    retries integer NOT NULL,
    nesting integer NOT NULL,
    state text NOT NULL,
    ended_as text,
    at bigint NOT NULL,
    PRIMARY KEY (task_id, retries, nesting)
);
CREATE INDEX lovage_execution_ended ON lovage_execution (at) WHERE state = 'ended';

-- One row is one custody: an execution that has not ended has exactly one.
-- early: the claim acknowledged it early; fail_on_loss: the worker that lost it last had claimed it so.
-- claim: one call that claimed it, should the answer to that call be lost.
-- join_id: the join that it leads to; joins: all of them, where there are several.
CREATE TABLE lovage_message (
    id ${serial},
    task_id text NOT NULL,
    retries integer NOT NULL,
    nesting integer NOT NULL,
    task text NOT NULL,
    queue text NOT NULL,
    priority integer NOT NULL,
    order_key bigint NOT NULL,
    custody text NOT NULL,
    eta bigint,
    expires bigint,
    subject text,
    headers text NOT NULL,
    properties text NOT NULL,
    sent bigint NOT NULL,
    since bigint NOT NULL,
    epoch bigint NOT NULL,
    crashes integer NOT NULL,
    evidence text,
    early integer NOT NULL,
    fail_on_loss integer NOT NULL,
    lease text,
    claim text,
    reason text,
    join_id text,
    joins text,
    body ${blob} NOT NULL
) ${suffix:queue};
CREATE INDEX lovage_message_ready ON lovage_message (queue, priority DESC, order_key, id) WHERE custody = 'READY';
CREATE INDEX lovage_message_timer ON lovage_message (eta) WHERE custody = 'TIMER';
CREATE INDEX lovage_message_lease ON lovage_message (lease) WHERE lease IS NOT NULL;
CREATE INDEX lovage_message_custody ON lovage_message (queue, custody, sent);
CREATE INDEX lovage_message_subject ON lovage_message (subject) WHERE subject IS NOT NULL;
CREATE INDEX lovage_message_task ON lovage_message (task_id);
CREATE INDEX lovage_message_join ON lovage_message (join_id) WHERE join_id IS NOT NULL;
CREATE INDEX lovage_message_joins ON lovage_message (joins) WHERE joins IS NOT NULL;

CREATE TABLE lovage_result (
    task_id text NOT NULL PRIMARY KEY,
    task text NOT NULL,
    state text NOT NULL,
    result text NOT NULL,
    traceback text,
    date_done bigint,
    children text NOT NULL,
    group_id text,
    group_index integer,
    parent_id text,
    retries integer NOT NULL,
    worker text,
    at bigint NOT NULL
);
CREATE INDEX lovage_result_at ON lovage_result (at);
CREATE INDEX lovage_result_group ON lovage_result (group_id) WHERE group_id IS NOT NULL;

CREATE TABLE lovage_happening (
    id ${serial},
    task_id text NOT NULL,
    at bigint NOT NULL,
    retries integer NOT NULL,
    what text NOT NULL,
    detail text NOT NULL,
    trace text NOT NULL,
    by_whom text NOT NULL
);
CREATE INDEX lovage_happening_task ON lovage_happening (task_id, id);
CREATE INDEX lovage_happening_at ON lovage_happening (at);

-- missing: members that have not ended; outer_joins: the joins that the body leads to.
CREATE TABLE lovage_join (
    id text NOT NULL PRIMARY KEY,
    body text NOT NULL,
    root_id text NOT NULL,
    parent_id text NOT NULL,
    missing integer NOT NULL,
    closed integer NOT NULL,
    outer_joins text,
    at bigint NOT NULL
);
CREATE INDEX lovage_join_open ON lovage_join (id) WHERE closed = 0;

CREATE TABLE lovage_join_member (
    join_id text NOT NULL,
    idx integer NOT NULL,
    task_id text NOT NULL,
    ended integer NOT NULL,
    succeeded integer,
    result text,
    PRIMARY KEY (join_id, idx)
);
CREATE INDEX lovage_join_member_task ON lovage_join_member (task_id);
CREATE UNIQUE INDEX lovage_join_member_first ON lovage_join_member (task_id) WHERE idx = 0;

CREATE TABLE lovage_revoke (
    task_id text NOT NULL PRIMARY KEY,
    terminate integer NOT NULL,
    at bigint NOT NULL
);

CREATE TABLE lovage_worker (
    incarnation text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    pid bigint NOT NULL,
    started bigint NOT NULL,
    seen bigint NOT NULL,
    beats bigint NOT NULL,
    queues text NOT NULL,
    tasks text NOT NULL,
    pool text NOT NULL,
    slots integer NOT NULL,
    running integer NOT NULL
);

CREATE TABLE lovage_paused (
    queue text NOT NULL PRIMARY KEY,
    at bigint NOT NULL
);

-- What a person ended: bytes and history as they were.
CREATE TABLE lovage_disposed (
    id ${serial},
    task_id text NOT NULL,
    retries integer NOT NULL,
    nesting integer NOT NULL,
    task text NOT NULL,
    queue text NOT NULL,
    custody text NOT NULL,
    subject text,
    headers text NOT NULL,
    properties text NOT NULL,
    body ${blob} NOT NULL,
    sent bigint NOT NULL,
    crashes integer NOT NULL,
    evidence text,
    held_because text,
    history text NOT NULL,
    disposed_at bigint NOT NULL,
    reason text NOT NULL,
    by_whom text NOT NULL
);
CREATE INDEX lovage_disposed_task ON lovage_disposed (task_id);
