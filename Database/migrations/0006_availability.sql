-- A specialist's hours (P12): the rules as the specialist gave them, the dates that they mean, and what other dates have
-- instead.

-- RFC 5545 section 3.3.10, in capitals; the program decides which of its shapes it understands.
CREATE DOMAIN consilium.rrule AS text CONSTRAINT rrule_form CHECK (
    length(VALUE) <= 255 AND VALUE ~ '^[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*$');

CREATE TABLE consilium.availability_set (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    place smallint NOT NULL DEFAULT 0,
    effective daterange NOT NULL DEFAULT daterange(NULL, NULL)
        CONSTRAINT availability_set_effective_not_empty CHECK (NOT isempty(effective)),
    visit_types consilium.word[] CONSTRAINT availability_set_visit_types_not_empty CHECK (cardinality(visit_types) > 0),
    CONSTRAINT availability_set_of_specialist UNIQUE (specialist_id, id)
);
COMMENT ON TABLE consilium.availability_set IS
    'Rules that hold together between two dates, as a summer timetable, and for some kinds of consult alone where those are '
    'named.';
COMMENT ON COLUMN consilium.availability_set.place IS 'The order in which the specialist gave them.';
COMMENT ON COLUMN consilium.availability_set.visit_types IS 'NULL: every kind of consult.';
SELECT consilium.enable_row_security('consilium.availability_set');
-- What the specialist said is audited; the dates follow from it.
SELECT consilium.audited('consilium.availability_set', 'account', 'specialist_id', 'specialist_id');
GRANT SELECT, INSERT, DELETE ON consilium.availability_set TO consilium_app;
CREATE POLICY app_all_own ON consilium.availability_set TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
-- The worker writes further dates by the rules, which it cannot change.
GRANT SELECT ON consilium.availability_set TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.availability_set FOR SELECT TO consilium_worker USING (true);

