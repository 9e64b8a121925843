-- Takes from everybody what PostgreSQL grants to everybody in a new database and nobody needs in this one: temporary
-- tables and large objects, in which somebody who can run SQL as the gateway could keep what no policy sees. Run once in
-- the service's own database, as a superuser; again, and nothing changes.
DO $$
DECLARE
    function regprocedure;
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    FOR function IN
        SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN (
            'lo_close', 'lo_creat', 'lo_create', 'lo_export', 'lo_from_bytea', 'lo_get', 'lo_import', 'lo_lseek',
            'lo_lseek64', 'lo_open', 'lo_put', 'lo_tell', 'lo_tell64', 'lo_truncate', 'lo_truncate64', 'lo_unlink',
            'loread', 'lowrite')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
    END LOOP;
END
$$;
