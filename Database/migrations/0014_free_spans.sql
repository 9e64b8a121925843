-- The stored index of free time, so that the soonest of many specialists is found without computing what each has. It
-- only says where to look: what is shown and what is booked still comes from openings(), P4's one source. Derived from
-- hours, booked consults, time off and imported busy time; kept by triggers in the transaction that changes any of
-- them, under the calendar's lock that all of them hold; rebuilt at any time (`consilium openings rebuild`), and
-- compared with the computed truth by `consilium openings check`.

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

-- Up to which of her dates the spans are there.
CREATE TABLE consilium.free_horizon (
    specialist_id uuid PRIMARY KEY REFERENCES consilium.specialist,
    until date NOT NULL
);
CREATE INDEX free_horizon_until ON consilium.free_horizon (until);

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
-- Rules and zone: once, when all that changes them is written.
CREATE FUNCTION consilium.rebuild_free_spans() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM rebuild_free_spans(NEW.id);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER free_spans AFTER INSERT OR UPDATE OF availability_version, time_zone ON consilium.specialist
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.rebuild_free_spans();

-- Moves her spans on to today: what is past leaves, the days that came into reach come in. Her calendar is locked.
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
    PERFORM note_freed(the_specialist, NULL);
END
$$;

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

-- The instants at which a person's clock shows certain hours of certain weekdays (ISO 8601: Monday is 1).
CREATE FUNCTION consilium.wall_hours(
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
GRANT EXECUTE ON FUNCTION
    consilium.soonest(
        uuid[], text, timestamptz, timestamptz, integer, tstzmultirange, tstzmultirange, uuid, interval),
    consilium.wall_hours(text, integer[], time, time, timestamptz, timestamptz) TO consilium_app;
GRANT EXECUTE ON FUNCTION consilium.roll_free_spans(uuid), consilium.rebuild_free_spans(uuid),
    consilium.check_free_spans(uuid), consilium.free_days() TO consilium_worker;

-- Policies ---------------------------------------------------------------------------------------------------------

-- Read and written through the functions above alone.
SELECT consilium.wall(t::regclass) FROM unnest(ARRAY['consilium.free_span', 'consilium.free_horizon']) t;
GRANT SELECT ON consilium.free_horizon TO consilium_worker;
CREATE POLICY worker_reads ON consilium.free_horizon FOR SELECT TO consilium_worker USING (true);
