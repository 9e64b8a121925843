-- Holds and appointments, when they make people busy (P1), and the openings that are left (P4).

-- The further specialists of a consult: ordered by id, and nobody twice. No foreign key checks them; their rows in busy refer
-- to their calendars.
CREATE FUNCTION consilium.is_panel(colleagues uuid[], specialist uuid, party uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN cardinality(colleagues) <= 4 AND array_position(colleagues, NULL) IS NULL
    AND NOT specialist = ANY (colleagues) AND NOT party = ANY (colleagues)
    AND colleagues = (SELECT array_agg(DISTINCT c ORDER BY c) FROM unnest(colleagues) c);
GRANT EXECUTE ON FUNCTION consilium.is_panel(uuid[], uuid, uuid) TO consilium_app, consilium_worker;

-- A consult is between the case's own specialist, or a colleague who was brought into the case, and its party, with further
-- colleagues in a panel: nobody can book a stranger's time.
CREATE FUNCTION consilium.may_meet(the_case uuid, the_specialist uuid, the_colleagues uuid[], the_party uuid)
RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM consilium.clinical_case c
    WHERE c.id = the_case AND CASE c.lane
        WHEN 'licensed' THEN c.patient_id = the_party
        ELSE EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = c.id AND p.account_id = the_party
            AND p.part = 'treating_clinician' AND p.reads_case AND p.until IS NULL) END
        AND (c.specialist_id = the_specialist AND the_colleagues = '{}'
            OR NOT EXISTS (SELECT FROM unnest(the_specialist || the_colleagues) s
                WHERE s IS DISTINCT FROM c.specialist_id
                    AND NOT EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = c.id AND p.account_id = s
                        AND p.part = 'colleague' AND p.until IS NULL))));
END
$$;
GRANT EXECUTE ON FUNCTION consilium.may_meet(uuid, uuid, uuid[], uuid) TO consilium_app;

CREATE TABLE consilium.appointment (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    colleagues uuid[] NOT NULL DEFAULT '{}',
    party_id uuid NOT NULL REFERENCES consilium.account,
    lane consilium.word NOT NULL CONSTRAINT appointment_lane_known CHECK (lane IN ('licensed', 'peer_to_peer')),
    visit_type consilium.word NOT NULL,
    visit_version integer NOT NULL,
    state consilium.word NOT NULL
        CONSTRAINT appointment_state_known CHECK (state IN ('booked', 'checked_in', 'completed', 'cancelled', 'no_show')),
    consequence consilium.word,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    sequence integer NOT NULL DEFAULT 0,
    stamped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    version integer NOT NULL DEFAULT 1,
    booked_by uuid NOT NULL REFERENCES consilium.account,
    booked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_by uuid REFERENCES consilium.account,
    ended_at timestamptz,
    FOREIGN KEY (visit_type, visit_version) REFERENCES consilium.visit_type,
    CONSTRAINT appointment_colleagues_are_panel
        CHECK (colleagues = '{}' OR consilium.is_panel(colleagues, specialist_id, party_id)),
    CONSTRAINT appointment_ends_after_start CHECK (starts_at < ends_at),
    CONSTRAINT appointment_over_has_time CHECK ((state IN ('completed', 'cancelled', 'no_show')) = (ended_at IS NOT NULL))
);
COMMENT ON TABLE consilium.appointment IS 'A booked consult. A reschedule keeps its id.';
COMMENT ON COLUMN consilium.appointment.colleagues IS 'The further specialists of a panel.';
COMMENT ON COLUMN consilium.appointment.party_id IS 'The patient, or in the peer-to-peer lane the treating clinician.';
COMMENT ON COLUMN consilium.appointment.consequence IS 'What its end brought, by the policy that it was booked under.';
COMMENT ON COLUMN consilium.appointment.sequence IS
    'RFC 5545 SEQUENCE: rises with every move, so that reminders and calendars follow.';
COMMENT ON COLUMN consilium.appointment.stamped_at IS 'RFC 5545 DTSTAMP: when the sequence last rose.';
COMMENT ON COLUMN consilium.appointment.version IS 'The number of the ETag: rises with every change.';
CREATE INDEX appointment_case ON consilium.appointment (case_id, id);
CREATE INDEX appointment_specialist ON consilium.appointment (specialist_id, starts_at);
CREATE INDEX appointment_party ON consilium.appointment (party_id, starts_at);
-- Only panels are in it.
CREATE INDEX appointment_colleagues ON consilium.appointment USING gin (colleagues) WHERE colleagues <> '{}';
INSERT INTO consilium.transition (machine, source, target, parts) VALUES
    ('appointment', 'booked', 'checked_in', '{patient,caregiver,treating_clinician,coordinator}'),
    ('appointment', 'booked', 'cancelled', '{patient,caregiver,treating_clinician,specialist,colleague,coordinator}'),
    ('appointment', 'booked', 'no_show', '{specialist,colleague,coordinator}'),
    ('appointment', 'booked', 'completed', '{specialist,colleague,coordinator}'),
    ('appointment', 'checked_in', 'completed', '{specialist,colleague,coordinator}'),
    ('appointment', 'checked_in', 'cancelled',
        '{patient,caregiver,treating_clinician,specialist,colleague,coordinator}'),
    ('appointment', 'checked_in', 'no_show', '{specialist,colleague,coordinator}');
