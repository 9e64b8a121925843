-- Calendars and the wall (P1), wall time (P12), openings (P4), holds, appointments.

-- One row a person: the lock, and nothing else. Locked patient first, then the specialists by id,
-- FOR NO KEY UPDATE, before anything of their time is looked at or written.
CREATE TABLE consilium.calendar (
    person_id uuid PRIMARY KEY REFERENCES consilium.account
);
CREATE FUNCTION consilium.make_calendar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    INSERT INTO calendar (person_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER calendar AFTER INSERT ON consilium.account
    FOR EACH ROW EXECUTE FUNCTION consilium.make_calendar();
CREATE TRIGGER keep BEFORE UPDATE ON consilium.calendar FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();

-- Policy as data. A change is a new version; an appointment keeps the one it was booked under.
CREATE TABLE consilium.visit_type (
    id consilium.word NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    current boolean NOT NULL,
    duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 5 AND 480),
    buffer_before_minutes integer NOT NULL CHECK (buffer_before_minutes BETWEEN 0 AND 240),
    buffer_after_minutes integer NOT NULL CHECK (buffer_after_minutes BETWEEN 0 AND 240),
    -- Starts lie on the wall clock's multiples of this, counted from midnight.
    granularity_minutes integer NOT NULL CHECK (granularity_minutes IN (5, 10, 15, 20, 30, 60)),
    notice_minutes integer NOT NULL CHECK (notice_minutes BETWEEN 0 AND 43200),
    horizon_days integer NOT NULL CHECK (horizon_days BETWEEN 1 AND 365),
    hold_minutes integer NOT NULL CHECK (hold_minutes BETWEEN 1 AND 1440),
    -- Of this kind, for one specialist, on one of her days and in one of her weeks; holds count.
    most_per_day integer CHECK (most_per_day BETWEEN 1 AND 100),
    most_per_week integer CHECK (most_per_week BETWEEN 1 AND 500),
    booked_by consilium.word[] NOT NULL DEFAULT '{party,coordinator}',
    rescheduled_by consilium.word[] NOT NULL DEFAULT '{party,specialist,coordinator}',
    cancelled_by consilium.word[] NOT NULL DEFAULT '{party,specialist,coordinator}',
    -- Until how long before the start the party's side may move, and cancel freely.
    reschedule_until_minutes integer NOT NULL CHECK (reschedule_until_minutes BETWEEN 0 AND 43200),
    cancel_until_minutes integer NOT NULL CHECK (cancel_until_minutes BETWEEN 0 AND 43200),
    -- The programme's codes for what a later cancellation brings (NULL: it is not possible), and not coming.
    late_cancel_consequence consilium.word,
    no_show_consequence consilium.word,
    no_show_grace_minutes integer NOT NULL CHECK (no_show_grace_minutes BETWEEN 0 AND 240),
    -- The join window opens so long before the start.
    join_before_minutes integer NOT NULL CHECK (join_before_minutes BETWEEN 0 AND 120),
    PRIMARY KEY (id, version),
    -- The index of free time calls so what no kind has hours of its own for.
    CHECK (id <> 'any'),
    CHECK (booked_by <@ '{party,coordinator}' AND rescheduled_by <@ '{party,specialist,coordinator}'
        AND cancelled_by <@ '{party,specialist,coordinator}')
);
CREATE UNIQUE INDEX visit_type_current ON consilium.visit_type (id) WHERE current;
INSERT INTO consilium.visit_type (id, version, current, duration_minutes, buffer_before_minutes, buffer_after_minutes,
    granularity_minutes, notice_minutes, horizon_days, hold_minutes, reschedule_until_minutes, cancel_until_minutes,
    no_show_grace_minutes, join_before_minutes)
SELECT 'consult-' || minutes, 1, true, minutes, 0, 15, 15, 120, 90, 10, 240, 240, 10, 15
FROM unnest(ARRAY[30, 45, 60]) minutes;
-- What was booked under a version is judged by it: it only ever stops being the current one.
CREATE TRIGGER keep BEFORE UPDATE OF id, version, duration_minutes, buffer_before_minutes, buffer_after_minutes,
    granularity_minutes, notice_minutes, horizon_days, hold_minutes, most_per_day, most_per_week, booked_by,
    rescheduled_by, cancelled_by, reschedule_until_minutes, cancel_until_minutes, late_cancel_consequence,
    no_show_consequence, no_show_grace_minutes, join_before_minutes
    ON consilium.visit_type FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();

