-- Calendars: the row that is locked for each person, when a person is busy (P1), time off, and the calendars that a
-- specialist linked.

-- One row a person: the lock, and nothing else. Locked patient first, then the specialists by id,
-- FOR NO KEY UPDATE, before anything of their time is looked at or written.
CREATE TABLE consilium.calendar (
    person_id uuid PRIMARY KEY REFERENCES consilium.account
);
SELECT consilium.wall('consilium.calendar');
CREATE TRIGGER keep BEFORE UPDATE ON consilium.calendar FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
-- The grant is the right to lock; a trigger refuses every change. Who books locks their own calendar, specialists', and
-- those of the people of their cases, also of one whose part has ended and whose consult is left.
GRANT SELECT, UPDATE (person_id) ON consilium.calendar TO consilium_app, consilium_worker;
CREATE POLICY worker_lock ON consilium.calendar TO consilium_worker USING (true);

CREATE FUNCTION consilium.make_calendar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    INSERT INTO calendar (person_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER calendar AFTER INSERT ON consilium.account
    FOR EACH ROW EXECUTE FUNCTION consilium.make_calendar();

-- The wall: a row a person a consult, padded by the buffers for a specialist, bare for the party. A hold's row
-- stops counting at lapses_at, whether or not a worker runs; the transaction that wants the range removes it first.
CREATE TABLE consilium.busy (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    person_id uuid NOT NULL REFERENCES consilium.calendar,
    during tstzrange NOT NULL CHECK (NOT isempty(during)),
    hold_id uuid,
    appointment_id uuid,
    lapses_at timestamptz NOT NULL DEFAULT 'infinity',
    CHECK ((hold_id IS NULL) <> (appointment_id IS NULL)),
    CHECK (appointment_id IS NULL OR lapses_at = 'infinity'),
    CONSTRAINT busy_overlap EXCLUDE USING gist (person_id WITH =, during WITH &&)
);
CREATE INDEX busy_hold ON consilium.busy (hold_id) WHERE hold_id IS NOT NULL;
CREATE INDEX busy_lapses ON consilium.busy (person_id, lapses_at) WHERE hold_id IS NOT NULL;
CREATE INDEX busy_appointment ON consilium.busy (appointment_id) WHERE appointment_id IS NOT NULL;
SELECT consilium.wall('consilium.busy');
CREATE TRIGGER derived BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON consilium.busy
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION consilium.refuse_hand();
GRANT SELECT ON consilium.busy TO consilium_app;

-- When a person of one of the actor's cases, or the actor herself, is taken between two instants: the other half of
-- P4's one source. Definer, because what takes her may belong to another case; only the ranges leave it.
CREATE FUNCTION consilium.taken_of(
    the_person uuid, from_at timestamptz, to_at timestamptz,
    except_hold uuid DEFAULT NULL, except_appointment uuid DEFAULT NULL
) RETURNS tstzmultirange
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = consilium, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT coalesce(range_agg(b.during), '{}') FROM busy b
        WHERE b.person_id = the_person AND b.lapses_at > clock_timestamp()
            AND (the_person = actor() OR the_person IN (SELECT my_people()))
            AND b.during && tstzrange(from_at, to_at)
            AND (except_hold IS NULL OR b.hold_id IS DISTINCT FROM except_hold)
            AND (except_appointment IS NULL OR b.appointment_id IS DISTINCT FROM except_appointment)
    );
END
$$;
GRANT EXECUTE ON FUNCTION consilium.taken_of(uuid, timestamptz, timestamptz, uuid, uuid) TO consilium_app;

