-- Kinds of consult, the starts that a specialist's hours allow, and the stored index of free time. What of it can be booked
-- (opening_runs) depends on holds and appointments too, and follows them in the next file.

CREATE TABLE consilium.visit_type (
    id consilium.word NOT NULL,
    version integer NOT NULL CONSTRAINT visit_type_version_positive CHECK (version > 0),
    current boolean NOT NULL,
    duration_minutes integer NOT NULL
        CONSTRAINT visit_type_duration_minutes_in_range CHECK (duration_minutes BETWEEN 5 AND 480),
    buffer_before_minutes integer NOT NULL
        CONSTRAINT visit_type_buffer_before_minutes_in_range CHECK (buffer_before_minutes BETWEEN 0 AND 240),
    buffer_after_minutes integer NOT NULL
        CONSTRAINT visit_type_buffer_after_minutes_in_range CHECK (buffer_after_minutes BETWEEN 0 AND 240),
    granularity_minutes integer NOT NULL
        CONSTRAINT visit_type_granularity_minutes_known CHECK (granularity_minutes IN (5, 10, 15, 20, 30, 60)),
    notice_minutes integer NOT NULL CONSTRAINT visit_type_notice_minutes_in_range CHECK (notice_minutes BETWEEN 0 AND 43200),
    horizon_days integer NOT NULL CONSTRAINT visit_type_horizon_days_in_range CHECK (horizon_days BETWEEN 1 AND 365),
    hold_minutes integer NOT NULL CONSTRAINT visit_type_hold_minutes_in_range CHECK (hold_minutes BETWEEN 1 AND 1440),
    most_per_day integer CONSTRAINT visit_type_most_per_day_in_range CHECK (most_per_day BETWEEN 1 AND 100),
    most_per_week integer CONSTRAINT visit_type_most_per_week_in_range CHECK (most_per_week BETWEEN 1 AND 500),
    booked_by consilium.word[] NOT NULL DEFAULT '{party,coordinator}',
    rescheduled_by consilium.word[] NOT NULL DEFAULT '{party,specialist,coordinator}',
    cancelled_by consilium.word[] NOT NULL DEFAULT '{party,specialist,coordinator}',
    reschedule_until_minutes integer NOT NULL
        CONSTRAINT visit_type_reschedule_until_minutes_in_range CHECK (reschedule_until_minutes BETWEEN 0 AND 43200),
    cancel_until_minutes integer NOT NULL
        CONSTRAINT visit_type_cancel_until_minutes_in_range CHECK (cancel_until_minutes BETWEEN 0 AND 43200),
    late_cancel_consequence consilium.word,
    no_show_consequence consilium.word,
    no_show_grace_minutes integer NOT NULL
        CONSTRAINT visit_type_no_show_grace_minutes_in_range CHECK (no_show_grace_minutes BETWEEN 0 AND 240),
    join_before_minutes integer NOT NULL
        CONSTRAINT visit_type_join_before_minutes_in_range CHECK (join_before_minutes BETWEEN 0 AND 120),
    PRIMARY KEY (id, version),
    -- The index of free time uses this name (free_span.hours).
    CONSTRAINT visit_type_id_not_reserved CHECK (id <> 'any'),
    CONSTRAINT visit_type_parts_known
        CHECK (booked_by <@ '{party,coordinator}' AND rescheduled_by <@ '{party,specialist,coordinator}'
        AND cancelled_by <@ '{party,specialist,coordinator}')
);
COMMENT ON TABLE consilium.visit_type IS
    'The kinds of consult and their policy. A change is a new version; an appointment keeps the version that it was booked '
    'under.';
COMMENT ON COLUMN consilium.visit_type.granularity_minutes IS 'Starts are multiples of this from midnight on the wall clock.';
COMMENT ON COLUMN consilium.visit_type.most_per_day IS 'How many of this kind one specialist has on one day; holds count.';
COMMENT ON COLUMN consilium.visit_type.most_per_week IS 'How many of this kind one specialist has in one week; holds count.';
COMMENT ON COLUMN consilium.visit_type.reschedule_until_minutes IS
    'Until how long before the start the party''s side may reschedule.';
