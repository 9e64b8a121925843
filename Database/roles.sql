-- The four roles, made once a cluster by a superuser. Nothing here is a secret: how a role
-- authenticates is the cluster's pg_hba.conf (the demo trusts its own Unix socket, in a folder of mode 0700).
--
--   consilium_owner   owns the schema and runs the migrations; FORCE row-level security applies to it too
--   consilium_app     the gateway: sees what the actor of its transaction may see, and nothing else
--   consilium_worker  the worker: jobs, addresses, calendars, and the states of cases; no column of clinical content is
--                     granted to it
--   consilium_backup  reads everything (sealed as it is) for pg_dump --enable-row-security and for audit verify
--
-- None is a superuser, none has BYPASSRLS, none can become another. The owner alone reads pg_read_all_stats, for the one
-- function by which readiness asks whether a synchronous standby is there.
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['consilium_owner', 'consilium_app', 'consilium_worker', 'consilium_backup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', role);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', role);
        EXECUTE format('ALTER ROLE %I SET search_path = consilium, public', role);
        -- Statements here are short; compiling them would cost more than it saves.
        EXECUTE format('ALTER ROLE %I SET jit = off', role);
    END LOOP;
    GRANT pg_read_all_stats TO consilium_owner;
    IF pg_has_role('consilium_app', 'pg_read_all_stats', 'MEMBER') THEN
        REVOKE pg_read_all_stats FROM consilium_app;
    END IF;
    ALTER ROLE consilium_owner INHERIT;
    -- A worker that is frozen between two statements must not keep from the others what it had locked.
    ALTER ROLE consilium_worker SET idle_in_transaction_session_timeout = '5s';
END
$$;
