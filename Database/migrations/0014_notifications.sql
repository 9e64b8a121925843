-- What was told to whom, and over which channel.

CREATE TABLE consilium.notification (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    template consilium.word NOT NULL,
    case_id uuid REFERENCES consilium.clinical_case,
    appointment_id uuid REFERENCES consilium.appointment,
    offer_id uuid REFERENCES consilium.offer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consilium.notification IS 'One thing told to one person.';
COMMENT ON COLUMN consilium.notification.id IS 'The stable id of every copy that is sent.';
CREATE INDEX notification_account ON consilium.notification (account_id, id);
SELECT consilium.enable_row_security('consilium.notification');
GRANT SELECT ON consilium.notification TO consilium_app;
CREATE POLICY app_select_own ON consilium.notification FOR SELECT TO consilium_app
    USING (account_id = (SELECT consilium.actor()));
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.notification TO consilium_worker;
CREATE POLICY worker_all ON consilium.notification TO consilium_worker USING (true) WITH CHECK (true);

CREATE TABLE consilium.delivery (
    notification_id uuid NOT NULL REFERENCES consilium.notification,
    channel consilium.word NOT NULL CONSTRAINT delivery_channel_known CHECK (channel IN ('email')),
    state consilium.word NOT NULL
        CONSTRAINT delivery_state_known CHECK (state IN ('pending', 'sent', 'suppressed', 'dropped', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    last_error consilium.word,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (notification_id, channel)
);
COMMENT ON TABLE consilium.delivery IS 'A notification over one channel. It follows its job (sync_delivery).';
COMMENT ON COLUMN consilium.delivery.state IS
    'pending: its job waits or runs. suppressed: not wanted. dropped: past its meaning when its turn came. failed: its job '
    'was buried.';
COMMENT ON COLUMN consilium.delivery.last_error IS 'A word for the last failure, never a message.';
SELECT consilium.enable_row_security('consilium.delivery');
GRANT SELECT ON consilium.delivery TO consilium_app;
CREATE POLICY app_select_own ON consilium.delivery FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.notification n WHERE n.id = delivery.notification_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.delivery TO consilium_worker;
CREATE POLICY worker_all ON consilium.delivery TO consilium_worker USING (true) WITH CHECK (true);

-- A delivery follows its job: a mail that was not sent when its job is done was past its meaning, a buried job's mail has
-- failed, and a revived one's is pending again.
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
