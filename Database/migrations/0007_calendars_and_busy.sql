-- Calendars: the row that is locked for each person, when a person is busy (P1), time off, and the calendars that a
-- specialist linked.

CREATE TABLE consilium.calendar (
    person_id uuid PRIMARY KEY REFERENCES consilium.account
);
COMMENT ON TABLE consilium.calendar IS
    'One row a person, which is only there to be locked: parties before specialists, each by id, FOR NO KEY UPDATE, before '
    'anything of their time is read or written.';
SELECT consilium.enable_row_security('consilium.calendar');
CREATE TRIGGER immutable BEFORE UPDATE ON consilium.calendar FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
-- The grant is the right to lock; a trigger refuses every change. Who books locks their own calendar, those of specialists, and
-- those of the participants of their cases, also of one whose part has ended while a consult is still booked.
GRANT SELECT, UPDATE (person_id) ON consilium.calendar TO consilium_app, consilium_worker;
CREATE POLICY worker_all ON consilium.calendar TO consilium_worker USING (true);

CREATE FUNCTION consilium.make_calendar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    INSERT INTO calendar (person_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER creates_calendar AFTER INSERT ON consilium.account
    FOR EACH ROW EXECUTE FUNCTION consilium.make_calendar();

CREATE TABLE consilium.busy (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    person_id uuid NOT NULL REFERENCES consilium.calendar,
    during tstzrange NOT NULL CONSTRAINT busy_during_not_empty CHECK (NOT isempty(during)),
    hold_id uuid,
    appointment_id uuid,
    lapses_at timestamptz NOT NULL DEFAULT 'infinity',
    CONSTRAINT busy_of_hold_or_appointment CHECK ((hold_id IS NULL) <> (appointment_id IS NULL)),
    CONSTRAINT busy_appointment_does_not_lapse CHECK (appointment_id IS NULL OR lapses_at = 'infinity'),
    CONSTRAINT busy_overlap EXCLUDE USING gist (person_id WITH =, during WITH &&)
);
COMMENT ON TABLE consilium.busy IS
    'When people are taken by holds and consults; nobody is in two at one time (busy_overlap). One row for each person of '
    'each (one that is imported when it is over has none). It follows from hold and appointment and is written by their '
    'triggers alone.';
COMMENT ON COLUMN consilium.busy.during IS 'With the buffers of the visit type for a specialist, without them for the party.';
COMMENT ON COLUMN consilium.busy.lapses_at IS
    'From when on the row of a hold does not count, whether or not a worker runs. Who wants the range then lets the hold '
    'lapse first (lapse_holds).';
CREATE INDEX busy_hold ON consilium.busy (hold_id) WHERE hold_id IS NOT NULL;
CREATE INDEX busy_lapses ON consilium.busy (person_id, lapses_at) WHERE hold_id IS NOT NULL;
CREATE INDEX busy_appointment ON consilium.busy (appointment_id) WHERE appointment_id IS NOT NULL;
SELECT consilium.enable_row_security('consilium.busy');
CREATE TRIGGER written_by_triggers_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON consilium.busy
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION consilium.refuse_direct_write();
GRANT SELECT ON consilium.busy TO consilium_app;

-- When a participant of one of the actor's cases, or the actor, is busy between two instants: the other half of P4's one
-- source. Definer, because the consult may belong to another case; only the ranges leave it.
CREATE FUNCTION consilium.busy_ranges_of(
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
GRANT EXECUTE ON FUNCTION consilium.busy_ranges_of(uuid, timestamptz, timestamptz, uuid, uuid) TO consilium_app;

CREATE TABLE consilium.time_off (
    id uuid PRIMARY KEY,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    during tstzrange NOT NULL
        CONSTRAINT time_off_during_finite CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consilium.time_off IS 'When a specialist is away. It may overlap a booked consult, so it is not part of busy.';
CREATE INDEX time_off_during ON consilium.time_off USING gist (specialist_id, during);
SELECT consilium.enable_row_security('consilium.time_off');
SELECT consilium.audited('consilium.time_off', 'account', 'specialist_id', 'specialist_id');
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.time_off TO consilium_app;
CREATE POLICY app_all_own ON consilium.time_off TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
-- A coordinator clears the hours of a specialist who cannot do it themselves.
CREATE POLICY app_insert_coordinator ON consilium.time_off FOR INSERT TO consilium_app
    WITH CHECK ((SELECT consilium.has_role('coordinator')));

CREATE TABLE consilium.linked_calendar (
    id uuid PRIMARY KEY,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    url bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consilium.linked_calendar IS 'The calendars elsewhere that a specialist linked.';
COMMENT ON COLUMN consilium.linked_calendar.url IS 'Sealed by the person key: whoever knows the address can read the calendar.';
CREATE INDEX linked_calendar_specialist ON consilium.linked_calendar (specialist_id);
SELECT consilium.enable_row_security('consilium.linked_calendar');
SELECT consilium.audited('consilium.linked_calendar', 'account', 'specialist_id', 'id');
GRANT SELECT, INSERT, DELETE ON consilium.linked_calendar TO consilium_app;
CREATE POLICY app_all_own ON consilium.linked_calendar TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
GRANT SELECT ON consilium.linked_calendar TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.linked_calendar FOR SELECT TO consilium_worker USING (true);

CREATE TABLE consilium.calendar_poll (
    calendar_id uuid PRIMARY KEY REFERENCES consilium.linked_calendar ON DELETE CASCADE,
    poll_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    fence bigint NOT NULL DEFAULT 0,
    begun smallint NOT NULL DEFAULT 0 CONSTRAINT calendar_poll_begun_not_negative CHECK (begun >= 0),
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    problem consilium.word,
    checked_at timestamptz,
    read_at timestamptz,
    version bytea,
    unclear_rules integer NOT NULL DEFAULT 0,
    unclear_zones integer NOT NULL DEFAULT 0,
    unreadable integer NOT NULL DEFAULT 0,
    unclear bytea,
    failure_notified_at timestamptz,
    notified_events bytea,
    events_notified_at timestamptz,
    CONSTRAINT calendar_poll_notified_has_time CHECK ((notified_events IS NULL) = (events_notified_at IS NULL)),
    CONSTRAINT calendar_poll_failing_has_problem CHECK ((failing_since IS NULL) = (problem IS NULL)),
    CONSTRAINT calendar_poll_read_has_version CHECK ((read_at IS NULL) = (version IS NULL))
);
COMMENT ON TABLE consilium.calendar_poll IS
    'How the polling of each linked calendar fares. Begun with the link, then written by the worker, and by '
    'reread_calendars. Apart from linked_calendar, whose changes are audited.';
COMMENT ON COLUMN consilium.calendar_poll.poll_at IS
    'When it is to be fetched next. The worker that takes it moves this forward for as long as the fetch may last.';
COMMENT ON COLUMN consilium.calendar_poll.fence IS 'Rises with every fetch; what an earlier fetch still writes is refused.';
COMMENT ON COLUMN consilium.calendar_poll.begun IS
    'Fetches that were begun since one came to an end, counted before each: a fetch that ends its worker shows here.';
COMMENT ON COLUMN consilium.calendar_poll.checked_at IS 'When its server last answered.';
COMMENT ON COLUMN consilium.calendar_poll.read_at IS 'When its events were last read.';
COMMENT ON COLUMN consilium.calendar_poll.version IS
    'What its server calls the version that was read, sealed by the person key.';
COMMENT ON COLUMN consilium.calendar_poll.unclear_rules IS
    'Events of the last reading that block more than they may need, because of their rule.';
COMMENT ON COLUMN consilium.calendar_poll.unclear_zones IS 'The same, because of their time zone.';
COMMENT ON COLUMN consilium.calendar_poll.unreadable IS 'Events of the last reading that could not be read.';
COMMENT ON COLUMN consilium.calendar_poll.unclear IS 'The first of these events, by when they are, sealed by the person key.';
COMMENT ON COLUMN consilium.calendar_poll.failure_notified_at IS
    'When the specialist was told that it fails, for as long as it does.';
COMMENT ON COLUMN consilium.calendar_poll.notified_events IS
    'Of which unclear events the specialist was told, sealed by the person key.';
CREATE INDEX calendar_poll_due ON consilium.calendar_poll (poll_at);
SELECT consilium.enable_row_security('consilium.calendar_poll');
GRANT SELECT, INSERT (calendar_id) ON consilium.calendar_poll TO consilium_app;
CREATE POLICY app_all_own ON consilium.calendar_poll TO consilium_app
    USING (EXISTS (SELECT FROM consilium.linked_calendar l WHERE l.id = calendar_poll.calendar_id))
    WITH CHECK (EXISTS (SELECT FROM consilium.linked_calendar l WHERE l.id = calendar_poll.calendar_id));
GRANT SELECT, UPDATE ON consilium.calendar_poll TO consilium_worker;
CREATE POLICY worker_all ON consilium.calendar_poll TO consilium_worker USING (true);

-- Dates, and times without a zone, are by the reader's clock: when a specialist's time zone changes, their linked calendars are
-- due and read anew, whether or not they changed. What an earlier fetch still writes is refused, and it is not counted as a
-- fetch without an end. Calendars that are not fetched any more stay so.
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

CREATE TABLE consilium.imported_busy (
    calendar_id uuid NOT NULL REFERENCES consilium.linked_calendar ON DELETE CASCADE,
    specialist_id uuid NOT NULL,
    during tstzrange NOT NULL
        CONSTRAINT imported_busy_during_finite CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    PRIMARY KEY (calendar_id, during)
);
COMMENT ON TABLE consilium.imported_busy IS
    'When a specialist is busy by a linked calendar: joined times, and nothing of what they are. It may overlap a booked '
    'consult, so it is not part of busy. Written under the lock of the specialist''s calendar.';
CREATE INDEX imported_busy_during ON consilium.imported_busy USING gist (specialist_id, during);
SELECT consilium.enable_row_security('consilium.imported_busy');
GRANT SELECT ON consilium.imported_busy TO consilium_app;
CREATE POLICY app_select_own ON consilium.imported_busy FOR SELECT TO consilium_app
    USING (specialist_id = (SELECT consilium.actor()));
GRANT SELECT, INSERT, DELETE ON consilium.imported_busy TO consilium_worker;
CREATE POLICY worker_all ON consilium.imported_busy TO consilium_worker USING (true);
