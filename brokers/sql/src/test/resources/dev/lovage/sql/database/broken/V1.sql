-- The first table.
CREATE TABLE thing (
    id ${serial},
    content ${blob}
) ${suffix:queue};

CREATE INDEX thing_content ON thing (content);