-- Instants at which she is away; may overlap a booking, so it lives apart from busy.
CREATE TABLE consilium.time_off (
    id uuid PRIMARY KEY,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    during tstzrange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX time_off_during ON consilium.time_off USING gist (specialist_id, during);
SELECT consilium.wall('consilium.time_off');
SELECT consilium.audited('consilium.time_off', 'account', 'specialist_id', 'specialist_id');
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.time_off TO consilium_app;
CREATE POLICY own ON consilium.time_off TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
-- A coordinator clears the hours of a specialist who cannot do it herself.
CREATE POLICY clears ON consilium.time_off FOR INSERT TO consilium_app
    WITH CHECK ((SELECT consilium.has_role('coordinator')));

-- A calendar elsewhere. Its address, sealed by her person key, is a secret that opens it.
CREATE TABLE consilium.linked_calendar (
    id uuid PRIMARY KEY,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    url bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX linked_calendar_specialist ON consilium.linked_calendar (specialist_id);
SELECT consilium.wall('consilium.linked_calendar');
SELECT consilium.audited('consilium.linked_calendar', 'account', 'specialist_id', 'id');
GRANT SELECT, INSERT, DELETE ON consilium.linked_calendar TO consilium_app;
CREATE POLICY own ON consilium.linked_calendar TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
GRANT SELECT ON consilium.linked_calendar TO consilium_worker;
CREATE POLICY worker_reads ON consilium.linked_calendar FOR SELECT TO consilium_worker USING (true);

-- How it fares: the worker's, and apart from what she did, which is audited.
CREATE TABLE consilium.calendar_poll (
    calendar_id uuid PRIMARY KEY REFERENCES consilium.linked_calendar ON DELETE CASCADE,
    -- When it is to be fetched next; a worker that takes it puts it off for as long as that may last.
    poll_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Rises with every fetch: what an earlier one still writes is nobody's.
    fence bigint NOT NULL DEFAULT 0,
    -- Fetches that were begun since one came to an end, written before each: one that ends its worker shows here.
    begun smallint NOT NULL DEFAULT 0 CONSTRAINT calendar_poll_begun CHECK (begun >= 0),
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    problem consilium.word,
    -- When it last answered, and when its events were last read.
    checked_at timestamptz,
    read_at timestamptz,
    -- What its server calls the version that was read, sealed by her person key.
    version bytea,
    -- Of the last reading: events that block more than they may need, and those that could not be read.
    unclear_rules integer NOT NULL DEFAULT 0,
    unclear_zones integer NOT NULL DEFAULT 0,
    unreadable integer NOT NULL DEFAULT 0,
    -- The first of them, by when they are, sealed by their owner's person key.
    unclear bytea,
    -- When their owner was told that it fails, for as long as it does; and of which unclear events they were last told.
    told_failing_at timestamptz,
    told_unclear bytea,
    told_unclear_at timestamptz,
    CONSTRAINT calendar_poll_told CHECK ((told_unclear IS NULL) = (told_unclear_at IS NULL)),
    CHECK ((failing_since IS NULL) = (problem IS NULL)),
    CHECK ((read_at IS NULL) = (version IS NULL))
);
CREATE INDEX calendar_poll_due ON consilium.calendar_poll (poll_at);
SELECT consilium.wall('consilium.calendar_poll');
GRANT SELECT, INSERT (calendar_id) ON consilium.calendar_poll TO consilium_app;
CREATE POLICY own ON consilium.calendar_poll TO consilium_app
    USING (EXISTS (SELECT FROM consilium.linked_calendar l WHERE l.id = calendar_poll.calendar_id))
    WITH CHECK (EXISTS (SELECT FROM consilium.linked_calendar l WHERE l.id = calendar_poll.calendar_id));
GRANT SELECT, UPDATE ON consilium.calendar_poll TO consilium_worker;
CREATE POLICY worker_polls ON consilium.calendar_poll TO consilium_worker USING (true);

-- A date, and a time without a zone, is by the clock of whoever looks: when a specialist's clock becomes another one, their
-- calendars are due and read anew, whether or not they changed. What an earlier fetch still writes is nobody's, and is not
-- counted as one without an end. Those that are not fetched any more stay so.
CREATE FUNCTION consilium.reread_calendars() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE calendar_poll p SET poll_at = clock_timestamp(), fence = p.fence + 1, begun = 0,
        read_at = CASE WHEN p.read_at IS NOT NULL THEN '-infinity'::timestamptz END
    FROM linked_calendar l
    WHERE l.id = p.calendar_id AND l.specialist_id = NEW.id AND p.poll_at < 'infinity';
    RETURN NULL;
END
$$;
CREATE TRIGGER reread_calendars AFTER UPDATE OF time_zone ON consilium.specialist
    FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION consilium.reread_calendars();

-- When she is busy by a linked calendar: joined times, and nothing of what they are. May overlap a booking, so it lives
-- apart from busy. Written under her calendar's lock.
CREATE TABLE consilium.imported_busy (
    calendar_id uuid NOT NULL REFERENCES consilium.linked_calendar ON DELETE CASCADE,
    specialist_id uuid NOT NULL,
    during tstzrange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    PRIMARY KEY (calendar_id, during)
);
CREATE INDEX imported_busy_during ON consilium.imported_busy USING gist (specialist_id, during);
SELECT consilium.wall('consilium.imported_busy');
GRANT SELECT ON consilium.imported_busy TO consilium_app;
CREATE POLICY own ON consilium.imported_busy FOR SELECT TO consilium_app
    USING (specialist_id = (SELECT consilium.actor()));
GRANT SELECT, INSERT, DELETE ON consilium.imported_busy TO consilium_worker;
CREATE POLICY worker_imports ON consilium.imported_busy TO consilium_worker USING (true);
