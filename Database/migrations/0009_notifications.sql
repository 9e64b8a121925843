-- What was told to whom, by which channel.

CREATE TABLE consilium.notification_preference (
    account_id uuid PRIMARY KEY REFERENCES consilium.account,
    email boolean NOT NULL DEFAULT true,
    reminders boolean NOT NULL DEFAULT true,
    -- Wall times in her zone between which only what is urgent is sent.
    quiet_from time,
    quiet_to time,
    -- A specialist's name can reveal the field; it stays out unless asked for.
    show_names boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);

-- A wall time, or the end of the quiet span of a day in which it lies; over midnight when the end is the earlier one.
CREATE FUNCTION consilium.quiet_end(wall timestamp, quiet_from time, quiet_to time) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN quiet_from < quiet_to AND wall::time >= quiet_from AND wall::time < quiet_to THEN wall::date + quiet_to
    WHEN quiet_from > quiet_to AND wall::time >= quiet_from THEN wall::date + 1 + quiet_to
    WHEN quiet_from > quiet_to AND wall::time < quiet_to THEN wall::date + quiet_to
    ELSE wall END;

-- When the clock of a zone shows a wall time that is later than what it shows at an instant. A time that it shows twice is
-- the first of the two (instant_of) only as long as that is to come.
CREATE FUNCTION consilium.next_instant_of(wall timestamp, zone text, since timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN consilium.instant_of(wall, zone) > since THEN consilium.instant_of(wall, zone)
    ELSE wall AT TIME ZONE zone END;

-- When the quiet hours end in which an instant lies; NULL outside of them. Always ahead of it.
CREATE FUNCTION consilium.quiet_until(instant timestamptz, zone text, quiet_from time, quiet_to time)
RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN consilium.quiet_end(instant AT TIME ZONE zone, quiet_from, quiet_to) > instant AT TIME ZONE zone
    THEN consilium.next_instant_of(
        consilium.quiet_end(instant AT TIME ZONE zone, quiet_from, quiet_to), zone, instant) END;

-- A wall time outside of the night and of the quiet hours, or the end of those in which it lies. It may lie in the other.
CREATE FUNCTION consilium.sleep_end(wall timestamp, quiet_from time, quiet_to time) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN consilium.quiet_end(consilium.quiet_end(wall, '21:00', '08:00'), quiet_from, quiet_to);

-- When a mail that wants an answer soon may reach a person: now, or once their night and their quiet hours are over. The
-- night is from 21:00 to 08:00 by their own clock, the hours in which 47 CFR 64.1200(c)(1) forbids unasked calls. Where a
-- margin is named, who falls asleep within it counts as asleep: a mail may be late, and its reader has to act on it.
-- Quiet hours that leave no more than half an hour of the day between the nights do not count: they would say "never".
CREATE FUNCTION consilium.awake_at(
    instant timestamptz, zone text, quiet_from time, quiet_to time, margin interval DEFAULT '0'
) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    least_day interval := greatest(margin, interval '30 minutes');
    wall timestamp;
    awake timestamp;
    ahead interval;
BEGIN
    -- What is left of a day begins where one of the two ends.
    IF NOT EXISTS (
        SELECT FROM unnest(ARRAY[time '08:00', quiet_to]) starts, LATERAL (SELECT date '2000-01-03' + starts) day (at)
        WHERE consilium.sleep_end(day.at, quiet_from, quiet_to) = day.at
            AND consilium.sleep_end(day.at + least_day, quiet_from, quiet_to) = day.at + least_day
    ) THEN
        quiet_from := NULL;
        quiet_to := NULL;
    END IF;
    FOREACH ahead IN ARRAY ARRAY['0', margin]::interval[] LOOP
        wall := (instant + ahead) AT TIME ZONE zone;
        awake := consilium.sleep_end(consilium.sleep_end(wall, quiet_from, quiet_to), quiet_from, quiet_to);
        IF awake > wall THEN
            RETURN consilium.next_instant_of(awake, zone, instant + ahead);
        END IF;
    END LOOP;
    RETURN instant;
END
$$;

-- The same for a person, from now on.
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
GRANT EXECUTE ON FUNCTION consilium.quiet_end(timestamp, time, time), consilium.sleep_end(timestamp, time, time),
    consilium.next_instant_of(timestamp, text, timestamptz), consilium.quiet_until(timestamptz, text, time, time),
    consilium.awake_at(timestamptz, text, time, time, interval) TO consilium_worker;

-- One thing told to one person. Its id is the stable id of every copy that is sent.
CREATE TABLE consilium.notification (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    template consilium.word NOT NULL,
    case_id uuid REFERENCES consilium.clinical_case,
    appointment_id uuid REFERENCES consilium.appointment,
    offer_id uuid REFERENCES consilium.offer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX notification_account ON consilium.notification (account_id, id);

CREATE TABLE consilium.delivery (
    notification_id uuid NOT NULL REFERENCES consilium.notification,
    channel consilium.word NOT NULL CHECK (channel IN ('email')),
    -- Pending as long as its job waits or runs, whose end is its end, too (sync_delivery). Suppressed: not wanted;
    -- dropped: past its meaning when its turn came.
    state consilium.word NOT NULL CHECK (state IN ('pending', 'sent', 'suppressed', 'dropped', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    last_error consilium.word,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (notification_id, channel)
);

SELECT consilium.wall(t::regclass) FROM unnest(ARRAY[
    'consilium.notification_preference', 'consilium.notification', 'consilium.delivery']) t;

GRANT SELECT, INSERT, UPDATE ON consilium.notification_preference TO consilium_app;
CREATE POLICY own ON consilium.notification_preference TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
GRANT SELECT ON consilium.notification_preference TO consilium_worker;
CREATE POLICY worker_reads ON consilium.notification_preference FOR SELECT TO consilium_worker USING (true);

GRANT SELECT ON consilium.notification, consilium.delivery TO consilium_app;
CREATE POLICY own ON consilium.notification FOR SELECT TO consilium_app
    USING (account_id = (SELECT consilium.actor()));
CREATE POLICY own ON consilium.delivery FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.notification n WHERE n.id = delivery.notification_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.notification, consilium.delivery TO consilium_worker;
CREATE POLICY tells ON consilium.notification TO consilium_worker USING (true) WITH CHECK (true);
CREATE POLICY tells ON consilium.delivery TO consilium_worker USING (true) WITH CHECK (true);

-- A job and its delivery are one story: a mail that is not sent when its job is done was past its meaning, a buried job's
-- mail has failed, and a revived one's is pending again. Whoever moves the job, in whatever way, moves both.
CREATE FUNCTION consilium.sync_delivery() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE consilium.delivery
    SET state = CASE NEW.state WHEN 'done' THEN 'dropped' WHEN 'buried' THEN 'failed' ELSE 'pending' END,
        last_error = CASE NEW.state WHEN 'buried' THEN NEW.last_error END, changed_at = clock_timestamp()
    WHERE notification_id = NEW.id AND state = CASE OLD.state WHEN 'buried' THEN 'failed' ELSE 'pending' END;
    RETURN NULL;
END
$$;
CREATE TRIGGER sync_delivery AFTER UPDATE OF state ON consilium.job FOR EACH ROW
    WHEN (NEW.state <> OLD.state AND (NEW.state IN ('done', 'buried') OR OLD.state = 'buried'))
    EXECUTE FUNCTION consilium.sync_delivery();
