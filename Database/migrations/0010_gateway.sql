-- What the gateways share: kept replies (P3) and rate buckets (P11).

-- A part in a case as it was at the end of a write: a kept reply is given again only to who still has as much.
CREATE TYPE consilium.kept_part AS (
    case_id uuid, part consilium.word, reads_case boolean, sees_prior boolean, reads_opinion boolean
);

CREATE TABLE consilium.idempotency_key (
    account_id uuid NOT NULL REFERENCES consilium.account,
    -- The route's method and template, as "POST /v1/holds".
    route text NOT NULL CHECK (length(route) <= 200),
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    -- HMAC of method, path, query and body.
    fingerprint bytea NOT NULL,
    -- NULL only inside the transaction that does the work.
    status smallint CHECK (status BETWEEN 200 AND 299),
    -- Sealed: headers and body of the reply, and the audit entries that giving it again leaves.
    reply bytea,
    -- The caller's parts in the cases that the write touched, and the patients for whom the caller acted.
    parts consilium.kept_part[] NOT NULL DEFAULT '{}',
    patients uuid[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, route, key)
);
CREATE INDEX idempotency_key_age ON consilium.idempotency_key (created_at);
SELECT consilium.wall('consilium.idempotency_key');
GRANT SELECT, INSERT, DELETE, UPDATE (status, reply, parts, patients) ON consilium.idempotency_key TO consilium_app;
CREATE POLICY own ON consilium.idempotency_key TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
GRANT SELECT (created_at), DELETE ON consilium.idempotency_key TO consilium_worker;
CREATE POLICY worker_cleans ON consilium.idempotency_key TO consilium_worker USING (true);

-- Token buckets. Losing them in a crash only forgives.
CREATE UNLOGGED TABLE consilium.rate_bucket (
    bucket bytea PRIMARY KEY,
    tokens double precision NOT NULL,
    changed_at timestamptz NOT NULL
);
SELECT consilium.wall('consilium.rate_bucket');
GRANT SELECT, DELETE ON consilium.rate_bucket TO consilium_worker;
CREATE POLICY worker_cleans ON consilium.rate_bucket TO consilium_worker USING (true);

-- Whether a standby has every commit before it is acknowledged. pg_stat_replication hides that from whoever is no member
-- of pg_read_all_stats; the owner is one, and tells nothing else of it.
CREATE FUNCTION consilium.has_synchronous_standby() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp
RETURN EXISTS (SELECT FROM pg_catalog.pg_stat_replication r WHERE r.sync_state IN ('sync', 'quorum'));
GRANT EXECUTE ON FUNCTION consilium.has_synchronous_standby() TO consilium_app;

-- Takes up to so many tokens from a bucket that refills at a steady rate; returns how many it got, and after how
-- many seconds there will be one when it got none.
CREATE FUNCTION consilium.rate_take(
    the_bucket bytea, wanted integer, capacity integer, per_second double precision,
    OUT granted integer, OUT retry_after double precision
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    available double precision;
BEGIN
    INSERT INTO rate_bucket AS b (bucket, tokens, changed_at)
    VALUES (the_bucket, capacity, clock_timestamp()) ON CONFLICT DO NOTHING;
    SELECT least(capacity, b.tokens + per_second * extract(epoch FROM clock_timestamp() - b.changed_at))
    INTO available FROM rate_bucket b WHERE b.bucket = the_bucket FOR UPDATE;
    granted := least(wanted, floor(available)::integer);
    retry_after := CASE WHEN granted > 0 THEN 0 ELSE (1 - available) / per_second END;
    UPDATE rate_bucket b SET tokens = available - granted, changed_at = clock_timestamp()
    WHERE b.bucket = the_bucket;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.rate_take(bytea, integer, integer, double precision) TO consilium_app;