COMMENT ON COLUMN consilium.visit_type.cancel_until_minutes IS
    'Until how long before the start the party''s side may cancel without consequence.';
COMMENT ON COLUMN consilium.visit_type.late_cancel_consequence IS
    'The programme''s code for what a later cancellation brings; NULL: it is not possible.';
COMMENT ON COLUMN consilium.visit_type.no_show_consequence IS 'The programme''s code for what a no-show brings.';
COMMENT ON COLUMN consilium.visit_type.join_before_minutes IS 'How long before the start it can be joined.';
CREATE UNIQUE INDEX visit_type_one_current ON consilium.visit_type (id) WHERE current;
INSERT INTO consilium.visit_type (id, version, current, duration_minutes, buffer_before_minutes, buffer_after_minutes,
    granularity_minutes, notice_minutes, horizon_days, hold_minutes, reschedule_until_minutes, cancel_until_minutes,
    no_show_grace_minutes, join_before_minutes)
SELECT 'consult-' || minutes, 1, true, minutes, 0, 15, 15, 120, 90, 10, 240, 240, 10, 15
FROM unnest(ARRAY[30, 45, 60]) minutes;
SELECT consilium.enable_row_security('consilium.visit_type');
-- A version never changes, because consults were booked under it; it only stops being the current one.
CREATE TRIGGER version_immutable BEFORE UPDATE OF id, version, duration_minutes, buffer_before_minutes, buffer_after_minutes,
    granularity_minutes, notice_minutes, horizon_days, hold_minutes, most_per_day, most_per_week, booked_by,
    rescheduled_by, cancelled_by, reschedule_until_minutes, cancel_until_minutes, late_cancel_consequence,
    no_show_consequence, no_show_grace_minutes, join_before_minutes
    ON consilium.visit_type FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
GRANT SELECT ON consilium.visit_type TO consilium_app, consilium_worker;
GRANT INSERT, UPDATE (current) ON consilium.visit_type TO consilium_app;
CREATE POLICY all_select ON consilium.visit_type FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY app_insert_operator ON consilium.visit_type FOR INSERT TO consilium_app
    WITH CHECK (current AND consilium.has_role('operator'));
CREATE POLICY app_update_operator_retires ON consilium.visit_type FOR UPDATE TO consilium_app
    USING (consilium.has_role('operator')) WITH CHECK (NOT current);

