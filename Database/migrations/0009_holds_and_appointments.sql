-- Holds and appointments, when they make people busy (P1), and the openings that are left (P4).

-- Who else sits in a consult: in their order, and nobody twice. Their rows in the wall refer to their calendars.
CREATE FUNCTION consilium.is_panel(colleagues uuid[], specialist uuid, party uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN cardinality(colleagues) <= 4 AND array_position(colleagues, NULL) IS NULL
    AND NOT specialist = ANY (colleagues) AND NOT party = ANY (colleagues)
    AND colleagues = (SELECT array_agg(DISTINCT c ORDER BY c) FROM unnest(colleagues) c);
GRANT EXECUTE ON FUNCTION consilium.is_panel(uuid[], uuid, uuid) TO consilium_app, consilium_worker;

-- A consult is between the case's own specialist, or a colleague who was brought into the case, and its party, with
-- further colleagues in a panel: nobody fills a stranger's calendar.
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
    lane consilium.word NOT NULL CHECK (lane IN ('licensed', 'peer_to_peer')),
    visit_type consilium.word NOT NULL,
    visit_version integer NOT NULL,
    state consilium.word NOT NULL CHECK (state IN ('booked', 'checked_in', 'completed', 'cancelled', 'no_show')),
    -- What its end brought, by the policy it was booked under.
    consequence consilium.word,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    -- RFC 5545 SEQUENCE: rises with every move, so that reminders and calendars follow.
    sequence integer NOT NULL DEFAULT 0,
    -- RFC 5545 DTSTAMP: when the sequence last rose.
    stamped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The ETag's number: rises with every change.
    version integer NOT NULL DEFAULT 1,
    booked_by uuid NOT NULL REFERENCES consilium.account,
    booked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_by uuid REFERENCES consilium.account,
    ended_at timestamptz,
    FOREIGN KEY (visit_type, visit_version) REFERENCES consilium.visit_type,
    CHECK (colleagues = '{}' OR consilium.is_panel(colleagues, specialist_id, party_id)),
    CHECK (starts_at < ends_at),
    CHECK ((state IN ('completed', 'cancelled', 'no_show')) = (ended_at IS NOT NULL))
);
CREATE INDEX appointment_case ON consilium.appointment (case_id, id);
CREATE INDEX appointment_specialist ON consilium.appointment (specialist_id, starts_at);
CREATE INDEX appointment_party ON consilium.appointment (party_id, starts_at);
-- Only panels pay for it.
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
SELECT consilium.wall('consilium.appointment');
SELECT consilium.audited('consilium.appointment', 'case', 'case_id', 'id');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.appointment
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('appointment');
CREATE TRIGGER guard_mover BEFORE UPDATE OF state ON consilium.appointment
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_mover('appointment', 'case_id');
GRANT SELECT, INSERT ON consilium.appointment TO consilium_app;
GRANT UPDATE (state, consequence, starts_at, ends_at, visit_type, visit_version, sequence, version, ended_by, ended_at)
    ON consilium.appointment TO consilium_app;
CREATE POLICY part ON consilium.appointment TO consilium_app
    USING (case_id IN (SELECT consilium.reading_cases())) WITH CHECK (case_id IN (SELECT consilium.reading_cases()));
-- P5: booked after a lane check that found it lawful for each specialist, in the same transaction.
CREATE POLICY books ON consilium.appointment AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK (
    state = 'booked' AND booked_by = (SELECT consilium.actor())
    AND consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician', 'coordinator')
    AND consilium.may_meet(case_id, specialist_id, colleagues, party_id)
    AND NOT EXISTS (SELECT FROM unnest(appointment.specialist_id || appointment.colleagues) s
        WHERE NOT EXISTS (SELECT FROM consilium.lane_check l WHERE l.case_id = appointment.case_id
            AND l.specialist_id = s AND l.lane = appointment.lane AND l.gate = 'booking'
            AND l.lawful AND l.at >= now())));
