-- Further specialists in a case, and openings that are offered without being asked for: alternatives and the waitlist.

-- Adds a further specialist to a case: the one way to become a colleague. By the case's specialist or a coordinator, while the
-- patient's consent is in force; or by who accepts a hold that was offered with that specialist. NULL where the case cannot
-- have consults, the specialist has another part in it, or no lawful lane check of this transaction allows it.
CREATE FUNCTION consilium.add_colleague(the_case uuid, the_colleague uuid) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    came timestamptz;
BEGIN
    IF NOT has_part(the_case, 'specialist', 'coordinator')
        AND NOT EXISTS (SELECT FROM hold h WHERE h.case_id = the_case AND h.specialist_id = the_colleague
            AND h.kind = 'offered' AND h.state = 'active' AND h.expires_at > clock_timestamp()
            AND has_part(the_case, 'patient', 'caregiver', 'treating_clinician')) THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'add_colleague';
    END IF;
    -- Neither the consent nor the case ends meanwhile.
    PERFORM FROM clinical_case c WHERE c.id = the_case
        AND c.state IN ('accepted', 'reviewing', 'opined', 'delivered', 'follow_up') FOR NO KEY UPDATE;
    IF NOT FOUND OR NOT EXISTS (SELECT FROM consent n
            WHERE n.case_id = the_case AND n.kind = 'panel' AND n.withdrawn_at IS NULL)
        OR NOT EXISTS (SELECT FROM lane_check l WHERE l.case_id = the_case AND l.specialist_id = the_colleague
            AND l.lawful AND l.at >= now()) THEN
        RETURN NULL;
    END IF;
    INSERT INTO case_part AS p (case_id, account_id, part) VALUES (the_case, the_colleague, 'colleague')
    ON CONFLICT (case_id, account_id) DO UPDATE SET part = 'colleague', until = NULL, since = clock_timestamp()
    WHERE p.part IN ('candidate', 'specialist', 'colleague') AND p.until IS NOT NULL
    RETURNING p.since INTO came;
    RETURN came;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.add_colleague(uuid, uuid) TO consilium_app;