CREATE TABLE consilium.availability_rule (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    specialist_id uuid NOT NULL,
    set_id uuid NOT NULL,
    place smallint NOT NULL DEFAULT 0,
    rrule consilium.rrule,
    start_date date NOT NULL,
    starts time NOT NULL,
    ends time NOT NULL,
    exdates date[] NOT NULL DEFAULT '{}',
    rdates date[] NOT NULL DEFAULT '{}',
    CONSTRAINT availability_rule_ends_after_start CHECK (starts < ends),
    CONSTRAINT availability_rule_of_specialist UNIQUE (specialist_id, id),
    FOREIGN KEY (specialist_id, set_id) REFERENCES consilium.availability_set (specialist_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE consilium.availability_rule IS 'Hours of wall-clock time on every date of a recurrence.';
COMMENT ON COLUMN consilium.availability_rule.rrule IS 'RFC 5545 RRULE. NULL: start_date alone, and rdates.';
COMMENT ON COLUMN consilium.availability_rule.ends IS '24:00 is the end of the day.';
CREATE INDEX availability_rule_set ON consilium.availability_rule (set_id);
SELECT consilium.enable_row_security('consilium.availability_rule');
SELECT consilium.audited('consilium.availability_rule', 'account', 'specialist_id', 'specialist_id');
GRANT SELECT, INSERT, DELETE ON consilium.availability_rule TO consilium_app;
CREATE POLICY app_all_own ON consilium.availability_rule TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
GRANT SELECT ON consilium.availability_rule TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.availability_rule FOR SELECT TO consilium_worker USING (true);

CREATE TABLE consilium.availability_date (
    specialist_id uuid NOT NULL,
    on_date date NOT NULL,
    rule_id uuid NOT NULL,
    opens smallint NOT NULL,
    closes smallint NOT NULL,
    visit_types consilium.word[],
    PRIMARY KEY (specialist_id, on_date, rule_id),
    CONSTRAINT availability_date_closes_after_opening CHECK (0 <= opens AND opens < closes AND closes <= 1440),
    FOREIGN KEY (specialist_id, rule_id) REFERENCES consilium.availability_rule (specialist_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE consilium.availability_date IS
    'The dates that the rules mean, up to availability_horizon, so that no rule has to be expanded to see an hour.';
COMMENT ON COLUMN consilium.availability_date.opens IS 'In minutes of the day on the wall clock.';
COMMENT ON COLUMN consilium.availability_date.closes IS 'In minutes of the day on the wall clock.';
COMMENT ON COLUMN consilium.availability_date.visit_types IS 'As in the rule''s set.';
SELECT consilium.enable_row_security('consilium.availability_date');
GRANT SELECT, INSERT, DELETE ON consilium.availability_date TO consilium_app;
CREATE POLICY app_all_own ON consilium.availability_date TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
GRANT SELECT, INSERT, DELETE ON consilium.availability_date TO consilium_worker;
CREATE POLICY worker_all ON consilium.availability_date TO consilium_worker USING (true);

CREATE TABLE consilium.availability_horizon (
    specialist_id uuid PRIMARY KEY REFERENCES consilium.specialist,
    until date NOT NULL
);
COMMENT ON TABLE consilium.availability_horizon IS
    'Up to which date the dates of a specialist''s rules are written. No visit type can be booked further ahead than 365 '
    'days; the worker keeps the dates beyond that.';
CREATE INDEX availability_horizon_until ON consilium.availability_horizon (until);
SELECT consilium.enable_row_security('consilium.availability_horizon');
GRANT SELECT, INSERT, UPDATE (until) ON consilium.availability_horizon TO consilium_app;
CREATE POLICY app_all_own ON consilium.availability_horizon TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));
GRANT SELECT, UPDATE (until) ON consilium.availability_horizon TO consilium_worker;
CREATE POLICY worker_all ON consilium.availability_horizon TO consilium_worker USING (true);

CREATE TABLE consilium.availability_override (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    place smallint NOT NULL DEFAULT 0,
    on_date date NOT NULL,
    mode consilium.word NOT NULL CONSTRAINT availability_override_mode_known CHECK (mode IN ('replace', 'add')),
    opens smallint,
    closes smallint,
    visit_types consilium.word[] CONSTRAINT availability_override_visit_types_not_empty CHECK (cardinality(visit_types) > 0),
    CONSTRAINT availability_override_closes_after_opening CHECK (0 <= opens AND opens < closes AND closes <= 1440),
    CONSTRAINT availability_override_hours_or_day_off
        CHECK ((opens IS NULL) = (closes IS NULL) AND (opens IS NOT NULL OR mode = 'replace')),
    CONSTRAINT availability_override_overlap EXCLUDE USING gist (
        specialist_id WITH =, place WITH =, int4range(coalesce(opens, 0), coalesce(closes, 1440)) WITH &&)
);
COMMENT ON TABLE consilium.availability_override IS
    'What a date has instead of the hours of its rules, or beside them; one row an interval. A day off is one row without '
    'hours.';
COMMENT ON COLUMN consilium.availability_override.place IS
    'The order in which the specialist gave them; the intervals of one override share it.';
COMMENT ON COLUMN consilium.availability_override.opens IS
    'In minutes of the day on the wall clock; NULL with closes: a day off.';
CREATE INDEX availability_override_date ON consilium.availability_override (specialist_id, on_date);
SELECT consilium.enable_row_security('consilium.availability_override');
SELECT consilium.audited('consilium.availability_override', 'account', 'specialist_id', 'specialist_id');
GRANT SELECT, INSERT, DELETE ON consilium.availability_override TO consilium_app;
CREATE POLICY app_all_own ON consilium.availability_override TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));

-- A specialist's hours for a kind of consult, from one date to another, by rules and overrides; hours of a day that overlap or
-- adjoin are joined. In minutes of the day on the wall clock. The only function that says what the hours are.
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
