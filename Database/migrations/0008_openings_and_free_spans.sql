-- Kinds of consult, the starts that a specialist's hours allow, and the stored index of free time. What of it can be booked
-- (opening_runs) depends on holds and appointments too, and follows them in the next file.

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
SELECT consilium.wall('consilium.visit_type');
-- What was booked under a version is judged by it: it only ever stops being the current one.
CREATE TRIGGER keep BEFORE UPDATE OF id, version, duration_minutes, buffer_before_minutes, buffer_after_minutes,
    granularity_minutes, notice_minutes, horizon_days, hold_minutes, most_per_day, most_per_week, booked_by,
    rescheduled_by, cancelled_by, reschedule_until_minutes, cancel_until_minutes, late_cancel_consequence,
    no_show_consequence, no_show_grace_minutes, join_before_minutes
    ON consilium.visit_type FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
GRANT SELECT ON consilium.visit_type TO consilium_app, consilium_worker;
GRANT INSERT, UPDATE (current) ON consilium.visit_type TO consilium_app;
CREATE POLICY all_read ON consilium.visit_type FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY operator_sets ON consilium.visit_type FOR INSERT TO consilium_app
    WITH CHECK (current AND consilium.has_role('operator'));
CREATE POLICY operator_retires ON consilium.visit_type FOR UPDATE TO consilium_app
    USING (consilium.has_role('operator')) WITH CHECK (NOT current);

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
GRANT EXECUTE ON FUNCTION consilium.grid(uuid, consilium.visit_type, timestamptz, timestamptz, tstzmultirange) TO consilium_app;

-- Pieces of her hours in which nothing is booked. Holds are not taken off: they end by themselves, without a write.
CREATE TABLE consilium.free_span (
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    -- The visit type where her rules or overrides name it; 'any' for all others.
    hours consilium.word NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    -- Of her, in each of them: whoever searches hundreds of calendars opens one index and no rows. Her clock, and the
    -- visit types that have spans of their own, if any.
    zone text NOT NULL,
    named text[],
    PRIMARY KEY (specialist_id, ends_at, hours) INCLUDE (starts_at, zone, named),
    CHECK (starts_at < ends_at)
);
-- Read and written through the functions above alone.
SELECT consilium.wall('consilium.free_span');

-- Up to which of her dates the spans are there.
CREATE TABLE consilium.free_horizon (
    specialist_id uuid PRIMARY KEY REFERENCES consilium.specialist,
    until date NOT NULL
);
CREATE INDEX free_horizon_until ON consilium.free_horizon (until);
SELECT consilium.wall('consilium.free_horizon');
GRANT SELECT ON consilium.free_horizon TO consilium_worker;
CREATE POLICY worker_reads ON consilium.free_horizon FOR SELECT TO consilium_worker USING (true);

-- The visit types that her rules or overrides name, which have hours of their own; null when there are none.
CREATE FUNCTION consilium.named_visit_types(the_specialist uuid) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT array_agg(DISTINCT named ORDER BY named) FROM (
            SELECT unnest(a.visit_types)::text AS named FROM consilium.availability_set a
            WHERE a.specialist_id = the_specialist
            UNION
            SELECT unnest(o.visit_types)::text FROM consilium.availability_override o
            WHERE o.specialist_id = the_specialist
        ) n);
END
$$;

-- How many days ahead spans are kept: as far as any visit type can be booked, and a day for the zones.
CREATE FUNCTION consilium.free_days() RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT max(v.horizon_days) + 1 FROM consilium.visit_type v WHERE v.current
$$;
GRANT EXECUTE ON FUNCTION consilium.free_days() TO consilium_worker;

