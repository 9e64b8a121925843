-- What every later file needs: who acts in a transaction, row-level security, plain words as domains, the moves of the state
-- machines, quotas, and wall-clock time.

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
GRANT USAGE ON SCHEMA consilium TO consilium_app, consilium_worker, consilium_backup;
-- Not IN SCHEMA: what a schema's defaults take back, PostgreSQL's own defaults would still grant.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA consilium GRANT SELECT ON TABLES TO consilium_backup;
-- The migrator's own tables are older than the defaults, and pg_dump stops at the first table it may not read.
GRANT SELECT ON ALL TABLES IN SCHEMA consilium TO consilium_backup;

-- Who acts in this transaction, or NULL. Set with set_config('consilium.actor', …, true) only, so that it
-- ends with the transaction; after that the setting reads '' and not NULL.
CREATE FUNCTION consilium.actor() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('consilium.actor', true), '')::uuid;
GRANT EXECUTE ON FUNCTION consilium.actor() TO consilium_app, consilium_worker, consilium_backup;

-- Forces row-level security on a table and lets in the roles that are not an actor: the owner (migrations and
-- the narrow definer functions) and the backup. What the app role may do is each table's own policy.
CREATE FUNCTION consilium.enable_row_security(target regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY owner_all ON %s TO consilium_owner USING (true) WITH CHECK (true)', target);
    EXECUTE format('CREATE POLICY backup_select ON %s FOR SELECT TO consilium_backup USING (true)', target);
END
$$;

-- A short word, so that no plain column can carry a sentence. Collated as names are: a trigger's argument is compared as a
-- name, and no index of another collation would serve it.
CREATE DOMAIN consilium.word AS text COLLATE "C" CONSTRAINT word_form CHECK (VALUE ~ '^[a-z][a-z0-9_.:-]{0,63}$');

-- ISO 3166-2, as US-OH; a residence or a licence. A territory that is a country by ISO 3166-1 too has that code alone, PR and
-- not US-PR (`Jurisdiction` in Swift knows them all).
CREATE DOMAIN consilium.jurisdiction AS text CONSTRAINT jurisdiction_form CHECK (VALUE ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$')
    CONSTRAINT jurisdiction_has_one_code CHECK (VALUE !~ ('^(BU|DD|FX|TP|UK|YD|ZR|CN-(71|91|92|HK|MO|TW)|FI-01'
        || '|FR-(97[12346]|BL|GF|GP|MF|MQ|NC|PF|PM|RE|TF|WF|YT)|NL-(AW|BQ[123]|CW|SX)|NO-2[12]'
        || '|US-(AS|GU|MP|PR|UM|VI))$|^(BU|DD|FX|TP|UK|YD|ZR)-'));

-- BCP 47 in the form that RFC 5646 §4.5 and §2.1.1 call canonical, as en or es-MX; `LanguageTag` in Swift knows which subtag
-- replaces which.
CREATE FUNCTION consilium.is_language_tag(tag text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN length(tag) <= 64 AND tag ~ ('^([a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?'
    || '(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[a-wy-z0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?'
    || '|x(-[a-z0-9]{1,8})+)$');
GRANT EXECUTE ON FUNCTION consilium.is_language_tag(text) TO consilium_app, consilium_worker, consilium_backup;

CREATE FUNCTION consilium.are_language_tags(tags text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN NOT EXISTS (SELECT FROM unnest(tags) t (tag) WHERE NOT coalesce(consilium.is_language_tag(t.tag), false));
GRANT EXECUTE ON FUNCTION consilium.are_language_tags(text[]) TO consilium_app, consilium_worker, consilium_backup;

CREATE DOMAIN consilium.language_tag AS text
    CONSTRAINT language_tag_is_canonical CHECK (consilium.is_language_tag(VALUE));

-- Whether it is UTC, or the name of an IANA zone with a place that the system's tzdata knows. The form is checked first:
-- PostgreSQL reads nearly every name with digits as a zone (a POSIX string), and each process keeps all that it ever read.
CREATE FUNCTION consilium.is_zone(zone text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    -- Debian's tzdata has all zones a second time under posix, and with leap seconds under right.
    IF zone <> 'UTC' AND zone !~ '^(?!posix/|right/)[A-Za-z]+(/[A-Za-z_-]+){1,2}$'
        AND zone !~ '^Etc/GMT(0|[+-]0|[+]([1-9]|1[0-2])|-([1-9]|1[0-4]))$' THEN
        RETURN false;
    END IF;
    PERFORM timestamp '2000-01-01' AT TIME ZONE zone;
    RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.is_zone(text) TO consilium_app, consilium_worker, consilium_backup;

CREATE DOMAIN consilium.zone AS text CONSTRAINT zone_known CHECK (consilium.is_zone(VALUE));

CREATE TABLE consilium.transition (
    machine text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    parts text[],
    PRIMARY KEY (machine, source, target)
);
COMMENT ON TABLE consilium.transition IS 'The legal moves of each state machine, drawn in Database/README.md.';
COMMENT ON COLUMN consilium.transition.parts IS
    'Whose part in the case may make the move through the gateway; "worker": the worker may. NULL: whoever may write the row.';
GRANT SELECT ON consilium.transition TO consilium_app, consilium_worker;

-- Refuses a change of "state" that the machine named in the trigger's argument does not have.
CREATE FUNCTION consilium.enforce_transition() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM OLD.state AND NOT EXISTS (SELECT FROM consilium.transition t
        WHERE t.machine = TG_ARGV[0] AND t.source = OLD.state AND t.target = NEW.state) THEN
        RAISE EXCEPTION 'illegal transition' USING
            ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0] || '_transition', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION consilium.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append only' USING
        ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
END
$$;

-- Refuses a statement that writes a derived table by itself, also the owner's: only triggers write it.
CREATE FUNCTION consilium.refuse_direct_write() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'derived' USING
        ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_TABLE_NAME || '_derived', TABLE = TG_TABLE_NAME;
END
$$;

-- One writer at a time for what a quota counts, from the insert until the transaction ends.
CREATE FUNCTION consilium.lock_quota(subject text) RETURNS void
LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(hashtextextended(subject, 0)) $$;

-- Refuses a row beyond a quota. Lock, then look, as statements of their own: nobody who adds beside this one is missed.
-- Arguments: the quota's name, the column whose value has the quota, how much it may have, the column that is summed
-- ('' to count rows), and which rows count, as a condition on t. The owner's commands are bound by none.
CREATE FUNCTION consilium.enforce_quota() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    subject uuid := (to_jsonb(NEW) ->> TG_ARGV[1])::uuid;
    added numeric := CASE TG_ARGV[3] WHEN '' THEN 1 ELSE (to_jsonb(NEW) ->> TG_ARGV[3])::numeric END;
    taken numeric;
BEGIN
    IF session_user = 'consilium_owner' THEN
        RETURN NEW;
    END IF;
    PERFORM lock_quota(TG_ARGV[0] || ':' || subject);
    EXECUTE format('SELECT coalesce(%s, 0) FROM consilium.%I t WHERE t.%I = $1 AND (%s)',
        CASE TG_ARGV[3] WHEN '' THEN 'count(*)' ELSE format('sum(t.%I)', TG_ARGV[3]) END,
        TG_TABLE_NAME, TG_ARGV[1], TG_ARGV[4]) INTO taken USING subject;
    IF taken + added > TG_ARGV[2]::numeric THEN
        RAISE EXCEPTION 'quota' USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0], TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

-- RFC 5545 section 3.3.5: a local time that a clock repeats means the first of the two; one that it skips is read with the
-- offset before the gap. AT TIME ZONE takes the second of a repeated time; reading it again with the offset of a day earlier
-- gives the first.
CREATE FUNCTION consilium.instant_of(wall_clock timestamp, zone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    read timestamptz := wall_clock AT TIME ZONE zone;
    again timestamptz := (wall_clock - ((read - interval '1 day') AT TIME ZONE zone
        - (read - interval '1 day') AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC';
BEGIN
    RETURN CASE WHEN again AT TIME ZONE zone = wall_clock THEN least(again, read) ELSE read END;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.instant_of(timestamp, text) TO consilium_app, consilium_worker;

-- When the clock of a zone shows a local time that is later than what it shows at an instant. A time that it shows twice is the
-- first of the two (instant_of) only as long as that is to come.
CREATE FUNCTION consilium.next_instant_of(wall_clock timestamp, zone text, since timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN consilium.instant_of(wall_clock, zone) > since THEN consilium.instant_of(wall_clock, zone)
    ELSE wall_clock AT TIME ZONE zone END;
GRANT EXECUTE ON FUNCTION consilium.next_instant_of(timestamp, text, timestamptz) TO consilium_worker;

-- The instants at which a person's clock shows certain hours of certain weekdays (ISO 8601: Monday is 1).
CREATE FUNCTION consilium.wall_clock_hours(
    zone text, weekdays integer[], earliest time, latest time, from_at timestamptz, to_at timestamptz
) RETURNS tstzmultirange
LANGUAGE sql STABLE AS $$
    SELECT coalesce(range_agg(tstzrange(
        consilium.instant_of(day + earliest, zone), consilium.instant_of(day + latest, zone))), '{}')
    FROM (
        SELECT (from_at AT TIME ZONE zone)::date + n AS day
        FROM generate_series(0, (to_at AT TIME ZONE zone)::date - (from_at AT TIME ZONE zone)::date) n
    ) d
    WHERE extract(isodow FROM day)::integer = ANY (weekdays)
$$;
GRANT EXECUTE ON FUNCTION consilium.wall_clock_hours(text, integer[], time, time, timestamptz, timestamptz) TO consilium_app;

CREATE TABLE consilium.demonstration (
    single boolean PRIMARY KEY DEFAULT true CONSTRAINT demonstration_has_one_row CHECK (single),
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consilium.demonstration IS
    'A row here says that all people of this database are made up. `consilium demo` and `consilium seed` write it into a '
    'database without accounts, and refuse a database that has accounts and no such row.';
SELECT consilium.enable_row_security('consilium.demonstration');

-- The migrator's own tables, which it makes before this file.
INSERT INTO consilium.schema_contract (serves_from) VALUES (1) ON CONFLICT DO NOTHING;
COMMENT ON TABLE consilium.migration IS 'Which migrations were applied, each with the SHA-256 of its file.';
COMMENT ON COLUMN consilium.migration.digest IS 'SHA-256 of the file as it was applied.';
COMMENT ON TABLE consilium.schema_contract IS 'The oldest program that this schema still serves.';
COMMENT ON COLUMN consilium.schema_contract.serves_from IS
    'The number that the highest migration of a program must reach: a program that knows less refuses to start.';
