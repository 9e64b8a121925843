-- Jobs: written in the transaction of what they follow from, done by the worker at least once.

CREATE TABLE consilium.job (
    id uuid PRIMARY KEY,
    kind consilium.word NOT NULL,
    -- Ids, words and counts only; its size leaves no room for prose.
    payload jsonb NOT NULL CHECK (octet_length(payload::text) <= 2048),
    state consilium.word NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'done', 'buried')),
    run_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL CHECK (max_attempts BETWEEN 1 AND 50),
    -- While running: who, until when, and the fencing token that a finish must show. The token only rises.
    worker_id uuid,
    lease_until timestamptz,
    fence bigint NOT NULL DEFAULT 0,
    -- How many workers in a row died while they held it.
    deaths smallint NOT NULL DEFAULT 0,
    -- After several deaths: when it is taken again, at the place in line that run_at gives it.
    not_before timestamptz,
    -- A word for the last failure, never a message.
    last_error consilium.word,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('done', 'buried')) = (finished_at IS NOT NULL))
);
CREATE INDEX job_ready ON consilium.job (run_at, id) WHERE state = 'ready';
CREATE INDEX job_leased ON consilium.job (lease_until) WHERE state = 'running';
CREATE INDEX job_finished ON consilium.job (finished_at) WHERE state IN ('done', 'buried');
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('job', 'ready', 'running'), ('job', 'running', 'ready'), ('job', 'running', 'done'),
    ('job', 'running', 'buried'), ('job', 'buried', 'ready');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.job
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('job');

SELECT consilium.wall('consilium.job');
GRANT INSERT (id, kind, payload, run_at, max_attempts) ON consilium.job TO consilium_app;
CREATE POLICY asks ON consilium.job FOR INSERT TO consilium_app WITH CHECK (state = 'ready');
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.job TO consilium_worker;
CREATE POLICY works ON consilium.job TO consilium_worker USING (true) WITH CHECK (true);
