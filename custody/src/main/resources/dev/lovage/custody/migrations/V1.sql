CREATE TABLE ledger_writer (
    writer_id TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    started_at BIGINT NOT NULL
) ${suffix:queue};

CREATE TABLE ledger_intent (
    writer_id TEXT NOT NULL,
    writer_seq BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload ${blob} NOT NULL,
    payload_sha256 ${blob} NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (writer_id, writer_seq)
);

CREATE INDEX ledger_intent_type ON ledger_intent (tenant, type, subject);

CREATE TABLE ledger_entry (
    seq BIGINT NOT NULL PRIMARY KEY,
    writer_id TEXT NOT NULL,
    writer_seq BIGINT NOT NULL,
    ts BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    type TEXT NOT NULL,
    bytes ${blob} NOT NULL,
    leaf ${blob} NOT NULL,
    UNIQUE (writer_id, writer_seq)
);

CREATE INDEX ledger_entry_subject ON ledger_entry (tenant, subject, seq);

CREATE TABLE ledger_cursor (
    writer_id TEXT NOT NULL PRIMARY KEY,
    chained BIGINT NOT NULL
) ${suffix:queue};

CREATE TABLE ledger_sequencer (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    origin TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    holder TEXT NOT NULL,
    beat BIGINT NOT NULL,
    head_seq BIGINT NOT NULL,
    head_ts BIGINT NOT NULL,
    head_leaf ${blob} NOT NULL
) ${suffix:queue};

CREATE TABLE inbox (
    tenant TEXT NOT NULL,
    key_hash ${blob} NOT NULL,
    key_version INTEGER NOT NULL,
    fingerprint ${blob} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'finished')),
    reference TEXT,
    response ${blob},
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (tenant, key_hash)
);

CREATE INDEX inbox_fingerprint ON inbox (tenant, fingerprint, created_at);