-- What the index must hold from one of her dates to another: the computed truth.
CREATE FUNCTION consilium.free_spans(the_specialist uuid, from_date date, to_date date)
RETURNS TABLE (hours text, starts_at timestamptz, ends_at timestamptz, zone text, named text[])
LANGUAGE sql STABLE AS $$
    WITH her AS MATERIALIZED (
        SELECT s.time_zone::text AS zone, consilium.named_visit_types(the_specialist) AS named,
            consilium.instant_of(from_date, s.time_zone) AS from_at,
            consilium.instant_of(to_date + 1, s.time_zone) AS to_at
        FROM consilium.specialist s WHERE s.id = the_specialist
    ), taken AS MATERIALIZED (
        SELECT coalesce(range_agg(t.during), '{}') AS during FROM (
            SELECT b.during FROM consilium.busy b, her
            WHERE b.person_id = the_specialist AND b.appointment_id IS NOT NULL
                AND b.during && tstzrange(her.from_at, her.to_at)
            UNION ALL
            SELECT o.during FROM consilium.time_off o, her
            WHERE o.specialist_id = the_specialist AND o.during && tstzrange(her.from_at, her.to_at)
            UNION ALL
            SELECT i.during FROM consilium.imported_busy i, her
            WHERE i.specialist_id = the_specialist AND i.during && tstzrange(her.from_at, her.to_at)
        ) t
    )
    SELECT kind, lower(piece), upper(piece), her.zone, her.named
    FROM her CROSS JOIN taken
        CROSS JOIN unnest('any'::text || her.named) kind
        CROSS JOIN LATERAL consilium.hours_of(the_specialist, kind, from_date, to_date) h,
        LATERAL (SELECT tstzrange(
            consilium.instant_of(h.on_date + make_interval(mins => h.starts), her.zone),
            consilium.instant_of(h.on_date + make_interval(mins => h.ends), her.zone)) AS open OFFSET 0) wall,
        unnest(tstzmultirange(wall.open) - taken.during) piece
$$;

-- Writes again what the index holds of her from one date to another.
CREATE FUNCTION consilium.refresh_free_spans(the_specialist uuid, from_date date, to_date date) RETURNS void
LANGUAGE plpgsql SET search_path = consilium, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    her_zone text;
    last_date date;
    first_at timestamptz;
    last_at timestamptz;
BEGIN
    SELECT s.time_zone, f.until INTO her_zone, last_date
    FROM specialist s JOIN free_horizon f ON f.specialist_id = s.id WHERE s.id = the_specialist;
    last_date := least(to_date, last_date);
    -- Nobody whose time is for sale, or too far ahead to be in the index yet.
    IF last_date IS NULL OR last_date < from_date THEN
        RETURN;
    END IF;
    first_at := instant_of(from_date, her_zone);
    last_at := instant_of(last_date + 1, her_zone);
    DELETE FROM free_span f WHERE f.specialist_id = the_specialist AND f.ends_at > first_at AND f.starts_at < last_at
        -- No span is longer than a day, or than the longest that a zone has.
        AND f.ends_at < last_at + interval '26 hours';
    INSERT INTO free_span (specialist_id, hours, starts_at, ends_at, zone, named)
    SELECT the_specialist, n.* FROM free_spans(the_specialist, from_date, last_date) n;
END
$$;

-- The dates on which a range of time lies, in her zone.
CREATE FUNCTION consilium.refresh_free_spans(the_specialist uuid, during tstzrange) RETURNS void
LANGUAGE plpgsql SET search_path = consilium, pg_temp AS $$
DECLARE
    her_zone text := (SELECT s.time_zone FROM specialist s WHERE s.id = the_specialist);
BEGIN
    PERFORM refresh_free_spans(the_specialist,
        (lower(during) AT TIME ZONE her_zone)::date, (upper(during) AT TIME ZONE her_zone)::date);
END
$$;

-- Takes a range off her spans.
CREATE FUNCTION consilium.cut_free_spans(the_specialist uuid, taken tstzrange) RETURNS void
LANGUAGE plpgsql SET search_path = consilium, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    WITH cut AS (
        DELETE FROM free_span f WHERE f.specialist_id = the_specialist AND f.starts_at < upper(taken)
            AND f.ends_at > lower(taken) AND f.ends_at < upper(taken) + interval '26 hours'
        RETURNING f.hours, f.starts_at, f.ends_at, f.zone, f.named
    )
    INSERT INTO free_span (specialist_id, hours, starts_at, ends_at, zone, named)
    SELECT the_specialist, c.hours, lower(piece), upper(piece), c.zone, c.named
    FROM cut c, unnest(tstzmultirange(tstzrange(c.starts_at, c.ends_at)) - tstzmultirange(taken)) piece;
END
$$;

