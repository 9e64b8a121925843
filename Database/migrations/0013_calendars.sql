-- Calendars out: what a person's calendar program fetches, and how it learns of a change. Joining: who waits, and who is
-- let in. Calendars in: the feeds that a specialist linked, and when she is busy by them.

-- A feed by its secret's digest. Revoked, it is gone: a revoked secret is an unknown one.
CREATE TABLE consilium.calendar_feed (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    token_digest bytea NOT NULL UNIQUE CHECK (octet_length(token_digest) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX calendar_feed_account ON consilium.calendar_feed (account_id);

-- When a program last fetched it, to the hour: no write of hers, so it lies apart from what is audited.
CREATE TABLE consilium.calendar_feed_visit (
    feed_id uuid PRIMARY KEY REFERENCES consilium.calendar_feed ON DELETE CASCADE,
    at timestamptz NOT NULL
);

-- Whose feed a secret opens, while the account lives; NULL otherwise. Definer: whoever fetches is nobody. An id leaves,
-- and only for who knows the secret.
CREATE FUNCTION consilium.feed_owner(token bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    feed calendar_feed;
BEGIN
    SELECT f.* INTO feed FROM calendar_feed f JOIN account a ON a.id = f.account_id
    WHERE f.token_digest = token AND a.state = 'active';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO calendar_feed_visit AS v (feed_id, at) VALUES (feed.id, clock_timestamp())
    ON CONFLICT (feed_id) DO UPDATE SET at = excluded.at WHERE v.at < excluded.at - interval '1 hour';
    RETURN feed.account_id;
EXCEPTION WHEN foreign_key_violation THEN
    -- Revoked this very moment.
    RETURN NULL;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.feed_owner(bytea) TO consilium_app;

CREATE FUNCTION consilium.stamp_appointment() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sequence IS DISTINCT FROM OLD.sequence THEN
        NEW.stamped_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER stamp BEFORE UPDATE OF sequence ON consilium.appointment
    FOR EACH ROW EXECUTE FUNCTION consilium.stamp_appointment();

-- The room of a consult, from whoever joins first: the party's side waits in it until a specialist opens it.
CREATE TABLE consilium.consult_room (
    appointment_id uuid PRIMARY KEY REFERENCES consilium.appointment,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    state consilium.word NOT NULL CHECK (state IN ('waiting', 'open')),
    waiting_since timestamptz,
    opened_at timestamptz,
    -- When the party's side first joined, into the waiting room or the open one.
    party_came_at timestamptz,
    CHECK ((state = 'open') = (opened_at IS NOT NULL)),
    CHECK (state = 'open' OR waiting_since IS NOT NULL),
    CHECK (waiting_since IS NULL OR party_came_at IS NOT NULL)
);
INSERT INTO consilium.transition (machine, source, target, parts) VALUES ('room', 'waiting', 'open', '{specialist,colleague}');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.consult_room
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('room', 'case_id');

-- A consult that moves has an empty room at its new time, whoever moves it.
CREATE FUNCTION consilium.empty_room() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    DELETE FROM consult_room r WHERE r.appointment_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER empty_room AFTER UPDATE OF starts_at ON consilium.appointment
    FOR EACH ROW WHEN (OLD.starts_at IS DISTINCT FROM NEW.starts_at) EXECUTE FUNCTION consilium.empty_room();

-- Who has come has not failed to come, whoever says so; nor does that bring a fee.
CREATE FUNCTION consilium.refuse_no_show() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM consult_room r WHERE r.appointment_id = NEW.id AND r.party_came_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the party came' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'appointment_party_came', TABLE = 'appointment';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER party_came BEFORE UPDATE OF state ON consilium.appointment
    FOR EACH ROW WHEN (NEW.state = 'no_show') EXECUTE FUNCTION consilium.refuse_no_show();

-- Who came into an admitted consult, and with which session: that is activity without a request (session_lives), until the
-- consult's time is over, or it ends or moves before. That somebody leaves the room is not seen, and ends nothing.
CREATE TABLE consilium.consult_presence (
    session_id uuid NOT NULL REFERENCES consilium.session ON DELETE CASCADE,
    appointment_id uuid NOT NULL REFERENCES consilium.appointment,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    until timestamptz NOT NULL,
    PRIMARY KEY (session_id, appointment_id)
);
CREATE INDEX consult_presence_appointment ON consilium.consult_presence (appointment_id);

-- Notes that the actor came into an open room with this session of theirs.
CREATE FUNCTION consilium.enter_consult(the_appointment uuid, the_session uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = consilium, pg_temp
BEGIN ATOMIC
    INSERT INTO consult_presence (session_id, appointment_id, until)
    SELECT s.id, a.id, a.ends_at
    FROM session s, appointment a JOIN consult_room r ON r.appointment_id = a.id AND r.state = 'open'
    WHERE s.id = the_session AND s.account_id = actor() AND a.id = the_appointment
        AND a.state IN ('booked', 'checked_in') AND a.ends_at > clock_timestamp()
        AND has_part(a.case_id, 'patient', 'caregiver', 'treating_clinician', 'specialist', 'colleague')
    ON CONFLICT (session_id, appointment_id) DO UPDATE SET until = excluded.until;
END;
GRANT EXECUTE ON FUNCTION consilium.enter_consult(uuid, uuid) TO consilium_app;

-- A consult that ends or moves has nobody in it.
CREATE FUNCTION consilium.end_presence() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE consult_presence p SET until = clock_timestamp()
    WHERE p.appointment_id = NEW.id AND p.until > clock_timestamp();
    RETURN NULL;
END
$$;
CREATE TRIGGER end_presence AFTER UPDATE OF starts_at, state ON consilium.appointment
    FOR EACH ROW WHEN (OLD.starts_at IS DISTINCT FROM NEW.starts_at OR NEW.state NOT IN ('booked', 'checked_in'))
    EXECUTE FUNCTION consilium.end_presence();

-- A calendar elsewhere. Its address, sealed by her person key, is a secret that opens it.
CREATE TABLE consilium.linked_calendar (
    id uuid PRIMARY KEY,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    url bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX linked_calendar_specialist ON consilium.linked_calendar (specialist_id);

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
-- Once for all that a statement frees: a calendar may have thousands.
CREATE FUNCTION consilium.note_open_imports() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM note_freed(g.specialist_id, NULL) FROM (SELECT DISTINCT specialist_id FROM gone) g;
    RETURN NULL;
END
$$;
CREATE TRIGGER opened AFTER DELETE ON consilium.imported_busy REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION consilium.note_open_imports();

-- Which collisions with a booked consult she was told of, by each calendar that has them: of one in two calendars once.
CREATE TABLE consilium.calendar_conflict (
    calendar_id uuid NOT NULL REFERENCES consilium.linked_calendar ON DELETE CASCADE,
    appointment_id uuid NOT NULL REFERENCES consilium.appointment,
    sequence integer NOT NULL,
    told_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (calendar_id, appointment_id, sequence)
);

SELECT consilium.wall(t::regclass) FROM unnest(ARRAY[
    'consilium.calendar_feed', 'consilium.calendar_feed_visit', 'consilium.consult_room', 'consilium.consult_presence',
    'consilium.linked_calendar', 'consilium.calendar_poll', 'consilium.imported_busy', 'consilium.calendar_conflict']) t;

GRANT SELECT, INSERT, DELETE ON consilium.calendar_feed TO consilium_app;
CREATE POLICY own ON consilium.calendar_feed TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
GRANT SELECT ON consilium.calendar_feed_visit TO consilium_app;
CREATE POLICY own ON consilium.calendar_feed_visit FOR SELECT TO consilium_app
    USING (EXISTS (SELECT FROM consilium.calendar_feed f WHERE f.id = calendar_feed_visit.feed_id));

-- Who comes first makes the row as her side may, while the consult can be joined.
GRANT SELECT, INSERT, UPDATE (state, opened_at, party_came_at) ON consilium.consult_room TO consilium_app;
CREATE POLICY part ON consilium.consult_room TO consilium_app
    USING (case_id IN (SELECT consilium.reading_cases())) WITH CHECK (case_id IN (SELECT consilium.reading_cases()));
CREATE POLICY comes ON consilium.consult_room AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK (
    CASE state WHEN 'open' THEN consilium.has_part(case_id, 'specialist', 'colleague')
        ELSE consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician') END
    AND EXISTS (SELECT FROM consilium.appointment a JOIN consilium.visit_type v
            ON v.id = a.visit_type AND v.version = a.visit_version
        WHERE a.id = consult_room.appointment_id AND a.case_id = consult_room.case_id
            AND a.state IN ('booked', 'checked_in') AND a.ends_at > now()
            AND a.starts_at - make_interval(mins => v.join_before_minutes) <= clock_timestamp()));

GRANT SELECT ON consilium.consult_presence TO consilium_app;
CREATE POLICY app_select_own ON consilium.consult_presence FOR SELECT TO consilium_app
    USING (EXISTS (SELECT FROM consilium.session s WHERE s.id = consult_presence.session_id));

GRANT SELECT, INSERT, DELETE ON consilium.linked_calendar TO consilium_app;
CREATE POLICY own ON consilium.linked_calendar TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
GRANT SELECT, INSERT (calendar_id) ON consilium.calendar_poll TO consilium_app;
CREATE POLICY own ON consilium.calendar_poll TO consilium_app
    USING (EXISTS (SELECT FROM consilium.linked_calendar l WHERE l.id = calendar_poll.calendar_id))
    WITH CHECK (EXISTS (SELECT FROM consilium.linked_calendar l WHERE l.id = calendar_poll.calendar_id));
GRANT SELECT ON consilium.imported_busy TO consilium_app;
CREATE POLICY own ON consilium.imported_busy FOR SELECT TO consilium_app
    USING (specialist_id = (SELECT consilium.actor()));
GRANT SELECT ON consilium.linked_calendar TO consilium_worker;
CREATE POLICY worker_reads ON consilium.linked_calendar FOR SELECT TO consilium_worker USING (true);
GRANT SELECT, UPDATE ON consilium.calendar_poll TO consilium_worker;
CREATE POLICY worker_polls ON consilium.calendar_poll TO consilium_worker USING (true);
GRANT SELECT, INSERT, DELETE ON consilium.imported_busy TO consilium_worker;
CREATE POLICY worker_imports ON consilium.imported_busy TO consilium_worker USING (true);
GRANT SELECT, INSERT ON consilium.calendar_conflict TO consilium_worker;
CREATE POLICY worker_tells ON consilium.calendar_conflict TO consilium_worker USING (true);

SELECT consilium.audited('consilium.linked_calendar', 'account', 'specialist_id', 'id');
SELECT consilium.audited('consilium.consult_room', 'case', 'case_id', 'appointment_id');
SELECT consilium.audited('consilium.calendar_feed', 'account', 'account_id', 'id');
