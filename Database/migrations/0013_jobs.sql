-- Jobs: written in the transaction that causes them, done by the worker at least once.

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
    -- While running: whether it lost a worker before, and the one that holds it now has held no other such job meanwhile.
    tried_alone boolean NOT NULL DEFAULT false,
    -- Infinity: it is set aside, because two workers in a row died of it, until an operator revives it.
    not_before timestamptz,
    -- A word for the last failure, never a message.
    last_error consilium.word,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('done', 'buried')) = (finished_at IS NOT NULL)),
    CONSTRAINT job_tried_alone_is_suspect CHECK (NOT tried_alone OR state = 'running' AND deaths > 0)
);
CREATE INDEX job_ready ON consilium.job (run_at, id) WHERE state = 'ready';
CREATE INDEX job_suspect ON consilium.job (run_at, id) WHERE state = 'ready' AND deaths > 0;
CREATE INDEX job_leased ON consilium.job (lease_until) WHERE state = 'running';
CREATE INDEX job_buried ON consilium.job (created_at, id) WHERE state = 'buried';
CREATE INDEX job_finished ON consilium.job (finished_at) WHERE state IN ('done', 'buried');
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('job', 'ready', 'running'), ('job', 'running', 'ready'), ('job', 'running', 'done'),
    ('job', 'running', 'buried'), ('job', 'buried', 'ready');
SELECT consilium.wall('consilium.job');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.job
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('job');
GRANT INSERT (id, kind, payload, run_at, max_attempts) ON consilium.job TO consilium_app;
CREATE POLICY asks ON consilium.job FOR INSERT TO consilium_app WITH CHECK (state = 'ready');
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.job TO consilium_worker;
CREATE POLICY works ON consilium.job TO consilium_worker USING (true) WITH CHECK (true);

-- How the jobs stand, for operators: counts and one age, whose jobs they are does not show. "refused" are those that the
-- mail server takes none of for what it has against us (the words of MailFailure.refusesUs begin so).
CREATE FUNCTION consilium.job_backlog() RETURNS TABLE (
    due bigint, running bigint, retrying bigint, refused bigint, buried bigint, set_aside bigint,
    oldest_seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT count(*) FILTER (WHERE j.state = 'ready' AND j.not_before IS NULL AND j.run_at <= now()),
        count(*) FILTER (WHERE j.state = 'running'),
        count(*) FILTER (WHERE j.state = 'ready' AND j.not_before IS NULL AND j.last_error IS NOT NULL),
        count(*) FILTER (WHERE j.last_error LIKE 'smtp_refuses_us:%'),
        count(*) FILTER (WHERE j.state = 'buried'),
        count(*) FILTER (WHERE j.state = 'ready' AND j.not_before IS NOT NULL),
        coalesce(extract(epoch FROM now() - min(j.run_at) FILTER (
            WHERE j.state = 'ready' AND j.not_before IS NULL AND j.run_at <= now())), 0)::double precision
    FROM (
        SELECT * FROM job WHERE state = 'ready' UNION ALL SELECT * FROM job WHERE state = 'running'
        UNION ALL SELECT * FROM job WHERE state = 'buried') j
$$;
GRANT EXECUTE ON FUNCTION consilium.job_backlog() TO consilium_app, consilium_worker;
