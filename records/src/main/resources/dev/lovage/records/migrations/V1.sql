CREATE TABLE records_submission (
    tenant TEXT NOT NULL,
    tracking_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    media_type TEXT NOT NULL,
    raw_sha256 TEXT NOT NULL,
    raw_size BIGINT NOT NULL,
    raw ${blob},
    state TEXT NOT NULL,
    reason TEXT,
    redriven INTEGER NOT NULL DEFAULT 0,
    suspected_duplicate_of TEXT,
    test INTEGER NOT NULL DEFAULT 0,
    requester_ref TEXT,
    working_copy TEXT,
    obligations TEXT,
    due_on TEXT,
    score TEXT,
    level INTEGER,
    queue TEXT,
    route TEXT,
    department TEXT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, tracking_id)
) ${suffix:queue};

CREATE INDEX records_submission_received ON records_submission (tenant, received_at);

CREATE INDEX records_submission_requester ON records_submission (tenant, requester_ref);

CREATE TABLE records_vault (
    tenant TEXT NOT NULL,
    tracking_id TEXT NOT NULL,
    original TEXT NOT NULL,
    PRIMARY KEY (tenant, tracking_id)
);

CREATE TABLE records_letter (
    tenant TEXT NOT NULL,
    tracking_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    file TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, tracking_id, kind)
);

CREATE TABLE records_handoff (
    tenant TEXT NOT NULL,
    tracking_id TEXT NOT NULL,
    department TEXT NOT NULL,
    handed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, tracking_id, department)
);

CREATE TABLE records_sequence (
    tenant TEXT NOT NULL,
    series TEXT NOT NULL,
    taken BIGINT NOT NULL,
    PRIMARY KEY (tenant, series)
);

CREATE TABLE records_freeze (
    tenant TEXT NOT NULL,
    frozen INTEGER NOT NULL,
    version BIGINT NOT NULL,
    reason TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);

CREATE TABLE records_staff_task (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    tracking_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, tracking_id, detail)
);
