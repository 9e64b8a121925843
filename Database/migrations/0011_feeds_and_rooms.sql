-- Calendar feeds that a person's calendar program fetches; the room of a consult: who waits in it, who was let in, and the
-- sessions that last as long.

CREATE TABLE consilium.calendar_feed (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    token_digest bytea NOT NULL
        CONSTRAINT calendar_feed_token_digest_unique UNIQUE CONSTRAINT calendar_feed_token_digest_length
            CHECK (octet_length(token_digest) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consilium.calendar_feed IS
    'The calendar feeds that people subscribe to. A revoked feed is removed: its secret is then an unknown one.';
COMMENT ON COLUMN consilium.calendar_feed.token_digest IS 'SHA-256 of the secret in the feed''s address.';
CREATE INDEX calendar_feed_account ON consilium.calendar_feed (account_id);
SELECT consilium.enable_row_security('consilium.calendar_feed');
SELECT consilium.audited('consilium.calendar_feed', 'account', 'account_id', 'id');
GRANT SELECT, INSERT, DELETE ON consilium.calendar_feed TO consilium_app;
CREATE POLICY app_all_own ON consilium.calendar_feed TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

CREATE TABLE consilium.calendar_feed_fetch (
    feed_id uuid PRIMARY KEY REFERENCES consilium.calendar_feed ON DELETE CASCADE,
    at timestamptz NOT NULL
);
COMMENT ON TABLE consilium.calendar_feed_fetch IS
    'When a program last fetched a feed, to the hour. It is no write of the person, so it is apart from what is audited.';
SELECT consilium.enable_row_security('consilium.calendar_feed_fetch');
GRANT SELECT ON consilium.calendar_feed_fetch TO consilium_app;
CREATE POLICY app_select_own ON consilium.calendar_feed_fetch FOR SELECT TO consilium_app
    USING (EXISTS (SELECT FROM consilium.calendar_feed f WHERE f.id = calendar_feed_fetch.feed_id));

-- Whose feed a secret opens, while the account is active; NULL otherwise. Definer, because a calendar program is no actor. An
-- id leaves, and only for who knows the secret.
CREATE FUNCTION consilium.feed_owner(token bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    feed calendar_feed;
BEGIN
    SELECT f.* INTO feed FROM calendar_feed f JOIN account a ON a.id = f.account_id
    WHERE f.token_digest = token AND a.state = 'active';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO calendar_feed_fetch AS v (feed_id, at) VALUES (feed.id, clock_timestamp())
    ON CONFLICT (feed_id) DO UPDATE SET at = excluded.at WHERE v.at < excluded.at - interval '1 hour';
    RETURN feed.account_id;
EXCEPTION WHEN foreign_key_violation THEN
    -- Revoked at this moment.
    RETURN NULL;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.feed_owner(bytea) TO consilium_app;

CREATE TABLE consilium.consult_room (
    appointment_id uuid PRIMARY KEY REFERENCES consilium.appointment,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    state consilium.word NOT NULL CONSTRAINT consult_room_state_known CHECK (state IN ('waiting', 'open')),
    waiting_since timestamptz,
    opened_at timestamptz,
    party_came_at timestamptz,
    CONSTRAINT consult_room_open_has_time CHECK ((state = 'open') = (opened_at IS NOT NULL)),
    CONSTRAINT consult_room_waiting_has_time CHECK (state = 'open' OR waiting_since IS NOT NULL),
    CONSTRAINT consult_room_waiting_party_came CHECK (waiting_since IS NULL OR party_came_at IS NOT NULL)
);
COMMENT ON TABLE consilium.consult_room IS
    'The room of a consult, from the first who joins: the party''s side waits in it until a specialist opens it.';
COMMENT ON COLUMN consilium.consult_room.party_came_at IS
    'When the party''s side first joined, the waiting room or the open one.';
INSERT INTO consilium.transition (machine, source, target, parts) VALUES ('room', 'waiting', 'open', '{specialist,colleague}');
SELECT consilium.enable_row_security('consilium.consult_room');
SELECT consilium.audited('consilium.consult_room', 'case', 'case_id', 'appointment_id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.consult_room
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('room');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.consult_room
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('room', 'case_id');
-- Who comes first inserts the row as their side may, while the consult can be joined.
GRANT SELECT, INSERT, UPDATE (state, opened_at, party_came_at) ON consilium.consult_room TO consilium_app;
CREATE POLICY app_all_reader ON consilium.consult_room TO consilium_app
    USING (case_id IN (SELECT consilium.reading_cases())) WITH CHECK (case_id IN (SELECT consilium.reading_cases()));
CREATE POLICY app_insert_while_joinable ON consilium.consult_room AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK (
    CASE state WHEN 'open' THEN consilium.has_part(case_id, 'specialist', 'colleague')
        ELSE consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician') END
    AND EXISTS (SELECT FROM consilium.appointment a JOIN consilium.visit_type v
            ON v.id = a.visit_type AND v.version = a.visit_version
        WHERE a.id = consult_room.appointment_id AND a.case_id = consult_room.case_id
            AND a.state IN ('booked', 'checked_in') AND a.ends_at > now()
            AND a.starts_at - make_interval(mins => v.join_before_minutes) <= clock_timestamp()));

-- A consult that moves has an empty room at its new time, whoever moves it.
CREATE FUNCTION consilium.empty_room() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    DELETE FROM consult_room r WHERE r.appointment_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER empty_room AFTER UPDATE OF starts_at ON consilium.appointment
    FOR EACH ROW WHEN (OLD.starts_at IS DISTINCT FROM NEW.starts_at) EXECUTE FUNCTION consilium.empty_room();

-- A party who joined cannot be marked as a no-show.
CREATE FUNCTION consilium.refuse_no_show() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM consult_room r WHERE r.appointment_id = NEW.id AND r.party_came_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the party came' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'appointment_party_came', TABLE = 'appointment';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER no_show_without_party BEFORE UPDATE OF state ON consilium.appointment
    FOR EACH ROW WHEN (NEW.state = 'no_show') EXECUTE FUNCTION consilium.refuse_no_show();

CREATE TABLE consilium.consult_presence (
    session_id uuid NOT NULL REFERENCES consilium.session ON DELETE CASCADE,
    appointment_id uuid NOT NULL REFERENCES consilium.appointment,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    until timestamptz NOT NULL,
    PRIMARY KEY (session_id, appointment_id)
);
COMMENT ON TABLE consilium.consult_presence IS
    'Who came into an open room, and with which session. That is activity without a request: until the time of the consult is '
    'over, or it ends or moves before (session_lives). That somebody leaves the room is not seen.';
CREATE INDEX consult_presence_appointment ON consilium.consult_presence (appointment_id);
SELECT consilium.enable_row_security('consilium.consult_presence');
GRANT SELECT ON consilium.consult_presence TO consilium_app;
CREATE POLICY app_select_own ON consilium.consult_presence FOR SELECT TO consilium_app
    USING (EXISTS (SELECT FROM consilium.session s WHERE s.id = consult_presence.session_id));

-- Notes that the actor came into an open room with this session of theirs.
CREATE FUNCTION consilium.enter_consult(the_appointment uuid, the_session uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = consilium, pg_temp
BEGIN ATOMIC
    INSERT INTO consult_presence (session_id, appointment_id, until)
    SELECT s.id, a.id, a.ends_at
    FROM session s, appointment a JOIN consult_room r ON r.appointment_id = a.id AND r.state = 'open'
    WHERE s.id = the_session AND s.account_id = actor() AND a.id = the_appointment
        AND a.state IN ('booked', 'checked_in') AND a.ends_at > clock_timestamp()
        AND has_part(a.case_id, 'patient', 'caregiver', 'treating_clinician', 'specialist', 'colleague')
    ON CONFLICT (session_id, appointment_id) DO UPDATE SET until = excluded.until;
END;
GRANT EXECUTE ON FUNCTION consilium.enter_consult(uuid, uuid) TO consilium_app;

-- A consult that ends or moves has nobody in it.
CREATE FUNCTION consilium.end_presence() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE consult_presence p SET until = clock_timestamp()
    WHERE p.appointment_id = NEW.id AND p.until > clock_timestamp();
    RETURN NULL;
END
$$;
CREATE TRIGGER end_presence AFTER UPDATE OF starts_at, state ON consilium.appointment
    FOR EACH ROW WHEN (OLD.starts_at IS DISTINCT FROM NEW.starts_at OR NEW.state NOT IN ('booked', 'checked_in'))
    EXECUTE FUNCTION consilium.end_presence();

-- Whether a session lives: nobody ended it, its account is active, and neither of its limits was reached. A person in an open
-- room makes no requests: until the end of that consult, whether or not they have left it, the absolute limit waits, and the
-- idle limit counts from then.
CREATE FUNCTION consilium.session_lives(the_session consilium.session) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    present_until timestamptz;
BEGIN
    IF the_session.ended_at IS NOT NULL OR NOT EXISTS (SELECT FROM consilium.account a
        WHERE a.id = the_session.account_id AND a.state = 'active') THEN
        RETURN false;
    END IF;
    IF the_session.expires_at > clock_timestamp()
        AND the_session.seen_at + the_session.idle_limit > clock_timestamp() THEN
        RETURN true;
    END IF;
    SELECT max(p.until) INTO present_until FROM consilium.consult_presence p WHERE p.session_id = the_session.id;
    RETURN greatest(the_session.expires_at, present_until) > clock_timestamp()
        AND greatest(the_session.seen_at, present_until) + the_session.idle_limit > clock_timestamp();
END
$$;
GRANT EXECUTE ON FUNCTION consilium.session_lives(consilium.session) TO consilium_app;

-- The caller of a session's token, while the session lives; no row otherwise. The last activity is written at most once a
-- minute, and only for activity of a person. A proof counts for ten minutes (ProofNeeded.lasts).
CREATE FUNCTION consilium.session_caller(token bytea, is_activity boolean)
RETURNS TABLE (account_id uuid, session_id uuid, roles text[], second_factor boolean, proved_lately boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    live session;
BEGIN
    SELECT s.* INTO live FROM session s WHERE s.token_digest = token AND session_lives(s);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF is_activity AND live.seen_at < clock_timestamp() - interval '1 minute' THEN
        -- A concurrent request writes the same.
        UPDATE session s SET seen_at = clock_timestamp() WHERE s.id = (
            SELECT t.id FROM session t WHERE t.id = live.id AND t.ended_at IS NULL FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    RETURN QUERY SELECT live.account_id, live.id,
        ARRAY(SELECT r.role::text FROM account_role r WHERE r.account_id = live.account_id ORDER BY r.role),
        live.second_factor, live.proved_at > clock_timestamp() - interval '10 minutes';
END
$$;
GRANT EXECUTE ON FUNCTION consilium.session_caller(bytea, boolean) TO consilium_app;

-- What has ended of the access that long requests depend on: the sessions that do not live any more, and the cases, each beside
-- the session that reads it, in which its account takes no part any more. A treating clinician who only sends records reads
-- only their own: each chunk of a file checks that by itself.
CREATE FUNCTION consilium.ended_access(sessions uuid[], readers uuid[], cases uuid[])
RETURNS TABLE (session_id uuid, case_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT o.id, NULL::uuid FROM unnest(sessions) o (id)
    WHERE NOT EXISTS (SELECT FROM session s WHERE s.id = o.id AND session_lives(s));
    RETURN QUERY SELECT o.reader, o.the_case FROM unnest(readers, cases) o (reader, the_case)
    WHERE NOT EXISTS (SELECT FROM session s WHERE s.id = o.reader AND (reads_now(s.account_id, o.the_case)
        OR EXISTS (SELECT FROM case_part p WHERE p.case_id = o.the_case AND p.account_id = s.account_id
            AND p.part = 'treating_clinician' AND p.until IS NULL)));
END
$$;
GRANT EXECUTE ON FUNCTION consilium.ended_access(uuid[], uuid[], uuid[]) TO consilium_app;