GRANT SELECT ON consilium.appointment TO consilium_worker;
CREATE POLICY worker_reads ON consilium.appointment FOR SELECT TO consilium_worker USING (true);
CREATE POLICY app_lock_participants ON consilium.calendar TO consilium_app
    USING (person_id = (SELECT consilium.actor())
        OR EXISTS (SELECT FROM consilium.specialist s WHERE s.id = person_id)
        OR person_id IN (SELECT consilium.my_people())
        OR EXISTS (SELECT FROM consilium.appointment a
            WHERE a.party_id = person_id AND a.state IN ('booked', 'checked_in')));

CREATE TABLE consilium.hold (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    -- A panel's further specialists.
    colleagues uuid[] NOT NULL DEFAULT '{}',
    -- The patient, or in the peer-to-peer lane the treating clinician.
    party_id uuid NOT NULL REFERENCES consilium.account,
    visit_type consilium.word NOT NULL,
    visit_version integer NOT NULL,
    kind consilium.word NOT NULL CHECK (kind IN ('asked', 'offered')),
    state consilium.word NOT NULL CHECK (state IN ('active', 'booked', 'released', 'lapsed')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    token_digest bytea NOT NULL UNIQUE,
    renewals smallint NOT NULL DEFAULT 0,
    made_by uuid NOT NULL REFERENCES consilium.account,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    -- Why a hold is offered: instead of a consult that was cancelled or would be moved, and for whose place in the waitlist.
    appointment_id uuid REFERENCES consilium.appointment,
    waitlist_id uuid,
    CHECK (kind = 'offered' OR appointment_id IS NULL AND waitlist_id IS NULL),
    FOREIGN KEY (visit_type, visit_version) REFERENCES consilium.visit_type,
    CHECK (colleagues = '{}' OR consilium.is_panel(colleagues, specialist_id, party_id)),
    CHECK (starts_at < ends_at AND created_at < expires_at AND expires_at <= starts_at)
);
CREATE UNIQUE INDEX hold_asked ON consilium.hold (case_id) WHERE state = 'active' AND kind = 'asked';
-- How much one party keeps at once, over all her cases.
CREATE INDEX hold_party ON consilium.hold (party_id) WHERE state = 'active' AND kind = 'asked';
CREATE INDEX hold_due ON consilium.hold (expires_at) WHERE state = 'active';
CREATE INDEX hold_waitlist ON consilium.hold (waitlist_id) WHERE waitlist_id IS NOT NULL;
INSERT INTO consilium.transition (machine, source, target, parts) VALUES
    ('hold', 'active', 'booked', '{patient,caregiver,treating_clinician,coordinator}'),
    ('hold', 'active', 'released', '{patient,caregiver,treating_clinician,coordinator}'),
    -- Whoever wants the range lets it lapse, and who cannot come to it.
    ('hold', 'active', 'lapsed', NULL);
SELECT consilium.wall('consilium.hold');
SELECT consilium.audited('consilium.hold', 'case', 'case_id', 'id');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.hold
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('hold');
CREATE TRIGGER guard_mover BEFORE UPDATE OF state ON consilium.hold
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_mover('hold', 'case_id');
GRANT SELECT, INSERT ON consilium.hold TO consilium_app;
GRANT UPDATE (state, expires_at, renewals) ON consilium.hold TO consilium_app;
CREATE POLICY part ON consilium.hold TO consilium_app
    USING (case_id IN (SELECT consilium.reading_cases())) WITH CHECK (case_id IN (SELECT consilium.reading_cases()));
-- An offered hold is made by place_offer alone.
CREATE POLICY asks ON consilium.hold AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK (
    state = 'active' AND kind = 'asked' AND made_by = (SELECT consilium.actor())
    AND consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician', 'coordinator')
    AND consilium.may_meet(case_id, specialist_id, colleagues, party_id));
GRANT SELECT (id, case_id, specialist_id, colleagues, party_id, kind, state, starts_at, ends_at, expires_at, appointment_id)
    ON consilium.hold
    TO consilium_worker;
CREATE POLICY worker_reads ON consilium.hold FOR SELECT TO consilium_worker USING (true);
ALTER TABLE consilium.busy ADD FOREIGN KEY (hold_id) REFERENCES consilium.hold,
    ADD FOREIGN KEY (appointment_id) REFERENCES consilium.appointment;

-- A function, because as a subquery each statement read all holds and appointments for it.
CREATE FUNCTION consilium.takes_for_me(the_hold uuid, the_appointment uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM case_part p
        WHERE p.case_id = coalesce((SELECT h.case_id FROM hold h WHERE h.id = the_hold),
                (SELECT a.case_id FROM appointment a WHERE a.id = the_appointment))
            AND p.account_id = actor() AND p.until IS NULL AND p.reads_case);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.takes_for_me(uuid, uuid) TO consilium_app;

CREATE POLICY part ON consilium.busy FOR SELECT TO consilium_app
    USING (person_id = (SELECT consilium.actor()) OR consilium.takes_for_me(hold_id, appointment_id));

-- The wall has no gap and no loose stone, because it follows from holds and consults, and is written by their triggers
-- alone. An active hold, and a consult that stands, have a row of their own times for each of their people; an offer
-- leaves its party's calendar alone until it is accepted. What has ended keeps what it took, unless it was cancelled.
CREATE FUNCTION consilium.keep_busy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    of_hold uuid;
    of_appointment uuid;
    lapses timestamptz := 'infinity';
    of_party boolean := true;
    stands boolean;
BEGIN
    IF TG_TABLE_NAME = 'hold' THEN
        of_hold := NEW.id;
        lapses := NEW.expires_at;
        of_party := NEW.kind = 'asked';
        stands := NEW.state = 'active';
        IF TG_OP = 'UPDATE' THEN
            DELETE FROM busy b WHERE b.hold_id = NEW.id;
        END IF;
    ELSE
        of_appointment := NEW.id;
        stands := NEW.state <> 'cancelled';
        IF TG_OP = 'UPDATE' THEN
            DELETE FROM busy b WHERE b.appointment_id = NEW.id;
        END IF;
    END IF;
    IF stands THEN
        INSERT INTO busy (person_id, during, hold_id, appointment_id, lapses_at)
        SELECT s, tstzrange(NEW.starts_at - make_interval(mins => v.buffer_before_minutes),
            NEW.ends_at + make_interval(mins => v.buffer_after_minutes)), of_hold, of_appointment, lapses
        FROM visit_type v, unnest(NEW.specialist_id || NEW.colleagues) s
        WHERE v.id = NEW.visit_type AND v.version = NEW.visit_version;
        IF of_party THEN
            INSERT INTO busy (person_id, during, hold_id, appointment_id, lapses_at)
            VALUES (NEW.party_id, tstzrange(NEW.starts_at, NEW.ends_at), of_hold, of_appointment, lapses);
        END IF;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER takes AFTER INSERT ON consilium.hold
    FOR EACH ROW WHEN (NEW.state = 'active') EXECUTE FUNCTION consilium.keep_busy();
CREATE TRIGGER takes_anew AFTER UPDATE ON consilium.hold FOR EACH ROW WHEN (
    (OLD.state, OLD.kind, OLD.specialist_id, OLD.colleagues, OLD.party_id, OLD.visit_type, OLD.visit_version,
        OLD.starts_at, OLD.ends_at)
    IS DISTINCT FROM (NEW.state, NEW.kind, NEW.specialist_id, NEW.colleagues, NEW.party_id, NEW.visit_type,
        NEW.visit_version, NEW.starts_at, NEW.ends_at))
    EXECUTE FUNCTION consilium.keep_busy();
-- What comes in as long over, from an import, takes nothing.
CREATE TRIGGER takes AFTER INSERT ON consilium.appointment
    FOR EACH ROW WHEN (NEW.state IN ('booked', 'checked_in')) EXECUTE FUNCTION consilium.keep_busy();
CREATE TRIGGER takes_anew AFTER UPDATE ON consilium.appointment FOR EACH ROW WHEN (
    (OLD.state = 'cancelled', OLD.specialist_id, OLD.colleagues, OLD.party_id, OLD.visit_type, OLD.visit_version,
        OLD.starts_at, OLD.ends_at)
    IS DISTINCT FROM (NEW.state = 'cancelled', NEW.specialist_id, NEW.colleagues, NEW.party_id, NEW.visit_type,
        NEW.visit_version, NEW.starts_at, NEW.ends_at))
    EXECUTE FUNCTION consilium.keep_busy();

-- A hold that is renewed keeps its rows.
CREATE FUNCTION consilium.keep_lapse() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE busy b SET lapses_at = NEW.expires_at WHERE b.hold_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER takes_longer AFTER UPDATE ON consilium.hold
    FOR EACH ROW WHEN (NEW.state = 'active' AND OLD.expires_at <> NEW.expires_at)
    EXECUTE FUNCTION consilium.keep_lapse();

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

-- Whom a consult is told to: who sits in it, and who acts for its patient now.
CREATE FUNCTION consilium.consult_people(consult consilium.appointment) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT ARRAY[consult.party_id, consult.specialist_id] || consult.colleagues || ARRAY(
        SELECT p.account_id FROM consilium.case_part p JOIN consilium.clinical_case c ON c.id = p.case_id
        WHERE p.case_id = consult.case_id AND p.part = 'caregiver' AND p.until IS NULL
            AND c.patient_id = consult.party_id
        ORDER BY p.account_id)
$$;
GRANT EXECUTE ON FUNCTION consilium.consult_people(consilium.appointment) TO consilium_app, consilium_worker;

-- Her days and weeks that have as many consults of a kind as its policy lets her have; holds that live count.
CREATE FUNCTION consilium.full_days(
    the_specialist uuid, the_type consilium.visit_type, from_at timestamptz, to_at timestamptz,
    except_hold uuid, except_appointment uuid
) RETURNS tstzmultirange
LANGUAGE sql STABLE AS $$
    WITH her AS MATERIALIZED (
        SELECT s.time_zone::text AS zone FROM consilium.specialist s WHERE s.id = the_specialist
    ), consult AS MATERIALIZED (
        SELECT coalesce(a.starts_at, h.starts_at) AT TIME ZONE her.zone AS starts
        FROM her, consilium.busy b
            LEFT JOIN consilium.appointment a ON a.id = b.appointment_id
            LEFT JOIN consilium.hold h ON h.id = b.hold_id
        WHERE b.person_id = the_specialist AND b.lapses_at > clock_timestamp()
            AND b.during && tstzrange(from_at - interval '8 days', to_at + interval '8 days')
            AND coalesce(a.visit_type, h.visit_type) = the_type.id
            AND (except_hold IS NULL OR b.hold_id IS DISTINCT FROM except_hold)
            AND (except_appointment IS NULL OR b.appointment_id IS DISTINCT FROM except_appointment)
    )
    SELECT coalesce(range_agg(tstzrange(consilium.instant_of(full_span.first_day, her.zone),
        consilium.instant_of(full_span.first_day + full_span.days, her.zone))), '{}')
    FROM her, (
        SELECT starts::date AS first_day, 1 AS days FROM consult
        GROUP BY 1 HAVING count(*) >= the_type.most_per_day
        UNION ALL
        SELECT date_trunc('week', starts)::date, 7 FROM consult
        GROUP BY 1 HAVING count(*) >= the_type.most_per_week
    ) full_span
$$;

-- P4's one source: the starts that can be booked now, in the runs of the grid. Showing and booking both ask it.
-- Definer, because what makes a start unavailable belongs to other people's cases; only starts leave it. Any hold in
-- except_hold and any appointment in except_appointment (the one being replaced) counts as free; no consult overlaps
-- party_taken. In PL/pgSQL, and by one generic plan, because planning costs ten times what the look at one start does,
-- and an SQL function is planned at every call.
CREATE FUNCTION consilium.opening_runs(
    the_specialist uuid, type_id text, from_at timestamptz, to_at timestamptz,
    except_hold uuid, except_appointment uuid, party_taken tstzmultirange
) RETURNS TABLE (starts_at timestamptz, ends_at timestamptz, last_at timestamptz, step interval, wall timestamp, zone text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = consilium, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    now timestamptz := clock_timestamp();
    policy visit_type;
    first_start timestamptz;
    last_start timestamptz;
    -- Starts whose consult, buffers included, would touch what takes her. Open at both ends: consults may adjoin.
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
            make_interval(mins => policy.granularity_minutes), g.wall, g.zone
        FROM grid(the_specialist, policy, first_start, last_start, forbidden) g
        ORDER BY g.starts_at;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.opening_runs(uuid, text, timestamptz, timestamptz, uuid, uuid, tstzmultirange) TO consilium_app;

-- The same, start by start.
CREATE FUNCTION consilium.openings(
    the_specialist uuid, type_id text, from_at timestamptz, to_at timestamptz,
    except_hold uuid DEFAULT NULL, except_appointment uuid DEFAULT NULL, party_taken tstzmultirange DEFAULT '{}'
) RETURNS TABLE (starts_at timestamptz, ends_at timestamptz, wall timestamp, zone text)
LANGUAGE sql STABLE AS $$
    SELECT at, r.ends_at + (at - r.starts_at), r.wall + (at - r.starts_at), r.zone
    FROM consilium.opening_runs(
            the_specialist, type_id, from_at, to_at, except_hold, except_appointment, party_taken) r,
        generate_series(r.starts_at, r.last_at, r.step) at
$$;
GRANT EXECUTE ON FUNCTION consilium.openings(uuid, text, timestamptz, timestamptz, uuid, uuid, tstzmultirange) TO consilium_app;

-- The openings that suit everybody who is to meet: of the first specialist's, those that are openings of all the others
-- too, in which the party has nothing else and, where wanted says when, would come. In runs, of one start each unless all
-- of one specialist's are asked for. Whoever asks for the first few gets them from windows that double: the crowd that
-- loses a start finds the next within hours of it.
CREATE FUNCTION consilium.common_openings(
    specialists uuid[], type_id text, from_at timestamptz, to_at timestamptz, most integer,
    party_taken tstzmultirange, wanted tstzmultirange, except_hold uuid, except_appointment uuid
) RETURNS TABLE (starts_at timestamptz, ends_at timestamptz, last_at timestamptz, step interval, wall timestamp, zone text)
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
            SELECT o.starts_at, o.ends_at, o.starts_at, o.ends_at - o.starts_at, o.wall, o.zone
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
GRANT EXECUTE ON FUNCTION consilium.common_openings(uuid[], text, timestamptz, timestamptz, integer, tstzmultirange, tstzmultirange, uuid, uuid) TO consilium_app;

CREATE TYPE consilium.opening AS (
    specialist_id uuid, starts_at timestamptz, ends_at timestamptz, wall timestamp, zone text);

-- The soonest starts of some specialists that suit a party, earliest first and, of two at once, in the order in which
-- the specialists are named; of each specialist those that are so far apart from their last, so that what is found is a
-- choice and not three neighbouring quarter hours. The index says where to look; openings() says what is there, so that a hold which ran out
-- a moment ago is free and one that was made a moment ago is not. Definer, as openings().
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
    -- Of hundreds, the first half day mostly has enough.
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
                -- Starts are multiples of the step on her clock: the next one from the piece's beginning, unless her
                -- clock changes before it. Without it, everybody who is open now would seem to have the soonest.
                LATERAL (SELECT b.low AT TIME ZONE f.zone AS wall OFFSET 0) w,
                LATERAL (SELECT CASE WHEN (b.low + step) AT TIME ZONE f.zone = w.wall + step
                    THEN b.low + (date_bin(step, w.wall + step - interval '1 microsecond', date_trunc('day', w.wall)) - w.wall)
                    ELSE b.low END AS next_start OFFSET 0) n
            WHERE b.low < b.high AND n.next_start < b.high
                AND (wanted IS NULL OR wanted && tstzrange(b.low, b.high))
            ORDER BY n.next_start, e.place
        LOOP
            EXIT WHEN cardinality(found) = most AND piece.next_start >= found[most].starts_at;
            low := greatest(piece.low,
                (SELECT max(f.starts_at) + apart FROM unnest(found) f WHERE f.specialist_id = piece.id));
            chosen := '{}';
            -- Of use is what comes before the last that is found.
            FOR choice IN
                SELECT piece.id, o.starts_at, o.ends_at, o.wall, o.zone
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
                SELECT (f.specialist_id, f.starts_at, f.ends_at, f.wall, f.zone)::opening
                FROM unnest(found || chosen) WITH ORDINALITY
                    f (specialist_id, starts_at, ends_at, wall, zone, place)
                ORDER BY f.starts_at, f.place LIMIT most);
        END LOOP;
        EXIT WHEN cardinality(found) = most OR window_end = last_start;
    END LOOP;
    RETURN QUERY SELECT * FROM unnest(found);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.soonest( uuid[], text, timestamptz, timestamptz, integer, tstzmultirange, tstzmultirange, uuid, interval) TO consilium_app;

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
    -- In their order: whoever holds another of a panel's calendars may be letting the same ones lapse.
    PERFORM FROM hold h WHERE h.id = ANY (due) ORDER BY h.id FOR NO KEY UPDATE;
    UPDATE hold h SET state = 'lapsed' WHERE h.id = ANY (due) AND h.state = 'active';
    RETURN cardinality(due);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.lapse_holds(uuid[], uuid) TO consilium_app;
GRANT EXECUTE ON FUNCTION consilium.lapse_holds(uuid[], uuid) TO consilium_worker;

-- Ends every hold of a specialist that lies in a range which she or a coordinator clears, whosever case it is of: a
-- booking by it would not look again. The caller has locked her calendar.
CREATE FUNCTION consilium.end_holds(the_specialist uuid, cleared tstzrange) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    due uuid[];
BEGIN
    IF the_specialist IS DISTINCT FROM actor() AND NOT has_role('coordinator') AND NOT is_ending_access() THEN
        RAISE EXCEPTION 'not hers' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'end_holds';
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

-- Whose calendars a change of these cases gives time back to.
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

-- Cancels the consults of a case with treating clinicians, and lets their holds lapse, before they are its party no more:
-- of all who consult, or of the one whom nothing but one invitation lets consult. By who withdraws the consent or the
-- invitation. Returns whom to tell of which consult.
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

-- Which collisions with a booked consult she was told of, by each calendar that has them: of one in two calendars once.
CREATE TABLE consilium.calendar_conflict (
    calendar_id uuid NOT NULL REFERENCES consilium.linked_calendar ON DELETE CASCADE,
    appointment_id uuid NOT NULL REFERENCES consilium.appointment,
    sequence integer NOT NULL,
    told_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (calendar_id, appointment_id, sequence)
);
SELECT consilium.wall('consilium.calendar_conflict');
GRANT SELECT, INSERT ON consilium.calendar_conflict TO consilium_worker;
CREATE POLICY worker_tells ON consilium.calendar_conflict TO consilium_worker USING (true);