-- Every start that a specialist's hours allow in [from_at, to_at), except the forbidden ones: P12's one written rule. It says
-- which starts exist, not which are free. In runs, because a month has hundreds of starts and twenty pieces: from a first start
-- to a last one a step apart, on the specialist's clock (wall_clock is the first's) as in time. What is forbidden is subtracted
-- from the hours before any start is made. Hours that end at midnight go on where the next day's begin, and a consult may cross
-- it. Day by day, because planning one statement for all days takes longer than answering most questions, which are about one
-- day.
CREATE FUNCTION consilium.candidate_starts(
    the_specialist uuid, the_type consilium.visit_type, from_at timestamptz, to_at timestamptz,
    forbidden tstzmultirange DEFAULT '{}'
) RETURNS TABLE (starts_at timestamptz, last_at timestamptz, wall_clock timestamp, zone text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    specialist_zone text;
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
    SELECT s.time_zone INTO specialist_zone FROM consilium.specialist s WHERE s.id = the_specialist;
    FOR hours IN
        SELECT h.on_date, h.starts, h.ends,
            CASE WHEN h.ends = 1440 AND lead(h.on_date) OVER next = h.on_date + 1 AND lead(h.starts) OVER next = 0
                THEN lead(h.ends) OVER next ELSE 0 END AS further
        FROM consilium.hours_of(the_specialist, the_type.id,
            (from_at AT TIME ZONE specialist_zone)::date - 1, (to_at AT TIME ZONE specialist_zone)::date + 1) h
        WINDOW next AS (ORDER BY h.on_date, h.starts)
        ORDER BY h.on_date, h.starts
    LOOP
        opening := hours.on_date + make_interval(mins => hours.starts);
        closing := hours.on_date + make_interval(mins => hours.ends);
        opens_at := consilium.instant_of(opening, specialist_zone);
        closes_at := consilium.instant_of(closing, specialist_zone);
        ending := closing + make_interval(mins => hours.further);
        ends_at := CASE hours.further WHEN 0 THEN closes_at ELSE consilium.instant_of(ending, specialist_zone) END;
        low := greatest(opens_at, from_at);
        -- From midnight on, a start is of the next day.
        high := least(ends_at - lasts + interval '1 microsecond', closes_at, to_at);
        CONTINUE WHEN low >= high;
        allowed := tstzmultirange(tstzrange(low, high)) - forbidden;
        CONTINUE WHEN isempty(allowed);
        -- Regular: no clock change between opening and closing, so that minutes of the wall clock are minutes. That is all but
        -- a few days a year, and spares reading every start. An end that the clock skips is read with the offset before: hours
        -- that end, or lie, in what is skipped have their full length and are not regular.
        IF ends_at - opens_at = ending - opening AND opens_at AT TIME ZONE specialist_zone = opening
            AND ends_at AT TIME ZONE specialist_zone = ending THEN
            RETURN QUERY
                SELECT run.first_at, date_bin(step, run.limit_at, run.first_at),
                    opening + (run.first_at - opens_at), specialist_zone
                FROM unnest(allowed) piece, LATERAL (SELECT
                    -- The first multiple of the step since the specialist's midnight that is not before the piece.
                    date_bin(step, lower(piece) + step - interval '1 microsecond',
                        opens_at - make_interval(mins => hours.starts)) AS first_at,
                    upper(piece) - CASE WHEN upper_inc(piece) THEN interval '0' ELSE interval '1 microsecond' END
                        AS limit_at OFFSET 0) run
                WHERE run.first_at <= run.limit_at;
        ELSE
            RETURN QUERY
                SELECT m.at, m.at, m.wall_clock, specialist_zone
                FROM generate_series(
                        (hours.starts + the_type.granularity_minutes - 1) / the_type.granularity_minutes
                            * the_type.granularity_minutes,
                        hours.ends - 1, the_type.granularity_minutes) minute,
                    LATERAL (SELECT hours.on_date + make_interval(mins => minute) AS wall_clock,
                        consilium.instant_of(hours.on_date + make_interval(mins => minute), specialist_zone) AS at OFFSET 0) m
                WHERE m.at <@ allowed AND m.at AT TIME ZONE specialist_zone = m.wall_clock;
        END IF;
    END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.candidate_starts(uuid, consilium.visit_type, timestamptz, timestamptz, tstzmultirange)
    TO consilium_app;

CREATE TABLE consilium.free_span (
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    hours consilium.word NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    zone text NOT NULL,
    named text[],
    PRIMARY KEY (specialist_id, ends_at, hours) INCLUDE (starts_at, zone, named),
    CONSTRAINT free_span_ends_after_start CHECK (starts_at < ends_at)
);
COMMENT ON TABLE consilium.free_span IS
    'The stored index of free time: the pieces of a specialist''s hours in which nothing is booked. It finds the soonest '
    'start of many specialists; what is shown and booked is computed (opening_runs). Holds are not subtracted, because they '
    'end without a write. Triggers keep it in the transaction that changes any of it, under the lock of the specialist''s '
    'calendar; `consilium openings rebuild` writes it anew, `consilium openings check` compares it with the computed truth.';
COMMENT ON COLUMN consilium.free_span.hours IS
    'The visit type where the specialist''s rules or overrides name it; "any" for all others.';
COMMENT ON COLUMN consilium.free_span.zone IS
    'The specialist''s time zone, here so that a search reads one index and no table.';
COMMENT ON COLUMN consilium.free_span.named IS 'The visit types that have spans of their own; NULL for none.';
-- Read and written through the functions above alone.
SELECT consilium.enable_row_security('consilium.free_span');

CREATE TABLE consilium.free_horizon (
    specialist_id uuid PRIMARY KEY REFERENCES consilium.specialist,
    until date NOT NULL
);
COMMENT ON TABLE consilium.free_horizon IS 'Up to which date of a specialist the spans are written.';
CREATE INDEX free_horizon_until ON consilium.free_horizon (until);
SELECT consilium.enable_row_security('consilium.free_horizon');
GRANT SELECT ON consilium.free_horizon TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.free_horizon FOR SELECT TO consilium_worker USING (true);

-- The visit types that the specialist's rules or overrides name, which have hours of their own; NULL when there are none.
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

-- What the index must hold of a specialist from one date to another: the computed truth.
CREATE FUNCTION consilium.free_spans(the_specialist uuid, from_date date, to_date date)
RETURNS TABLE (hours text, starts_at timestamptz, ends_at timestamptz, zone text, named text[])
LANGUAGE sql STABLE AS $$
    WITH clock AS MATERIALIZED (
        SELECT s.time_zone::text AS zone, consilium.named_visit_types(the_specialist) AS named,
            consilium.instant_of(from_date, s.time_zone) AS from_at,
            consilium.instant_of(to_date + 1, s.time_zone) AS to_at
        FROM consilium.specialist s WHERE s.id = the_specialist
    ), taken AS MATERIALIZED (
        SELECT coalesce(range_agg(t.during), '{}') AS during FROM (
            SELECT b.during FROM consilium.busy b, clock
            WHERE b.person_id = the_specialist AND b.appointment_id IS NOT NULL
                AND b.during && tstzrange(clock.from_at, clock.to_at)
            UNION ALL
            SELECT o.during FROM consilium.time_off o, clock
            WHERE o.specialist_id = the_specialist AND o.during && tstzrange(clock.from_at, clock.to_at)
            UNION ALL
            SELECT i.during FROM consilium.imported_busy i, clock
            WHERE i.specialist_id = the_specialist AND i.during && tstzrange(clock.from_at, clock.to_at)
        ) t
    )
    SELECT kind, lower(piece), upper(piece), clock.zone, clock.named
    FROM clock CROSS JOIN taken
        CROSS JOIN unnest('any'::text || clock.named) kind
        CROSS JOIN LATERAL consilium.hours_of(the_specialist, kind, from_date, to_date) h,
        LATERAL (SELECT tstzrange(
            consilium.instant_of(h.on_date + make_interval(mins => h.starts), clock.zone),
            consilium.instant_of(h.on_date + make_interval(mins => h.ends), clock.zone)) AS open OFFSET 0) wall_clock,
        unnest(tstzmultirange(wall_clock.open) - taken.during) piece
$$;

-- Writes again what the index holds of a specialist from one date to another.
CREATE FUNCTION consilium.refresh_free_spans(the_specialist uuid, from_date date, to_date date) RETURNS void
LANGUAGE plpgsql SET search_path = consilium, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    specialist_zone text;
    last_date date;
    first_at timestamptz;
    last_at timestamptz;
BEGIN
    SELECT s.time_zone, f.until INTO specialist_zone, last_date
    FROM specialist s JOIN free_horizon f ON f.specialist_id = s.id WHERE s.id = the_specialist;
    last_date := least(to_date, last_date);
    -- No specialist, or too far ahead to be in the index yet.
    IF last_date IS NULL OR last_date < from_date THEN
        RETURN;
    END IF;
    first_at := instant_of(from_date, specialist_zone);
    last_at := instant_of(last_date + 1, specialist_zone);
    DELETE FROM free_span f WHERE f.specialist_id = the_specialist AND f.ends_at > first_at AND f.starts_at < last_at
        -- No span is longer than a day, or than the longest that a zone has.
        AND f.ends_at < last_at + interval '26 hours';
    INSERT INTO free_span (specialist_id, hours, starts_at, ends_at, zone, named)
    SELECT the_specialist, n.* FROM free_spans(the_specialist, from_date, last_date) n;
END
$$;

-- The same for the dates on which a range of time lies, in the specialist's zone.
CREATE FUNCTION consilium.refresh_free_spans(the_specialist uuid, during tstzrange) RETURNS void
LANGUAGE plpgsql SET search_path = consilium, pg_temp AS $$
DECLARE
    specialist_zone text := (SELECT s.time_zone FROM specialist s WHERE s.id = the_specialist);
BEGIN
    PERFORM refresh_free_spans(the_specialist,
        (lower(during) AT TIME ZONE specialist_zone)::date, (upper(during) AT TIME ZONE specialist_zone)::date);
END
$$;

-- Subtracts a range from the specialist's spans.
CREATE FUNCTION consilium.subtract_from_free_spans(the_specialist uuid, taken tstzrange) RETURNS void
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

-- What changes the free time of a specialist, in the transaction that changes it.
CREATE FUNCTION consilium.sync_free_spans_with_busy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM refresh_free_spans(OLD.person_id, OLD.during);
    ELSE
        PERFORM subtract_from_free_spans(NEW.person_id, NEW.during);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION consilium.sync_free_spans_with_time_off() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM refresh_free_spans(OLD.specialist_id, OLD.during);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM subtract_from_free_spans(NEW.specialist_id, NEW.during);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER free_spans_on_insert AFTER INSERT ON consilium.busy
    FOR EACH ROW WHEN (NEW.appointment_id IS NOT NULL) EXECUTE FUNCTION consilium.sync_free_spans_with_busy();
CREATE TRIGGER free_spans_on_delete AFTER DELETE ON consilium.busy
    FOR EACH ROW WHEN (OLD.appointment_id IS NOT NULL) EXECUTE FUNCTION consilium.sync_free_spans_with_busy();
CREATE TRIGGER free_spans_in_sync AFTER INSERT OR UPDATE OR DELETE ON consilium.time_off
    FOR EACH ROW EXECUTE FUNCTION consilium.sync_free_spans_with_time_off();

-- A linked calendar may take and free thousands of times at once: the spans are written once for each statement. Past ones are
-- not needed.
CREATE FUNCTION consilium.sync_free_spans_with_imports() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    past timestamptz := clock_timestamp() - interval '2 days';
BEGIN
    PERFORM refresh_free_spans(c.specialist_id, tstzrange(greatest(min(lower(c.during)), past), max(upper(c.during))))
    FROM changed c WHERE upper(c.during) > past GROUP BY c.specialist_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER free_spans_on_insert AFTER INSERT ON consilium.imported_busy REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION consilium.sync_free_spans_with_imports();
CREATE TRIGGER free_spans_on_delete AFTER DELETE ON consilium.imported_busy REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION consilium.sync_free_spans_with_imports();
CREATE TRIGGER free_spans_on_update_from AFTER UPDATE ON consilium.imported_busy REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION consilium.sync_free_spans_with_imports();
CREATE TRIGGER free_spans_on_update_to AFTER UPDATE ON consilium.imported_busy REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION consilium.sync_free_spans_with_imports();

-- Writes all that the index holds of a specialist, from yesterday on: the clocks of the world are a day apart.
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
CREATE CONSTRAINT TRIGGER syncs_free_spans AFTER INSERT OR UPDATE OF availability_version, time_zone ON consilium.specialist
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
