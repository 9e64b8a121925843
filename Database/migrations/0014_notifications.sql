-- What was told to whom, and over which channel.

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
SELECT consilium.wall('consilium.notification');
GRANT SELECT ON consilium.notification TO consilium_app;
CREATE POLICY own ON consilium.notification FOR SELECT TO consilium_app
    USING (account_id = (SELECT consilium.actor()));
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.notification TO consilium_worker;
CREATE POLICY tells ON consilium.notification TO consilium_worker USING (true) WITH CHECK (true);

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
SELECT consilium.wall('consilium.delivery');
GRANT SELECT ON consilium.delivery TO consilium_app;
CREATE POLICY own ON consilium.delivery FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.notification n WHERE n.id = delivery.notification_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.delivery TO consilium_worker;
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
