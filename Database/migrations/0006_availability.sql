-- A specialist's hours (P12): the rules as the specialist gave them, the dates that they mean, and what other dates have
-- instead.

-- RFC 5545 section 3.3.10, in capitals; which shapes are understood is the program's to say.
CREATE DOMAIN consilium.rrule AS text CHECK (
    length(VALUE) <= 255 AND VALUE ~ '^[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*$');

-- Rules that hold together between two dates (a summer timetable), and for some kinds of consult alone where named.
CREATE TABLE consilium.availability_set (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    -- As she ordered them.
    place smallint NOT NULL DEFAULT 0,
    effective daterange NOT NULL DEFAULT daterange(NULL, NULL) CHECK (NOT isempty(effective)),
    -- NULL: every kind of consult.
    visit_types consilium.word[] CHECK (cardinality(visit_types) > 0),
    UNIQUE (specialist_id, id)
);
SELECT consilium.wall('consilium.availability_set');
-- What she said is audited; the dates follow from it.
SELECT consilium.audited('consilium.availability_set', 'account', 'specialist_id', 'specialist_id');
GRANT SELECT, INSERT, DELETE ON consilium.availability_set TO consilium_app;
CREATE POLICY own ON consilium.availability_set TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
-- The worker rolls the dates forward by the rules, which are not its to write.
GRANT SELECT ON consilium.availability_set TO consilium_worker;
CREATE POLICY worker_reads ON consilium.availability_set FOR SELECT TO consilium_worker USING (true);

-- Hours of wall time on every date of a recurrence. 24:00 is the end of the day.
CREATE TABLE consilium.availability_rule (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    specialist_id uuid NOT NULL,
    set_id uuid NOT NULL,
    place smallint NOT NULL DEFAULT 0,
    -- NULL: the first date alone, and rdates.
    rrule consilium.rrule,
    start_date date NOT NULL,
    starts time NOT NULL,
    ends time NOT NULL,
    exdates date[] NOT NULL DEFAULT '{}',
    rdates date[] NOT NULL DEFAULT '{}',
    CHECK (starts < ends),
    UNIQUE (specialist_id, id),
    FOREIGN KEY (specialist_id, set_id) REFERENCES consilium.availability_set (specialist_id, id) ON DELETE CASCADE
);
CREATE INDEX availability_rule_set ON consilium.availability_rule (set_id);
SELECT consilium.wall('consilium.availability_rule');
SELECT consilium.audited('consilium.availability_rule', 'account', 'specialist_id', 'specialist_id');
GRANT SELECT, INSERT, DELETE ON consilium.availability_rule TO consilium_app;
CREATE POLICY own ON consilium.availability_rule TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
GRANT SELECT ON consilium.availability_rule TO consilium_worker;
CREATE POLICY worker_reads ON consilium.availability_rule FOR SELECT TO consilium_worker USING (true);

-- The dates of the rules, so that nothing has to be expanded to see an hour; with what a look at the hours asks, in
-- minutes of the wall's day. Kept to the horizon below.
CREATE TABLE consilium.availability_date (
    specialist_id uuid NOT NULL,
    on_date date NOT NULL,
    rule_id uuid NOT NULL,
    opens smallint NOT NULL,
    closes smallint NOT NULL,
    visit_types consilium.word[],
    PRIMARY KEY (specialist_id, on_date, rule_id),
    CHECK (0 <= opens AND opens < closes AND closes <= 1440),
    FOREIGN KEY (specialist_id, rule_id) REFERENCES consilium.availability_rule (specialist_id, id) ON DELETE CASCADE
);
SELECT consilium.wall('consilium.availability_date');
GRANT SELECT, INSERT, DELETE ON consilium.availability_date TO consilium_app;
CREATE POLICY own ON consilium.availability_date TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
GRANT SELECT, INSERT, DELETE ON consilium.availability_date TO consilium_worker;
CREATE POLICY worker_extends ON consilium.availability_date TO consilium_worker USING (true);

-- Up to which date the dates of her rules are there. No visit type can be booked further ahead than 365 days; the worker
-- keeps the dates well past that.
CREATE TABLE consilium.availability_horizon (
    specialist_id uuid PRIMARY KEY REFERENCES consilium.specialist,
    until date NOT NULL
);
CREATE INDEX availability_horizon_until ON consilium.availability_horizon (until);
SELECT consilium.wall('consilium.availability_horizon');
GRANT SELECT, INSERT, UPDATE (until) ON consilium.availability_horizon TO consilium_app;
CREATE POLICY own ON consilium.availability_horizon TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
GRANT SELECT, UPDATE (until) ON consilium.availability_horizon TO consilium_worker;
CREATE POLICY worker_extends ON consilium.availability_horizon TO consilium_worker USING (true);

-- What a date has instead of the hours of its rules, or beside them; a row an interval. A day off is one row without
-- hours.
CREATE TABLE consilium.availability_override (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    -- As she ordered them; the intervals of one override share it.
    place smallint NOT NULL DEFAULT 0,
    on_date date NOT NULL,
    mode consilium.word NOT NULL CHECK (mode IN ('replace', 'add')),
    opens smallint,
    closes smallint,
    visit_types consilium.word[] CHECK (cardinality(visit_types) > 0),
    CHECK (0 <= opens AND opens < closes AND closes <= 1440),
    CHECK ((opens IS NULL) = (closes IS NULL) AND (opens IS NOT NULL OR mode = 'replace')),
    CONSTRAINT availability_override_overlap EXCLUDE USING gist (
        specialist_id WITH =, place WITH =, int4range(coalesce(opens, 0), coalesce(closes, 1440)) WITH &&)
);
CREATE INDEX availability_override_date ON consilium.availability_override (specialist_id, on_date);
SELECT consilium.wall('consilium.availability_override');
SELECT consilium.audited('consilium.availability_override', 'account', 'specialist_id', 'specialist_id');
GRANT SELECT, INSERT, DELETE ON consilium.availability_override TO consilium_app;
CREATE POLICY own ON consilium.availability_override TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));

-- Her hours for a kind of consult, from one date to another: what her rules and overrides say, hours of a day that
-- overlap or adjoin as one; in minutes of the wall's day. The one place that says what her hours are.
CREATE FUNCTION consilium.hours_of(the_specialist uuid, type_id text, from_date date, to_date date)
RETURNS TABLE (on_date date, starts integer, ends integer)
LANGUAGE sql STABLE AS $$
    SELECT day.on_date, lower(part), upper(part)
    FROM (
        SELECT h.on_date, range_agg(int4range(h.opens, h.closes)) AS parts
        FROM (
            SELECT d.on_date, d.opens, d.closes FROM consilium.availability_date d
            WHERE d.specialist_id = the_specialist AND d.on_date BETWEEN from_date AND to_date
                AND (d.visit_types IS NULL OR type_id = ANY (d.visit_types))
                AND NOT EXISTS (SELECT FROM consilium.availability_override o
                    WHERE o.specialist_id = the_specialist AND o.on_date = d.on_date AND o.mode = 'replace'
                        AND (o.visit_types IS NULL OR type_id = ANY (o.visit_types)))
            UNION ALL
            SELECT o.on_date, o.opens, o.closes FROM consilium.availability_override o
            WHERE o.specialist_id = the_specialist AND o.on_date BETWEEN from_date AND to_date
                AND o.opens IS NOT NULL AND (o.visit_types IS NULL OR type_id = ANY (o.visit_types))
        ) h GROUP BY h.on_date
    ) day, unnest(day.parts) part
$$;
GRANT EXECUTE ON FUNCTION consilium.hours_of(uuid, text, date, date) TO consilium_app;