-- Ends the part of one colleague, or of all: a panel goes on without them, consults with them alone are cancelled, and holds
-- that name them lapse. Returns whom to tell of which consult, and its state. Locks the calendars, in the order of all that
-- lock calendars.
CREATE FUNCTION consilium.release_colleagues(the_case uuid, the_colleague uuid DEFAULT NULL)
RETURNS TABLE (appointment_id uuid, state text, person_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
#variable_conflict use_column
DECLARE
    leaving uuid[];
    holds uuid[];
    consults uuid[];
BEGIN
    IF NOT has_part(the_case, 'patient', 'caregiver', 'specialist', 'coordinator')
        AND NOT (the_colleague IS NOT DISTINCT FROM actor() AND has_part(the_case, 'colleague'))
        AND NOT is_ending_access() THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'release_colleagues';
    END IF;
    SELECT coalesce(array_agg(p.account_id), '{}') INTO leaving FROM case_part p
    WHERE p.case_id = the_case AND p.part = 'colleague' AND p.until IS NULL
        AND (the_colleague IS NULL OR p.account_id = the_colleague);
    PERFORM lock_calendars_of(the_case, leaving);
    SELECT array_agg(h.id ORDER BY h.id) INTO holds FROM hold h
    WHERE h.case_id = the_case AND h.state = 'active' AND (h.specialist_id || h.colleagues) && leaving;
    SELECT array_agg(a.id ORDER BY a.id) INTO consults FROM appointment a
    WHERE a.case_id = the_case AND a.state IN ('booked', 'checked_in') AND (a.specialist_id || a.colleagues) && leaving;
    UPDATE hold h SET state = 'lapsed' WHERE h.id = ANY (holds);
    -- Whom to tell is who was to meet, and who acts for the patient.
    RETURN QUERY
        SELECT a.id, CASE WHEN a.specialist_id = ANY (leaving) THEN 'cancelled' ELSE a.state::text END, person
        FROM appointment a, unnest(consult_people(a)) person
        WHERE a.id = ANY (consults);
    UPDATE appointment a SET state = 'cancelled', ended_at = clock_timestamp(), ended_by = actor(),
        sequence = a.sequence + 1, version = a.version + 1
    WHERE a.id = ANY (consults) AND a.specialist_id = ANY (leaving);
    UPDATE appointment a SET version = a.version + 1, colleagues = ARRAY(
        SELECT c FROM unnest(a.colleagues) c WHERE c <> ALL (leaving) ORDER BY c)
    WHERE a.id = ANY (consults) AND a.specialist_id <> ALL (leaving);
    UPDATE case_part p SET until = clock_timestamp()
    WHERE p.case_id = the_case AND p.account_id = ANY (leaving) AND p.part = 'colleague' AND p.until IS NULL;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.release_colleagues(uuid, uuid) TO consilium_app;

CREATE TABLE consilium.waitlist (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    party_id uuid NOT NULL REFERENCES consilium.account,
    visit_type consilium.word NOT NULL,
    appointment_id uuid REFERENCES consilium.appointment,
    during tstzrange NOT NULL CONSTRAINT waitlist_during_not_empty CHECK (NOT isempty(during)),
    weekdays integer[] NOT NULL DEFAULT '{1,2,3,4,5,6,7}'
        CONSTRAINT waitlist_weekdays_known CHECK (cardinality(weekdays) > 0 AND weekdays <@ '{1,2,3,4,5,6,7}'),
    hours_from time NOT NULL DEFAULT '00:00',
    hours_to time NOT NULL DEFAULT '24:00',
    paused_until timestamptz,
    notified_at timestamptz,
    notified_start timestamptz,
    state consilium.word NOT NULL CONSTRAINT waitlist_state_known CHECK (state IN ('waiting', 'served', 'left', 'ended')),
    joined_by uuid NOT NULL REFERENCES consilium.account,
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    CONSTRAINT waitlist_ended_has_time CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CONSTRAINT waitlist_hours_in_order CHECK (hours_from < hours_to)
);
COMMENT ON TABLE consilium.waitlist IS
    'Who waits for an opening of a case''s specialist: for any, or for one before a consult that is booked.';
COMMENT ON COLUMN consilium.waitlist.appointment_id IS 'The consult that they want earlier; NULL for any opening.';
COMMENT ON COLUMN consilium.waitlist.during IS 'When a start suits them.';
COMMENT ON COLUMN consilium.waitlist.weekdays IS
    'Only starts on these weekdays (ISO 8601: Monday is 1) suit, by the party''s own clock.';
COMMENT ON COLUMN consilium.waitlist.hours_from IS
    'With hours_to: only starts between these hours suit, by the party''s own clock.';
COMMENT ON COLUMN consilium.waitlist.paused_until IS
    'Until when they are offered nothing, after an offer that they declined or let lapse.';
COMMENT ON COLUMN consilium.waitlist.notified_at IS 'When they were last told that a start suits which everybody can book.';
COMMENT ON COLUMN consilium.waitlist.notified_start IS 'That start; NULL: nothing suited at a later look.';
COMMENT ON COLUMN consilium.waitlist.state IS 'ended: by the case, or by time.';
COMMENT ON COLUMN consilium.waitlist.joined_at IS 'Decides their place.';
CREATE UNIQUE INDEX waitlist_one_waiting ON consilium.waitlist (case_id) WHERE state = 'waiting';
CREATE INDEX waitlist_order ON consilium.waitlist (specialist_id, joined_at, id) WHERE state = 'waiting';
INSERT INTO consilium.transition (machine, source, target, parts) VALUES
    ('waitlist', 'waiting', 'served', '{patient,caregiver,treating_clinician,coordinator}'),
    ('waitlist', 'waiting', 'left', '{patient,caregiver,treating_clinician,coordinator}'),
    ('waitlist', 'waiting', 'ended', NULL);
SELECT consilium.enable_row_security('consilium.waitlist');
SELECT consilium.audited('consilium.waitlist', 'case', 'case_id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.waitlist
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('waitlist');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.waitlist
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('waitlist', 'case_id');
GRANT SELECT, UPDATE (state, ended_at), INSERT (id, case_id, specialist_id, party_id, visit_type, appointment_id, during,
    weekdays, hours_from, hours_to, state, joined_by) ON consilium.waitlist TO consilium_app;
CREATE POLICY app_all_reader ON consilium.waitlist TO consilium_app
    USING (case_id IN (SELECT consilium.reading_cases())) WITH CHECK (case_id IN (SELECT consilium.reading_cases()));
CREATE POLICY app_insert_waiting ON consilium.waitlist AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK (
    state = 'waiting' AND joined_by = (SELECT consilium.actor())
    AND consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician', 'coordinator')
    AND consilium.may_meet(case_id, specialist_id, '{}', party_id)
    AND (appointment_id IS NULL OR EXISTS (SELECT FROM consilium.appointment a
        WHERE a.id = waitlist.appointment_id AND a.case_id = waitlist.case_id
            AND a.specialist_id = waitlist.specialist_id)));
-- What the worker tells is looked at again before it goes out.
GRANT SELECT (id, case_id, party_id, state, notified_start) ON consilium.waitlist TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.waitlist FOR SELECT TO consilium_worker USING (true);

-- The table hold is older than the waitlist.
ALTER TABLE consilium.hold ADD FOREIGN KEY (waitlist_id) REFERENCES consilium.waitlist;

CREATE TABLE consilium.waitlist_signal (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    specialist_id uuid NOT NULL,
    during tstzrange CONSTRAINT waitlist_signal_during_not_empty CHECK (NOT isempty(during)),
    taken_at timestamptz NOT NULL DEFAULT '-infinity',
    given_by uuid,
    freed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consilium.waitlist_signal IS
    'What the worker looks at for those who wait for a specialist. Triggers write one row each time, so that nobody waits for '
    'another''s lock. What somebody gave up (a consult that was cancelled, moved or left by its colleague; a hold that was '
    'released or lapsed; time off that was ended) is offered to those who wait. All else that becomes bookable (new hours, '
    'days that come into reach, a linked calendar that no longer takes a time, an entry that is new itself) was taken from '
    'nobody: everybody can book it, and who waits is told so.';
COMMENT ON COLUMN consilium.waitlist_signal.during IS
    'What was given up; NULL where something may have become bookable for everybody.';
COMMENT ON COLUMN consilium.waitlist_signal.taken_at IS
    'Since when nobody could book it. Who waited before that could have had it.';
COMMENT ON COLUMN consilium.waitlist_signal.given_by IS 'The case that gave it up, which is not offered it.';
COMMENT ON COLUMN consilium.waitlist_signal.due_at IS 'When it is looked at: later where everybody whom it suits is asleep.';
CREATE INDEX waitlist_signal_specialist ON consilium.waitlist_signal (specialist_id, due_at);
CREATE INDEX waitlist_signal_due ON consilium.waitlist_signal (due_at);
SELECT consilium.enable_row_security('consilium.waitlist_signal');
GRANT SELECT ON consilium.waitlist_signal TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.waitlist_signal FOR SELECT TO consilium_worker USING (true);

-- Signals a range that was given up, or that something may have become bookable, where somebody waits for the specialist.
CREATE FUNCTION consilium.signal_waitlist(
    the_specialist uuid, given tstzrange, taken timestamptz DEFAULT '-infinity', giver uuid DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    INSERT INTO waitlist_signal (specialist_id, during, taken_at, given_by)
    SELECT the_specialist, given, taken, giver
    WHERE (given IS NULL OR upper(given) > clock_timestamp())
        AND EXISTS (SELECT FROM waitlist w WHERE w.specialist_id = the_specialist AND w.state = 'waiting');
END
$$;

-- A consult that leaves a time, or a specialist, gives up the time that it took there, whenever it was booked.
CREATE FUNCTION consilium.signal_freed_consult() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM signal_waitlist(s, tstzrange(OLD.starts_at - make_interval(mins => v.buffer_before_minutes),
            OLD.ends_at + make_interval(mins => v.buffer_after_minutes)), '-infinity', OLD.case_id)
        FROM visit_type v, unnest(OLD.specialist_id || OLD.colleagues) s
        WHERE v.id = OLD.visit_type AND v.version = OLD.visit_version
            AND (NEW.state = 'cancelled' OR OLD.starts_at <> NEW.starts_at OR OLD.ends_at <> NEW.ends_at
                OR s <> ALL (NEW.specialist_id || NEW.colleagues));
    RETURN NULL;
END
$$;
CREATE TRIGGER notifies_waitlist AFTER UPDATE ON consilium.appointment FOR EACH ROW WHEN (
    OLD.state IN ('booked', 'checked_in')
    AND (OLD.state = 'cancelled', OLD.starts_at, OLD.ends_at, OLD.specialist_id, OLD.colleagues)
    IS DISTINCT FROM (NEW.state = 'cancelled', NEW.starts_at, NEW.ends_at, NEW.specialist_id, NEW.colleagues))
    EXECUTE FUNCTION consilium.signal_freed_consult();

-- A hold that ends unbooked restores what was before it: for those who waited then already, it was open to everybody. A time
-- that was offered from the waitlist is offered to the next; who declined it, or let it lapse, is offered nothing for half a
-- day.
CREATE FUNCTION consilium.signal_freed_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF NEW.waitlist_id IS NOT NULL AND (NEW.state = 'released' OR NEW.expires_at <= clock_timestamp()) THEN
        UPDATE waitlist w SET paused_until = clock_timestamp() + interval '12 hours' WHERE w.id = NEW.waitlist_id;
    END IF;
    PERFORM signal_waitlist(s, tstzrange(NEW.starts_at - make_interval(mins => v.buffer_before_minutes),
            NEW.ends_at + make_interval(mins => v.buffer_after_minutes)),
            CASE WHEN NEW.waitlist_id IS NULL THEN NEW.created_at ELSE '-infinity' END, NEW.case_id)
        FROM visit_type v, unnest(NEW.specialist_id || NEW.colleagues) s
        WHERE v.id = NEW.visit_type AND v.version = NEW.visit_version;
    RETURN NULL;
END
$$;
CREATE TRIGGER notifies_waitlist AFTER UPDATE OF state ON consilium.hold
    FOR EACH ROW WHEN (OLD.state = 'active' AND NEW.state IN ('released', 'lapsed'))
    EXECUTE FUNCTION consilium.signal_freed_hold();

-- Time off that ends early is given up by the specialist; who waited before it was taken could have had the time then.
CREATE FUNCTION consilium.signal_freed_time_off() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM signal_waitlist(OLD.specialist_id, OLD.during, OLD.created_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER notifies_waitlist AFTER DELETE ON consilium.time_off
    FOR EACH ROW EXECUTE FUNCTION consilium.signal_freed_time_off();

-- Something may have become bookable that nobody gave up. The argument names the column of the specialist.
CREATE FUNCTION consilium.signal_new_openings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM signal_waitlist((to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[0])::uuid, NULL);
    RETURN NULL;
END
$$;
CREATE TRIGGER notifies_waitlist AFTER UPDATE OF availability_version ON consilium.specialist
    FOR EACH ROW EXECUTE FUNCTION consilium.signal_new_openings('id');
CREATE TRIGGER notifies_waitlist AFTER INSERT ON consilium.waitlist
    FOR EACH ROW EXECUTE FUNCTION consilium.signal_new_openings('specialist_id');

-- Once for each statement: a calendar may have thousands of times.
CREATE FUNCTION consilium.signal_freed_imports() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM signal_waitlist(g.specialist_id, NULL) FROM (SELECT DISTINCT specialist_id FROM gone) g;
    RETURN NULL;
END
$$;
CREATE TRIGGER notifies_waitlist AFTER DELETE ON consilium.imported_busy REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION consilium.signal_freed_imports();

-- A new entry of a case continues the pause of the one before.
CREATE FUNCTION consilium.resume_pause() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    NEW.paused_until := (SELECT max(w.paused_until) FROM waitlist w WHERE w.case_id = NEW.case_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER resume_pause BEFORE INSERT ON consilium.waitlist
    FOR EACH ROW EXECUTE FUNCTION consilium.resume_pause();

-- Moves the spans of a specialist on to today: removes what is past, adds the days that came into reach. The caller has locked
-- the calendar.
CREATE FUNCTION consilium.roll_free_spans(the_specialist uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    reached date;
    reach date := clock_timestamp()::date + free_days();
BEGIN
    SELECT f.until INTO reached FROM free_horizon f WHERE f.specialist_id = the_specialist;
    IF reached >= reach THEN
        RETURN;
    END IF;
    DELETE FROM free_span f WHERE f.specialist_id = the_specialist AND f.ends_at < clock_timestamp() - interval '2 days';
    UPDATE free_horizon f SET until = reach WHERE f.specialist_id = the_specialist;
    PERFORM refresh_free_spans(the_specialist, greatest(reached + 1, clock_timestamp()::date - 1), reach);
    -- A further day can be booked.
    PERFORM signal_waitlist(the_specialist, NULL);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.roll_free_spans(uuid) TO consilium_worker;

-- Writes an offered hold: it takes the specialists' calendars, which the caller has locked, and not the party's. Nobody has its
-- token: the case's people accept it. For offer_opening and serve_waitlist, which have looked whether the start is free.
CREATE FUNCTION consilium.create_offered_hold(
    the_case uuid, the_specialist uuid, the_colleagues uuid[], the_party uuid, type_id text, start timestamptz,
    lasts interval, the_appointment uuid, the_place uuid
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    made uuid;
BEGIN
    -- Holds that ran out make nobody busy.
    PERFORM lapse_holds(the_specialist || the_colleagues);
    INSERT INTO hold (id, case_id, specialist_id, colleagues, party_id, visit_type, visit_version, kind, state,
        starts_at, ends_at, token_digest, made_by, created_at, expires_at, appointment_id, waitlist_id)
    SELECT gen_random_uuid(), the_case, the_specialist, the_colleagues, the_party, v.id, v.version, 'offered', 'active',
        start, start + make_interval(mins => v.duration_minutes),
        sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), coalesce(actor(), the_party), now.at,
        least(now.at + lasts, start), the_appointment, the_place
    FROM visit_type v, (SELECT clock_timestamp() AS at) now WHERE v.id = type_id AND v.current
    RETURNING id INTO made;
    RETURN made;
END
$$;

-- Specialists of a case's last match who could take a consult in place of one who cannot: not the case's own, who take cases
-- now and for whom the lane is open on that day, in the order of the match.
CREATE FUNCTION consilium.alternative_specialists(the_case uuid, on_day date) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF NOT has_part(the_case, 'specialist', 'colleague', 'coordinator') THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT s.id FROM clinical_case c, (
                SELECT l.ranking FROM match l WHERE l.case_id = the_case ORDER BY l.created_at DESC, l.id DESC LIMIT 1) l,
            unnest(l.ranking) WITH ORDINALITY m (id, rank) JOIN specialist s ON s.id = m.id
        WHERE s.id IS DISTINCT FROM c.specialist_id AND c.id = the_case AND s.accepting AND s.id <> c.patient_id
            AND NOT EXISTS (SELECT FROM case_part p WHERE p.case_id = the_case AND p.account_id = s.id
                AND p.until IS NULL AND p.part <> 'colleague')
            AND CASE c.lane
                WHEN 'licensed' THEN EXISTS (SELECT FROM licence l WHERE l.specialist_id = s.id
                    AND l.jurisdiction = c.jurisdiction AND l.expires_on >= on_day)
                ELSE s.peer_to_peer AND EXISTS (SELECT FROM consent n
                    WHERE n.case_id = the_case AND n.kind = 'peer_to_peer' AND n.withdrawn_at IS NULL) END
        ORDER BY m.rank;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.alternative_specialists(uuid, date) TO consilium_app;

-- Offers an opening to a case in place of a consult that its specialist could not hold: to the same people, or with one
-- of the stand-ins. By the case's specialists or a coordinator, who has locked the calendars. NULL where the start does
-- not suit every specialist, or as many offers wait already.
CREATE FUNCTION consilium.offer_opening(
    the_appointment uuid, the_specialist uuid, start timestamptz, lasts interval
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    consult appointment;
    others uuid[];
BEGIN
    SELECT * INTO consult FROM appointment a WHERE a.id = the_appointment AND a.state = 'cancelled';
    IF consult.id IS NULL OR NOT has_part(consult.case_id, 'specialist', 'colleague', 'coordinator')
        OR lasts NOT BETWEEN interval '0' AND interval '7 days' THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'offer_opening';
    END IF;
    others := CASE the_specialist WHEN consult.specialist_id THEN consult.colleagues ELSE '{}' END;
    IF the_specialist <> consult.specialist_id
        AND the_specialist NOT IN (SELECT alternative_specialists(consult.case_id, (start AT TIME ZONE 'UTC')::date)) THEN
        RAISE EXCEPTION 'no stand-in' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'offer_opening';
    END IF;
    IF (SELECT count(*) FROM hold h WHERE h.appointment_id = the_appointment AND h.state = 'active') >= 2
        OR EXISTS (SELECT FROM unnest(the_specialist || others) s WHERE NOT EXISTS (
            SELECT FROM openings(s, consult.visit_type, start, start + interval '1 microsecond'))) THEN
        RETURN NULL;
    END IF;
    RETURN create_offered_hold(consult.case_id, the_specialist, others, consult.party_id, consult.visit_type, start, lasts,
        the_appointment, NULL);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.offer_opening(uuid, uuid, timestamptz, interval) TO consilium_app;

-- The first start between two instants that suits who waits and can be booked now: of those they wait for, beside what the
-- party has then (the consult that they would move is in no way), and none that overlaps one which they were offered before.
CREATE FUNCTION consilium.first_matching_start(entry consilium.waitlist, low timestamptz, high timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SET search_path = consilium, pg_temp AS $$
DECLARE
    from_at timestamptz := greatest(low, lower(entry.during), clock_timestamp());
    to_at timestamptz := least(high, upper(entry.during), clock_timestamp() + interval '365 days',
        (SELECT a.starts_at FROM appointment a WHERE a.id = entry.appointment_id));
    wanted tstzmultirange;
BEGIN
    IF from_at >= to_at THEN
        RETURN NULL;
    END IF;
    IF cardinality(entry.weekdays) < 7 OR entry.hours_from > '00:00' OR entry.hours_to < '24:00' THEN
        wanted := (SELECT wall_clock_hours(a.time_zone, entry.weekdays, entry.hours_from, entry.hours_to, from_at, to_at)
            FROM account a WHERE a.id = entry.party_id);
    END IF;
    RETURN (
        SELECT o.starts_at
        FROM soonest(ARRAY[entry.specialist_id], entry.visit_type, from_at, to_at, 1, (
            SELECT coalesce(range_agg(t.during), '{}') FROM (
                SELECT tstzrange(h.starts_at, h.ends_at) AS during FROM hold h
                WHERE h.case_id = entry.case_id AND h.waitlist_id IS NOT NULL
                UNION ALL
                SELECT b.during FROM busy b
                WHERE b.person_id = entry.party_id AND b.lapses_at > clock_timestamp()
                    AND b.during && tstzrange(from_at, to_at + interval '10 hours')
                    AND (entry.appointment_id IS NULL OR b.appointment_id IS DISTINCT FROM entry.appointment_id)) t),
            wanted) o);
END
$$;

-- The same for a range that was given up: the first start whose consult lies in it, or else the first that overlaps it.
CREATE FUNCTION consilium.first_matching_start_near(entry consilium.waitlist, given tstzrange) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SET search_path = consilium, pg_temp AS $$
DECLARE
    policy visit_type;
    before interval;
    after interval;
BEGIN
    SELECT * INTO policy FROM visit_type v WHERE v.id = entry.visit_type AND v.current;
    before := make_interval(mins => policy.buffer_before_minutes);
    after := make_interval(mins => policy.duration_minutes + policy.buffer_after_minutes);
    RETURN coalesce(
        first_matching_start(entry, lower(given) + before, upper(given) - after + interval '1 microsecond'),
        first_matching_start(entry, lower(given) - after + interval '1 microsecond', upper(given) + before));
END
$$;

-- Who is told for an entry: its party, and who joined for them as long as they act for them.
CREATE FUNCTION consilium.waitlist_people(entry consilium.waitlist) RETURNS uuid[]
LANGUAGE sql STABLE SET search_path = consilium, pg_temp AS $$
    SELECT coalesce(array_agg(p.account_id ORDER BY p.account_id), '{}') FROM case_part p
    WHERE p.case_id = entry.case_id AND p.until IS NULL AND (p.account_id = entry.party_id
        OR p.account_id = entry.joined_by AND p.part IN ('patient', 'caregiver', 'treating_clinician'))
$$;

-- When a mail that wants an answer soon may reach a person, from now on (awake_at).
CREATE FUNCTION consilium.awake_from(the_person uuid, margin interval DEFAULT '0') RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    zone text;
    quiet_from time;
    quiet_to time;
BEGIN
    SELECT coalesce(s.time_zone, a.time_zone), p.quiet_from, p.quiet_to INTO zone, quiet_from, quiet_to
    FROM consilium.account a LEFT JOIN consilium.specialist s ON s.id = a.id
        LEFT JOIN consilium.notification_preference p ON p.account_id = a.id
    WHERE a.id = the_person;
    RETURN consilium.awake_at(clock_timestamp(), zone, quiet_from, quiet_to, margin);
END
$$;

-- Serves the waitlist of a specialist whose calendar the worker has locked.
--
-- What was given up is offered, first come first served, as a hold; who lets it pass keeps their place, but is not offered that
-- time again. Nobody has two offers at once. Nobody is offered what they gave up, or could have had while they waited. Nobody
-- is offered anything at night or in the half hour before it: whoever is awake comes first, and where nobody is, the range
-- waits until the first of them is, and can be booked by everybody meanwhile. What everybody can book is offered to nobody:
-- those who wait are told once that it is there, and again when there was nothing for a while, or after a week.
--
-- Returns whom to tell what: of the hold that is offered to them, or with NULL that there is something everybody can book.
CREATE FUNCTION consilium.serve_waitlist(the_specialist uuid, lasts interval)
RETURNS TABLE (waitlist_id uuid, people uuid[], hold_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
#variable_conflict use_column
DECLARE
    given waitlist_signal;
    entry waitlist;
    start timestamptz;
    awake timestamptz;
    again timestamptz;
BEGIN
    UPDATE waitlist w SET state = 'ended', ended_at = clock_timestamp()
    WHERE w.specialist_id = the_specialist AND w.state = 'waiting' AND (
        upper(w.during) <= clock_timestamp()
        -- Another specialist has the case, or the treating clinician is not its party any more.
        OR NOT may_meet(w.case_id, w.specialist_id, '{}', w.party_id)
        OR NOT EXISTS (SELECT FROM clinical_case c WHERE c.id = w.case_id AND c.specialist_id = w.specialist_id
            AND c.state IN ('accepted', 'reviewing', 'opined', 'delivered', 'follow_up'))
        OR w.appointment_id IS NOT NULL AND NOT EXISTS (SELECT FROM appointment a WHERE a.id = w.appointment_id
            AND a.state = 'booked' AND a.colleagues = '{}'
            AND a.starts_at > greatest(lower(w.during), clock_timestamp())));
    FOR given IN
        SELECT f.* FROM waitlist_signal f
        WHERE f.specialist_id = the_specialist AND f.during IS NOT NULL AND f.due_at <= clock_timestamp()
        ORDER BY f.freed_at, f.id
    LOOP
        again := NULL;
        FOR entry IN
            SELECT w.* FROM waitlist w
            WHERE w.specialist_id = the_specialist AND w.state = 'waiting'
                AND w.joined_at >= given.taken_at AND w.joined_at < given.freed_at
                AND w.case_id IS DISTINCT FROM given.given_by
                AND (w.paused_until IS NULL OR w.paused_until <= clock_timestamp())
                AND NOT EXISTS (SELECT FROM hold h WHERE h.waitlist_id = w.id AND h.state = 'active')
            ORDER BY w.joined_at, w.id
        LOOP
            start := first_matching_start_near(entry, given.during);
            CONTINUE WHEN start IS NULL;
            awake := awake_from(entry.party_id, '30 minutes');
            IF awake > clock_timestamp() THEN
                again := least(again, awake);
                CONTINUE;
            END IF;
            hold_id := create_offered_hold(entry.case_id, the_specialist, '{}', entry.party_id, entry.visit_type, start, lasts,
                entry.appointment_id, entry.id);
            waitlist_id := entry.id;
            people := waitlist_people(entry);
            RETURN NEXT;
        END LOOP;
        -- Whoever holds it now may give it up as well.
        SELECT least(again, min(b.lapses_at)) INTO again
        FROM busy b JOIN hold h ON h.id = b.hold_id
        WHERE b.person_id = the_specialist AND b.during && given.during AND b.lapses_at > clock_timestamp()
            AND h.kind = 'asked' AND h.state = 'active';
        IF again < upper(given.during) THEN
            UPDATE waitlist_signal f SET due_at = again WHERE f.id = given.id;
        ELSE
            DELETE FROM waitlist_signal f WHERE f.id = given.id;
        END IF;
    END LOOP;

    DELETE FROM waitlist_signal f
    WHERE f.specialist_id = the_specialist AND f.during IS NULL AND f.due_at <= clock_timestamp();
    again := NULL;
    FOR entry IN
        SELECT w.* FROM waitlist w
        WHERE w.specialist_id = the_specialist AND w.state = 'waiting'
            AND NOT EXISTS (SELECT FROM hold h WHERE h.waitlist_id = w.id AND h.state = 'active')
        ORDER BY w.joined_at, w.id
    LOOP
        start := first_matching_start(entry, clock_timestamp(), 'infinity');
        IF start IS NULL THEN
            UPDATE waitlist w SET notified_start = NULL WHERE w.id = entry.id AND w.notified_start IS NOT NULL;
            CONTINUE;
        END IF;
        CONTINUE WHEN entry.notified_at > clock_timestamp()
            - CASE WHEN entry.notified_start IS NULL THEN interval '12 hours' ELSE interval '7 days' END;
        awake := awake_from(entry.party_id);
        IF awake > clock_timestamp() THEN
            again := least(again, awake);
            CONTINUE;
        END IF;
        UPDATE waitlist w SET notified_at = clock_timestamp(), notified_start = start WHERE w.id = entry.id;
        hold_id := NULL;
        waitlist_id := entry.id;
        people := waitlist_people(entry);
        RETURN NEXT;
    END LOOP;
    IF again IS NOT NULL THEN
        INSERT INTO waitlist_signal (specialist_id, due_at) VALUES (the_specialist, again);
    END IF;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.serve_waitlist(uuid, interval) TO consilium_worker;

-- How many wait for the same specialist up to an entry of one's own cases, itself counted; NULL when it waits no more.
CREATE FUNCTION consilium.waitlist_position(the_entry uuid) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT (SELECT count(*)::integer FROM waitlist o WHERE o.specialist_id = w.specialist_id AND o.state = 'waiting'
        AND (o.joined_at, o.id) <= (w.joined_at, w.id))
    FROM waitlist w WHERE w.id = the_entry AND w.state = 'waiting' AND w.case_id IN (SELECT reading_cases())
$$;
GRANT EXECUTE ON FUNCTION consilium.waitlist_position(uuid) TO consilium_app;

-- Releases all the time that a case holds, and withdraws its open offer: the first step of ending a case.
CREATE FUNCTION consilium.release_case(the_case uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF NOT has_part(the_case, 'patient', 'caregiver', 'coordinator') AND NOT is_ending_access() THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'release_case';
    END IF;
    PERFORM lock_calendars_of(the_case, '{}');
    UPDATE hold SET state = 'released' WHERE case_id = the_case AND state = 'active';
    UPDATE appointment SET state = 'cancelled', ended_at = clock_timestamp(), ended_by = actor(),
            sequence = sequence + 1, version = version + 1
        WHERE case_id = the_case AND state IN ('booked', 'checked_in');
    UPDATE offer SET state = 'withdrawn', decided_at = clock_timestamp()
        WHERE case_id = the_case AND state IN ('waiting', 'accepted');
    UPDATE case_part SET until = clock_timestamp() WHERE case_id = the_case AND part = 'candidate' AND until IS NULL;
    UPDATE waitlist SET state = 'ended', ended_at = clock_timestamp() WHERE case_id = the_case AND state = 'waiting';
END
$$;
GRANT EXECUTE ON FUNCTION consilium.release_case(uuid) TO consilium_app;
