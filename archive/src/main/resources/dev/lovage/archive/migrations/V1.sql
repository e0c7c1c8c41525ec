CREATE TABLE archive_batch (
    tenant TEXT NOT NULL,
    batch TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    generation INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    manifest TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    folder TEXT NOT NULL,
    root_id TEXT NOT NULL,
    runs INTEGER NOT NULL DEFAULT 0,
    package TEXT,
    package_sha256 TEXT,
    received_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, batch),
    UNIQUE (tenant, batch_id, generation)
) ${suffix:queue};

CREATE TABLE archive_item (
    tenant TEXT NOT NULL,
    item TEXT NOT NULL,
    batch TEXT NOT NULL,
    path TEXT NOT NULL,
    place INTEGER NOT NULL,
    page_label TEXT,
    expected_sha256 TEXT,
    sha256 TEXT,
    size BIGINT,
    state TEXT NOT NULL,
    reason TEXT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, item),
    UNIQUE (tenant, batch, path)
) ${suffix:queue};

CREATE TABLE archive_output (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    generation INTEGER NOT NULL,
    batch TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    PRIMARY KEY (tenant, subject, kind, generation)
);

CREATE INDEX archive_output_batch ON archive_output (tenant, batch);

CREATE TABLE archive_event (
    tenant TEXT NOT NULL,
    event_id TEXT NOT NULL,
    batch TEXT NOT NULL,
    subject TEXT NOT NULL,
    step TEXT NOT NULL,
    generation INTEGER NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    note TEXT NOT NULL,
    inputs TEXT NOT NULL,
    parameters TEXT NOT NULL,
    outputs TEXT NOT NULL,
    deterministic INTEGER NOT NULL,
    agent TEXT NOT NULL,
    at BIGINT NOT NULL,
    task_id TEXT NOT NULL,
    root_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    node TEXT NOT NULL,
    PRIMARY KEY (tenant, event_id),
    UNIQUE (tenant, subject, step, generation)
);

CREATE INDEX archive_event_batch ON archive_event (tenant, batch, at);
