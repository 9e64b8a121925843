-- Jobs: written in the transaction that causes them, done by the worker at least once.

CREATE TABLE consilium.job (
    id uuid PRIMARY KEY,
    kind consilium.word NOT NULL,
    payload jsonb NOT NULL CONSTRAINT job_payload_is_small CHECK (octet_length(payload::text) <= 2048),
    state consilium.word NOT NULL DEFAULT 'ready'
        CONSTRAINT job_state_known CHECK (state IN ('ready', 'running', 'done', 'buried')),
    run_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL CONSTRAINT job_max_attempts_in_range CHECK (max_attempts BETWEEN 1 AND 50),
    worker_id uuid,
    lease_until timestamptz,
    fence bigint NOT NULL DEFAULT 0,
    deaths smallint NOT NULL DEFAULT 0,
    tried_alone boolean NOT NULL DEFAULT false,
    not_before timestamptz,
    last_error consilium.word,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    CONSTRAINT job_running_has_lease CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT job_finished_has_time CHECK ((state IN ('done', 'buried')) = (finished_at IS NOT NULL)),
    CONSTRAINT job_tried_alone_is_suspect CHECK (NOT tried_alone OR state = 'running' AND deaths > 0)
);
COMMENT ON TABLE consilium.job IS 'The jobs of the worker.';
COMMENT ON COLUMN consilium.job.payload IS
    'Ids, words and counts, and envelopes of mail sealed by the service key; too small for prose.';
COMMENT ON COLUMN consilium.job.run_at IS 'When it is due.';
COMMENT ON COLUMN consilium.job.worker_id IS 'While it runs: the worker that has it.';
COMMENT ON COLUMN consilium.job.lease_until IS 'While it runs: until when that worker has it.';
COMMENT ON COLUMN consilium.job.fence IS 'The fencing token that a finish must show. It rises with each run.';
COMMENT ON COLUMN consilium.job.deaths IS 'How many workers in a row died while they had it.';
COMMENT ON COLUMN consilium.job.tried_alone IS
    'While it runs: whether it lost a worker before, and the worker that has it now has had no other such job since.';
COMMENT ON COLUMN consilium.job.not_before IS
    'Infinity: it is set aside, because two workers in a row died of it, until an operator revives it.';
COMMENT ON COLUMN consilium.job.last_error IS 'A word for the last failure, never a message.';
CREATE INDEX job_ready ON consilium.job (run_at, id) WHERE state = 'ready';
CREATE INDEX job_suspect ON consilium.job (run_at, id) WHERE state = 'ready' AND deaths > 0;
CREATE INDEX job_leased ON consilium.job (lease_until) WHERE state = 'running';
CREATE INDEX job_buried ON consilium.job (created_at, id) WHERE state = 'buried';
CREATE INDEX job_finished ON consilium.job (finished_at) WHERE state IN ('done', 'buried');
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('job', 'ready', 'running'), ('job', 'running', 'ready'), ('job', 'running', 'done'),
    ('job', 'running', 'buried'), ('job', 'buried', 'ready');
SELECT consilium.enable_row_security('consilium.job');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.job
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('job');
GRANT INSERT (id, kind, payload, run_at, max_attempts) ON consilium.job TO consilium_app;
CREATE POLICY app_insert_ready ON consilium.job FOR INSERT TO consilium_app WITH CHECK (state = 'ready');
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.job TO consilium_worker;
CREATE POLICY worker_all ON consilium.job TO consilium_worker USING (true) WITH CHECK (true);

-- The state of the jobs, for operators: counts and one age; whose jobs they are is not shown. "refused" counts those whose mail
-- the server refuses because of the sender (the words of MailFailure.refusesUs begin so).
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