-- Instants at which she is away; may overlap a booking, so it lives apart from busy.
CREATE TABLE consilium.time_off (
    id uuid PRIMARY KEY,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    during tstzrange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX time_off_during ON consilium.time_off USING gist (specialist_id, during);

-- Who else sits in a consult: in their order, and nobody twice. Their rows in the wall refer to their calendars.
CREATE FUNCTION consilium.is_panel(colleagues uuid[], specialist uuid, party uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN cardinality(colleagues) <= 4 AND array_position(colleagues, NULL) IS NULL
    AND NOT specialist = ANY (colleagues) AND NOT party = ANY (colleagues)
    AND colleagues = (SELECT array_agg(DISTINCT c ORDER BY c) FROM unnest(colleagues) c);
GRANT EXECUTE ON FUNCTION consilium.is_panel(uuid[], uuid, uuid) TO consilium_app, consilium_worker;

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
    FOREIGN KEY (visit_type, visit_version) REFERENCES consilium.visit_type,
    CHECK (colleagues = '{}' OR consilium.is_panel(colleagues, specialist_id, party_id)),
    CHECK (starts_at < ends_at AND created_at < expires_at AND expires_at <= starts_at)
);
CREATE UNIQUE INDEX hold_asked ON consilium.hold (case_id) WHERE state = 'active' AND kind = 'asked';
-- How much one party keeps at once, over all her cases.
CREATE INDEX hold_party ON consilium.hold (party_id) WHERE state = 'active' AND kind = 'asked';
CREATE INDEX hold_due ON consilium.hold (expires_at) WHERE state = 'active';
INSERT INTO consilium.transition (machine, source, target, parts) VALUES
    ('hold', 'active', 'booked', '{patient,caregiver,treating_clinician,coordinator}'),
    ('hold', 'active', 'released', '{patient,caregiver,treating_clinician,coordinator}'),
    -- Whoever wants the range lets it lapse, and who cannot come to it.
    ('hold', 'active', 'lapsed', NULL);
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.hold
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('hold', 'case_id');

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
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.appointment
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('appointment', 'case_id');

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

-- The wall: a row a person a consult, padded by the buffers for a specialist, bare for the party. A hold's row
-- stops counting at lapses_at, whether or not a worker runs; the transaction that wants the range removes it first.
CREATE TABLE consilium.busy (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    person_id uuid NOT NULL REFERENCES consilium.calendar,
    during tstzrange NOT NULL CHECK (NOT isempty(during)),
    hold_id uuid REFERENCES consilium.hold,
    appointment_id uuid REFERENCES consilium.appointment,
    lapses_at timestamptz NOT NULL DEFAULT 'infinity',
    CHECK ((hold_id IS NULL) <> (appointment_id IS NULL)),
    CHECK (appointment_id IS NULL OR lapses_at = 'infinity'),
    CONSTRAINT busy_overlap EXCLUDE USING gist (person_id WITH =, during WITH &&)
);
CREATE INDEX busy_hold ON consilium.busy (hold_id) WHERE hold_id IS NOT NULL;
CREATE INDEX busy_lapses ON consilium.busy (person_id, lapses_at) WHERE hold_id IS NOT NULL;
CREATE INDEX busy_appointment ON consilium.busy (appointment_id) WHERE appointment_id IS NOT NULL;

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

-- Whoever writes it by hand, its owner too, is refused.
CREATE FUNCTION consilium.refuse_hand() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'derived' USING
        ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_TABLE_NAME || '_derived', TABLE = TG_TABLE_NAME;
END
$$;
CREATE TRIGGER derived BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON consilium.busy
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION consilium.refuse_hand();

-- Wall time --------------------------------------------------------------------------------------------------------

-- RFC 5545 section 3.3.5: a wall time that a clock repeats is the first of the two, one that it skips is read with
-- the offset before the gap. AT TIME ZONE takes the second of a repeated time; reading it again with the offset
-- of a day earlier gives the first.
CREATE FUNCTION consilium.instant_of(wall timestamp, zone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    read timestamptz := wall AT TIME ZONE zone;
    again timestamptz := (wall - ((read - interval '1 day') AT TIME ZONE zone
        - (read - interval '1 day') AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC';
BEGIN
    RETURN CASE WHEN again AT TIME ZONE zone = wall THEN least(again, read) ELSE read END;
END
$$;

-- Every start that a specialist's hours allow in [from_at, to_at), except the forbidden ones: P12's one written rule.
-- Her time, not what is free. In runs, because a month has hundreds of starts and twenty pieces: from a first start to
-- a last one a step apart, on her clock (wall is the first's) as in time. What is forbidden comes off the hours before
-- any start is made. Hours that end at midnight go on where the next day's begin: a consult may lie over it. Day by day,
-- because one statement that says all of it takes longer to begin than most questions,
-- which are about a day, take to be answered.
CREATE FUNCTION consilium.grid(
    the_specialist uuid, the_type consilium.visit_type, from_at timestamptz, to_at timestamptz,
    forbidden tstzmultirange DEFAULT '{}'
) RETURNS TABLE (starts_at timestamptz, last_at timestamptz, wall timestamp, zone text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    her_zone text;
    lasts interval := make_interval(mins => the_type.duration_minutes);
    step interval := make_interval(mins => the_type.granularity_minutes);
    hours record;
    opening timestamp;
    closing timestamp;
    opens_at timestamptz;
    closes_at timestamptz;
    -- Where the hours end with those of the next day, if they meet.
    ending timestamp;
    ends_at timestamptz;
    low timestamptz;
    high timestamptz;
    allowed tstzmultirange;
BEGIN
    SELECT s.time_zone INTO her_zone FROM consilium.specialist s WHERE s.id = the_specialist;
    FOR hours IN
        SELECT h.on_date, h.starts, h.ends,
            CASE WHEN h.ends = 1440 AND lead(h.on_date) OVER next = h.on_date + 1 AND lead(h.starts) OVER next = 0
                THEN lead(h.ends) OVER next ELSE 0 END AS further
        FROM consilium.hours_of(the_specialist, the_type.id,
            (from_at AT TIME ZONE her_zone)::date - 1, (to_at AT TIME ZONE her_zone)::date + 1) h
        WINDOW next AS (ORDER BY h.on_date, h.starts)
        ORDER BY h.on_date, h.starts
    LOOP
        opening := hours.on_date + make_interval(mins => hours.starts);
        closing := hours.on_date + make_interval(mins => hours.ends);
        opens_at := consilium.instant_of(opening, her_zone);
        closes_at := consilium.instant_of(closing, her_zone);
        ending := closing + make_interval(mins => hours.further);
        ends_at := CASE hours.further WHEN 0 THEN closes_at ELSE consilium.instant_of(ending, her_zone) END;
        low := greatest(opens_at, from_at);
        -- From its midnight on a start is the next day's.
        high := least(ends_at - lasts + interval '1 microsecond', closes_at, to_at);
        CONTINUE WHEN low >= high;
        allowed := tstzmultirange(tstzrange(low, high)) - forbidden;
        CONTINUE WHEN isempty(allowed);
        -- Regular: no clock change between opening and closing, so that wall minutes are minutes. That is all but a few
        -- days a year, and spares reading every start. An end that the clock skips is read with the offset before:
        -- hours that end, or lie, in what is skipped have their full length and are not regular.
        IF ends_at - opens_at = ending - opening AND opens_at AT TIME ZONE her_zone = opening
            AND ends_at AT TIME ZONE her_zone = ending THEN
            RETURN QUERY
                SELECT run.first_at, date_bin(step, run.limit_at, run.first_at),
                    opening + (run.first_at - opens_at), her_zone
                FROM unnest(allowed) piece, LATERAL (SELECT
                    -- The first multiple of the step since her midnight that is not before the piece.
                    date_bin(step, lower(piece) + step - interval '1 microsecond',
                        opens_at - make_interval(mins => hours.starts)) AS first_at,
                    upper(piece) - CASE WHEN upper_inc(piece) THEN interval '0' ELSE interval '1 microsecond' END
                        AS limit_at OFFSET 0) run
                WHERE run.first_at <= run.limit_at;
        ELSE
            RETURN QUERY
                SELECT m.at, m.at, m.wall, her_zone
                FROM generate_series(
                        (hours.starts + the_type.granularity_minutes - 1) / the_type.granularity_minutes
                            * the_type.granularity_minutes,
                        hours.ends - 1, the_type.granularity_minutes) minute,
                    LATERAL (SELECT hours.on_date + make_interval(mins => minute) AS wall,
                        consilium.instant_of(hours.on_date + make_interval(mins => minute), her_zone) AS at OFFSET 0) m
                WHERE m.at <@ allowed AND m.at AT TIME ZONE her_zone = m.wall;
        END IF;
    END LOOP;
END
$$;

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

-- Gives back all the time that a case holds, and withdraws its open offer: what ending a case does first.
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
GRANT EXECUTE ON FUNCTION consilium.instant_of(timestamp, text) TO consilium_app, consilium_worker;
GRANT EXECUTE ON FUNCTION
    consilium.opening_runs(uuid, text, timestamptz, timestamptz, uuid, uuid, tstzmultirange),
    consilium.openings(uuid, text, timestamptz, timestamptz, uuid, uuid, tstzmultirange),
    consilium.common_openings(uuid[], text, timestamptz, timestamptz, integer, tstzmultirange, tstzmultirange, uuid, uuid),
    consilium.taken_of(uuid, timestamptz, timestamptz, uuid, uuid),
    consilium.grid(uuid, consilium.visit_type, timestamptz, timestamptz, tstzmultirange),
    consilium.lapse_holds(uuid[], uuid), consilium.release_case(uuid),
    consilium.release_clinicians(uuid, uuid) TO consilium_app;
GRANT EXECUTE ON FUNCTION consilium.lapse_holds(uuid[], uuid) TO consilium_worker;

-- Policies ---------------------------------------------------------------------------------------------------------

-- The grant is the right to lock; a trigger refuses every change. Who books locks their own calendar, specialists', and
-- those of the people of their cases, also of one whose part has ended and whose consult is left.
GRANT SELECT, UPDATE (person_id) ON consilium.calendar TO consilium_app, consilium_worker;
SELECT consilium.wall('consilium.calendar');
CREATE POLICY app_lock_participants ON consilium.calendar TO consilium_app
    USING (person_id = (SELECT consilium.actor())
        OR EXISTS (SELECT FROM consilium.specialist s WHERE s.id = person_id)
        OR person_id IN (SELECT consilium.my_people())
        OR EXISTS (SELECT FROM consilium.appointment a
            WHERE a.party_id = person_id AND a.state IN ('booked', 'checked_in')));
CREATE POLICY worker_lock ON consilium.calendar TO consilium_worker USING (true);
GRANT SELECT ON consilium.visit_type TO consilium_app, consilium_worker;
GRANT INSERT, UPDATE (current) ON consilium.visit_type TO consilium_app;
SELECT consilium.wall('consilium.visit_type');
CREATE POLICY all_read ON consilium.visit_type FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY operator_sets ON consilium.visit_type FOR INSERT TO consilium_app
    WITH CHECK (current AND consilium.has_role('operator'));
CREATE POLICY operator_retires ON consilium.visit_type FOR UPDATE TO consilium_app
    USING (consilium.has_role('operator')) WITH CHECK (NOT current);
SELECT consilium.wall(t::regclass) FROM unnest(ARRAY[
    'consilium.time_off', 'consilium.hold', 'consilium.appointment', 'consilium.busy']) t;

GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.time_off TO consilium_app;
CREATE POLICY own ON consilium.time_off TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));

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

GRANT SELECT, INSERT ON consilium.hold TO consilium_app;
GRANT UPDATE (state, expires_at, renewals) ON consilium.hold TO consilium_app;
CREATE POLICY part ON consilium.hold TO consilium_app
    USING (case_id IN (SELECT consilium.reading_cases())) WITH CHECK (case_id IN (SELECT consilium.reading_cases()));
-- An offered hold is made by place_offer alone (0012_panels_and_waitlist.sql).
CREATE POLICY asks ON consilium.hold AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK (
    state = 'active' AND kind = 'asked' AND made_by = (SELECT consilium.actor())
    AND consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician', 'coordinator')
    AND consilium.may_meet(case_id, specialist_id, colleagues, party_id));
GRANT SELECT (id, case_id, specialist_id, colleagues, party_id, kind, state, starts_at, ends_at, expires_at) ON consilium.hold
    TO consilium_worker;
CREATE POLICY worker_reads ON consilium.hold FOR SELECT TO consilium_worker USING (true);

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

GRANT SELECT ON consilium.busy TO consilium_app;
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

SELECT consilium.audited(t::regclass, 'case', 'case_id', 'id')
FROM unnest(ARRAY['consilium.hold', 'consilium.appointment']) t;
SELECT consilium.audited('consilium.time_off', 'account', 'specialist_id', 'specialist_id');