SELECT consilium.enable_row_security('consilium.appointment');
SELECT consilium.audited('consilium.appointment', 'case', 'case_id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.appointment
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('appointment');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.appointment
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('appointment', 'case_id');
GRANT SELECT, INSERT ON consilium.appointment TO consilium_app;
GRANT UPDATE (state, consequence, starts_at, ends_at, visit_type, visit_version, sequence, version, ended_by, ended_at)
    ON consilium.appointment TO consilium_app;
CREATE POLICY app_all_reader ON consilium.appointment TO consilium_app
    USING (case_id IN (SELECT consilium.reading_cases())) WITH CHECK (case_id IN (SELECT consilium.reading_cases()));
-- P5: booked after a lane check that found it lawful for each specialist, in the same transaction.
CREATE POLICY app_insert_lawful ON consilium.appointment AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK (
    state = 'booked' AND booked_by = (SELECT consilium.actor())
    AND consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician', 'coordinator')
    AND consilium.may_meet(case_id, specialist_id, colleagues, party_id)
    AND NOT EXISTS (SELECT FROM unnest(appointment.specialist_id || appointment.colleagues) s
        WHERE NOT EXISTS (SELECT FROM consilium.lane_check l WHERE l.case_id = appointment.case_id
            AND l.specialist_id = s AND l.lane = appointment.lane AND l.gate = 'booking'
            AND l.lawful AND l.at >= now())));
GRANT SELECT ON consilium.appointment TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.appointment FOR SELECT TO consilium_worker USING (true);
CREATE POLICY app_all_lockable ON consilium.calendar TO consilium_app
    USING (person_id = (SELECT consilium.actor())
        OR EXISTS (SELECT FROM consilium.specialist s WHERE s.id = person_id)
        OR person_id IN (SELECT consilium.my_people())
        OR EXISTS (SELECT FROM consilium.appointment a
            WHERE a.party_id = person_id AND a.state IN ('booked', 'checked_in')));

CREATE TABLE consilium.hold (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    colleagues uuid[] NOT NULL DEFAULT '{}',
    party_id uuid NOT NULL REFERENCES consilium.account,
    visit_type consilium.word NOT NULL,
    visit_version integer NOT NULL,
    kind consilium.word NOT NULL CONSTRAINT hold_kind_known CHECK (kind IN ('asked', 'offered')),
    state consilium.word NOT NULL CONSTRAINT hold_state_known CHECK (state IN ('active', 'booked', 'released', 'lapsed')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    token_digest bytea NOT NULL CONSTRAINT hold_token_digest_unique UNIQUE,
    renewals smallint NOT NULL DEFAULT 0,
    made_by uuid NOT NULL REFERENCES consilium.account,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    appointment_id uuid REFERENCES consilium.appointment,
    waitlist_id uuid,
    CONSTRAINT hold_asked_stands_alone CHECK (kind = 'offered' OR appointment_id IS NULL AND waitlist_id IS NULL),
    FOREIGN KEY (visit_type, visit_version) REFERENCES consilium.visit_type,
    CONSTRAINT hold_colleagues_are_panel CHECK (colleagues = '{}' OR consilium.is_panel(colleagues, specialist_id, party_id)),
    CONSTRAINT hold_ends_after_start CHECK (starts_at < ends_at),
    CONSTRAINT hold_expires_by_start CHECK (created_at < expires_at AND expires_at <= starts_at)
);
COMMENT ON TABLE consilium.hold IS 'An opening that is kept for one patient until it expires.';
COMMENT ON COLUMN consilium.hold.colleagues IS 'The further specialists of a panel.';
COMMENT ON COLUMN consilium.hold.party_id IS 'The patient, or in the peer-to-peer lane the treating clinician.';
COMMENT ON COLUMN consilium.hold.kind IS
    'asked: picked by the party''s side. offered: from the waitlist, or instead of a consult; it takes the specialists'' time '
    'alone until it is accepted.';
COMMENT ON COLUMN consilium.hold.token_digest IS 'SHA-256 of the token that books it.';
COMMENT ON COLUMN consilium.hold.appointment_id IS 'Of an offered hold: the consult that it replaces, or would move.';
COMMENT ON COLUMN consilium.hold.waitlist_id IS 'Of an offered hold: the entry of the waitlist that it is offered to.';
CREATE UNIQUE INDEX hold_one_asked ON consilium.hold (case_id) WHERE state = 'active' AND kind = 'asked';
-- How many holds one party has at once, over all their cases.
CREATE INDEX hold_party ON consilium.hold (party_id) WHERE state = 'active' AND kind = 'asked';
CREATE INDEX hold_due ON consilium.hold (expires_at) WHERE state = 'active';
CREATE INDEX hold_waitlist ON consilium.hold (waitlist_id) WHERE waitlist_id IS NOT NULL;
INSERT INTO consilium.transition (machine, source, target, parts) VALUES
    ('hold', 'active', 'booked', '{patient,caregiver,treating_clinician,coordinator}'),
    ('hold', 'active', 'released', '{patient,caregiver,treating_clinician,coordinator}'),
    -- By whoever wants the range, or cannot come.
    ('hold', 'active', 'lapsed', NULL);
SELECT consilium.enable_row_security('consilium.hold');
SELECT consilium.audited('consilium.hold', 'case', 'case_id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.hold
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('hold');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.hold
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('hold', 'case_id');
GRANT SELECT, INSERT ON consilium.hold TO consilium_app;
GRANT UPDATE (state, expires_at, renewals) ON consilium.hold TO consilium_app;
CREATE POLICY app_all_reader ON consilium.hold TO consilium_app
    USING (case_id IN (SELECT consilium.reading_cases())) WITH CHECK (case_id IN (SELECT consilium.reading_cases()));
-- An offered hold is made by create_offered_hold alone.
CREATE POLICY app_insert_asked ON consilium.hold AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK (
    state = 'active' AND kind = 'asked' AND made_by = (SELECT consilium.actor())
    AND consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician', 'coordinator')
    AND consilium.may_meet(case_id, specialist_id, colleagues, party_id));
GRANT SELECT (id, case_id, specialist_id, colleagues, party_id, kind, state, starts_at, ends_at, expires_at, appointment_id)
    ON consilium.hold TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.hold FOR SELECT TO consilium_worker USING (true);

-- The table busy is older than what its rows are of.
ALTER TABLE consilium.busy
    ADD FOREIGN KEY (hold_id) REFERENCES consilium.hold,
    ADD FOREIGN KEY (appointment_id) REFERENCES consilium.appointment;

-- Whether a row of busy is of a case that the actor reads. A function, because a subquery made each statement read all holds
-- and appointments.
CREATE FUNCTION consilium.concerns_my_case(the_hold uuid, the_appointment uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM case_part p
        WHERE p.case_id = coalesce((SELECT h.case_id FROM hold h WHERE h.id = the_hold),
                (SELECT a.case_id FROM appointment a WHERE a.id = the_appointment))
            AND p.account_id = actor() AND p.until IS NULL AND p.reads_case);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.concerns_my_case(uuid, uuid) TO consilium_app;

CREATE POLICY app_select_own_or_reader ON consilium.busy FOR SELECT TO consilium_app
    USING (person_id = (SELECT consilium.actor()) OR consilium.concerns_my_case(hold_id, appointment_id));

-- An active hold, and a consult that was not cancelled, make each of their people busy: a specialist from the buffer before to
-- the buffer after, the party for the time itself. An offered hold leaves the party's calendar alone until it is accepted.
CREATE FUNCTION consilium.add_busy(
    specialists uuid[], the_party uuid, type_id text, type_version integer, starts timestamptz, ends timestamptz,
    of_hold uuid, of_appointment uuid, lapses timestamptz
) RETURNS void
LANGUAGE plpgsql SET search_path = consilium, pg_temp AS $$
BEGIN
    INSERT INTO busy (person_id, during, hold_id, appointment_id, lapses_at)
    SELECT s, tstzrange(starts - make_interval(mins => v.buffer_before_minutes),
        ends + make_interval(mins => v.buffer_after_minutes)), of_hold, of_appointment, lapses
    FROM visit_type v, unnest(specialists) s
    WHERE v.id = type_id AND v.version = type_version
    UNION ALL
    SELECT the_party, tstzrange(starts, ends), of_hold, of_appointment, lapses WHERE the_party IS NOT NULL;
END
$$;
CREATE FUNCTION consilium.sync_busy_of_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM busy b WHERE b.hold_id = NEW.id;
    END IF;
    IF NEW.state = 'active' THEN
        PERFORM add_busy(NEW.specialist_id || NEW.colleagues, CASE NEW.kind WHEN 'asked' THEN NEW.party_id END,
            NEW.visit_type, NEW.visit_version, NEW.starts_at, NEW.ends_at, NEW.id, NULL, NEW.expires_at);
    END IF;
    RETURN NULL;
END
$$;
-- What has ended keeps the time that it took, unless it was cancelled.
CREATE FUNCTION consilium.sync_busy_of_appointment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM busy b WHERE b.appointment_id = NEW.id;
    END IF;
    IF NEW.state <> 'cancelled' THEN
        PERFORM add_busy(NEW.specialist_id || NEW.colleagues, NEW.party_id,
            NEW.visit_type, NEW.visit_version, NEW.starts_at, NEW.ends_at, NULL, NEW.id, 'infinity');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER syncs_busy_on_insert AFTER INSERT ON consilium.hold
    FOR EACH ROW WHEN (NEW.state = 'active') EXECUTE FUNCTION consilium.sync_busy_of_hold();
CREATE TRIGGER syncs_busy_on_update AFTER UPDATE ON consilium.hold FOR EACH ROW WHEN (
    (OLD.state, OLD.kind, OLD.specialist_id, OLD.colleagues, OLD.party_id, OLD.visit_type, OLD.visit_version,
        OLD.starts_at, OLD.ends_at)
    IS DISTINCT FROM (NEW.state, NEW.kind, NEW.specialist_id, NEW.colleagues, NEW.party_id, NEW.visit_type,
        NEW.visit_version, NEW.starts_at, NEW.ends_at))
    EXECUTE FUNCTION consilium.sync_busy_of_hold();
-- A consult that is imported when it is over makes nobody busy.
CREATE TRIGGER syncs_busy_on_insert AFTER INSERT ON consilium.appointment
    FOR EACH ROW WHEN (NEW.state IN ('booked', 'checked_in')) EXECUTE FUNCTION consilium.sync_busy_of_appointment();
CREATE TRIGGER syncs_busy_on_update AFTER UPDATE ON consilium.appointment FOR EACH ROW WHEN (
    (OLD.state = 'cancelled', OLD.specialist_id, OLD.colleagues, OLD.party_id, OLD.visit_type, OLD.visit_version,
        OLD.starts_at, OLD.ends_at)
    IS DISTINCT FROM (NEW.state = 'cancelled', NEW.specialist_id, NEW.colleagues, NEW.party_id, NEW.visit_type,
        NEW.visit_version, NEW.starts_at, NEW.ends_at))
    EXECUTE FUNCTION consilium.sync_busy_of_appointment();

-- A hold that is renewed keeps its rows.
CREATE FUNCTION consilium.extend_busy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE busy b SET lapses_at = NEW.expires_at WHERE b.hold_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER extends_busy AFTER UPDATE ON consilium.hold
    FOR EACH ROW WHEN (NEW.state = 'active' AND OLD.expires_at <> NEW.expires_at)
    EXECUTE FUNCTION consilium.extend_busy();

CREATE FUNCTION consilium.stamp_appointment() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sequence IS DISTINCT FROM OLD.sequence THEN
        NEW.stamped_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER stamps_sequence BEFORE UPDATE OF sequence ON consilium.appointment
    FOR EACH ROW EXECUTE FUNCTION consilium.stamp_appointment();

-- Who is told of a consult: who takes part in it, and who acts for its patient now.
CREATE FUNCTION consilium.consult_people(consult consilium.appointment) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT ARRAY[consult.party_id, consult.specialist_id] || consult.colleagues || ARRAY(
        SELECT p.account_id FROM consilium.case_part p JOIN consilium.clinical_case c ON c.id = p.case_id
        WHERE p.case_id = consult.case_id AND p.part = 'caregiver' AND p.until IS NULL
            AND c.patient_id = consult.party_id
        ORDER BY p.account_id)
$$;
GRANT EXECUTE ON FUNCTION consilium.consult_people(consilium.appointment) TO consilium_app, consilium_worker;

-- The days and weeks of a specialist that have as many consults of a kind as its policy allows; active holds count.
CREATE FUNCTION consilium.full_days(
    the_specialist uuid, the_type consilium.visit_type, from_at timestamptz, to_at timestamptz,
    except_hold uuid, except_appointment uuid
) RETURNS tstzmultirange
LANGUAGE sql STABLE AS $$
    WITH clock AS MATERIALIZED (
        SELECT s.time_zone::text AS zone FROM consilium.specialist s WHERE s.id = the_specialist
    ), consult AS MATERIALIZED (
        SELECT coalesce(a.starts_at, h.starts_at) AT TIME ZONE clock.zone AS starts
        FROM clock, consilium.busy b
            LEFT JOIN consilium.appointment a ON a.id = b.appointment_id
            LEFT JOIN consilium.hold h ON h.id = b.hold_id
        WHERE b.person_id = the_specialist AND b.lapses_at > clock_timestamp()
            AND b.during && tstzrange(from_at - interval '8 days', to_at + interval '8 days')
            AND coalesce(a.visit_type, h.visit_type) = the_type.id
            AND (except_hold IS NULL OR b.hold_id IS DISTINCT FROM except_hold)
            AND (except_appointment IS NULL OR b.appointment_id IS DISTINCT FROM except_appointment)
    )
    SELECT coalesce(range_agg(tstzrange(consilium.instant_of(full_span.first_day, clock.zone),
        consilium.instant_of(full_span.first_day + full_span.days, clock.zone))), '{}')
    FROM clock, (
        SELECT starts::date AS first_day, 1 AS days FROM consult
        GROUP BY 1 HAVING count(*) >= the_type.most_per_day
        UNION ALL
        SELECT date_trunc('week', starts)::date, 7 FROM consult
        GROUP BY 1 HAVING count(*) >= the_type.most_per_week
    ) full_span
$$;

-- P4's one source: the starts that can be booked now, in the runs of candidate_starts. Showing and booking both ask it.
-- Definer, because what makes a start unavailable belongs to other people's cases; only starts leave the function. Any hold in
-- except_hold and any appointment in except_appointment (the one being replaced) counts as free; no consult overlaps
-- party_taken. In PL/pgSQL, and by one generic plan, because planning costs ten times as much as the look at one start, and an
-- SQL function is planned at every call.
CREATE FUNCTION consilium.opening_runs(
    the_specialist uuid, type_id text, from_at timestamptz, to_at timestamptz,
    except_hold uuid, except_appointment uuid, party_taken tstzmultirange
) RETURNS TABLE (
    starts_at timestamptz, ends_at timestamptz, last_at timestamptz, step interval, wall_clock timestamp, zone text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = consilium, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    now timestamptz := clock_timestamp();
    policy visit_type;
    first_start timestamptz;
    last_start timestamptz;
    -- Starts whose consult, buffers included, would touch what the specialist is busy with. Open at both ends: consults may
    -- adjoin.
    forbidden tstzmultirange;
BEGIN
    SELECT * INTO policy FROM visit_type v WHERE v.id = type_id AND v.current;
    first_start := greatest(from_at, now + make_interval(mins => policy.notice_minutes));
    last_start := least(to_at, now + make_interval(days => policy.horizon_days));
    IF policy.id IS NULL OR first_start >= last_start THEN
        RETURN;
    END IF;
    SELECT range_agg(tstzrange(
            lower(t.during) - make_interval(mins => policy.duration_minutes + policy.buffer_after_minutes),
            upper(t.during) + make_interval(mins => policy.buffer_before_minutes), '()'))
    INTO forbidden FROM (
        SELECT b.during FROM busy b
        WHERE b.person_id = the_specialist AND b.lapses_at > now
            -- As long as a buffer before, and a consult with its buffer after, can be.
            AND b.during && tstzrange(first_start - interval '4 hours', last_start + interval '12 hours')
            AND (except_hold IS NULL OR b.hold_id IS DISTINCT FROM except_hold)
            AND (except_appointment IS NULL OR b.appointment_id IS DISTINCT FROM except_appointment)
        UNION ALL
        SELECT o.during FROM time_off o
        WHERE o.specialist_id = the_specialist
            AND o.during && tstzrange(first_start - interval '4 hours', last_start + interval '12 hours')
        UNION ALL
        SELECT i.during FROM imported_busy i
        WHERE i.specialist_id = the_specialist
            AND i.during && tstzrange(first_start - interval '4 hours', last_start + interval '12 hours')
    ) t;
    forbidden := coalesce(forbidden, '{}');
    IF NOT isempty(party_taken) THEN
        forbidden := forbidden + (
            SELECT range_agg(tstzrange(lower(t) - make_interval(mins => policy.duration_minutes), upper(t), '()'))
            FROM unnest(party_taken) t);
    END IF;
    IF policy.most_per_day IS NOT NULL OR policy.most_per_week IS NOT NULL THEN
        forbidden := forbidden
            + full_days(the_specialist, policy, first_start, last_start, except_hold, except_appointment);
    END IF;
    RETURN QUERY SELECT g.starts_at, g.starts_at + make_interval(mins => policy.duration_minutes), g.last_at,
            make_interval(mins => policy.granularity_minutes), g.wall_clock, g.zone
        FROM candidate_starts(the_specialist, policy, first_start, last_start, forbidden) g
        ORDER BY g.starts_at;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.opening_runs(uuid, text, timestamptz, timestamptz, uuid, uuid, tstzmultirange)
    TO consilium_app;

-- The same, start by start.
CREATE FUNCTION consilium.openings(
    the_specialist uuid, type_id text, from_at timestamptz, to_at timestamptz,
    except_hold uuid DEFAULT NULL, except_appointment uuid DEFAULT NULL, party_taken tstzmultirange DEFAULT '{}'
) RETURNS TABLE (starts_at timestamptz, ends_at timestamptz, wall_clock timestamp, zone text)
LANGUAGE sql STABLE AS $$
    SELECT at, r.ends_at + (at - r.starts_at), r.wall_clock + (at - r.starts_at), r.zone
    FROM consilium.opening_runs(
            the_specialist, type_id, from_at, to_at, except_hold, except_appointment, party_taken) r,
        generate_series(r.starts_at, r.last_at, r.step) at
$$;
GRANT EXECUTE ON FUNCTION consilium.openings(uuid, text, timestamptz, timestamptz, uuid, uuid, tstzmultirange) TO consilium_app;

-- The openings that suit everybody who is to meet: of the first specialist's, those that are openings of all the others too, in
-- which the party has nothing else and, where wanted says when, would come. In runs, of one start each unless all of one
-- specialist's are asked for. Whoever asks for the first few gets them from windows that double: the many who lose a start find
-- the next within hours of it.
CREATE FUNCTION consilium.common_openings(
    specialists uuid[], type_id text, from_at timestamptz, to_at timestamptz, most integer,
    party_taken tstzmultirange, wanted tstzmultirange, except_hold uuid, except_appointment uuid
) RETURNS TABLE (
    starts_at timestamptz, ends_at timestamptz, last_at timestamptz, step interval, wall_clock timestamp, zone text)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    low timestamptz := from_at;
    high timestamptz;
    width interval := CASE WHEN most IS NULL THEN to_at - from_at ELSE interval '12 hours' END;
    other uuid;
    suits tstzmultirange;
    missing integer := most;
    found_now integer;
BEGIN
    IF most IS NULL AND wanted IS NULL AND cardinality(specialists) = 1 THEN
        RETURN QUERY SELECT r.* FROM consilium.opening_runs(
            specialists[1], type_id, from_at, to_at, except_hold, except_appointment, party_taken) r;
        RETURN;
    END IF;
    WHILE low < to_at AND (missing IS NULL OR missing > 0) LOOP
        high := least(low + width, to_at);
        suits := wanted;
        FOREACH other IN ARRAY specialists[2:] LOOP
            suits := coalesce(suits, '{(,)}') * (
                SELECT coalesce(range_agg(tstzrange(o.starts_at, o.starts_at, '[]')), '{}')
                FROM consilium.openings(other, type_id, low, high, except_hold, except_appointment) o);
        END LOOP;
        RETURN QUERY
            SELECT o.starts_at, o.ends_at, o.starts_at, o.ends_at - o.starts_at, o.wall_clock, o.zone
            FROM consilium.openings(
                specialists[1], type_id, low, high, except_hold, except_appointment, party_taken) o
            WHERE suits IS NULL OR o.starts_at <@ suits
            ORDER BY o.starts_at LIMIT missing;
        GET DIAGNOSTICS found_now = ROW_COUNT;
        missing := missing - found_now;
        low := high;
        width := width * 2;
    END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.common_openings(uuid[], text, timestamptz, timestamptz, integer, tstzmultirange, tstzmultirange, uuid, uuid)
    TO consilium_app;

CREATE TYPE consilium.opening AS (
    specialist_id uuid, starts_at timestamptz, ends_at timestamptz, wall_clock timestamp, zone text);

-- The soonest starts of some specialists that suit a party, earliest first and, of two at once, in the order in which the
-- specialists are named; of each specialist those that are so far apart from their last, so that what is found is a choice and
-- not three neighbouring quarter hours. The index says where to look; openings() says what is there, so that a hold which ran
-- out a moment ago is free and one that was made a moment ago is not. Definer, as openings().
CREATE FUNCTION consilium.soonest(
    specialists uuid[], type_id text, from_at timestamptz, to_at timestamptz, most integer,
    party_taken tstzmultirange, wanted tstzmultirange DEFAULT NULL, except_hold uuid DEFAULT NULL,
    apart interval DEFAULT '0'
) RETURNS SETOF consilium.opening
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = consilium, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    now timestamptz := clock_timestamp();
    policy visit_type;
    lasts interval;
    first_start timestamptz;
    last_start timestamptz;
    window_end timestamptz;
    reach interval;
    step interval;
    piece record;
    low timestamptz;
    choice opening;
    chosen opening[];
    found opening[];
BEGIN
    SELECT * INTO policy FROM visit_type v WHERE v.id = type_id AND v.current;
    lasts := make_interval(mins => policy.duration_minutes);
    step := make_interval(mins => policy.granularity_minutes);
    first_start := greatest(from_at, now + make_interval(mins => policy.notice_minutes));
    last_start := least(to_at, now + make_interval(days => policy.horizon_days));
    IF policy.id IS NULL OR first_start >= last_start THEN
        RETURN;
    END IF;
    -- With hundreds of specialists, the first half day mostly has enough.
    FOREACH reach IN ARRAY ARRAY['12 hours', '3 days', '14 days', '366 days']::interval[] LOOP
        window_end := least(last_start, first_start + reach);
        found := '{}';
        FOR piece IN
            SELECT e.id, b.low, b.high, n.next_start
            FROM unnest(specialists) WITH ORDINALITY e (id, place)
                JOIN free_span f ON f.specialist_id = e.id
                    AND f.hours = CASE WHEN type_id = ANY (f.named) THEN type_id ELSE 'any' END
                    AND f.ends_at > first_start AND f.ends_at < window_end + interval '26 hours',
                -- Where it meets a span of the next day a consult may lie over midnight.
                LATERAL (SELECT EXISTS (
                    SELECT FROM free_span g WHERE g.specialist_id = f.specialist_id AND g.hours = f.hours
                        AND g.ends_at > f.ends_at AND g.ends_at < f.ends_at + interval '26 hours'
                        AND g.starts_at = f.ends_at) AS goes_on OFFSET 0) m,
                LATERAL (SELECT greatest(f.starts_at, first_start) AS low,
                    least(CASE WHEN m.goes_on THEN f.ends_at ELSE f.ends_at - lasts + interval '1 microsecond' END,
                        window_end) AS high) b,
                -- Starts are multiples of the step on the specialist's clock: the next one from the piece's beginning, unless
                -- that clock changes before it. Without it, everybody who is open now would seem to have the soonest.
                LATERAL (SELECT b.low AT TIME ZONE f.zone AS wall_clock OFFSET 0) w,
                LATERAL (SELECT CASE WHEN (b.low + step) AT TIME ZONE f.zone = w.wall_clock + step
                    THEN b.low + (date_bin(step, w.wall_clock + step - interval '1 microsecond',
                        date_trunc('day', w.wall_clock)) - w.wall_clock)
                    ELSE b.low END AS next_start OFFSET 0) n
            WHERE b.low < b.high AND n.next_start < b.high
                AND (wanted IS NULL OR wanted && tstzrange(b.low, b.high))
            ORDER BY n.next_start, e.place
        LOOP
            EXIT WHEN cardinality(found) = most AND piece.next_start >= found[most].starts_at;
            low := greatest(piece.low,
                (SELECT max(f.starts_at) + apart FROM unnest(found) f WHERE f.specialist_id = piece.id));
            chosen := '{}';
            -- Only what comes before the last that was found is of use.
            FOR choice IN
                SELECT piece.id, o.starts_at, o.ends_at, o.wall_clock, o.zone
                FROM openings(piece.id, type_id, low, least(piece.high, found[most].starts_at),
                    except_hold, NULL, party_taken) o
                WHERE wanted IS NULL OR o.starts_at <@ wanted
                ORDER BY o.starts_at
            LOOP
                CONTINUE WHEN choice.starts_at < low;
                EXIT WHEN cardinality(chosen) = most;
                chosen := chosen || choice;
                low := choice.starts_at + apart;
            END LOOP;
            found := ARRAY(
                SELECT (f.specialist_id, f.starts_at, f.ends_at, f.wall_clock, f.zone)::opening
                FROM unnest(found || chosen) WITH ORDINALITY
                    f (specialist_id, starts_at, ends_at, wall_clock, zone, place)
                ORDER BY f.starts_at, f.place LIMIT most);
        END LOOP;
        EXIT WHEN cardinality(found) = most OR window_end = last_start;
    END LOOP;
    RETURN QUERY SELECT * FROM unnest(found);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.soonest( uuid[], text, timestamptz, timestamptz, integer, tstzmultirange, tstzmultirange, uuid, interval)
    TO consilium_app;

-- Holds of these people whose time is over leave before their range is wanted. The caller has locked the calendars.
CREATE FUNCTION consilium.lapse_holds(persons uuid[], kept uuid DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    due uuid[];
BEGIN
    SELECT array_agg(DISTINCT b.hold_id) INTO due FROM busy b
    WHERE b.person_id = ANY (persons) AND b.lapses_at <= clock_timestamp()
        AND b.hold_id IS NOT NULL AND b.hold_id IS DISTINCT FROM kept;
    IF due IS NULL THEN
        RETURN 0;
    END IF;
    -- In their order: whoever locks another calendar of a panel may be letting the same holds lapse.
    PERFORM FROM hold h WHERE h.id = ANY (due) ORDER BY h.id FOR NO KEY UPDATE;
    UPDATE hold h SET state = 'lapsed' WHERE h.id = ANY (due) AND h.state = 'active';
    RETURN cardinality(due);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.lapse_holds(uuid[], uuid) TO consilium_app;
GRANT EXECUTE ON FUNCTION consilium.lapse_holds(uuid[], uuid) TO consilium_worker;

-- Ends every hold of a specialist in a range that they or a coordinator clears, of whichever case: a booking by it would not
-- look again. The caller has locked the specialist's calendar.
CREATE FUNCTION consilium.end_holds(the_specialist uuid, cleared tstzrange) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    due uuid[];
BEGIN
    IF the_specialist IS DISTINCT FROM actor() AND NOT has_role('coordinator') AND NOT is_ending_access() THEN
        RAISE EXCEPTION 'not theirs' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'end_holds';
    END IF;
    SELECT array_agg(h.id) INTO due FROM hold h
    WHERE h.id IN (SELECT b.hold_id FROM busy b WHERE b.person_id = the_specialist AND b.during && cleared)
        AND h.state = 'active' AND the_specialist = ANY (h.specialist_id || h.colleagues)
        AND tstzrange(h.starts_at, h.ends_at) && cleared;
    PERFORM FROM hold h WHERE h.id = ANY (due) ORDER BY h.id FOR NO KEY UPDATE;
    UPDATE hold h SET state = 'lapsed' WHERE h.id = ANY (due) AND h.state = 'active';
    RETURN coalesce(cardinality(due), 0);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.end_holds(uuid, tstzrange) TO consilium_app;

-- Locks the calendars of everybody who meets for a case, or could: whether or not anything is held, so that whoever holds
-- or books for it at the same time has come before and is seen, or comes after and sees what has changed. In the order of
-- all that lock calendars: parties before specialists, each by id.
CREATE FUNCTION consilium.lock_calendars_of(the_case uuid, the_colleagues uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM FROM calendar c WHERE c.person_id IN (
            SELECT k.patient_id FROM clinical_case k WHERE k.id = the_case
            UNION SELECT p.account_id FROM case_part p
                WHERE p.case_id = the_case AND p.part = 'treating_clinician' AND p.until IS NULL
            UNION SELECT h.party_id FROM hold h WHERE h.case_id = the_case AND h.state = 'active'
            UNION SELECT a.party_id FROM appointment a
                WHERE a.case_id = the_case AND a.state IN ('booked', 'checked_in'))
        ORDER BY c.person_id FOR NO KEY UPDATE;
    PERFORM FROM calendar c WHERE c.person_id IN (
            SELECT k.specialist_id FROM clinical_case k WHERE k.id = the_case
            UNION SELECT unnest(the_colleagues)
            UNION SELECT unnest(h.specialist_id || h.colleagues) FROM hold h
                WHERE h.case_id = the_case AND h.state = 'active'
            UNION SELECT unnest(a.specialist_id || a.colleagues) FROM appointment a
                WHERE a.case_id = the_case AND a.state IN ('booked', 'checked_in'))
        ORDER BY c.person_id FOR NO KEY UPDATE;
END
$$;

-- Whose calendars get time back when these cases change.
CREATE FUNCTION consilium.calendars_of(cases uuid[], OUT parties uuid[], OUT specialists uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    WITH meeting AS (
        SELECT h.party_id, h.specialist_id || h.colleagues AS sitting FROM hold h
        WHERE h.case_id = ANY (cases) AND h.state = 'active'
        UNION ALL
        SELECT a.party_id, a.specialist_id || a.colleagues FROM appointment a
        WHERE a.case_id = ANY (cases) AND a.state IN ('booked', 'checked_in'))
    SELECT
        ARRAY(SELECT c.patient_id FROM clinical_case c WHERE c.id = ANY (cases)
            UNION SELECT p.account_id FROM case_part p
                WHERE p.case_id = ANY (cases) AND p.part = 'treating_clinician' AND p.until IS NULL
            UNION SELECT m.party_id FROM meeting m),
        ARRAY(SELECT c.specialist_id FROM clinical_case c WHERE c.id = ANY (cases) AND c.specialist_id IS NOT NULL
            UNION SELECT unnest(m.sitting) FROM meeting m)
$$;

-- Cancels the consults of a case with treating clinicians, and lets their holds lapse, before they stop being its party: of all
-- who consult, or of the one who may consult by that one invitation alone. By who withdraws the consent or the invitation.
-- Returns whom to tell of which consult.
CREATE FUNCTION consilium.release_clinicians(the_case uuid, the_invitation uuid DEFAULT NULL)
RETURNS TABLE (appointment_id uuid, person_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
#variable_conflict use_column
DECLARE
    leaving uuid[];
    consults uuid[];
BEGIN
    IF NOT has_part(the_case, 'patient', 'caregiver') THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'release_clinicians';
    END IF;
    PERFORM lock_calendars_of(the_case, '{}');
    SELECT coalesce(array_agg(p.account_id), '{}') INTO leaving FROM case_part p
    WHERE p.case_id = the_case AND p.part = 'treating_clinician' AND p.until IS NULL
        AND (the_invitation IS NULL OR ARRAY[the_invitation] = ARRAY(SELECT i.id FROM invitation i
            WHERE i.case_id = the_case AND i.accepted_by = p.account_id AND i.state = 'accepted' AND i.consults));
    SELECT array_agg(a.id ORDER BY a.id) INTO consults FROM appointment a
    WHERE a.case_id = the_case AND a.state IN ('booked', 'checked_in') AND a.party_id = ANY (leaving);
    UPDATE hold h SET state = 'lapsed' WHERE h.case_id = the_case AND h.state = 'active' AND h.party_id = ANY (leaving);
    -- Whom to tell is who was to meet.
    RETURN QUERY SELECT a.id, person FROM appointment a, unnest(consult_people(a)) person WHERE a.id = ANY (consults);
    UPDATE appointment a SET state = 'cancelled', ended_at = clock_timestamp(), ended_by = actor(),
        sequence = a.sequence + 1, version = a.version + 1
    WHERE a.id = ANY (consults);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.release_clinicians(uuid, uuid) TO consilium_app;

CREATE TABLE consilium.calendar_conflict (
    calendar_id uuid NOT NULL REFERENCES consilium.linked_calendar ON DELETE CASCADE,
    appointment_id uuid NOT NULL REFERENCES consilium.appointment,
    sequence integer NOT NULL,
    notified_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (calendar_id, appointment_id, sequence)
);
COMMENT ON TABLE consilium.calendar_conflict IS
    'Of which collisions with a booked consult a specialist was told, by each calendar that has them.';
SELECT consilium.enable_row_security('consilium.calendar_conflict');
GRANT SELECT, INSERT ON consilium.calendar_conflict TO consilium_worker;
CREATE POLICY worker_all ON consilium.calendar_conflict TO consilium_worker USING (true);