-- What changes her free time, each in the transaction that changes it.
CREATE FUNCTION consilium.keep_free_spans() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'busy' THEN
        IF TG_OP = 'DELETE' THEN
            PERFORM refresh_free_spans(OLD.person_id, OLD.during);
        ELSE
            PERFORM cut_free_spans(NEW.person_id, NEW.during);
        END IF;
    ELSE
        IF TG_OP <> 'INSERT' THEN
            PERFORM refresh_free_spans(OLD.specialist_id, OLD.during);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            PERFORM cut_free_spans(NEW.specialist_id, NEW.during);
        END IF;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER free_spans_taken AFTER INSERT ON consilium.busy
    FOR EACH ROW WHEN (NEW.appointment_id IS NOT NULL) EXECUTE FUNCTION consilium.keep_free_spans();
CREATE TRIGGER free_spans_freed AFTER DELETE ON consilium.busy
    FOR EACH ROW WHEN (OLD.appointment_id IS NOT NULL) EXECUTE FUNCTION consilium.keep_free_spans();
CREATE TRIGGER free_spans AFTER INSERT OR UPDATE OR DELETE ON consilium.time_off
    FOR EACH ROW EXECUTE FUNCTION consilium.keep_free_spans();

-- A calendar elsewhere may take and free thousands of times at once: her spans are written anew once a statement, over all
-- of them. What lies behind is of no use.
CREATE FUNCTION consilium.keep_imported_free_spans() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    past timestamptz := clock_timestamp() - interval '2 days';
BEGIN
    PERFORM refresh_free_spans(c.specialist_id, tstzrange(greatest(min(lower(c.during)), past), max(upper(c.during))))
    FROM changed c WHERE upper(c.during) > past GROUP BY c.specialist_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER free_spans_taken AFTER INSERT ON consilium.imported_busy REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION consilium.keep_imported_free_spans();
CREATE TRIGGER free_spans_freed AFTER DELETE ON consilium.imported_busy REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION consilium.keep_imported_free_spans();
CREATE TRIGGER free_spans_left AFTER UPDATE ON consilium.imported_busy REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION consilium.keep_imported_free_spans();
CREATE TRIGGER free_spans_moved AFTER UPDATE ON consilium.imported_busy REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION consilium.keep_imported_free_spans();

-- Writes all that the index holds of her, from yesterday on: the clocks of the world are a day apart.
CREATE FUNCTION consilium.rebuild_free_spans(the_specialist uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    today date := clock_timestamp()::date;
BEGIN
    INSERT INTO free_horizon (specialist_id, until) VALUES (the_specialist, today + free_days())
    ON CONFLICT (specialist_id) DO UPDATE SET until = EXCLUDED.until;
    DELETE FROM free_span WHERE specialist_id = the_specialist;
    PERFORM refresh_free_spans(the_specialist, today - 1, today + free_days());
END
$$;

-- Rules and zone: once, when all that changes them is written.
CREATE FUNCTION consilium.rebuild_free_spans() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM rebuild_free_spans(NEW.id);
    RETURN NULL;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.rebuild_free_spans(uuid) TO consilium_worker;
CREATE CONSTRAINT TRIGGER free_spans AFTER INSERT OR UPDATE OF availability_version, time_zone ON consilium.specialist
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.rebuild_free_spans();

-- Where the index differs from the truth, from today on: rows that it should not have, and rows that it lacks.
CREATE FUNCTION consilium.check_free_spans(the_specialist uuid)
RETURNS TABLE (hours text, starts_at timestamptz, ends_at timestamptz, is_stored boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    WITH stored AS (
        SELECT f.hours::text, f.starts_at, f.ends_at, f.zone, f.named FROM free_span f
        WHERE f.specialist_id = the_specialist AND f.ends_at > now()
    ), truth AS (
        SELECT t.*
        FROM free_horizon h, free_spans(the_specialist, now()::date - 1, h.until) t
        WHERE h.specialist_id = the_specialist AND t.ends_at > now()
    )
    SELECT hours, starts_at, ends_at, true FROM (TABLE stored EXCEPT TABLE truth) surplus
    UNION ALL
    SELECT hours, starts_at, ends_at, false FROM (TABLE truth EXCEPT TABLE stored) missing
$$;
GRANT EXECUTE ON FUNCTION consilium.check_free_spans(uuid) TO consilium_worker;
