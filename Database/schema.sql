CREATE SCHEMA consilium;
ALTER SCHEMA consilium OWNER TO consilium_owner;
CREATE DOMAIN consilium.jurisdiction AS text
	CONSTRAINT jurisdiction_form CHECK ((VALUE ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'::text))
	CONSTRAINT jurisdiction_has_one_code CHECK ((VALUE !~ (('^(BU|DD|FX|TP|UK|YD|ZR|CN-(71|91|92|HK|MO|TW)|FI-01'::text || '|FR-(97[12346]|BL|GF|GP|MF|MQ|NC|PF|PM|RE|TF|WF|YT)|NL-(AW|BQ[123]|CW|SX)|NO-2[12]'::text) || '|US-(AS|GU|MP|PR|UM|VI))$|^(BU|DD|FX|TP|UK|YD|ZR)-'::text)));
ALTER DOMAIN consilium.jurisdiction OWNER TO consilium_owner;
CREATE FUNCTION consilium.is_language_tag(tag text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((length(tag) <= 64) AND (tag ~ (('^([a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?'::text || '(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[a-wy-z0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?'::text) || '|x(-[a-z0-9]{1,8})+)$'::text)));
ALTER FUNCTION consilium.is_language_tag(tag text) OWNER TO consilium_owner;
CREATE DOMAIN consilium.language_tag AS text
	CONSTRAINT language_tag_is_canonical CHECK (consilium.is_language_tag(VALUE));
ALTER DOMAIN consilium.language_tag OWNER TO consilium_owner;
CREATE TYPE consilium.opening AS (
	specialist_id uuid,
	starts_at timestamp with time zone,
	ends_at timestamp with time zone,
	wall_clock timestamp without time zone,
	zone text
);
ALTER TYPE consilium.opening OWNER TO consilium_owner;
CREATE DOMAIN consilium.word AS text COLLATE pg_catalog."C"
	CONSTRAINT word_form CHECK ((VALUE ~ '^[a-z][a-z0-9_.:-]{0,63}$'::text));
ALTER DOMAIN consilium.word OWNER TO consilium_owner;
CREATE TYPE consilium.reply_part AS (
	case_id uuid,
	part consilium.word,
	reads_case boolean,
	sees_prior boolean,
	reads_opinion boolean
);
ALTER TYPE consilium.reply_part OWNER TO consilium_owner;
CREATE DOMAIN consilium.rrule AS text
	CONSTRAINT rrule_form CHECK (((length(VALUE) <= 255) AND (VALUE ~ '^[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*$'::text)));
ALTER DOMAIN consilium.rrule OWNER TO consilium_owner;
CREATE FUNCTION consilium.is_zone(zone text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT
    AS $_$
BEGIN
    -- Debian's tzdata has all zones a second time under posix, and with leap seconds under right.
    IF zone <> 'UTC' AND zone !~ '^(?!posix/|right/)[A-Za-z]+(/[A-Za-z_-]+){1,2}$'
        AND zone !~ '^Etc/GMT(0|[+-]0|[+]([1-9]|1[0-2])|-([1-9]|1[0-4]))$' THEN
        RETURN false;
    END IF;
    PERFORM timestamp '2000-01-01' AT TIME ZONE zone;
    RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END
$_$;
ALTER FUNCTION consilium.is_zone(zone text) OWNER TO consilium_owner;
CREATE DOMAIN consilium.zone AS text
	CONSTRAINT zone_known CHECK (consilium.is_zone(VALUE));
ALTER DOMAIN consilium.zone OWNER TO consilium_owner;
CREATE FUNCTION consilium.accept_caregiver(token bytea) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    invited caregiver_grant;
BEGIN
    -- Of two invitations of one patient that are accepted at the same moment, the second waits and finds the first.
    PERFORM FROM account a WHERE a.id = actor() FOR NO KEY UPDATE;
    SELECT * INTO invited FROM caregiver_grant g WHERE g.token_digest = token FOR NO KEY UPDATE;
    IF invited IS NULL OR invited.state <> 'invited' OR invited.expires_at <= clock_timestamp() OR actor() IS NULL
        OR invited.patient_id = actor() OR EXISTS (SELECT FROM caregiver_grant g
            WHERE g.patient_id = invited.patient_id AND g.caregiver_id = actor() AND g.state = 'active') THEN
        RETURN NULL;
    END IF;
    INSERT INTO account_role (account_id, role) VALUES (actor(), 'caregiver') ON CONFLICT DO NOTHING;
    UPDATE caregiver_grant SET state = 'active', caregiver_id = actor(), accepted_at = clock_timestamp()
    WHERE id = invited.id;
    RETURN invited.id;
END
$$;
ALTER FUNCTION consilium.accept_caregiver(token bytea) OWNER TO consilium_owner;
CREATE FUNCTION consilium.accept_invitation(token bytea) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    invited invitation;
BEGIN
    SELECT * INTO invited FROM invitation i WHERE i.token_digest = token FOR NO KEY UPDATE;
    IF invited IS NULL OR invited.state <> 'sent' OR invited.expires_at <= clock_timestamp() OR actor() IS NULL
        OR EXISTS (SELECT FROM case_part p WHERE p.case_id = invited.case_id AND p.account_id = actor()
            AND p.part <> 'treating_clinician')
        OR EXISTS (SELECT FROM clinical_case c WHERE c.id = invited.case_id
            AND c.state IN ('closed', 'withdrawn', 'unable'))
        -- The sender may not invite any more.
        OR NOT EXISTS (SELECT FROM case_part p WHERE p.case_id = invited.case_id
            AND p.account_id = invited.invited_by AND p.part IN ('patient', 'caregiver') AND p.until IS NULL) THEN
        RETURN NULL;
    END IF;
    UPDATE invitation SET state = 'accepted', accepted_by = actor() WHERE id = invited.id;
    INSERT INTO account_role (account_id, role) VALUES (actor(), 'treating_clinician') ON CONFLICT DO NOTHING;
    -- A second invitation adds to what the first granted, or lets somebody come back whose part ended.
    INSERT INTO case_part (case_id, account_id, part) VALUES (invited.case_id, actor(), 'treating_clinician')
    ON CONFLICT (case_id, account_id) DO UPDATE SET until = NULL;
    RETURN invited.case_id;
END
$$;
ALTER FUNCTION consilium.accept_invitation(token bytea) OWNER TO consilium_owner;
CREATE TABLE consilium.account (
    id uuid NOT NULL,
    state consilium.word NOT NULL,
    email_digest bytea NOT NULL,
    email_key text,
    email bytea NOT NULL,
    jurisdiction consilium.jurisdiction NOT NULL,
    language consilium.language_tag NOT NULL,
    time_zone consilium.zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    confirmed_at timestamp with time zone,
    CONSTRAINT account_confirmed_has_time CHECK ((((state)::text = 'unconfirmed'::text) = (confirmed_at IS NULL))),
    CONSTRAINT account_email_digest_length CHECK ((octet_length(email_digest) = 32)),
    CONSTRAINT account_email_has_key CHECK (((email = '\x'::bytea) = (email_key IS NULL))),
    CONSTRAINT account_state_known CHECK (((state)::text = ANY (ARRAY['unconfirmed'::text, 'active'::text, 'closed'::text])))
);
ALTER TABLE ONLY consilium.account FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.account OWNER TO consilium_owner;
COMMENT ON TABLE consilium.account IS 'A person''s account. Name, birth date and contact are in account_particular.';
COMMENT ON COLUMN consilium.account.email_digest IS 'HMAC of the normalised address by the look-up key that email_key names; sign-in looks it up. Random once the person was erased.';
COMMENT ON COLUMN consilium.account.email_key IS 'The name of the look-up key of email_digest; NULL once the person was erased.';
COMMENT ON COLUMN consilium.account.email IS 'The address, sealed by the person key; empty once the person was erased.';
COMMENT ON COLUMN consilium.account.jurisdiction IS 'Where the person lives: it decides which licence a consult needs. Plain.';
CREATE FUNCTION consilium.account_by_email(digests bytea[]) RETURNS TABLE(account_id uuid, active boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    BEGIN ATOMIC
 SELECT f.id,
     f.active
    FROM ( SELECT a.id,
             true AS active,
             a.created_at
            FROM consilium.account a
           WHERE ((a.email_digest = ANY (account_by_email.digests)) AND ((a.state)::text = 'active'::text))
         UNION ALL
          SELECT a.id,
             false,
             a.created_at
            FROM consilium.account a
           WHERE ((a.email_digest = ANY (account_by_email.digests)) AND ((a.state)::text = 'unconfirmed'::text))) f
   ORDER BY f.active DESC, f.created_at DESC, f.id DESC
  LIMIT 1;
END;
ALTER FUNCTION consilium.account_by_email(digests bytea[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.actor() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('consilium.actor'::text, true), ''::text))::uuid;
ALTER FUNCTION consilium.actor() OWNER TO consilium_owner;
CREATE FUNCTION consilium.acts_for(patient uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM caregiver_grant g
        WHERE g.patient_id = patient AND g.caregiver_id = actor() AND g.state = 'active');
END
$$;
ALTER FUNCTION consilium.acts_for(patient uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.add_busy(specialists uuid[], the_party uuid, type_id text, type_version integer, starts timestamp with time zone, ends timestamp with time zone, of_hold uuid, of_appointment uuid, lapses timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO busy (person_id, during, hold_id, appointment_id, lapses_at)
    SELECT s, tstzrange(starts - make_interval(mins => v.buffer_before_minutes),
        ends + make_interval(mins => v.buffer_after_minutes)), of_hold, of_appointment, lapses
    FROM visit_type v, unnest(specialists) s
    WHERE v.id = type_id AND v.version = type_version
    UNION ALL
    SELECT the_party, tstzrange(starts, ends), of_hold, of_appointment, lapses WHERE the_party IS NOT NULL;
END
$$;
ALTER FUNCTION consilium.add_busy(specialists uuid[], the_party uuid, type_id text, type_version integer, starts timestamp with time zone, ends timestamp with time zone, of_hold uuid, of_appointment uuid, lapses timestamp with time zone) OWNER TO consilium_owner;
CREATE FUNCTION consilium.add_colleague(the_case uuid, the_colleague uuid) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    came timestamptz;
BEGIN
    IF NOT has_part(the_case, 'specialist', 'coordinator')
        AND NOT EXISTS (SELECT FROM hold h WHERE h.case_id = the_case AND h.specialist_id = the_colleague
            AND h.kind = 'offered' AND h.state = 'active' AND h.expires_at > clock_timestamp()
            AND has_part(the_case, 'patient', 'caregiver', 'treating_clinician')) THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'add_colleague';
    END IF;
    -- Neither the consent nor the case ends meanwhile.
    PERFORM FROM clinical_case c WHERE c.id = the_case
        AND c.state IN ('accepted', 'reviewing', 'opined', 'delivered', 'follow_up') FOR NO KEY UPDATE;
    IF NOT FOUND OR NOT EXISTS (SELECT FROM consent n
            WHERE n.case_id = the_case AND n.kind = 'panel' AND n.withdrawn_at IS NULL)
        OR NOT EXISTS (SELECT FROM lane_check l WHERE l.case_id = the_case AND l.specialist_id = the_colleague
            AND l.lawful AND l.at >= now()) THEN
        RETURN NULL;
    END IF;
    INSERT INTO case_part AS p (case_id, account_id, part) VALUES (the_case, the_colleague, 'colleague')
    ON CONFLICT (case_id, account_id) DO UPDATE SET part = 'colleague', until = NULL, since = clock_timestamp()
    WHERE p.part IN ('candidate', 'specialist', 'colleague') AND p.until IS NOT NULL
    RETURNING p.since INTO came;
    RETURN came;
END
$$;
ALTER FUNCTION consilium.add_colleague(the_case uuid, the_colleague uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.add_coordinator_to_cases() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO case_part (case_id, account_id, part)
    SELECT c.id, NEW.account_id, 'coordinator' FROM clinical_case c
    WHERE c.patient_id <> NEW.account_id AND (c.state NOT IN ('draft', 'closed', 'withdrawn', 'unable')
        OR EXISTS (SELECT FROM task t WHERE t.case_id = c.id AND t.kind = 'answer_message' AND t.state = 'open'))
    ON CONFLICT (case_id, account_id) DO UPDATE SET until = NULL
        WHERE case_part.part = 'coordinator' AND case_part.until IS NOT NULL;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.add_coordinator_to_cases() OWNER TO consilium_owner;
CREATE FUNCTION consilium.add_coordinators(the_case uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO case_part (case_id, account_id, part)
    SELECT c.id, r.account_id, 'coordinator' FROM clinical_case c, account_role r
    WHERE c.id = the_case AND r.role = 'coordinator' AND r.account_id <> c.patient_id
    ON CONFLICT (case_id, account_id) DO UPDATE SET until = NULL
        WHERE case_part.part = 'coordinator' AND case_part.until IS NOT NULL;
END
$$;
ALTER FUNCTION consilium.add_coordinators(the_case uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.add_coordinators_to_case() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM add_coordinators(NEW.id);
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.add_coordinators_to_case() OWNER TO consilium_owner;
CREATE FUNCTION consilium.add_first_parts(the_case uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    patient uuid := (SELECT c.patient_id FROM clinical_case c WHERE c.id = the_case);
BEGIN
    IF patient IS DISTINCT FROM actor() AND NOT acts_for(patient)
        OR NOT EXISTS (SELECT FROM clinical_case c WHERE c.id = the_case AND c.state = 'draft') THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'add_first_parts';
    END IF;
    INSERT INTO case_part (case_id, account_id, part) VALUES (the_case, patient, 'patient') ON CONFLICT DO NOTHING;
    INSERT INTO case_part (case_id, account_id, part)
    SELECT the_case, g.caregiver_id, 'caregiver' FROM caregiver_grant g
    WHERE g.patient_id = patient AND g.state = 'active'
    ON CONFLICT DO NOTHING;
END
$$;
ALTER FUNCTION consilium.add_first_parts(the_case uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.alternative_specialists(the_case uuid, on_day date) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF NOT has_part(the_case, 'specialist', 'colleague', 'coordinator') THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT s.id FROM clinical_case c, (
                SELECT l.ranking FROM match l WHERE l.case_id = the_case ORDER BY l.created_at DESC, l.id DESC LIMIT 1) l,
            unnest(l.ranking) WITH ORDINALITY m (id, rank) JOIN specialist s ON s.id = m.id
        WHERE s.id IS DISTINCT FROM c.specialist_id AND c.id = the_case AND s.accepting AND s.id <> c.patient_id
            AND NOT EXISTS (SELECT FROM case_part p WHERE p.case_id = the_case AND p.account_id = s.id
                AND p.until IS NULL AND p.part <> 'colleague')
            AND CASE c.lane
                WHEN 'licensed' THEN EXISTS (SELECT FROM licence l WHERE l.specialist_id = s.id
                    AND l.jurisdiction = c.jurisdiction AND l.expires_on >= on_day)
                ELSE s.peer_to_peer AND EXISTS (SELECT FROM consent n
                    WHERE n.case_id = the_case AND n.kind = 'peer_to_peer' AND n.withdrawn_at IS NULL) END
        ORDER BY m.rank;
END
$$;
ALTER FUNCTION consilium.alternative_specialists(the_case uuid, on_day date) OWNER TO consilium_owner;
CREATE FUNCTION consilium.approve_factor_recovery(the_recovery uuid, code_digest bytea) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    recovery factor_recovery;
BEGIN
    IF NOT has_role('operator') THEN
        RAISE EXCEPTION 'not an operator' USING
            ERRCODE = 'insufficient_privilege', CONSTRAINT = 'approve_factor_recovery';
    END IF;
    UPDATE factor_recovery r SET state = 'approved', email = NULL, decided_by = actor(), decided_at = clock_timestamp()
    WHERE r.id = the_recovery AND r.state = 'proposed' AND r.expires_at > clock_timestamp()
        AND actor() NOT IN (r.proposed_by, r.account_id)
        AND EXISTS (SELECT FROM account_role o WHERE o.account_id = r.proposed_by AND o.role = 'operator')
        AND EXISTS (SELECT FROM account a WHERE a.id = r.account_id AND a.state = 'active')
    RETURNING * INTO recovery;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO recovery_code (account_id, digest, expires_at)
    VALUES (recovery.account_id, code_digest, clock_timestamp() + interval '24 hours');
    PERFORM end_sessions(recovery.account_id, NULL);
    RETURN (SELECT a.language FROM account a WHERE a.id = recovery.account_id);
END
$$;
ALTER FUNCTION consilium.approve_factor_recovery(the_recovery uuid, code_digest bytea) OWNER TO consilium_owner;
CREATE FUNCTION consilium.approve_specialist(the_proposal uuid, token bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    proposer uuid := (SELECT p.proposed_by FROM specialist_proposal p WHERE p.id = the_proposal);
BEGIN
    IF NOT lock_role(actor(), 'operator') THEN
        RAISE EXCEPTION 'not an operator' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'approve_specialist';
    END IF;
    IF NOT lock_role(proposer, 'operator', 'coordinator') THEN
        RETURN false;
    END IF;
    UPDATE specialist_proposal p SET state = 'approved', token_digest = token, approved_by = actor(),
        approved_at = clock_timestamp(), expires_at = clock_timestamp() + interval '14 days'
    WHERE p.id = the_proposal AND p.state = 'proposed' AND p.expires_at > clock_timestamp()
        AND p.proposed_by <> actor();
    RETURN FOUND;
END
$$;
ALTER FUNCTION consilium.approve_specialist(the_proposal uuid, token bytea) OWNER TO consilium_owner;
CREATE FUNCTION consilium.approvers_of(the_proposal uuid) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY
        SELECT r.account_id FROM specialist_proposal p JOIN account_role r ON r.role = 'operator'
        WHERE p.id = the_proposal AND p.state = 'proposed' AND p.proposed_by = actor() AND r.account_id <> actor()
        ORDER BY r.account_id;
END
$$;
ALTER FUNCTION consilium.approvers_of(the_proposal uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.are_language_tags(tags text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (NOT (EXISTS (SELECT FROM unnest(are_language_tags.tags) t(tag) WHERE (NOT COALESCE(consilium.is_language_tag(t.tag), false)))));
ALTER FUNCTION consilium.are_language_tags(tags text[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.ask_candidate(the_offer uuid, the_match uuid, the_specialist uuid, lasts interval) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    the_case clinical_case;
    ends timestamptz := clock_timestamp() + lasts;
BEGIN
    SELECT c.* INTO the_case FROM match_candidate m JOIN clinical_case c ON c.id = m.case_id
    WHERE m.match_id = the_match AND m.specialist_id = the_specialist;
    IF the_case.id IS NULL OR NOT may_ask(the_case.id) OR lacks_consent(the_case.id)
        OR the_case.state NOT IN ('ready', 'offered') OR lasts NOT BETWEEN interval '0' AND interval '30 days' THEN
        RETURN NULL;
    END IF;
    INSERT INTO case_part AS p (case_id, account_id, part) VALUES (the_case.id, the_specialist, 'candidate')
    ON CONFLICT (case_id, account_id) DO UPDATE SET part = 'candidate', until = NULL, since = clock_timestamp()
    WHERE p.part IN ('candidate', 'specialist', 'colleague') AND p.until IS NOT NULL;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO offer (id, case_id, match_id, specialist_id, lane, state, expires_at)
    VALUES (the_offer, the_case.id, the_match, the_specialist, the_case.lane, 'waiting', ends);
    RETURN ends;
END
$$;
ALTER FUNCTION consilium.ask_candidate(the_offer uuid, the_match uuid, the_specialist uuid, lasts interval) OWNER TO consilium_owner;
CREATE FUNCTION consilium.ask_for_answer() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    author case_part;
BEGIN
    SELECT * INTO author FROM case_part p WHERE p.case_id = NEW.case_id AND p.account_id = NEW.author_id;
    IF author.part = 'coordinator'
        OR author.part IN ('specialist', 'colleague') AND NOT NEW.staff_only AND author.sees_prior THEN
        UPDATE task SET state = 'done', done_by = actor(), done_at = clock_timestamp()
        WHERE kind = 'answer_message' AND case_id = NEW.case_id AND subject_id = NEW.thread_id AND state = 'open';
    ELSIF EXISTS (SELECT FROM clinical_case c WHERE c.id = NEW.case_id AND c.submitted_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM case_part p
            WHERE p.case_id = NEW.case_id AND p.until IS NULL AND p.reads_case AND (p.sees_prior OR NOT NEW.reveals_prior)
                AND p.part = ANY (CASE WHEN NEW.staff_only THEN '{coordinator}' ELSE '{specialist,colleague}' END::text[]))
    THEN
        IF NOT EXISTS (SELECT FROM case_part p
            WHERE p.case_id = NEW.case_id AND p.part = 'coordinator' AND p.until IS NULL) THEN
            PERFORM add_coordinators(NEW.case_id);
        END IF;
        INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
        VALUES (gen_random_uuid(), NEW.case_id, NEW.thread_id, 'answer_message', 'open',
            clock_timestamp() + interval '1 day')
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.ask_for_answer() OWNER TO consilium_owner;
CREATE FUNCTION consilium.ask_for_clinicians_records_again() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM clinical_case c WHERE c.id = NEW.case_id FOR NO KEY UPDATE;
    PERFORM ask_for_record_again(r.id) FROM record r WHERE r.case_id = NEW.case_id AND r.added_by = NEW.account_id
    ORDER BY r.id;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.ask_for_clinicians_records_again() OWNER TO consilium_owner;
CREATE FUNCTION consilium.ask_for_draft_answer() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    -- Waits for messages that are being written: they do not see the submission.
    PERFORM FROM thread t WHERE t.case_id = NEW.id ORDER BY t.id FOR NO KEY UPDATE;
    INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
    SELECT gen_random_uuid(), NEW.id, t.id, 'answer_message', 'open', clock_timestamp() + interval '1 day'
    FROM thread t WHERE t.case_id = NEW.id AND EXISTS (SELECT FROM message m WHERE m.thread_id = t.id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.ask_for_draft_answer() OWNER TO consilium_owner;
CREATE FUNCTION consilium.ask_for_file_again() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM ask_for_record_again(OLD.record_id);
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.ask_for_file_again() OWNER TO consilium_owner;
CREATE FUNCTION consilium.ask_for_record_again(the_record uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM record r WHERE r.id = the_record FOR NO KEY UPDATE;
    UPDATE record r SET state = 'asked', version = r.version + 1
    FROM clinical_case c
    WHERE r.id = the_record AND r.state = 'received' AND c.id = r.case_id
        AND c.state NOT IN ('closed', 'withdrawn', 'unable')
        AND NOT EXISTS (SELECT FROM record_file f
            WHERE f.record_id = r.id AND f.state = 'complete' AND f.entered_in_error_at IS NULL);
END
$$;
ALTER FUNCTION consilium.ask_for_record_again(the_record uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.ask_for_unread() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
    SELECT gen_random_uuid(), t.case_id, t.id, 'answer_message', 'open', clock_timestamp() + interval '1 day'
    FROM thread t WHERE t.case_id = NEW.case_id AND t.kind = 'care'
        AND NOT EXISTS (SELECT FROM case_part p WHERE p.case_id = t.case_id AND p.until IS NULL
            AND p.part IN ('specialist', 'colleague'))
        AND EXISTS (SELECT FROM message m JOIN case_part a ON a.case_id = m.case_id AND a.account_id = m.author_id
            WHERE m.thread_id = t.id AND m.kind = 'text' AND a.part IN ('patient', 'caregiver', 'treating_clinician')
                AND m.seq > coalesce((SELECT max(k.seq) FROM read_marker k JOIN case_part p
                    ON p.case_id = k.case_id AND p.account_id = k.account_id
                    WHERE k.thread_id = t.id AND p.part IN ('specialist', 'colleague', 'coordinator')), 0))
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.ask_for_unread() OWNER TO consilium_owner;
CREATE FUNCTION consilium.audit_append(the_kind text, the_chain uuid, who uuid, what text, subject uuid, how_many integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    head audit_head := audit_lock(the_kind, the_chain);
    now timestamptz := clock_timestamp();
    next_hash bytea;
BEGIN
    next_hash := sha256(
        head.hash || audit_bytes(the_kind, the_chain, head.seq + 1, now, who, what, subject, how_many));
    INSERT INTO audit_entry (chain_kind, chain_id, seq, at, actor_id, action, subject_id, items, hash)
    VALUES (the_kind, the_chain, head.seq + 1, now, who, what, subject, how_many, next_hash);
    UPDATE audit_head h SET seq = head.seq + 1, hash = next_hash, changed_at = now
    WHERE h.chain_kind = the_kind AND h.chain_id = the_chain;
    RETURN head.seq + 1;
END
$$;
ALTER FUNCTION consilium.audit_append(the_kind text, the_chain uuid, who uuid, what text, subject uuid, how_many integer) OWNER TO consilium_owner;
CREATE FUNCTION consilium.audit_bytes(chain_kind text, chain_id uuid, seq bigint, at timestamp with time zone, actor_id uuid, action text, subject_id uuid, items integer) RETURNS bytea
    LANGUAGE sql STABLE
    RETURN convert_to(concat_ws('|'::text, chain_kind, chain_id, seq, ((EXTRACT(epoch FROM at) * (1000000)::numeric))::bigint, COALESCE((actor_id)::text, '-'::text), action, subject_id, items), 'UTF8'::name);
ALTER FUNCTION consilium.audit_bytes(chain_kind text, chain_id uuid, seq bigint, at timestamp with time zone, actor_id uuid, action text, subject_id uuid, items integer) OWNER TO consilium_owner;
CREATE TABLE consilium.audit_head (
    chain_kind consilium.word NOT NULL,
    chain_id uuid NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT audit_head_chain_kind_known CHECK (((chain_kind)::text = ANY (ARRAY['case'::text, 'account'::text, 'programme'::text]))),
    CONSTRAINT audit_head_hash_length CHECK ((octet_length(hash) = 32)),
    CONSTRAINT audit_head_seq_not_negative CHECK ((seq >= 0))
);
ALTER TABLE ONLY consilium.audit_head FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.audit_head OWNER TO consilium_owner;
COMMENT ON TABLE consilium.audit_head IS 'The last entry of each hash chain. It is the last lock that a transaction takes. The worker copies the heads out of the database.';
COMMENT ON COLUMN consilium.audit_head.seq IS 'How many entries the chain has.';
COMMENT ON COLUMN consilium.audit_head.hash IS 'SHA-256: the hash of the last entry.';
CREATE FUNCTION consilium.audit_lock(the_kind text, the_chain uuid) RETURNS consilium.audit_head
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    head audit_head;
BEGIN
    INSERT INTO audit_head (chain_kind, chain_id, seq, hash, changed_at)
    VALUES (the_kind, the_chain, 0, decode(repeat('00', 32), 'hex'), clock_timestamp())
    ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM audit_head h
    WHERE h.chain_kind = the_kind AND h.chain_id = the_chain FOR NO KEY UPDATE;
    RETURN head;
END
$$;
ALTER FUNCTION consilium.audit_lock(the_kind text, the_chain uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.audit_lock_noted() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    chains text[] := string_to_array(current_setting('consilium.audit_chains', true), ' ');
BEGIN
    IF cardinality(chains) > 1 THEN
        PERFORM audit_lock(c.kind, c.id) FROM (
            SELECT split_part(chain, ':', 1) AS kind, split_part(chain, ':', 2)::uuid AS id FROM unnest(chains) chain
            ORDER BY 1, 2) c;
        PERFORM set_config('consilium.audit_chains', '', true);
    END IF;
END
$$;
ALTER FUNCTION consilium.audit_lock_noted() OWNER TO consilium_owner;
CREATE FUNCTION consilium.audit_note() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    chain text := TG_ARGV[0] || ':' || (to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[1]);
    noted text := coalesce(current_setting('consilium.audit_chains', true), '');
BEGIN
    IF strpos(noted, chain) = 0 THEN
        PERFORM set_config('consilium.audit_chains', concat_ws(' ', nullif(noted, ''), chain), true);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.audit_note() OWNER TO consilium_owner;
CREATE FUNCTION consilium.audit_reads(kinds text[], chains uuid[], actions text[], subjects uuid[], counts integer[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    entry record;
    who uuid := actor();
BEGIN
    IF who IS NULL OR EXISTS (SELECT FROM unnest(actions) a WHERE NOT coalesce(starts_with(a, 'read.'), false)) THEN
        RAISE EXCEPTION 'reads of one''s own only' USING
            ERRCODE = 'insufficient_privilege', CONSTRAINT = 'audit_reads';
    END IF;
    PERFORM audit_lock_noted();
    FOR entry IN
        SELECT * FROM unnest(kinds, chains, actions, subjects, counts)
            WITH ORDINALITY AS e (kind, chain, what, subject, how_many, nth)
        ORDER BY kind, chain, nth
    LOOP
        -- A read by emergency access says so.
        PERFORM audit_append(entry.kind, entry.chain, who,
            CASE WHEN entry.kind = 'case' AND reads_in_emergency(who, entry.chain)
                THEN 'read.emergency.' || substr(entry.what, length('read.') + 1) ELSE entry.what END,
            entry.subject, entry.how_many);
    END LOOP;
END
$$;
ALTER FUNCTION consilium.audit_reads(kinds text[], chains uuid[], actions text[], subjects uuid[], counts integer[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.audit_write() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    now_row jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
    verb text := CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END;
    source uuid := nullif(current_setting('consilium.source', true), '')::uuid;
    place bigint;
BEGIN
    PERFORM audit_lock_noted();
    place := audit_append(
        TG_ARGV[0], (now_row ->> TG_ARGV[1])::uuid, actor(),
        TG_TABLE_NAME || '.' || coalesce(TG_ARGV[3], verb) || coalesce(':' || (now_row ->> 'state'), ''),
        (now_row ->> TG_ARGV[2])::uuid, 1);
    IF source IS NOT NULL AND (TG_ARGV[0] = 'account' OR TG_TABLE_NAME = 'case_part') THEN
        INSERT INTO audit_source (chain_kind, chain_id, seq, source_id)
        VALUES (TG_ARGV[0], (now_row ->> TG_ARGV[1])::uuid, place, source);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.audit_write() OWNER TO consilium_owner;
CREATE FUNCTION consilium.audited(target regclass, chain_kind text, chain_column text, subject_column text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format(
        'CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON %s '
        'DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write(%L, %L, %L)',
        target, chain_kind, chain_column, subject_column);
    EXECUTE format(
        'CREATE TRIGGER audit_noted AFTER INSERT OR UPDATE OR DELETE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION consilium.audit_note(%L, %L)', target, chain_kind, chain_column);
    EXECUTE format(
        'CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s EXECUTE FUNCTION consilium.refuse_change()', target);
END
$$;
ALTER FUNCTION consilium.audited(target regclass, chain_kind text, chain_column text, subject_column text) OWNER TO consilium_owner;
CREATE FUNCTION consilium.awake_at(instant timestamp with time zone, zone text, quiet_from time without time zone, quiet_to time without time zone, margin interval DEFAULT '00:00:00'::interval) RETURNS timestamp with time zone
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    least_day interval := greatest(margin, interval '30 minutes');
    wall_clock timestamp;
    awake timestamp;
    ahead interval;
BEGIN
    -- The rest of a day begins where one of the two ends.
    IF NOT EXISTS (
        SELECT FROM unnest(ARRAY[time '08:00', quiet_to]) starts, LATERAL (SELECT date '2000-01-03' + starts) day (at)
        WHERE consilium.sleep_end(day.at, quiet_from, quiet_to) = day.at
            AND consilium.sleep_end(day.at + least_day, quiet_from, quiet_to) = day.at + least_day
    ) THEN
        quiet_from := NULL;
        quiet_to := NULL;
    END IF;
    FOREACH ahead IN ARRAY ARRAY['0', margin]::interval[] LOOP
        wall_clock := (instant + ahead) AT TIME ZONE zone;
        awake := consilium.sleep_end(consilium.sleep_end(wall_clock, quiet_from, quiet_to), quiet_from, quiet_to);
        IF awake > wall_clock THEN
            RETURN consilium.next_instant_of(awake, zone, instant + ahead);
        END IF;
    END LOOP;
    RETURN instant;
END
$$;
ALTER FUNCTION consilium.awake_at(instant timestamp with time zone, zone text, quiet_from time without time zone, quiet_to time without time zone, margin interval) OWNER TO consilium_owner;
CREATE FUNCTION consilium.awake_from(the_person uuid, margin interval DEFAULT '00:00:00'::interval) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
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
ALTER FUNCTION consilium.awake_from(the_person uuid, margin interval) OWNER TO consilium_owner;
CREATE FUNCTION consilium.busy_ranges_of(the_person uuid, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid DEFAULT NULL::uuid, except_appointment uuid DEFAULT NULL::uuid) RETURNS tstzmultirange
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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
ALTER FUNCTION consilium.busy_ranges_of(the_person uuid, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.calendars_of(cases uuid[], OUT parties uuid[], OUT specialists uuid[]) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    WITH meeting AS (
        SELECT h.party_id, h.specialist_id || h.colleagues AS sitting FROM hold h
        WHERE h.case_id = ANY (cases) AND h.state = 'active'
        UNION ALL
        SELECT a.party_id, a.specialist_id || a.colleagues FROM appointment a
        WHERE a.case_id = ANY (cases) AND a.state IN ('booked', 'checked_in'))
    SELECT
        ARRAY(SELECT c.patient_id FROM clinical_case c WHERE c.id = ANY (cases)
            UNION SELECT p.account_id FROM case_part p
                WHERE p.case_id = ANY (cases) AND p.part = 'treating_clinician' AND p.until IS NULL
            UNION SELECT m.party_id FROM meeting m),
        ARRAY(SELECT c.specialist_id FROM clinical_case c WHERE c.id = ANY (cases) AND c.specialist_id IS NOT NULL
            UNION SELECT unnest(m.sitting) FROM meeting m)
$$;
ALTER FUNCTION consilium.calendars_of(cases uuid[], OUT parties uuid[], OUT specialists uuid[]) OWNER TO consilium_owner;
CREATE TABLE consilium.visit_type (
    id consilium.word NOT NULL,
    version integer NOT NULL,
    current boolean NOT NULL,
    duration_minutes integer NOT NULL,
    buffer_before_minutes integer NOT NULL,
    buffer_after_minutes integer NOT NULL,
    granularity_minutes integer NOT NULL,
    notice_minutes integer NOT NULL,
    horizon_days integer NOT NULL,
    hold_minutes integer NOT NULL,
    most_per_day integer,
    most_per_week integer,
    booked_by consilium.word[] DEFAULT '{party,coordinator}'::consilium.word[] NOT NULL,
    rescheduled_by consilium.word[] DEFAULT '{party,specialist,coordinator}'::consilium.word[] NOT NULL,
    cancelled_by consilium.word[] DEFAULT '{party,specialist,coordinator}'::consilium.word[] NOT NULL,
    reschedule_until_minutes integer NOT NULL,
    cancel_until_minutes integer NOT NULL,
    late_cancel_consequence consilium.word,
    no_show_consequence consilium.word,
    no_show_grace_minutes integer NOT NULL,
    join_before_minutes integer NOT NULL,
    CONSTRAINT visit_type_buffer_after_minutes_in_range CHECK (((buffer_after_minutes >= 0) AND (buffer_after_minutes <= 240))),
    CONSTRAINT visit_type_buffer_before_minutes_in_range CHECK (((buffer_before_minutes >= 0) AND (buffer_before_minutes <= 240))),
    CONSTRAINT visit_type_cancel_until_minutes_in_range CHECK (((cancel_until_minutes >= 0) AND (cancel_until_minutes <= 43200))),
    CONSTRAINT visit_type_duration_minutes_in_range CHECK (((duration_minutes >= 5) AND (duration_minutes <= 480))),
    CONSTRAINT visit_type_granularity_minutes_known CHECK ((granularity_minutes = ANY (ARRAY[5, 10, 15, 20, 30, 60]))),
    CONSTRAINT visit_type_hold_minutes_in_range CHECK (((hold_minutes >= 1) AND (hold_minutes <= 1440))),
    CONSTRAINT visit_type_horizon_days_in_range CHECK (((horizon_days >= 1) AND (horizon_days <= 365))),
    CONSTRAINT visit_type_id_not_reserved CHECK (((id)::text <> 'any'::text)),
    CONSTRAINT visit_type_join_before_minutes_in_range CHECK (((join_before_minutes >= 0) AND (join_before_minutes <= 120))),
    CONSTRAINT visit_type_most_per_day_in_range CHECK (((most_per_day >= 1) AND (most_per_day <= 100))),
    CONSTRAINT visit_type_most_per_week_in_range CHECK (((most_per_week >= 1) AND (most_per_week <= 500))),
    CONSTRAINT visit_type_no_show_grace_minutes_in_range CHECK (((no_show_grace_minutes >= 0) AND (no_show_grace_minutes <= 240))),
    CONSTRAINT visit_type_notice_minutes_in_range CHECK (((notice_minutes >= 0) AND (notice_minutes <= 43200))),
    CONSTRAINT visit_type_parts_known CHECK (((booked_by <@ '{party,coordinator}'::consilium.word[]) AND (rescheduled_by <@ '{party,specialist,coordinator}'::consilium.word[]) AND (cancelled_by <@ '{party,specialist,coordinator}'::consilium.word[]))),
    CONSTRAINT visit_type_reschedule_until_minutes_in_range CHECK (((reschedule_until_minutes >= 0) AND (reschedule_until_minutes <= 43200))),
    CONSTRAINT visit_type_version_positive CHECK ((version > 0))
);
ALTER TABLE ONLY consilium.visit_type FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.visit_type OWNER TO consilium_owner;
COMMENT ON TABLE consilium.visit_type IS 'The kinds of consult and their policy. A change is a new version; an appointment keeps the version that it was booked under.';
COMMENT ON COLUMN consilium.visit_type.granularity_minutes IS 'Starts are multiples of this from midnight on the wall clock.';
COMMENT ON COLUMN consilium.visit_type.most_per_day IS 'How many of this kind one specialist has on one day; holds count.';
COMMENT ON COLUMN consilium.visit_type.most_per_week IS 'How many of this kind one specialist has in one week; holds count.';
COMMENT ON COLUMN consilium.visit_type.reschedule_until_minutes IS 'Until how long before the start the party''s side may reschedule.';
COMMENT ON COLUMN consilium.visit_type.cancel_until_minutes IS 'Until how long before the start the party''s side may cancel without consequence.';
COMMENT ON COLUMN consilium.visit_type.late_cancel_consequence IS 'The programme''s code for what a later cancellation brings; NULL: it is not possible.';
COMMENT ON COLUMN consilium.visit_type.no_show_consequence IS 'The programme''s code for what a no-show brings.';
COMMENT ON COLUMN consilium.visit_type.join_before_minutes IS 'How long before the start it can be joined.';
CREATE FUNCTION consilium.candidate_starts(the_specialist uuid, the_type consilium.visit_type, from_at timestamp with time zone, to_at timestamp with time zone, forbidden tstzmultirange DEFAULT '{}'::tstzmultirange) RETURNS TABLE(starts_at timestamp with time zone, last_at timestamp with time zone, wall_clock timestamp without time zone, zone text)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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
ALTER FUNCTION consilium.candidate_starts(the_specialist uuid, the_type consilium.visit_type, from_at timestamp with time zone, to_at timestamp with time zone, forbidden tstzmultirange) OWNER TO consilium_owner;
CREATE FUNCTION consilium.cases_of(the_person uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    SELECT c.id FROM clinical_case c WHERE c.patient_id = the_person AND c.state NOT IN ('closed', 'withdrawn', 'unable')
    UNION
    SELECT p.case_id FROM case_part p WHERE p.account_id = the_person AND p.until IS NULL
        AND p.part IN ('candidate', 'specialist', 'colleague', 'treating_clinician')
$$;
ALTER FUNCTION consilium.cases_of(the_person uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.check_emergency_reason() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM emergency_access e WHERE e.id = NEW.id AND e.reason = '') THEN
        RAISE EXCEPTION 'no reason' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'emergency_access_reason', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.check_emergency_reason() OWNER TO consilium_owner;
CREATE FUNCTION consilium.check_evidence() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF NEW.licence_number IS NOT NULL AND NOT EXISTS (SELECT FROM licence l
            WHERE l.specialist_id = NEW.specialist_id AND l.jurisdiction = NEW.jurisdiction
                AND l.number = NEW.licence_number AND l.expires_on = NEW.licence_expires_on)
        OR NEW.consent_id IS NOT NULL AND NOT EXISTS (SELECT FROM consent c
            WHERE c.id = NEW.consent_id AND c.case_id = NEW.case_id AND c.kind = 'peer_to_peer'
                AND c.withdrawn_at IS NULL)
        OR NEW.lawful AND NOT (CASE NEW.lane
            WHEN 'licensed' THEN NEW.licence_expires_on >= (clock_timestamp() AT TIME ZONE 'UTC')::date
                AND NEW.licence_number IS NOT NULL
            ELSE NEW.consent_id IS NOT NULL AND (NEW.gate = 'match' OR EXISTS (SELECT FROM case_part p
                WHERE p.case_id = NEW.case_id AND p.account_id = NEW.party_id AND p.part = 'treating_clinician'
                    AND p.reads_case AND p.until IS NULL)) END) THEN
        RAISE EXCEPTION 'no such evidence' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'lane_check_evidence', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.check_evidence() OWNER TO consilium_owner;
CREATE FUNCTION consilium.check_free_spans(the_specialist uuid) RETURNS TABLE(hours text, starts_at timestamp with time zone, ends_at timestamp with time zone, is_stored boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
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
ALTER FUNCTION consilium.check_free_spans(the_specialist uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.check_opinion() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    blinded boolean := (SELECT c.blinded FROM consilium.clinical_case c WHERE c.id = NEW.case_id);
    broken boolean := EXISTS (SELECT FROM consilium.blind_break b
        WHERE b.case_id = NEW.case_id AND b.account_id = NEW.specialist_id);
BEGIN
    IF blinded AND NOT broken AND NOT EXISTS (SELECT FROM consilium.first_read f
        WHERE f.case_id = NEW.case_id AND f.specialist_id = NEW.specialist_id AND f.signed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'no first read' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'opinion_first_read', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.blind IS DISTINCT FROM
        (CASE WHEN NOT blinded THEN 'not_blinded' WHEN broken THEN 'broken' ELSE 'kept' END) THEN
        RAISE EXCEPTION 'blind' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'opinion_blind', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.check_opinion() OWNER TO consilium_owner;
CREATE FUNCTION consilium.check_wording_in_force() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    retired timestamptz;
BEGIN
    SELECT w.retired_at INTO retired FROM consent_wording w WHERE w.name = NEW.wording FOR SHARE;
    IF retired IS NOT NULL THEN
        RAISE EXCEPTION 'retired' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'consent_wording_in_force', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.check_wording_in_force() OWNER TO consilium_owner;
CREATE FUNCTION consilium.claim_address(digests bytea[]) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('address ' || d.digest, 0))
    FROM (SELECT encode(d, 'hex') AS digest FROM unnest(digests) d ORDER BY 1) d;
    RETURN (SELECT a.id FROM account a WHERE a.email_digest = ANY (digests) AND a.state = 'active' LIMIT 1);
END
$$;
ALTER FUNCTION consilium.claim_address(digests bytea[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.claim_proposal(digests bytea[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF session_user <> 'consilium_owner' AND NOT has_role('operator') AND NOT has_role('coordinator') THEN
        RAISE EXCEPTION 'not of the programme' USING
            ERRCODE = 'insufficient_privilege', CONSTRAINT = 'claim_proposal';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('proposal ' || d.digest, 0))
    FROM (SELECT encode(d, 'hex') AS digest FROM unnest(digests) d ORDER BY 1) d;
    UPDATE specialist_proposal p SET state = 'withdrawn'
    WHERE p.email_digest = ANY (digests) AND p.expires_at <= clock_timestamp();
    RETURN NOT EXISTS (SELECT FROM specialist_proposal p WHERE p.email_digest = ANY (digests));
END
$$;
ALTER FUNCTION consilium.claim_proposal(digests bytea[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.close_account(the_account uuid) RETURNS TABLE(notice text, subject_id uuid, person_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    IF the_account IS DISTINCT FROM actor() AND NOT may_end_access() THEN
        RAISE EXCEPTION 'not theirs' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'close_account';
    END IF;
    PERFORM FROM account a WHERE a.id = the_account AND a.state = 'active' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO ending_access DEFAULT VALUES;
    -- Before what depends on the roles: who approves, or accepts, locks the roles first too (lock_role).
    DELETE FROM account_role r WHERE r.account_id = the_account;
    PERFORM end_invitations(the_account);
    RETURN QUERY SELECT * FROM release_person(the_account, '{specialist,treating_clinician,patient}');
    PERFORM lock_cases_of_clinician(the_account);
    UPDATE caregiver_grant g SET state = 'ended', ended_at = clock_timestamp()
    WHERE the_account IN (g.patient_id, g.caregiver_id) AND g.state <> 'ended';
    UPDATE case_part p SET until = clock_timestamp() WHERE p.account_id = the_account AND p.until IS NULL;
    PERFORM end_credentials(the_account);
    UPDATE account a SET state = 'closed', version = a.version + 1 WHERE a.id = the_account;
    DELETE FROM ending_access e WHERE e.xact = pg_current_xact_id();
    RETURN QUERY SELECT 'account_closed', the_account, the_account;
END
$$;
ALTER FUNCTION consilium.close_account(the_account uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.common_openings(specialists uuid[], type_id text, from_at timestamp with time zone, to_at timestamp with time zone, most integer, party_taken tstzmultirange, wanted tstzmultirange, except_hold uuid, except_appointment uuid) RETURNS TABLE(starts_at timestamp with time zone, ends_at timestamp with time zone, last_at timestamp with time zone, step interval, wall_clock timestamp without time zone, zone text)
    LANGUAGE plpgsql
    AS $$
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
            SELECT o.starts_at, o.ends_at, o.starts_at, o.ends_at - o.starts_at, o.wall_clock, o.zone
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
ALTER FUNCTION consilium.common_openings(specialists uuid[], type_id text, from_at timestamp with time zone, to_at timestamp with time zone, most integer, party_taken tstzmultirange, wanted tstzmultirange, except_hold uuid, except_appointment uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.concerns_my_case(the_hold uuid, the_appointment uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM case_part p
        WHERE p.case_id = coalesce((SELECT h.case_id FROM hold h WHERE h.id = the_hold),
                (SELECT a.case_id FROM appointment a WHERE a.id = the_appointment))
            AND p.account_id = actor() AND p.until IS NULL AND p.reads_case);
END
$$;
ALTER FUNCTION consilium.concerns_my_case(the_hold uuid, the_appointment uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.is_panel(colleagues uuid[], specialist uuid, party uuid) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((cardinality(colleagues) <= 4) AND (array_position(colleagues, NULL::uuid) IS NULL) AND (NOT (specialist = ANY (colleagues))) AND (NOT (party = ANY (colleagues))) AND (colleagues = (SELECT array_agg(DISTINCT c.c ORDER BY c.c) AS array_agg FROM unnest(is_panel.colleagues) c(c))));
ALTER FUNCTION consilium.is_panel(colleagues uuid[], specialist uuid, party uuid) OWNER TO consilium_owner;
CREATE TABLE consilium.appointment (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    specialist_id uuid NOT NULL,
    colleagues uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    party_id uuid NOT NULL,
    lane consilium.word NOT NULL,
    visit_type consilium.word NOT NULL,
    visit_version integer NOT NULL,
    state consilium.word NOT NULL,
    consequence consilium.word,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    sequence integer DEFAULT 0 NOT NULL,
    stamped_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    booked_by uuid NOT NULL,
    booked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_by uuid,
    ended_at timestamp with time zone,
    CONSTRAINT appointment_colleagues_are_panel CHECK (((colleagues = '{}'::uuid[]) OR consilium.is_panel(colleagues, specialist_id, party_id))),
    CONSTRAINT appointment_ends_after_start CHECK ((starts_at < ends_at)),
    CONSTRAINT appointment_lane_known CHECK (((lane)::text = ANY (ARRAY['licensed'::text, 'peer_to_peer'::text]))),
    CONSTRAINT appointment_over_has_time CHECK ((((state)::text = ANY (ARRAY['completed'::text, 'cancelled'::text, 'no_show'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT appointment_state_known CHECK (((state)::text = ANY (ARRAY['booked'::text, 'checked_in'::text, 'completed'::text, 'cancelled'::text, 'no_show'::text])))
);
ALTER TABLE ONLY consilium.appointment FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.appointment OWNER TO consilium_owner;
COMMENT ON TABLE consilium.appointment IS 'A booked consult. A reschedule keeps its id.';
COMMENT ON COLUMN consilium.appointment.colleagues IS 'The further specialists of a panel.';
COMMENT ON COLUMN consilium.appointment.party_id IS 'The patient, or in the peer-to-peer lane the treating clinician.';
COMMENT ON COLUMN consilium.appointment.consequence IS 'What its end brought, by the policy that it was booked under.';
COMMENT ON COLUMN consilium.appointment.sequence IS 'RFC 5545 SEQUENCE: rises with every move, so that reminders and calendars follow.';
COMMENT ON COLUMN consilium.appointment.stamped_at IS 'RFC 5545 DTSTAMP: when the sequence last rose.';
COMMENT ON COLUMN consilium.appointment.version IS 'The number of the ETag: rises with every change.';
CREATE FUNCTION consilium.consult_people(consult consilium.appointment) RETURNS uuid[]
    LANGUAGE sql STABLE
    AS $$
    SELECT ARRAY[consult.party_id, consult.specialist_id] || consult.colleagues || ARRAY(
        SELECT p.account_id FROM consilium.case_part p JOIN consilium.clinical_case c ON c.id = p.case_id
        WHERE p.case_id = consult.case_id AND p.part = 'caregiver' AND p.until IS NULL
            AND c.patient_id = consult.party_id
        ORDER BY p.account_id)
$$;
ALTER FUNCTION consilium.consult_people(consult consilium.appointment) OWNER TO consilium_owner;
CREATE FUNCTION consilium.create_offered_hold(the_case uuid, the_specialist uuid, the_colleagues uuid[], the_party uuid, type_id text, start timestamp with time zone, lasts interval, the_appointment uuid, the_place uuid) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    made uuid;
BEGIN
    -- Holds that ran out make nobody busy.
    PERFORM lapse_holds(the_specialist || the_colleagues);
    INSERT INTO hold (id, case_id, specialist_id, colleagues, party_id, visit_type, visit_version, kind, state,
        starts_at, ends_at, token_digest, made_by, created_at, expires_at, appointment_id, waitlist_id)
    SELECT gen_random_uuid(), the_case, the_specialist, the_colleagues, the_party, v.id, v.version, 'offered', 'active',
        start, start + make_interval(mins => v.duration_minutes),
        sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), coalesce(actor(), the_party), now.at,
        least(now.at + lasts, start), the_appointment, the_place
    FROM visit_type v, (SELECT clock_timestamp() AS at) now WHERE v.id = type_id AND v.current
    RETURNING id INTO made;
    RETURN made;
END
$$;
ALTER FUNCTION consilium.create_offered_hold(the_case uuid, the_specialist uuid, the_colleagues uuid[], the_party uuid, type_id text, start timestamp with time zone, lasts interval, the_appointment uuid, the_place uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.delete_expired_identity(batch integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    stale uuid[];
    gone integer;
    total integer := 0;
BEGIN
    SELECT coalesce(array_agg(a.id), '{}') INTO stale FROM (
        SELECT id FROM account WHERE state = 'unconfirmed' AND created_at < clock_timestamp() - interval '7 days'
        ORDER BY id LIMIT batch FOR UPDATE SKIP LOCKED) a;
    DELETE FROM mail_token WHERE account_id = ANY (stale);
    DELETE FROM account_role WHERE account_id = ANY (stale);
    DELETE FROM calendar WHERE person_id = ANY (stale);
    DELETE FROM account_particular WHERE account_id = ANY (stale);
    DELETE FROM person_key WHERE account_id = ANY (stale);
    DELETE FROM account WHERE id = ANY (stale);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM session WHERE id IN (
        SELECT s.id FROM session s
        WHERE least(s.expires_at, coalesce(s.ended_at, s.expires_at)) < clock_timestamp() - interval '30 days'
        LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM mail_token WHERE digest IN (
        SELECT t.digest FROM mail_token t WHERE t.expires_at < clock_timestamp() - interval '30 days'
        LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    -- now() is stable, so that the index scan stops at what is old.
    DELETE FROM sign_in WHERE id IN (
        SELECT s.id FROM sign_in s WHERE s.at < now() - interval '30 days'
        ORDER BY s.at LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM request_source WHERE id IN (
        SELECT r.id FROM request_source r WHERE r.used_at IS NULL AND r.refused_at < now() - interval '90 days'
        ORDER BY r.refused_at LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM known_device WHERE id IN (
        SELECT d.id FROM known_device d WHERE d.expires_at < clock_timestamp() LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM sign_in_throttle WHERE subject IN (
        SELECT t.subject FROM sign_in_throttle t WHERE t.last_failure_at < clock_timestamp() - interval '30 days'
        LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    UPDATE specialist_proposal SET state = 'withdrawn' WHERE id IN (
        SELECT p.id FROM specialist_proposal p
        WHERE p.state IN ('proposed', 'approved') AND p.expires_at <= now()
        ORDER BY p.expires_at LIMIT batch FOR NO KEY UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM specialist_proposal WHERE id IN (
        SELECT p.id FROM specialist_proposal p WHERE p.ended_at < now() - interval '30 days'
        ORDER BY p.ended_at LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    UPDATE factor_recovery SET state = 'withdrawn', email = NULL, decided_at = clock_timestamp() WHERE id IN (
        SELECT r.id FROM factor_recovery r WHERE r.state = 'proposed' AND r.expires_at <= now()
        ORDER BY r.expires_at LIMIT batch FOR NO KEY UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM factor_recovery WHERE id IN (
        SELECT r.id FROM factor_recovery r WHERE r.decided_at < now() - interval '30 days'
        ORDER BY r.decided_at LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN total + gone;
END
$$;
ALTER FUNCTION consilium.delete_expired_identity(batch integer) OWNER TO consilium_owner;
CREATE FUNCTION consilium.derive_from_file() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    SELECT f.case_id, f.reveals_prior INTO NEW.case_id, NEW.reveals_prior FROM record_file f
    WHERE f.id = NEW.file_id FOR SHARE;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.derive_from_file() OWNER TO consilium_owner;
CREATE FUNCTION consilium.derive_from_record() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT r.case_id, r.reveals_prior INTO NEW.case_id, NEW.reveals_prior FROM record r
        WHERE r.id = NEW.record_id FOR SHARE;
    ELSIF OLD.state = 'complete' AND ((NEW.metadata, NEW.received_bytes, NEW.chunks, NEW.completed_at)
            IS DISTINCT FROM (OLD.metadata, OLD.received_bytes, OLD.chunks, OLD.completed_at)
        -- Marked once, for good.
        OR OLD.entered_in_error_at <> coalesce(NEW.entered_in_error_at, '-infinity')) THEN
        RAISE EXCEPTION 'complete' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'record_file_complete', TABLE = TG_TABLE_NAME;
    ELSIF OLD.entered_in_error_at IS NULL AND NEW.entered_in_error_at IS NOT NULL THEN
        -- Nobody chooses the instant.
        NEW.entered_in_error_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.derive_from_record() OWNER TO consilium_owner;
CREATE FUNCTION consilium.device_attempt(token bytea, addresses bytea[], most integer) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    device uuid;
BEGIN
    UPDATE known_device d SET attempts = d.attempts + 1 FROM account a
    WHERE d.token_digest = token AND d.attempts < most AND d.expires_at > clock_timestamp()
        AND a.id = d.account_id AND a.email_digest = ANY (addresses) AND a.state = 'active'
    RETURNING d.id INTO device;
    RETURN device;
END
$$;
ALTER FUNCTION consilium.device_attempt(token bytea, addresses bytea[], most integer) OWNER TO consilium_owner;
CREATE FUNCTION consilium.emergency_cases() RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN QUERY SELECT e.case_id FROM emergency_access e
    WHERE e.account_id = me AND e.until > clock_timestamp() AND may_open_in_emergency(me);
END
$$;
ALTER FUNCTION consilium.emergency_cases() OWNER TO consilium_owner;
CREATE FUNCTION consilium.emergency_people() RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN QUERY
        SELECT p.account_id FROM emergency_access e JOIN case_part p USING (case_id)
        WHERE e.account_id = me AND e.until > clock_timestamp() AND may_open_in_emergency(me)
            AND p.until IS NULL AND p.part <> 'candidate'
        UNION
        SELECT e.account_id FROM case_part p JOIN emergency_access e USING (case_id)
        WHERE p.account_id = me AND p.until IS NULL AND p.part IN ('patient', 'caregiver', 'coordinator');
END
$$;
ALTER FUNCTION consilium.emergency_people() OWNER TO consilium_owner;
CREATE FUNCTION consilium.empty_room() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM consult_room r WHERE r.appointment_id = NEW.id;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.empty_room() OWNER TO consilium_owner;
CREATE FUNCTION consilium.enable_row_security(target regclass) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY owner_all ON %s TO consilium_owner USING (true) WITH CHECK (true)', target);
    EXECUTE format('CREATE POLICY backup_select ON %s FOR SELECT TO consilium_backup USING (true)', target);
END
$$;
ALTER FUNCTION consilium.enable_row_security(target regclass) OWNER TO consilium_owner;
CREATE FUNCTION consilium.end_access(the_account uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM consilium.end_sessions(the_account, NULL);
    PERFORM consilium.end_invitations(the_account);
    DELETE FROM consilium.known_device WHERE account_id = the_account;
    DELETE FROM consilium.calendar_feed WHERE account_id = the_account;
    UPDATE consilium.mail_token SET used_at = clock_timestamp() WHERE account_id = the_account AND used_at IS NULL;
END
$$;
ALTER FUNCTION consilium.end_access(the_account uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.end_caregiver(the_grant uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    UPDATE caregiver_grant SET state = 'ended', ended_at = clock_timestamp()
    WHERE id = the_grant AND state <> 'ended' AND actor() IN (patient_id, caregiver_id);
    RETURN FOUND;
END
$$;
ALTER FUNCTION consilium.end_caregiver(the_grant uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.end_credentials(the_account uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM end_access(the_account);
    DELETE FROM recovery_code c WHERE c.account_id = the_account;
    DELETE FROM second_factor f WHERE f.account_id = the_account;
    DELETE FROM password p WHERE p.account_id = the_account;
    DELETE FROM idempotency_key k WHERE k.account_id = the_account;
    UPDATE factor_recovery r SET state = 'withdrawn', email = NULL, decided_at = clock_timestamp()
    WHERE r.account_id = the_account AND r.state = 'proposed';
END
$$;
ALTER FUNCTION consilium.end_credentials(the_account uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.end_holds(the_specialist uuid, cleared tstzrange) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    due uuid[];
BEGIN
    IF the_specialist IS DISTINCT FROM actor() AND NOT has_role('coordinator') AND NOT is_ending_access() THEN
        RAISE EXCEPTION 'not theirs' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'end_holds';
    END IF;
    SELECT array_agg(h.id) INTO due FROM hold h
    WHERE h.id IN (SELECT b.hold_id FROM busy b WHERE b.person_id = the_specialist AND b.during && cleared)
        AND h.state = 'active' AND the_specialist = ANY (h.specialist_id || h.colleagues)
        AND tstzrange(h.starts_at, h.ends_at) && cleared;
    PERFORM FROM hold h WHERE h.id = ANY (due) ORDER BY h.id FOR NO KEY UPDATE;
    UPDATE hold h SET state = 'lapsed' WHERE h.id = ANY (due) AND h.state = 'active';
    RETURN coalesce(cardinality(due), 0);
END
$$;
ALTER FUNCTION consilium.end_holds(the_specialist uuid, cleared tstzrange) OWNER TO consilium_owner;
CREATE FUNCTION consilium.end_invitations(the_account uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF the_account IS DISTINCT FROM actor() AND NOT may_end_access() THEN
        RAISE EXCEPTION 'not theirs' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'end_invitations';
    END IF;
    UPDATE caregiver_grant g SET state = 'ended', ended_at = clock_timestamp()
    WHERE g.patient_id = the_account AND g.state = 'invited';
    UPDATE invitation i SET state = 'withdrawn' WHERE i.invited_by = the_account AND i.state = 'sent';
    UPDATE specialist_proposal p SET state = 'withdrawn'
    WHERE p.state IN ('proposed', 'approved') AND the_account IN (p.proposed_by, p.approved_by);
    UPDATE factor_recovery r SET state = 'withdrawn', email = NULL, decided_at = clock_timestamp()
    WHERE r.state = 'proposed' AND r.proposed_by = the_account;
    -- The code that two operators had mailed, as long as nobody has used it.
    DELETE FROM recovery_code c USING factor_recovery r
    WHERE r.state = 'approved' AND the_account IN (r.proposed_by, r.decided_by)
        AND r.decided_at > clock_timestamp() - interval '24 hours' AND c.account_id = r.account_id
        AND c.expires_at IS NOT NULL AND c.used_at IS NULL;
END
$$;
ALTER FUNCTION consilium.end_invitations(the_account uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.end_presence() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    UPDATE consult_presence p SET until = clock_timestamp()
    WHERE p.appointment_id = NEW.id AND p.until > clock_timestamp();
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.end_presence() OWNER TO consilium_owner;
CREATE FUNCTION consilium.end_sessions(the_account uuid, but_one uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM FROM consilium.account a WHERE a.id = the_account FOR NO KEY UPDATE;
    UPDATE consilium.session s SET ended_at = clock_timestamp()
    WHERE s.account_id = the_account AND s.ended_at IS NULL AND s.id IS DISTINCT FROM but_one;
END
$$;
ALTER FUNCTION consilium.end_sessions(the_account uuid, but_one uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.ended_access(sessions uuid[], readers uuid[], cases uuid[]) RETURNS TABLE(session_id uuid, case_id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY SELECT o.id, NULL::uuid FROM unnest(sessions) o (id)
    WHERE NOT EXISTS (SELECT FROM session s WHERE s.id = o.id AND session_lives(s));
    RETURN QUERY SELECT o.reader, o.the_case FROM unnest(readers, cases) o (reader, the_case)
    WHERE NOT EXISTS (SELECT FROM session s WHERE s.id = o.reader AND (reads_now(s.account_id, o.the_case)
        OR EXISTS (SELECT FROM case_part p WHERE p.case_id = o.the_case AND p.account_id = s.account_id
            AND p.part = 'treating_clinician' AND p.until IS NULL)));
END
$$;
ALTER FUNCTION consilium.ended_access(sessions uuid[], readers uuid[], cases uuid[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.enforce_case_fixed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.patient_id <> OLD.patient_id OR OLD.state <> 'draft' AND (
        (NEW.blinded, NEW.language) IS DISTINCT FROM (OLD.blinded, OLD.language)
        OR (NEW.lane, NEW.jurisdiction) IS DISTINCT FROM (OLD.lane, OLD.jurisdiction)
            AND (OLD.state NOT IN ('submitted', 'collecting', 'ready')
                OR session_user <> 'consilium_owner' AND NOT consilium.has_part(OLD.id, 'patient', 'caregiver'))
        OR OLD.reason <> '' AND NEW.reason <> OLD.reason) THEN
        RAISE EXCEPTION 'fixed' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'clinical_case_fixed', TABLE = TG_TABLE_NAME;
    END IF;
    IF session_user <> 'consilium_owner' AND NEW.specialist_id IS DISTINCT FROM OLD.specialist_id
        AND (CASE WHEN NEW.specialist_id IS NULL THEN NEW.state <> 'ready'
            ELSE (OLD.state, NEW.state) <> ('offered', 'accepted') OR NOT EXISTS (SELECT FROM consilium.offer o
                WHERE o.case_id = NEW.id AND o.specialist_id = NEW.specialist_id AND o.state = 'accepted') END) THEN
        RAISE EXCEPTION 'no offer' USING
            ERRCODE = 'insufficient_privilege', CONSTRAINT = 'clinical_case_specialist', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.enforce_case_fixed() OWNER TO consilium_owner;
CREATE FUNCTION consilium.enforce_gapless() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF (CASE TG_WHEN WHEN 'BEFORE' THEN NEW.last_seq <> OLD.last_seq + 1 ELSE NOT EXISTS (
        SELECT FROM message m WHERE m.thread_id = NEW.id AND m.seq = NEW.last_seq) END) THEN
        RAISE EXCEPTION 'gap' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'thread_gapless', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.enforce_gapless() OWNER TO consilium_owner;
CREATE FUNCTION consilium.enforce_mover() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    movers text[];
BEGIN
    IF NEW.state IS NOT DISTINCT FROM OLD.state THEN
        RETURN NEW;
    END IF;
    SELECT t.parts INTO movers FROM consilium.transition t
    WHERE t.machine = TG_ARGV[0] AND t.source = OLD.state AND t.target = NEW.state;
    IF movers IS NOT NULL AND (CASE session_user
        WHEN 'consilium_owner' THEN true
        WHEN 'consilium_worker' THEN 'worker' = ANY (movers)
        ELSE consilium.has_part((to_jsonb(NEW) ->> TG_ARGV[1])::uuid, VARIADIC movers)
            OR consilium.is_ending_access() END) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'not the actor''s move' USING
            ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_ARGV[0] || '_mover', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.enforce_mover() OWNER TO consilium_owner;
CREATE FUNCTION consilium.enforce_part_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF NOT (CASE WHEN NEW.part = 'specialist' THEN OLD.part = 'candidate' AND EXISTS (SELECT FROM offer o
            WHERE o.case_id = NEW.case_id AND o.specialist_id = NEW.account_id AND o.state = 'accepted')
        ELSE NEW.part IN ('candidate', 'colleague') AND OLD.part IN ('candidate', 'specialist', 'colleague')
            AND OLD.until IS NOT NULL END) THEN
        RAISE EXCEPTION 'no offer' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'case_part_change', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.enforce_part_change() OWNER TO consilium_owner;
CREATE FUNCTION consilium.enforce_quota() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $_$
DECLARE
    subject uuid := (to_jsonb(NEW) ->> TG_ARGV[1])::uuid;
    added numeric := CASE TG_ARGV[3] WHEN '' THEN 1 ELSE (to_jsonb(NEW) ->> TG_ARGV[3])::numeric END;
    taken numeric;
BEGIN
    IF session_user = 'consilium_owner' THEN
        RETURN NEW;
    END IF;
    PERFORM lock_quota(TG_ARGV[0] || ':' || subject);
    EXECUTE format('SELECT coalesce(%s, 0) FROM consilium.%I t WHERE t.%I = $1 AND (%s)',
        CASE TG_ARGV[3] WHEN '' THEN 'count(*)' ELSE format('sum(t.%I)', TG_ARGV[3]) END,
        TG_TABLE_NAME, TG_ARGV[1], TG_ARGV[4]) INTO taken USING subject;
    IF taken + added > TG_ARGV[2]::numeric THEN
        RAISE EXCEPTION 'quota' USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0], TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$_$;
ALTER FUNCTION consilium.enforce_quota() OWNER TO consilium_owner;
CREATE FUNCTION consilium.enforce_signed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.signed_at IS NOT NULL AND (TG_OP = 'DELETE'
        OR to_jsonb(NEW) - 'delivered_at' <> to_jsonb(OLD) - 'delivered_at'
        OR to_jsonb(OLD) ->> 'delivered_at' <> coalesce(to_jsonb(NEW) ->> 'delivered_at', '')) THEN
        RAISE EXCEPTION 'signed' USING
            ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_signed', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
ALTER FUNCTION consilium.enforce_signed() OWNER TO consilium_owner;
CREATE FUNCTION consilium.enforce_transition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM OLD.state AND NOT EXISTS (SELECT FROM consilium.transition t
        WHERE t.machine = TG_ARGV[0] AND t.source = OLD.state AND t.target = NEW.state) THEN
        RAISE EXCEPTION 'illegal transition' USING
            ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0] || '_transition', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.enforce_transition() OWNER TO consilium_owner;
CREATE FUNCTION consilium.has_part(the_case uuid, VARIADIC parts text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN EXISTS (SELECT FROM case_part p
        WHERE p.case_id = the_case AND p.account_id = me AND p.until IS NULL AND p.part = ANY (parts));
END
$$;
ALTER FUNCTION consilium.has_part(the_case uuid, VARIADIC parts text[]) OWNER TO consilium_owner;
CREATE TABLE consilium.consult_presence (
    session_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    until timestamp with time zone NOT NULL
);
ALTER TABLE ONLY consilium.consult_presence FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.consult_presence OWNER TO consilium_owner;
COMMENT ON TABLE consilium.consult_presence IS 'Who came into an open room, and with which session. That is activity without a request: until the time of the consult is over, or it ends or moves before (session_lives). That somebody leaves the room is not seen.';
CREATE TABLE consilium.consult_room (
    appointment_id uuid NOT NULL,
    case_id uuid NOT NULL,
    state consilium.word NOT NULL,
    waiting_since timestamp with time zone,
    opened_at timestamp with time zone,
    party_came_at timestamp with time zone,
    CONSTRAINT consult_room_open_has_time CHECK ((((state)::text = 'open'::text) = (opened_at IS NOT NULL))),
    CONSTRAINT consult_room_state_known CHECK (((state)::text = ANY (ARRAY['waiting'::text, 'open'::text]))),
    CONSTRAINT consult_room_waiting_has_time CHECK ((((state)::text = 'open'::text) OR (waiting_since IS NOT NULL))),
    CONSTRAINT consult_room_waiting_party_came CHECK (((waiting_since IS NULL) OR (party_came_at IS NOT NULL)))
);
ALTER TABLE ONLY consilium.consult_room FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.consult_room OWNER TO consilium_owner;
COMMENT ON TABLE consilium.consult_room IS 'The room of a consult, from the first who joins: the party''s side waits in it until a specialist opens it.';
COMMENT ON COLUMN consilium.consult_room.party_came_at IS 'When the party''s side first joined, the waiting room or the open one.';
CREATE TABLE consilium.session (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    token_digest bytea NOT NULL,
    second_factor boolean NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    idle_limit interval NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    proved_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    proof_attempts integer DEFAULT 0 NOT NULL,
    CONSTRAINT session_proof_attempts_not_negative CHECK ((proof_attempts >= 0))
);
ALTER TABLE ONLY consilium.session FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.session OWNER TO consilium_owner;
COMMENT ON TABLE consilium.session IS 'Sessions by the digest of their token.';
COMMENT ON COLUMN consilium.session.token_digest IS 'SHA-256 of the token, which is random.';
COMMENT ON COLUMN consilium.session.second_factor IS 'Whether a second factor was shown at sign-in.';
COMMENT ON COLUMN consilium.session.seen_at IS 'The last activity of the person, to the minute.';
COMMENT ON COLUMN consilium.session.idle_limit IS 'Counted from seen_at.';
COMMENT ON COLUMN consilium.session.expires_at IS 'The absolute limit.';
COMMENT ON COLUMN consilium.session.proved_at IS 'When the password or a code was last shown in this session, the sign-in included.';
COMMENT ON COLUMN consilium.session.proof_attempts IS 'Proofs that were tried since proved_at. Whoever finds a session that was left open must not guess for long.';
CREATE FUNCTION consilium.enter_consult(the_appointment uuid, the_session uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    BEGIN ATOMIC
 INSERT INTO consilium.consult_presence (session_id, appointment_id, until)  SELECT s.id,
             a.id,
             a.ends_at
            FROM consilium.session s,
             (consilium.appointment a
              JOIN consilium.consult_room r ON (((r.appointment_id = a.id) AND ((r.state)::text = 'open'::text))))
           WHERE ((s.id = enter_consult.the_session) AND (s.account_id = consilium.actor()) AND (a.id = enter_consult.the_appointment) AND ((a.state)::text = ANY (ARRAY['booked'::text, 'checked_in'::text])) AND (a.ends_at > clock_timestamp()) AND consilium.has_part(a.case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'treating_clinician'::text, 'specialist'::text, 'colleague'::text])) ON CONFLICT(session_id, appointment_id) DO UPDATE SET until = excluded.until;
END;
ALTER FUNCTION consilium.enter_consult(the_appointment uuid, the_session uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.erase_person(the_account uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF the_account IS DISTINCT FROM actor() AND NOT may_end_access() THEN
        RAISE EXCEPTION 'not theirs' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'erase_person';
    END IF;
    IF NOT EXISTS (SELECT FROM account a WHERE a.id = the_account AND a.state = 'closed') THEN
        RETURN false;
    END IF;
    UPDATE person_key k SET wrapped = NULL, destroyed_at = clock_timestamp()
    WHERE k.account_id = the_account AND k.wrapped IS NOT NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- The address as others wrote it, sealed by their keys.
    UPDATE caregiver_grant g SET email = '' WHERE g.caregiver_id = the_account;
    UPDATE invitation i SET email = '' WHERE i.accepted_by = the_account;
    DELETE FROM specialist_proposal p WHERE p.joined_by = the_account;
    DELETE FROM mail_token t WHERE t.account_id = the_account;
    DELETE FROM notification_preference p WHERE p.account_id = the_account;
    DELETE FROM account_particular p WHERE p.account_id = the_account;
    UPDATE account a SET email = '', version = a.version + 1, email_key = NULL,
        email_digest = sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    WHERE a.id = the_account;
    RETURN true;
END
$$;
ALTER FUNCTION consilium.erase_person(the_account uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.extend_busy() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    UPDATE busy b SET lapses_at = NEW.expires_at WHERE b.hold_id = NEW.id;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.extend_busy() OWNER TO consilium_owner;
CREATE FUNCTION consilium.feed_owner(token bytea) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
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
ALTER FUNCTION consilium.feed_owner(token bytea) OWNER TO consilium_owner;
CREATE FUNCTION consilium.find_account(digests bytea[]) RETURNS TABLE(account_id uuid, roles text[], second_factor boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF NOT may_end_access() THEN
        RAISE EXCEPTION 'not an operator' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'find_account';
    END IF;
    RETURN QUERY
        SELECT a.id, ARRAY(SELECT r.role::text FROM account_role r WHERE r.account_id = a.id ORDER BY r.role),
            EXISTS (SELECT FROM second_factor f WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL)
        FROM account a WHERE a.email_digest = ANY (digests) AND a.state = 'active';
END
$$;
ALTER FUNCTION consilium.find_account(digests bytea[]) OWNER TO consilium_owner;
CREATE TABLE consilium.waitlist (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    specialist_id uuid NOT NULL,
    party_id uuid NOT NULL,
    visit_type consilium.word NOT NULL,
    appointment_id uuid,
    during tstzrange NOT NULL,
    weekdays integer[] DEFAULT '{1,2,3,4,5,6,7}'::integer[] NOT NULL,
    hours_from time without time zone DEFAULT '00:00:00'::time without time zone NOT NULL,
    hours_to time without time zone DEFAULT '24:00:00'::time without time zone NOT NULL,
    paused_until timestamp with time zone,
    notified_at timestamp with time zone,
    notified_start timestamp with time zone,
    state consilium.word NOT NULL,
    joined_by uuid NOT NULL,
    joined_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT waitlist_during_not_empty CHECK ((NOT isempty(during))),
    CONSTRAINT waitlist_ended_has_time CHECK ((((state)::text = 'waiting'::text) = (ended_at IS NULL))),
    CONSTRAINT waitlist_hours_in_order CHECK ((hours_from < hours_to)),
    CONSTRAINT waitlist_state_known CHECK (((state)::text = ANY (ARRAY['waiting'::text, 'served'::text, 'left'::text, 'ended'::text]))),
    CONSTRAINT waitlist_weekdays_known CHECK (((cardinality(weekdays) > 0) AND (weekdays <@ '{1,2,3,4,5,6,7}'::integer[])))
);
ALTER TABLE ONLY consilium.waitlist FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.waitlist OWNER TO consilium_owner;
COMMENT ON TABLE consilium.waitlist IS 'Who waits for an opening of a case''s specialist: for any, or for one before a consult that is booked.';
COMMENT ON COLUMN consilium.waitlist.appointment_id IS 'The consult that they want earlier; NULL for any opening.';
COMMENT ON COLUMN consilium.waitlist.during IS 'When a start suits them.';
COMMENT ON COLUMN consilium.waitlist.weekdays IS 'Only starts on these weekdays (ISO 8601: Monday is 1) suit, by the party''s own clock.';
COMMENT ON COLUMN consilium.waitlist.hours_from IS 'With hours_to: only starts between these hours suit, by the party''s own clock.';
COMMENT ON COLUMN consilium.waitlist.paused_until IS 'Until when they are offered nothing, after an offer that they declined or let lapse.';
COMMENT ON COLUMN consilium.waitlist.notified_at IS 'When they were last told that a start suits which everybody can book.';
COMMENT ON COLUMN consilium.waitlist.notified_start IS 'That start; NULL: nothing suited at a later look.';
COMMENT ON COLUMN consilium.waitlist.state IS 'ended: by the case, or by time.';
COMMENT ON COLUMN consilium.waitlist.joined_at IS 'Decides their place.';
CREATE FUNCTION consilium.first_matching_start(entry consilium.waitlist, low timestamp with time zone, high timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    from_at timestamptz := greatest(low, lower(entry.during), clock_timestamp());
    to_at timestamptz := least(high, upper(entry.during), clock_timestamp() + interval '365 days',
        (SELECT a.starts_at FROM appointment a WHERE a.id = entry.appointment_id));
    wanted tstzmultirange;
BEGIN
    IF from_at >= to_at THEN
        RETURN NULL;
    END IF;
    IF cardinality(entry.weekdays) < 7 OR entry.hours_from > '00:00' OR entry.hours_to < '24:00' THEN
        wanted := (SELECT wall_clock_hours(a.time_zone, entry.weekdays, entry.hours_from, entry.hours_to, from_at, to_at)
            FROM account a WHERE a.id = entry.party_id);
    END IF;
    RETURN (
        SELECT o.starts_at
        FROM soonest(ARRAY[entry.specialist_id], entry.visit_type, from_at, to_at, 1, (
            SELECT coalesce(range_agg(t.during), '{}') FROM (
                SELECT tstzrange(h.starts_at, h.ends_at) AS during FROM hold h
                WHERE h.case_id = entry.case_id AND h.waitlist_id IS NOT NULL
                UNION ALL
                SELECT b.during FROM busy b
                WHERE b.person_id = entry.party_id AND b.lapses_at > clock_timestamp()
                    AND b.during && tstzrange(from_at, to_at + interval '10 hours')
                    AND (entry.appointment_id IS NULL OR b.appointment_id IS DISTINCT FROM entry.appointment_id)) t),
            wanted) o);
END
$$;
ALTER FUNCTION consilium.first_matching_start(entry consilium.waitlist, low timestamp with time zone, high timestamp with time zone) OWNER TO consilium_owner;
CREATE FUNCTION consilium.first_matching_start_near(entry consilium.waitlist, given tstzrange) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    policy visit_type;
    before interval;
    after interval;
BEGIN
    SELECT * INTO policy FROM visit_type v WHERE v.id = entry.visit_type AND v.current;
    before := make_interval(mins => policy.buffer_before_minutes);
    after := make_interval(mins => policy.duration_minutes + policy.buffer_after_minutes);
    RETURN coalesce(
        first_matching_start(entry, lower(given) + before, upper(given) - after + interval '1 microsecond'),
        first_matching_start(entry, lower(given) - after + interval '1 microsecond', upper(given) + before));
END
$$;
ALTER FUNCTION consilium.first_matching_start_near(entry consilium.waitlist, given tstzrange) OWNER TO consilium_owner;
CREATE FUNCTION consilium.forget_proposal() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.email := NULL;
    NEW.email_digest := NULL;
    NEW.email_key := NULL;
    NEW.token_digest := NULL;
    NEW.ended_at := clock_timestamp();
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.forget_proposal() OWNER TO consilium_owner;
CREATE FUNCTION consilium.free_days() RETURNS integer
    LANGUAGE sql STABLE
    AS $$
    SELECT max(v.horizon_days) + 1 FROM consilium.visit_type v WHERE v.current
$$;
ALTER FUNCTION consilium.free_days() OWNER TO consilium_owner;
CREATE FUNCTION consilium.free_spans(the_specialist uuid, from_date date, to_date date) RETURNS TABLE(hours text, starts_at timestamp with time zone, ends_at timestamp with time zone, zone text, named text[])
    LANGUAGE sql STABLE
    AS $$
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
ALTER FUNCTION consilium.free_spans(the_specialist uuid, from_date date, to_date date) OWNER TO consilium_owner;
CREATE FUNCTION consilium.full_days(the_specialist uuid, the_type consilium.visit_type, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid) RETURNS tstzmultirange
    LANGUAGE sql STABLE
    AS $$
    WITH clock AS MATERIALIZED (
        SELECT s.time_zone::text AS zone FROM consilium.specialist s WHERE s.id = the_specialist
    ), consult AS MATERIALIZED (
        SELECT coalesce(a.starts_at, h.starts_at) AT TIME ZONE clock.zone AS starts
        FROM clock, consilium.busy b
            LEFT JOIN consilium.appointment a ON a.id = b.appointment_id
            LEFT JOIN consilium.hold h ON h.id = b.hold_id
        WHERE b.person_id = the_specialist AND b.lapses_at > clock_timestamp()
            AND b.during && tstzrange(from_at - interval '8 days', to_at + interval '8 days')
            AND coalesce(a.visit_type, h.visit_type) = the_type.id
            AND (except_hold IS NULL OR b.hold_id IS DISTINCT FROM except_hold)
            AND (except_appointment IS NULL OR b.appointment_id IS DISTINCT FROM except_appointment)
    )
    SELECT coalesce(range_agg(tstzrange(consilium.instant_of(full_span.first_day, clock.zone),
        consilium.instant_of(full_span.first_day + full_span.days, clock.zone))), '{}')
    FROM clock, (
        SELECT starts::date AS first_day, 1 AS days FROM consult
        GROUP BY 1 HAVING count(*) >= the_type.most_per_day
        UNION ALL
        SELECT date_trunc('week', starts)::date, 7 FROM consult
        GROUP BY 1 HAVING count(*) >= the_type.most_per_week
    ) full_span
$$;
ALTER FUNCTION consilium.full_days(the_specialist uuid, the_type consilium.visit_type, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.has_role(the_role text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM account_role r WHERE r.account_id = actor() AND r.role = the_role);
END
$$;
ALTER FUNCTION consilium.has_role(the_role text) OWNER TO consilium_owner;
CREATE FUNCTION consilium.has_synchronous_standby() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    RETURN (EXISTS (SELECT FROM pg_stat_replication r WHERE (r.sync_state = ANY (ARRAY['sync'::text, 'quorum'::text]))));
ALTER FUNCTION consilium.has_synchronous_standby() OWNER TO consilium_owner;
CREATE FUNCTION consilium.hours_of(the_specialist uuid, type_id text, from_date date, to_date date) RETURNS TABLE(on_date date, starts integer, ends integer)
    LANGUAGE sql STABLE
    AS $$
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
ALTER FUNCTION consilium.hours_of(the_specialist uuid, type_id text, from_date date, to_date date) OWNER TO consilium_owner;
CREATE FUNCTION consilium.instant_of(wall_clock timestamp without time zone, zone text) RETURNS timestamp with time zone
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    read timestamptz := wall_clock AT TIME ZONE zone;
    again timestamptz := (wall_clock - ((read - interval '1 day') AT TIME ZONE zone
        - (read - interval '1 day') AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC';
BEGIN
    RETURN CASE WHEN again AT TIME ZONE zone = wall_clock THEN least(again, read) ELSE read END;
END
$$;
ALTER FUNCTION consilium.instant_of(wall_clock timestamp without time zone, zone text) OWNER TO consilium_owner;
CREATE FUNCTION consilium.is_ending_access() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM ending_access e WHERE e.xact = pg_current_xact_id_if_assigned());
END
$$;
ALTER FUNCTION consilium.is_ending_access() OWNER TO consilium_owner;
CREATE FUNCTION consilium.job_backlog() RETURNS TABLE(due bigint, running bigint, retrying bigint, refused bigint, buried bigint, set_aside bigint, oldest_seconds double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    SELECT count(*) FILTER (WHERE j.state = 'ready' AND j.not_before IS NULL AND j.run_at <= now()),
        count(*) FILTER (WHERE j.state = 'running'),
        count(*) FILTER (WHERE j.state = 'ready' AND j.not_before IS NULL AND j.last_error IS NOT NULL),
        count(*) FILTER (WHERE j.last_error LIKE 'smtp_refuses_us:%'),
        count(*) FILTER (WHERE j.state = 'buried'),
        count(*) FILTER (WHERE j.state = 'ready' AND j.not_before IS NOT NULL),
        coalesce(extract(epoch FROM now() - min(j.run_at) FILTER (
            WHERE j.state = 'ready' AND j.not_before IS NULL AND j.run_at <= now())), 0)::double precision
    FROM (
        SELECT * FROM job WHERE state = 'ready' UNION ALL SELECT * FROM job WHERE state = 'running'
        UNION ALL SELECT * FROM job WHERE state = 'buried') j
$$;
ALTER FUNCTION consilium.job_backlog() OWNER TO consilium_owner;
CREATE FUNCTION consilium.join_as_specialist(token bytea) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    invited specialist_proposal;
BEGIN
    SELECT * INTO invited FROM specialist_proposal p WHERE p.token_digest = token;
    IF invited.proposed_by IS NOT NULL AND NOT lock_role(invited.proposed_by, 'operator', 'coordinator')
        OR invited.approved_by IS NOT NULL AND NOT lock_role(invited.approved_by, 'operator') THEN
        RETURN NULL;
    END IF;
    SELECT * INTO invited FROM specialist_proposal p WHERE p.token_digest = token FOR NO KEY UPDATE;
    IF invited IS NULL OR invited.state <> 'approved' OR invited.expires_at <= clock_timestamp()
        OR NOT EXISTS (SELECT FROM account a WHERE a.id = actor() AND a.state = 'active')
        OR actor() = invited.proposed_by OR actor() = invited.approved_by THEN
        RETURN NULL;
    END IF;
    -- A specialist's own entry stays: an invitation gives the role only to who does not have it.
    INSERT INTO account_role (account_id, role) VALUES (actor(), 'specialist') ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE specialist_proposal p SET state = 'joined', joined_by = actor() WHERE p.id = invited.id;
    -- A former specialist has an entry already. Their old licences do not count: nobody has checked them since.
    DELETE FROM licence l WHERE l.specialist_id = actor();
    INSERT INTO specialist AS s (id, name, credentials, organisation_id, time_zone, taxonomy_codes, languages,
        peer_to_peer, weekly_capacity)
    VALUES (actor(), invited.name, invited.credentials, invited.organisation_id, invited.time_zone,
        invited.taxonomy_codes, invited.languages, invited.peer_to_peer, invited.weekly_capacity)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, credentials = excluded.credentials,
        organisation_id = excluded.organisation_id, time_zone = excluded.time_zone,
        taxonomy_codes = excluded.taxonomy_codes, languages = excluded.languages, peer_to_peer = excluded.peer_to_peer,
        weekly_capacity = excluded.weekly_capacity, accepting = true, version = s.version + 1;
    INSERT INTO task (id, subject_id, kind, state, due_at)
    VALUES (gen_random_uuid(), actor(), 'renew_licence', 'open', clock_timestamp() + interval '3 days')
    ON CONFLICT DO NOTHING;
    RETURN invited.id;
END
$$;
ALTER FUNCTION consilium.join_as_specialist(token bytea) OWNER TO consilium_owner;
CREATE FUNCTION consilium.lacks_consent(the_case uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    SELECT NOT may_ask(the_case) OR EXISTS (SELECT FROM clinical_case c, unnest(ARRAY['second_opinion', 'records_release',
            CASE c.lane WHEN 'licensed' THEN 'telehealth' ELSE 'peer_to_peer' END]) AS k (kind)
        WHERE c.id = the_case AND NOT EXISTS (SELECT FROM consent n
            WHERE n.case_id = c.id AND n.kind = k.kind AND n.withdrawn_at IS NULL))
$$;
ALTER FUNCTION consilium.lacks_consent(the_case uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.lapse_holds(persons uuid[], kept uuid DEFAULT NULL::uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    due uuid[];
BEGIN
    SELECT array_agg(DISTINCT b.hold_id) INTO due FROM busy b
    WHERE b.person_id = ANY (persons) AND b.lapses_at <= clock_timestamp()
        AND b.hold_id IS NOT NULL AND b.hold_id IS DISTINCT FROM kept;
    IF due IS NULL THEN
        RETURN 0;
    END IF;
    -- In their order: whoever locks another calendar of a panel may be letting the same holds lapse.
    PERFORM FROM hold h WHERE h.id = ANY (due) ORDER BY h.id FOR NO KEY UPDATE;
    UPDATE hold h SET state = 'lapsed' WHERE h.id = ANY (due) AND h.state = 'active';
    RETURN cardinality(due);
END
$$;
ALTER FUNCTION consilium.lapse_holds(persons uuid[], kept uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.lock_access(the_session uuid) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM FROM consilium.account a WHERE a.id = consilium.actor() FOR NO KEY UPDATE;
    RETURN NOT consilium.session_has_ended(the_session);
END
$$;
ALTER FUNCTION consilium.lock_access(the_session uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.lock_calendars_of(the_case uuid, the_colleagues uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
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
ALTER FUNCTION consilium.lock_calendars_of(the_case uuid, the_colleagues uuid[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.lock_case_for_clinician(the_case uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF NOT has_part(the_case, 'treating_clinician') THEN
        RETURN false;
    END IF;
    PERFORM FROM clinical_case c WHERE c.id = the_case FOR NO KEY UPDATE;
    RETURN FOUND;
END
$$;
ALTER FUNCTION consilium.lock_case_for_clinician(the_case uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.lock_cases_of_clinician(the_account uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM clinical_case c WHERE c.id IN (SELECT p.case_id FROM case_part p
        WHERE p.account_id = the_account AND p.part = 'treating_clinician' AND p.until IS NULL)
        ORDER BY c.id FOR NO KEY UPDATE;
END
$$;
ALTER FUNCTION consilium.lock_cases_of_clinician(the_account uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.lock_quota(subject text) RETURNS void
    LANGUAGE sql
    AS $$ SELECT pg_advisory_xact_lock(hashtextextended(subject, 0)) $$;
ALTER FUNCTION consilium.lock_quota(subject text) OWNER TO consilium_owner;
CREATE FUNCTION consilium.lock_role(the_account uuid, VARIADIC the_roles text[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM account_role r WHERE r.account_id = the_account AND r.role = ANY (the_roles) FOR SHARE;
    RETURN FOUND;
END
$$;
ALTER FUNCTION consilium.lock_role(the_account uuid, VARIADIC the_roles text[]) OWNER TO consilium_owner;
CREATE TABLE consilium.mail_token (
    digest bytea NOT NULL,
    account_id uuid NOT NULL,
    purpose consilium.word NOT NULL,
    new_email bytea,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT mail_token_new_email_of_change CHECK ((((purpose)::text = 'change_email'::text) = (new_email IS NOT NULL))),
    CONSTRAINT mail_token_purpose_known CHECK (((purpose)::text = ANY (ARRAY['confirm_email'::text, 'reset_password'::text, 'change_email'::text, 'confirm_device'::text])))
);
ALTER TABLE ONLY consilium.mail_token FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.mail_token OWNER TO consilium_owner;
COMMENT ON TABLE consilium.mail_token IS 'What the link of a mail carries: confirm an address, reset a password, change an address, sign in from a new device.';
COMMENT ON COLUMN consilium.mail_token.digest IS 'SHA-256 of the secret in the link.';
COMMENT ON COLUMN consilium.mail_token.new_email IS 'The new address of change_email, sealed by the person key.';
CREATE FUNCTION consilium.mail_token_account(token bytea, the_purpose text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    RETURN (SELECT t.account_id FROM consilium.mail_token t WHERE ((t.digest = mail_token_account.token) AND ((t.purpose)::text = mail_token_account.the_purpose) AND ((t.used_at IS NULL) OR (((t.purpose)::text = 'confirm_email'::text) AND (t.used_at > (clock_timestamp() - '00:10:00'::interval)))) AND (t.expires_at > clock_timestamp())));
ALTER FUNCTION consilium.mail_token_account(token bytea, the_purpose text) OWNER TO consilium_owner;
CREATE FUNCTION consilium.make_calendar() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO calendar (person_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.make_calendar() OWNER TO consilium_owner;
CREATE FUNCTION consilium.make_threads() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO thread (id, case_id, kind)
    VALUES (gen_random_uuid(), NEW.id, 'care'), (gen_random_uuid(), NEW.id, 'staff');
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.make_threads() OWNER TO consilium_owner;
CREATE FUNCTION consilium.may_ask(the_case uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    SELECT session_user = 'consilium_worker'
        OR has_part(the_case, 'patient', 'caregiver', 'coordinator', 'candidate')
$$;
ALTER FUNCTION consilium.may_ask(the_case uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.may_end_access() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    SELECT session_user = 'consilium_owner' OR has_role('operator')
$$;
ALTER FUNCTION consilium.may_end_access() OWNER TO consilium_owner;
CREATE FUNCTION consilium.may_meet(the_case uuid, the_specialist uuid, the_colleagues uuid[], the_party uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
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
ALTER FUNCTION consilium.may_meet(the_case uuid, the_specialist uuid, the_colleagues uuid[], the_party uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.may_open_in_emergency(the_person uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM account_role r
        WHERE r.account_id = the_person AND r.role IN ('specialist', 'operator'));
END
$$;
ALTER FUNCTION consilium.may_open_in_emergency(the_person uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.my_cases() RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN QUERY
        SELECT p.case_id FROM case_part p WHERE p.account_id = me AND p.until IS NULL;
END
$$;
ALTER FUNCTION consilium.my_cases() OWNER TO consilium_owner;
CREATE FUNCTION consilium.my_patients(the_part text DEFAULT NULL::text) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY
        SELECT c.patient_id FROM case_part p JOIN clinical_case c ON c.id = p.case_id
        WHERE p.account_id = actor() AND p.until IS NULL AND p.reads_case AND (the_part IS NULL OR p.part = the_part);
END
$$;
ALTER FUNCTION consilium.my_patients(the_part text) OWNER TO consilium_owner;
CREATE FUNCTION consilium.my_people() RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN QUERY
        SELECT other.account_id FROM case_part mine JOIN case_part other USING (case_id)
        WHERE mine.account_id = me AND mine.until IS NULL AND mine.part <> 'candidate'
            AND other.until IS NULL AND other.part <> 'candidate' AND (mine.reads_case OR other.part = 'patient');
END
$$;
ALTER FUNCTION consilium.my_people() OWNER TO consilium_owner;
CREATE FUNCTION consilium.named_visit_types(the_specialist uuid) RETURNS text[]
    LANGUAGE plpgsql STABLE
    AS $$
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
ALTER FUNCTION consilium.named_visit_types(the_specialist uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.next_instant_of(wall_clock timestamp without time zone, zone text, since timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (consilium.instant_of(wall_clock, zone) > since) THEN consilium.instant_of(wall_clock, zone) ELSE (wall_clock AT TIME ZONE zone) END;
ALTER FUNCTION consilium.next_instant_of(wall_clock timestamp without time zone, zone text, since timestamp with time zone) OWNER TO consilium_owner;
CREATE FUNCTION consilium.noted_chains(kind text) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    AS $$
    SELECT split_part(chain, ':', 2)::uuid
    FROM string_to_table(nullif(current_setting('consilium.audit_chains', true), ''), ' ') chain
    WHERE starts_with(chain, kind || ':')
$$;
ALTER FUNCTION consilium.noted_chains(kind text) OWNER TO consilium_owner;
CREATE FUNCTION consilium.offer_opening(the_appointment uuid, the_specialist uuid, start timestamp with time zone, lasts interval) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    consult appointment;
    others uuid[];
BEGIN
    SELECT * INTO consult FROM appointment a WHERE a.id = the_appointment AND a.state = 'cancelled';
    IF consult.id IS NULL OR NOT has_part(consult.case_id, 'specialist', 'colleague', 'coordinator')
        OR lasts NOT BETWEEN interval '0' AND interval '7 days' THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'offer_opening';
    END IF;
    others := CASE the_specialist WHEN consult.specialist_id THEN consult.colleagues ELSE '{}' END;
    IF the_specialist <> consult.specialist_id
        AND the_specialist NOT IN (SELECT alternative_specialists(consult.case_id, (start AT TIME ZONE 'UTC')::date)) THEN
        RAISE EXCEPTION 'no stand-in' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'offer_opening';
    END IF;
    IF (SELECT count(*) FROM hold h WHERE h.appointment_id = the_appointment AND h.state = 'active') >= 2
        OR EXISTS (SELECT FROM unnest(the_specialist || others) s WHERE NOT EXISTS (
            SELECT FROM openings(s, consult.visit_type, start, start + interval '1 microsecond'))) THEN
        RETURN NULL;
    END IF;
    RETURN create_offered_hold(consult.case_id, the_specialist, others, consult.party_id, consult.visit_type, start, lasts,
        the_appointment, NULL);
END
$$;
ALTER FUNCTION consilium.offer_opening(the_appointment uuid, the_specialist uuid, start timestamp with time zone, lasts interval) OWNER TO consilium_owner;
CREATE FUNCTION consilium.open_emergency_access(the_access uuid, the_case uuid) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    now timestamptz := clock_timestamp();
BEGIN
    IF NOT may_open_in_emergency(actor()) THEN
        RAISE EXCEPTION 'not of the programme' USING
            ERRCODE = 'insufficient_privilege', CONSTRAINT = 'open_emergency_access';
    END IF;
    IF NOT EXISTS (SELECT FROM clinical_case c WHERE c.id = the_case AND c.state <> 'draft' AND c.patient_id <> actor())
        OR EXISTS (SELECT FROM case_part p
            WHERE p.case_id = the_case AND p.account_id = actor() AND p.until IS NULL) THEN
        RETURN NULL;
    END IF;
    INSERT INTO emergency_access (id, case_id, account_id, since, until)
    VALUES (the_access, the_case, actor(), now, now + interval '1 hour');
    INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
    VALUES (gen_random_uuid(), the_case, the_access, 'review_access', 'open', now + interval '1 day');
    RETURN now + interval '1 hour';
END
$$;
ALTER FUNCTION consilium.open_emergency_access(the_access uuid, the_case uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.open_prior() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    UPDATE case_part SET part = part
    WHERE case_id = NEW.case_id AND part IN ('specialist', 'colleague') AND until IS NULL;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.open_prior() OWNER TO consilium_owner;
CREATE FUNCTION consilium.open_record_task() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR NOT has_part(NEW.case_id, 'treating_clinician') THEN
        UPDATE clinical_case SET state = 'collecting', version = version + 1
        WHERE id = NEW.case_id AND state IN ('submitted', 'ready');
        IF FOUND THEN
            INSERT INTO task (id, case_id, kind, state, due_at)
            VALUES (gen_random_uuid(), NEW.case_id, 'complete_case', 'open', clock_timestamp() + interval '1 day')
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
    SELECT gen_random_uuid(), c.id, NEW.id, 'chase_record', 'open', clock_timestamp() + interval '3 days'
    FROM clinical_case c WHERE c.id = NEW.case_id AND c.state NOT IN ('draft', 'closed', 'withdrawn', 'unable')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.open_record_task() OWNER TO consilium_owner;
CREATE FUNCTION consilium.opening_runs(the_specialist uuid, type_id text, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid, party_taken tstzmultirange) RETURNS TABLE(starts_at timestamp with time zone, ends_at timestamp with time zone, last_at timestamp with time zone, step interval, wall_clock timestamp without time zone, zone text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_column
DECLARE
    now timestamptz := clock_timestamp();
    policy visit_type;
    first_start timestamptz;
    last_start timestamptz;
    -- Starts whose consult, buffers included, would touch what the specialist is busy with. Open at both ends: consults may
    -- adjoin.
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
            make_interval(mins => policy.granularity_minutes), g.wall_clock, g.zone
        FROM candidate_starts(the_specialist, policy, first_start, last_start, forbidden) g
        ORDER BY g.starts_at;
END
$$;
ALTER FUNCTION consilium.opening_runs(the_specialist uuid, type_id text, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid, party_taken tstzmultirange) OWNER TO consilium_owner;
CREATE FUNCTION consilium.openings(the_specialist uuid, type_id text, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid DEFAULT NULL::uuid, except_appointment uuid DEFAULT NULL::uuid, party_taken tstzmultirange DEFAULT '{}'::tstzmultirange) RETURNS TABLE(starts_at timestamp with time zone, ends_at timestamp with time zone, wall_clock timestamp without time zone, zone text)
    LANGUAGE sql STABLE
    AS $$
    SELECT at, r.ends_at + (at - r.starts_at), r.wall_clock + (at - r.starts_at), r.zone
    FROM consilium.opening_runs(
            the_specialist, type_id, from_at, to_at, except_hold, except_appointment, party_taken) r,
        generate_series(r.starts_at, r.last_at, r.step) at
$$;
ALTER FUNCTION consilium.openings(the_specialist uuid, type_id text, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid, party_taken tstzmultirange) OWNER TO consilium_owner;
CREATE FUNCTION consilium.people_of(the_case uuid, parts text[], seeing_prior boolean) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF session_user <> 'consilium_worker' AND NOT EXISTS (SELECT FROM case_part p
        WHERE p.case_id = the_case AND p.account_id = actor() AND (p.until IS NULL OR p.until >= now())) THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT p.account_id FROM case_part p
        WHERE p.case_id = the_case AND p.part = ANY (parts) AND (p.until IS NULL OR p.until >= now())
            AND (p.sees_prior OR NOT seeing_prior)
        ORDER BY p.account_id;
END
$$;
ALTER FUNCTION consilium.people_of(the_case uuid, parts text[], seeing_prior boolean) OWNER TO consilium_owner;
CREATE FUNCTION consilium.propose_factor_recovery(the_recovery uuid, digests bytea[], sealed_email bytea) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    owner uuid;
BEGIN
    IF NOT has_role('operator') THEN
        RAISE EXCEPTION 'not an operator' USING
            ERRCODE = 'insufficient_privilege', CONSTRAINT = 'propose_factor_recovery';
    END IF;
    SELECT a.id INTO owner FROM account a JOIN second_factor f ON f.account_id = a.id
    WHERE a.email_digest = ANY (digests) AND a.state = 'active' AND f.confirmed_at IS NOT NULL AND a.id <> actor();
    UPDATE factor_recovery r SET state = 'withdrawn', email = NULL, decided_at = clock_timestamp()
    WHERE r.account_id = owner AND r.state = 'proposed' AND r.expires_at <= clock_timestamp();
    INSERT INTO factor_recovery (id, account_id, email, state, proposed_by)
    SELECT the_recovery, owner, sealed_email, 'proposed', actor() WHERE owner IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN owner END;
END
$$;
ALTER FUNCTION consilium.propose_factor_recovery(the_recovery uuid, digests bytea[], sealed_email bytea) OWNER TO consilium_owner;
CREATE FUNCTION consilium.quiet_end(wall_clock timestamp without time zone, quiet_from time without time zone, quiet_to time without time zone) RETURNS timestamp without time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((quiet_from < quiet_to) AND ((wall_clock)::time without time zone >= quiet_from) AND ((wall_clock)::time without time zone < quiet_to)) THEN ((wall_clock)::date + quiet_to) WHEN ((quiet_from > quiet_to) AND ((wall_clock)::time without time zone >= quiet_from)) THEN (((wall_clock)::date + 1) + quiet_to) WHEN ((quiet_from > quiet_to) AND ((wall_clock)::time without time zone < quiet_to)) THEN ((wall_clock)::date + quiet_to) ELSE wall_clock END;
ALTER FUNCTION consilium.quiet_end(wall_clock timestamp without time zone, quiet_from time without time zone, quiet_to time without time zone) OWNER TO consilium_owner;
CREATE FUNCTION consilium.quiet_until(instant timestamp with time zone, zone text, quiet_from time without time zone, quiet_to time without time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (consilium.quiet_end((instant AT TIME ZONE zone), quiet_from, quiet_to) > (instant AT TIME ZONE zone)) THEN consilium.next_instant_of(consilium.quiet_end((instant AT TIME ZONE zone), quiet_from, quiet_to), zone, instant) ELSE NULL::timestamp with time zone END;
ALTER FUNCTION consilium.quiet_until(instant timestamp with time zone, zone text, quiet_from time without time zone, quiet_to time without time zone) OWNER TO consilium_owner;
CREATE FUNCTION consilium.rate_take(the_bucket bytea, wanted integer, capacity integer, per_second double precision, OUT granted integer, OUT retry_after double precision) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    available double precision;
BEGIN
    INSERT INTO rate_bucket AS b (bucket, tokens, changed_at)
    VALUES (the_bucket, capacity, clock_timestamp()) ON CONFLICT DO NOTHING;
    SELECT least(capacity, b.tokens + per_second * extract(epoch FROM clock_timestamp() - b.changed_at))
    INTO available FROM rate_bucket b WHERE b.bucket = the_bucket FOR UPDATE;
    granted := least(wanted, floor(available)::integer);
    retry_after := CASE WHEN granted > 0 THEN 0 ELSE (1 - available) / per_second END;
    UPDATE rate_bucket b SET tokens = available - granted, changed_at = clock_timestamp()
    WHERE b.bucket = the_bucket;
END
$$;
ALTER FUNCTION consilium.rate_take(the_bucket bytea, wanted integer, capacity integer, per_second double precision, OUT granted integer, OUT retry_after double precision) OWNER TO consilium_owner;
CREATE FUNCTION consilium.reading_cases() RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN QUERY
        SELECT p.case_id FROM case_part p WHERE p.account_id = me AND p.until IS NULL AND p.reads_case;
END
$$;
ALTER FUNCTION consilium.reading_cases() OWNER TO consilium_owner;
CREATE FUNCTION consilium.reads_in_emergency(the_person uuid, the_case uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    -- What was read in the last moment of the hour is written down a moment later.
    RETURN EXISTS (SELECT FROM emergency_access e WHERE e.account_id = the_person AND e.case_id = the_case
            AND e.until > clock_timestamp() - interval '1 minute')
        AND NOT EXISTS (SELECT FROM case_part p WHERE p.account_id = the_person AND p.case_id = the_case
            AND p.until IS NULL);
END
$$;
ALTER FUNCTION consilium.reads_in_emergency(the_person uuid, the_case uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.reads_now(the_person uuid, the_case uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = the_case AND p.account_id = the_person
            AND p.until IS NULL AND p.reads_case)
        OR EXISTS (SELECT FROM consilium.emergency_access e WHERE e.case_id = the_case AND e.account_id = the_person
            AND e.until > clock_timestamp() AND consilium.may_open_in_emergency(the_person));
END
$$;
ALTER FUNCTION consilium.reads_now(the_person uuid, the_case uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.rebuild_free_spans() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM rebuild_free_spans(NEW.id);
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.rebuild_free_spans() OWNER TO consilium_owner;
CREATE FUNCTION consilium.rebuild_free_spans(the_specialist uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    today date := clock_timestamp()::date;
BEGIN
    INSERT INTO free_horizon (specialist_id, until) VALUES (the_specialist, today + free_days())
    ON CONFLICT (specialist_id) DO UPDATE SET until = EXCLUDED.until;
    DELETE FROM free_span WHERE specialist_id = the_specialist;
    PERFORM refresh_free_spans(the_specialist, today - 1, today + free_days());
END
$$;
ALTER FUNCTION consilium.rebuild_free_spans(the_specialist uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.refresh_free_spans(the_specialist uuid, during tstzrange) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    specialist_zone text := (SELECT s.time_zone FROM specialist s WHERE s.id = the_specialist);
BEGIN
    PERFORM refresh_free_spans(the_specialist,
        (lower(during) AT TIME ZONE specialist_zone)::date, (upper(during) AT TIME ZONE specialist_zone)::date);
END
$$;
ALTER FUNCTION consilium.refresh_free_spans(the_specialist uuid, during tstzrange) OWNER TO consilium_owner;
CREATE FUNCTION consilium.refresh_free_spans(the_specialist uuid, from_date date, to_date date) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'consilium', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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
ALTER FUNCTION consilium.refresh_free_spans(the_specialist uuid, from_date date, to_date date) OWNER TO consilium_owner;
CREATE FUNCTION consilium.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'append only' USING
        ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
END
$$;
ALTER FUNCTION consilium.refuse_change() OWNER TO consilium_owner;
CREATE FUNCTION consilium.refuse_direct_write() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'derived' USING
        ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_TABLE_NAME || '_derived', TABLE = TG_TABLE_NAME;
END
$$;
ALTER FUNCTION consilium.refuse_direct_write() OWNER TO consilium_owner;
CREATE FUNCTION consilium.refuse_expired() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'expired' USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_expired', TABLE = TG_TABLE_NAME;
END
$$;
ALTER FUNCTION consilium.refuse_expired() OWNER TO consilium_owner;
CREATE FUNCTION consilium.refuse_no_show() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM consult_room r WHERE r.appointment_id = NEW.id AND r.party_came_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the party came' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'appointment_party_came', TABLE = 'appointment';
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.refuse_no_show() OWNER TO consilium_owner;
CREATE FUNCTION consilium.refuse_retired_organisation() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM organisation o WHERE o.id = NEW.organisation_id AND o.retired_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'retired' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'specialist_proposal_organisation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.refuse_retired_organisation() OWNER TO consilium_owner;
CREATE FUNCTION consilium.release_case(the_case uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
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
ALTER FUNCTION consilium.release_case(the_case uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.release_clinicians(the_case uuid, the_invitation uuid DEFAULT NULL::uuid) RETURNS TABLE(appointment_id uuid, person_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
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
ALTER FUNCTION consilium.release_clinicians(the_case uuid, the_invitation uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.release_colleagues(the_case uuid, the_colleague uuid DEFAULT NULL::uuid) RETURNS TABLE(appointment_id uuid, state text, person_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    leaving uuid[];
    holds uuid[];
    consults uuid[];
BEGIN
    IF NOT has_part(the_case, 'patient', 'caregiver', 'specialist', 'coordinator')
        AND NOT (the_colleague IS NOT DISTINCT FROM actor() AND has_part(the_case, 'colleague'))
        AND NOT is_ending_access() THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'release_colleagues';
    END IF;
    SELECT coalesce(array_agg(p.account_id), '{}') INTO leaving FROM case_part p
    WHERE p.case_id = the_case AND p.part = 'colleague' AND p.until IS NULL
        AND (the_colleague IS NULL OR p.account_id = the_colleague);
    PERFORM lock_calendars_of(the_case, leaving);
    SELECT array_agg(h.id ORDER BY h.id) INTO holds FROM hold h
    WHERE h.case_id = the_case AND h.state = 'active' AND (h.specialist_id || h.colleagues) && leaving;
    SELECT array_agg(a.id ORDER BY a.id) INTO consults FROM appointment a
    WHERE a.case_id = the_case AND a.state IN ('booked', 'checked_in') AND (a.specialist_id || a.colleagues) && leaving;
    UPDATE hold h SET state = 'lapsed' WHERE h.id = ANY (holds);
    -- Whom to tell is who was to meet, and who acts for the patient.
    RETURN QUERY
        SELECT a.id, CASE WHEN a.specialist_id = ANY (leaving) THEN 'cancelled' ELSE a.state::text END, person
        FROM appointment a, unnest(consult_people(a)) person
        WHERE a.id = ANY (consults);
    UPDATE appointment a SET state = 'cancelled', ended_at = clock_timestamp(), ended_by = actor(),
        sequence = a.sequence + 1, version = a.version + 1
    WHERE a.id = ANY (consults) AND a.specialist_id = ANY (leaving);
    UPDATE appointment a SET version = a.version + 1, colleagues = ARRAY(
        SELECT c FROM unnest(a.colleagues) c WHERE c <> ALL (leaving) ORDER BY c)
    WHERE a.id = ANY (consults) AND a.specialist_id <> ALL (leaving);
    UPDATE case_part p SET until = clock_timestamp()
    WHERE p.case_id = the_case AND p.account_id = ANY (leaving) AND p.part = 'colleague' AND p.until IS NULL;
END
$$;
ALTER FUNCTION consilium.release_colleagues(the_case uuid, the_colleague uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.release_person(the_person uuid, roles text[]) RETURNS TABLE(notice text, subject_id uuid, person_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    cases uuid[];
    locked record;
    found record;
    one uuid;
    state_now text;
BEGIN
    IF NOT is_ending_access() THEN
        RAISE EXCEPTION 'not by itself' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'release_person';
    END IF;
    -- All calendars of all these cases, in the order of all that lock calendars; then look again, for whoever came between.
    SELECT array_agg(c ORDER BY c) INTO cases FROM cases_of(the_person) c;
    SELECT * INTO locked FROM calendars_of(cases);
    PERFORM FROM calendar c WHERE c.person_id = ANY (locked.parties) ORDER BY c.person_id FOR NO KEY UPDATE;
    PERFORM FROM calendar c WHERE c.person_id = ANY (locked.specialists || the_person)
        ORDER BY c.person_id FOR NO KEY UPDATE;
    SELECT array_agg(c ORDER BY c) INTO cases FROM cases_of(the_person) c;
    SELECT * INTO found FROM calendars_of(cases);
    IF NOT (locked.parties @> found.parties AND locked.specialists || the_person @> found.specialists) THEN
        RAISE EXCEPTION 'booked meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    cases := coalesce(cases, '{}');
    IF 'specialist' = ANY (roles) THEN
        UPDATE offer o SET expires_at = clock_timestamp() WHERE o.specialist_id = the_person AND o.state = 'waiting';
        FOR one, state_now IN
            SELECT c.id, c.state FROM clinical_case c
            WHERE c.id = ANY (cases) AND c.specialist_id = the_person ORDER BY c.id
        LOOP
            RETURN QUERY
                SELECT 'appointment_cancelled', a.id, person
                FROM appointment a, unnest(consult_people(a)) person
                WHERE a.case_id = one AND a.state IN ('booked', 'checked_in')
                    AND (a.specialist_id = the_person OR state_now IN ('accepted', 'reviewing'));
            IF state_now IN ('accepted', 'reviewing') THEN
                RETURN QUERY
                    SELECT 'case_reassigned', one, p.account_id FROM case_part p
                    WHERE p.case_id = one AND p.until IS NULL AND p.account_id <> the_person
                        AND p.part IN ('patient', 'caregiver', 'colleague');
                PERFORM release_case(one);
                UPDATE case_part p SET until = clock_timestamp()
                WHERE p.case_id = one AND p.part IN ('specialist', 'colleague') AND p.until IS NULL;
                UPDATE clinical_case c SET state = 'ready', specialist_id = NULL, version = c.version + 1 WHERE c.id = one;
                INSERT INTO task (id, case_id, kind, state, due_at)
                VALUES (gen_random_uuid(), one, 'rescue_menu', 'open', clock_timestamp() + interval '1 day')
                ON CONFLICT DO NOTHING;
            ELSE
                INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
                SELECT gen_random_uuid(), one, a.id, 'rebook_consult', 'open', clock_timestamp() + interval '4 hours'
                FROM appointment a WHERE a.case_id = one AND a.specialist_id = the_person
                    AND a.state IN ('booked', 'checked_in')
                ON CONFLICT DO NOTHING;
                UPDATE appointment a SET state = 'cancelled', ended_at = clock_timestamp(), ended_by = actor(),
                    sequence = a.sequence + 1, version = a.version + 1
                WHERE a.case_id = one AND a.specialist_id = the_person AND a.state IN ('booked', 'checked_in');
            END IF;
        END LOOP;
        FOR one IN
            SELECT p.case_id FROM case_part p WHERE p.account_id = the_person AND p.part = 'colleague' AND p.until IS NULL
            ORDER BY p.case_id
        LOOP
            INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
            SELECT gen_random_uuid(), one, a.id, 'rebook_consult', 'open', clock_timestamp() + interval '4 hours'
            FROM appointment a WHERE a.case_id = one AND a.specialist_id = the_person
                AND a.state IN ('booked', 'checked_in')
            ON CONFLICT DO NOTHING;
            RETURN QUERY
                SELECT CASE r.state WHEN 'cancelled' THEN 'appointment_cancelled' ELSE 'panel_changed' END,
                    r.appointment_id, r.person_id
                FROM release_colleagues(one, the_person) r;
        END LOOP;
        PERFORM end_holds(the_person, tstzrange(clock_timestamp(), NULL));
        UPDATE waitlist w SET state = 'ended', ended_at = clock_timestamp()
        WHERE w.specialist_id = the_person AND w.state = 'waiting';
        -- Without hours nothing of the specialist can be booked; the index of free time follows the version.
        DELETE FROM availability_set s WHERE s.specialist_id = the_person;
        DELETE FROM availability_override o WHERE o.specialist_id = the_person;
        DELETE FROM linked_calendar l WHERE l.specialist_id = the_person;
        UPDATE specialist s SET accepting = false, availability_version = s.availability_version + 1,
            version = s.version + 1
        WHERE s.id = the_person;
    END IF;
    IF 'treating_clinician' = ANY (roles) THEN
        INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
        SELECT gen_random_uuid(), a.case_id, a.id, 'rebook_consult', 'open', clock_timestamp() + interval '4 hours'
        FROM appointment a JOIN clinical_case c ON c.id = a.case_id AND c.patient_id <> the_person
        WHERE a.case_id = ANY (cases) AND a.party_id = the_person AND a.state IN ('booked', 'checked_in')
        ON CONFLICT DO NOTHING;
        RETURN QUERY
            SELECT 'appointment_cancelled', a.id, person
            FROM appointment a JOIN clinical_case c ON c.id = a.case_id AND c.patient_id <> the_person,
                unnest(consult_people(a)) person
            WHERE a.case_id = ANY (cases) AND a.party_id = the_person AND a.state IN ('booked', 'checked_in');
        UPDATE hold h SET state = 'lapsed'
        WHERE h.case_id = ANY (cases) AND h.party_id = the_person AND h.state = 'active';
        UPDATE appointment a SET state = 'cancelled', ended_at = clock_timestamp(), ended_by = actor(),
            sequence = a.sequence + 1, version = a.version + 1
        FROM clinical_case c
        WHERE c.id = a.case_id AND c.patient_id <> the_person AND a.case_id = ANY (cases)
            AND a.party_id = the_person AND a.state IN ('booked', 'checked_in');
    END IF;
    IF 'patient' = ANY (roles) THEN
        FOR one, state_now IN
            SELECT c.id, c.state FROM clinical_case c WHERE c.id = ANY (cases) AND c.patient_id = the_person ORDER BY c.id
        LOOP
            RETURN QUERY
                SELECT 'appointment_cancelled', a.id, person
                FROM appointment a, unnest(consult_people(a)) person
                WHERE a.case_id = one AND a.state IN ('booked', 'checked_in');
            IF state_now IN ('opined', 'delivered', 'follow_up') THEN
                UPDATE hold h SET state = 'lapsed' WHERE h.case_id = one AND h.state = 'active';
                UPDATE appointment a SET state = 'cancelled', ended_at = clock_timestamp(), ended_by = actor(),
                    sequence = a.sequence + 1, version = a.version + 1
                WHERE a.case_id = one AND a.state IN ('booked', 'checked_in');
                UPDATE waitlist w SET state = 'ended', ended_at = clock_timestamp()
                WHERE w.case_id = one AND w.state = 'waiting';
            ELSE
                RETURN QUERY
                    SELECT 'case_ended', one, p.account_id FROM case_part p
                    WHERE p.case_id = one AND p.until IS NULL AND p.account_id <> the_person
                        AND p.part NOT IN ('candidate', 'patient');
                PERFORM release_case(one);
                UPDATE clinical_case c SET state = 'withdrawn', ended_at = clock_timestamp(), version = c.version + 1
                WHERE c.id = one;
                UPDATE case_part p SET until = clock_timestamp()
                WHERE p.case_id = one AND p.until IS NULL
                    AND p.part IN ('candidate', 'specialist', 'colleague', 'treating_clinician');
            END IF;
        END LOOP;
    END IF;
END
$$;
ALTER FUNCTION consilium.release_person(the_person uuid, roles text[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.remaining_menu(the_match uuid) RETURNS TABLE(specialist_id uuid, rank smallint, accepting boolean, capacity_left integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    SELECT m.specialist_id, m.rank, s.accepting, s.weekly_capacity - coalesce(l.taken, 0)
    FROM match_candidate m JOIN specialist s ON s.id = m.specialist_id
        LEFT JOIN specialist_loads() l ON l.specialist_id = m.specialist_id
    WHERE m.match_id = the_match AND may_ask(m.case_id)
        AND NOT EXISTS (SELECT FROM offer o WHERE o.match_id = m.match_id AND o.specialist_id = m.specialist_id)
        AND NOT EXISTS (SELECT FROM case_part p WHERE p.case_id = m.case_id AND p.account_id = m.specialist_id
            AND p.part NOT IN ('candidate', 'specialist') AND p.until IS NULL)
    ORDER BY m.rank
$$;
ALTER FUNCTION consilium.remaining_menu(the_match uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.reread_calendars() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    UPDATE calendar_poll p SET poll_at = clock_timestamp(), fence = p.fence + 1, begun = 0,
        read_at = CASE WHEN p.read_at IS NOT NULL THEN '-infinity'::timestamptz END
    FROM linked_calendar l
    WHERE l.id = p.calendar_id AND l.specialist_id = NEW.id AND p.poll_at < 'infinity';
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.reread_calendars() OWNER TO consilium_owner;
CREATE FUNCTION consilium.residence(patient uuid, OUT jurisdiction text, OUT language text) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    BEGIN ATOMIC
 SELECT a.jurisdiction,
     a.language
    FROM consilium.account a
   WHERE ((a.id = residence.patient) AND ((residence.patient = consilium.actor()) OR consilium.acts_for(residence.patient)));
END;
ALTER FUNCTION consilium.residence(patient uuid, OUT jurisdiction text, OUT language text) OWNER TO consilium_owner;
CREATE FUNCTION consilium.resume_pause() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    NEW.paused_until := (SELECT max(w.paused_until) FROM waitlist w WHERE w.case_id = NEW.case_id);
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.resume_pause() OWNER TO consilium_owner;
CREATE FUNCTION consilium.reveal_messages() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    the_thread thread;
    withheld integer[];
BEGIN
    FOR the_thread IN
        SELECT * FROM thread t WHERE t.case_id = NEW.case_id ORDER BY t.id FOR NO KEY UPDATE
    LOOP
        SELECT array_agg(m.seq ORDER BY m.seq) INTO withheld FROM message m
        WHERE m.thread_id = the_thread.id AND m.reveals_prior;
        IF withheld IS NOT NULL THEN
            UPDATE thread SET last_seq = last_seq + 1 WHERE id = the_thread.id;
            INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, reveals_prior, opens)
            VALUES (the_thread.id, the_thread.last_seq + 1, gen_random_uuid(), NEW.case_id,
                the_thread.kind = 'staff', 'revealed', false, withheld);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.reveal_messages() OWNER TO consilium_owner;
CREATE FUNCTION consilium.roll_free_spans(the_specialist uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
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
    PERFORM signal_waitlist(the_specialist, NULL);
END
$$;
ALTER FUNCTION consilium.roll_free_spans(the_specialist uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.serve_waitlist(the_specialist uuid, lasts interval) RETURNS TABLE(waitlist_id uuid, people uuid[], hold_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    given waitlist_signal;
    entry waitlist;
    start timestamptz;
    awake timestamptz;
    again timestamptz;
BEGIN
    UPDATE waitlist w SET state = 'ended', ended_at = clock_timestamp()
    WHERE w.specialist_id = the_specialist AND w.state = 'waiting' AND (
        upper(w.during) <= clock_timestamp()
        -- Another specialist has the case, or the treating clinician is not its party any more.
        OR NOT may_meet(w.case_id, w.specialist_id, '{}', w.party_id)
        OR NOT EXISTS (SELECT FROM clinical_case c WHERE c.id = w.case_id AND c.specialist_id = w.specialist_id
            AND c.state IN ('accepted', 'reviewing', 'opined', 'delivered', 'follow_up'))
        OR w.appointment_id IS NOT NULL AND NOT EXISTS (SELECT FROM appointment a WHERE a.id = w.appointment_id
            AND a.state = 'booked' AND a.colleagues = '{}'
            AND a.starts_at > greatest(lower(w.during), clock_timestamp())));
    FOR given IN
        SELECT f.* FROM waitlist_signal f
        WHERE f.specialist_id = the_specialist AND f.during IS NOT NULL AND f.due_at <= clock_timestamp()
        ORDER BY f.freed_at, f.id
    LOOP
        again := NULL;
        FOR entry IN
            SELECT w.* FROM waitlist w
            WHERE w.specialist_id = the_specialist AND w.state = 'waiting'
                AND w.joined_at >= given.taken_at AND w.joined_at < given.freed_at
                AND w.case_id IS DISTINCT FROM given.given_by
                AND (w.paused_until IS NULL OR w.paused_until <= clock_timestamp())
                AND NOT EXISTS (SELECT FROM hold h WHERE h.waitlist_id = w.id AND h.state = 'active')
            ORDER BY w.joined_at, w.id
        LOOP
            start := first_matching_start_near(entry, given.during);
            CONTINUE WHEN start IS NULL;
            awake := awake_from(entry.party_id, '30 minutes');
            IF awake > clock_timestamp() THEN
                again := least(again, awake);
                CONTINUE;
            END IF;
            hold_id := create_offered_hold(entry.case_id, the_specialist, '{}', entry.party_id, entry.visit_type, start, lasts,
                entry.appointment_id, entry.id);
            waitlist_id := entry.id;
            people := waitlist_people(entry);
            RETURN NEXT;
        END LOOP;
        -- Whoever holds it now may give it up as well.
        SELECT least(again, min(b.lapses_at)) INTO again
        FROM busy b JOIN hold h ON h.id = b.hold_id
        WHERE b.person_id = the_specialist AND b.during && given.during AND b.lapses_at > clock_timestamp()
            AND h.kind = 'asked' AND h.state = 'active';
        IF again < upper(given.during) THEN
            UPDATE waitlist_signal f SET due_at = again WHERE f.id = given.id;
        ELSE
            DELETE FROM waitlist_signal f WHERE f.id = given.id;
        END IF;
    END LOOP;
    DELETE FROM waitlist_signal f
    WHERE f.specialist_id = the_specialist AND f.during IS NULL AND f.due_at <= clock_timestamp();
    again := NULL;
    FOR entry IN
        SELECT w.* FROM waitlist w
        WHERE w.specialist_id = the_specialist AND w.state = 'waiting'
            AND NOT EXISTS (SELECT FROM hold h WHERE h.waitlist_id = w.id AND h.state = 'active')
        ORDER BY w.joined_at, w.id
    LOOP
        start := first_matching_start(entry, clock_timestamp(), 'infinity');
        IF start IS NULL THEN
            UPDATE waitlist w SET notified_start = NULL WHERE w.id = entry.id AND w.notified_start IS NOT NULL;
            CONTINUE;
        END IF;
        CONTINUE WHEN entry.notified_at > clock_timestamp()
            - CASE WHEN entry.notified_start IS NULL THEN interval '12 hours' ELSE interval '7 days' END;
        awake := awake_from(entry.party_id);
        IF awake > clock_timestamp() THEN
            again := least(again, awake);
            CONTINUE;
        END IF;
        UPDATE waitlist w SET notified_at = clock_timestamp(), notified_start = start WHERE w.id = entry.id;
        hold_id := NULL;
        waitlist_id := entry.id;
        people := waitlist_people(entry);
        RETURN NEXT;
    END LOOP;
    IF again IS NOT NULL THEN
        INSERT INTO waitlist_signal (specialist_id, due_at) VALUES (the_specialist, again);
    END IF;
END
$$;
ALTER FUNCTION consilium.serve_waitlist(the_specialist uuid, lasts interval) OWNER TO consilium_owner;
CREATE FUNCTION consilium.session_caller(token bytea, is_activity boolean) RETURNS TABLE(account_id uuid, session_id uuid, roles text[], second_factor boolean, proved_lately boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
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
ALTER FUNCTION consilium.session_caller(token bytea, is_activity boolean) OWNER TO consilium_owner;
CREATE FUNCTION consilium.session_has_ended(the_session uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM consilium.session s WHERE s.id = the_session AND s.ended_at IS NOT NULL);
END
$$;
ALTER FUNCTION consilium.session_has_ended(the_session uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.session_lives(the_session consilium.session) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
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
ALTER FUNCTION consilium.session_lives(the_session consilium.session) OWNER TO consilium_owner;
CREATE FUNCTION consilium.set_first_accepted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.first_accepted_at := CASE TG_OP WHEN 'UPDATE' THEN OLD.first_accepted_at END;
    IF NEW.first_accepted_at IS NULL AND NEW.state IN (
        'accepted', 'reviewing', 'opined', 'delivered', 'follow_up', 'closed') THEN
        NEW.first_accepted_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.set_first_accepted() OWNER TO consilium_owner;
CREATE FUNCTION consilium.set_part_rights() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    invited invitation;
BEGIN
    CASE NEW.part
    WHEN 'patient', 'caregiver', 'coordinator' THEN
        NEW.reads_case := true; NEW.sees_prior := true; NEW.reads_opinion := true;
    WHEN 'candidate' THEN
        NEW.reads_case := false; NEW.sees_prior := false; NEW.reads_opinion := false;
    WHEN 'specialist' THEN
        NEW.reads_case := true; NEW.reads_opinion := true;
        NEW.sees_prior := NOT (SELECT c.blinded FROM clinical_case c WHERE c.id = NEW.case_id)
            OR EXISTS (SELECT FROM first_read f WHERE f.case_id = NEW.case_id
                AND f.specialist_id = NEW.account_id AND f.signed_at IS NOT NULL)
            OR EXISTS (SELECT FROM blind_break b WHERE b.case_id = NEW.case_id AND b.account_id = NEW.account_id);
    -- A blinded specialist must not hear from a colleague what is withheld: the colleague sees what the case's specialist sees.
    WHEN 'colleague' THEN
        NEW.reads_case := true; NEW.reads_opinion := true;
        NEW.sees_prior := EXISTS (SELECT FROM clinical_case c WHERE c.id = NEW.case_id AND (NOT c.blinded
            OR EXISTS (SELECT FROM first_read f WHERE f.case_id = c.id
                AND f.specialist_id = c.specialist_id AND f.signed_at IS NOT NULL)
            OR EXISTS (SELECT FROM blind_break b WHERE b.case_id = c.id AND b.account_id = c.specialist_id)));
    WHEN 'treating_clinician' THEN
        SELECT bool_or(i.reads_opinion) AS reads_opinion, bool_or(i.consults) AS consults
        INTO invited.reads_opinion, invited.consults
        FROM invitation i WHERE i.case_id = NEW.case_id AND i.accepted_by = NEW.account_id AND i.state = 'accepted';
        NEW.reads_case := coalesce(invited.consults, false);
        NEW.sees_prior := coalesce(invited.consults, false);
        NEW.reads_opinion := coalesce(invited.reads_opinion OR invited.consults, false);
    END CASE;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.set_part_rights() OWNER TO consilium_owner;
CREATE FUNCTION consilium.settle_case_tasks() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    -- Questions and emergency accesses are looked at whatever becomes of the case.
    UPDATE task SET state = 'done', done_by = actor(), done_at = clock_timestamp()
    WHERE case_id = NEW.id AND state = 'open' AND kind NOT IN ('answer_message', 'review_access');
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.settle_case_tasks() OWNER TO consilium_owner;
CREATE FUNCTION consilium.settle_record_task() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    UPDATE task SET state = 'done', done_by = actor(), done_at = clock_timestamp()
    WHERE kind = 'chase_record' AND case_id = NEW.case_id AND subject_id = NEW.id AND state = 'open';
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.settle_record_task() OWNER TO consilium_owner;
CREATE FUNCTION consilium.sign_in_attempt(subjects bytea[], free integer[], cap_seconds integer[], leak_seconds integer[], OUT wait double precision, OUT failures double precision[]) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    entry record;
    throttle sign_in_throttle;
BEGIN
    wait := 0;
    failures := '{}';
    FOR entry IN SELECT u.subject FROM unnest(subjects) u (subject) ORDER BY u.subject LOOP
        -- One statement, which takes the lock as well: between two, another's success may remove the row.
        INSERT INTO sign_in_throttle AS t (subject, failures, last_failure_at, blocked_until)
        VALUES (entry.subject, 0, clock_timestamp(), '-infinity')
        ON CONFLICT (subject) DO UPDATE SET failures = t.failures RETURNING t.* INTO STRICT throttle;
        wait := greatest(wait, CASE WHEN throttle.blocked_until > clock_timestamp()
            THEN extract(epoch FROM throttle.blocked_until - clock_timestamp()) ELSE 0 END);
    END LOOP;
    IF wait > 0 THEN
        RETURN;
    END IF;
    UPDATE sign_in_throttle t
    SET failures = counted.failures, last_failure_at = clock_timestamp(), blocked_until = CASE
        WHEN counted.failures <= counted.free OR counted.cap_seconds = 0 THEN '-infinity'
        ELSE clock_timestamp() + least(
            counted.cap_seconds, power(2, least(counted.failures - counted.free - 1, 20))) * interval '1 second' END
    FROM (
        SELECT u.*, least(u.free + 100, 1 + greatest(0, s.failures
            - extract(epoch FROM clock_timestamp() - s.last_failure_at) * u.free / u.leak_seconds)) AS failures
        FROM unnest(subjects, free, cap_seconds, leak_seconds) u (subject, free, cap_seconds, leak_seconds)
        JOIN sign_in_throttle s USING (subject)
    ) counted
    WHERE t.subject = counted.subject;
    failures := ARRAY(SELECT t.failures FROM unnest(subjects) WITH ORDINALITY u (subject, nth)
        JOIN sign_in_throttle t USING (subject) ORDER BY u.nth);
END
$$;
ALTER FUNCTION consilium.sign_in_attempt(subjects bytea[], free integer[], cap_seconds integer[], leak_seconds integer[], OUT wait double precision, OUT failures double precision[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.sign_in_forgive(cleared bytea[], total bytea, eased bytea[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    -- In the order in which sign_in_attempt locks them.
    PERFORM FROM sign_in_throttle t WHERE t.subject = ANY (cleared || total || eased)
    ORDER BY t.subject FOR UPDATE;
    UPDATE sign_in_throttle t
    SET failures = greatest(0, t.failures - (
        SELECT coalesce(sum(c.failures), 0) FROM sign_in_throttle c WHERE c.subject = ANY (cleared)))
    WHERE t.subject = total;
    DELETE FROM sign_in_throttle t WHERE t.subject = ANY (cleared);
    UPDATE sign_in_throttle t SET failures = greatest(0, t.failures - 1) WHERE t.subject = ANY (eased);
END
$$;
ALTER FUNCTION consilium.sign_in_forgive(cleared bytea[], total bytea, eased bytea[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.signal_freed_consult() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM signal_waitlist(s, tstzrange(OLD.starts_at - make_interval(mins => v.buffer_before_minutes),
            OLD.ends_at + make_interval(mins => v.buffer_after_minutes)), '-infinity', OLD.case_id)
        FROM visit_type v, unnest(OLD.specialist_id || OLD.colleagues) s
        WHERE v.id = OLD.visit_type AND v.version = OLD.visit_version
            AND (NEW.state = 'cancelled' OR OLD.starts_at <> NEW.starts_at OR OLD.ends_at <> NEW.ends_at
                OR s <> ALL (NEW.specialist_id || NEW.colleagues));
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.signal_freed_consult() OWNER TO consilium_owner;
CREATE FUNCTION consilium.signal_freed_hold() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF NEW.waitlist_id IS NOT NULL AND (NEW.state = 'released' OR NEW.expires_at <= clock_timestamp()) THEN
        UPDATE waitlist w SET paused_until = clock_timestamp() + interval '12 hours' WHERE w.id = NEW.waitlist_id;
    END IF;
    PERFORM signal_waitlist(s, tstzrange(NEW.starts_at - make_interval(mins => v.buffer_before_minutes),
            NEW.ends_at + make_interval(mins => v.buffer_after_minutes)),
            CASE WHEN NEW.waitlist_id IS NULL THEN NEW.created_at ELSE '-infinity' END, NEW.case_id)
        FROM visit_type v, unnest(NEW.specialist_id || NEW.colleagues) s
        WHERE v.id = NEW.visit_type AND v.version = NEW.visit_version;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.signal_freed_hold() OWNER TO consilium_owner;
CREATE FUNCTION consilium.signal_freed_imports() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM signal_waitlist(g.specialist_id, NULL) FROM (SELECT DISTINCT specialist_id FROM gone) g;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.signal_freed_imports() OWNER TO consilium_owner;
CREATE FUNCTION consilium.signal_freed_time_off() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM signal_waitlist(OLD.specialist_id, OLD.during, OLD.created_at);
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.signal_freed_time_off() OWNER TO consilium_owner;
CREATE FUNCTION consilium.signal_new_openings() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    PERFORM signal_waitlist((to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[0])::uuid, NULL);
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.signal_new_openings() OWNER TO consilium_owner;
CREATE FUNCTION consilium.signal_waitlist(the_specialist uuid, given tstzrange, taken timestamp with time zone DEFAULT '-infinity'::timestamp with time zone, giver uuid DEFAULT NULL::uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO waitlist_signal (specialist_id, during, taken_at, given_by)
    SELECT the_specialist, given, taken, giver
    WHERE (given IS NULL OR upper(given) > clock_timestamp())
        AND EXISTS (SELECT FROM waitlist w WHERE w.specialist_id = the_specialist AND w.state = 'waiting');
END
$$;
ALTER FUNCTION consilium.signal_waitlist(the_specialist uuid, given tstzrange, taken timestamp with time zone, giver uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.sleep_end(wall_clock timestamp without time zone, quiet_from time without time zone, quiet_to time without time zone) RETURNS timestamp without time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN consilium.quiet_end(consilium.quiet_end(wall_clock, '21:00:00'::time without time zone, '08:00:00'::time without time zone), quiet_from, quiet_to);
ALTER FUNCTION consilium.sleep_end(wall_clock timestamp without time zone, quiet_from time without time zone, quiet_to time without time zone) OWNER TO consilium_owner;
CREATE FUNCTION consilium.soonest(specialists uuid[], type_id text, from_at timestamp with time zone, to_at timestamp with time zone, most integer, party_taken tstzmultirange, wanted tstzmultirange DEFAULT NULL::tstzmultirange, except_hold uuid DEFAULT NULL::uuid, apart interval DEFAULT '00:00:00'::interval) RETURNS SETOF consilium.opening
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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
    -- With hundreds of specialists, the first half day mostly has enough.
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
                -- Starts are multiples of the step on the specialist's clock: the next one from the piece's beginning, unless
                -- that clock changes before it. Without it, everybody who is open now would seem to have the soonest.
                LATERAL (SELECT b.low AT TIME ZONE f.zone AS wall_clock OFFSET 0) w,
                LATERAL (SELECT CASE WHEN (b.low + step) AT TIME ZONE f.zone = w.wall_clock + step
                    THEN b.low + (date_bin(step, w.wall_clock + step - interval '1 microsecond',
                        date_trunc('day', w.wall_clock)) - w.wall_clock)
                    ELSE b.low END AS next_start OFFSET 0) n
            WHERE b.low < b.high AND n.next_start < b.high
                AND (wanted IS NULL OR wanted && tstzrange(b.low, b.high))
            ORDER BY n.next_start, e.place
        LOOP
            EXIT WHEN cardinality(found) = most AND piece.next_start >= found[most].starts_at;
            low := greatest(piece.low,
                (SELECT max(f.starts_at) + apart FROM unnest(found) f WHERE f.specialist_id = piece.id));
            chosen := '{}';
            -- Only what comes before the last that was found is of use.
            FOR choice IN
                SELECT piece.id, o.starts_at, o.ends_at, o.wall_clock, o.zone
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
                SELECT (f.specialist_id, f.starts_at, f.ends_at, f.wall_clock, f.zone)::opening
                FROM unnest(found || chosen) WITH ORDINALITY
                    f (specialist_id, starts_at, ends_at, wall_clock, zone, place)
                ORDER BY f.starts_at, f.place LIMIT most);
        END LOOP;
        EXIT WHEN cardinality(found) = most OR window_end = last_start;
    END LOOP;
    RETURN QUERY SELECT * FROM unnest(found);
END
$$;
ALTER FUNCTION consilium.soonest(specialists uuid[], type_id text, from_at timestamp with time zone, to_at timestamp with time zone, most integer, party_taken tstzmultirange, wanted tstzmultirange, except_hold uuid, apart interval) OWNER TO consilium_owner;
CREATE FUNCTION consilium.specialist_backlog(OUT proposed integer, OUT approved integer) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    SELECT count(*) FILTER (WHERE p.state = 'proposed')::integer, count(*) FILTER (WHERE p.state = 'approved')::integer
    FROM specialist_proposal p WHERE p.state IN ('proposed', 'approved') AND p.expires_at > clock_timestamp()
$$;
ALTER FUNCTION consilium.specialist_backlog(OUT proposed integer, OUT approved integer) OWNER TO consilium_owner;
CREATE FUNCTION consilium.specialist_loads() RETURNS TABLE(specialist_id uuid, taken integer, working integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    SELECT o.specialist_id,
        (count(*) FILTER (WHERE o.state = 'waiting' AND o.expires_at > clock_timestamp()
            OR o.state = 'accepted' AND o.decided_at > clock_timestamp() - interval '7 days'))::integer,
        (count(*) FILTER (WHERE o.state = 'accepted' AND c.state IN ('accepted', 'reviewing')))::integer
    FROM offer o JOIN clinical_case c ON c.id = o.case_id
    WHERE o.state IN ('waiting', 'accepted')
    GROUP BY o.specialist_id
$$;
ALTER FUNCTION consilium.specialist_loads() OWNER TO consilium_owner;
CREATE FUNCTION consilium.stamp_appointment() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.sequence IS DISTINCT FROM OLD.sequence THEN
        NEW.stamped_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION consilium.stamp_appointment() OWNER TO consilium_owner;
CREATE FUNCTION consilium.subtract_from_free_spans(the_specialist uuid, taken tstzrange) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'consilium', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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
ALTER FUNCTION consilium.subtract_from_free_spans(the_specialist uuid, taken tstzrange) OWNER TO consilium_owner;
CREATE FUNCTION consilium.sync_busy_of_appointment() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM busy b WHERE b.appointment_id = NEW.id;
    END IF;
    IF NEW.state <> 'cancelled' THEN
        PERFORM add_busy(NEW.specialist_id || NEW.colleagues, NEW.party_id,
            NEW.visit_type, NEW.visit_version, NEW.starts_at, NEW.ends_at, NULL, NEW.id, 'infinity');
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.sync_busy_of_appointment() OWNER TO consilium_owner;
CREATE FUNCTION consilium.sync_busy_of_hold() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM busy b WHERE b.hold_id = NEW.id;
    END IF;
    IF NEW.state = 'active' THEN
        PERFORM add_busy(NEW.specialist_id || NEW.colleagues, CASE NEW.kind WHEN 'asked' THEN NEW.party_id END,
            NEW.visit_type, NEW.visit_version, NEW.starts_at, NEW.ends_at, NEW.id, NULL, NEW.expires_at);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.sync_busy_of_hold() OWNER TO consilium_owner;
CREATE FUNCTION consilium.sync_caregiver_parts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF NEW.state = 'active' THEN
        INSERT INTO case_part (case_id, account_id, part)
        SELECT c.id, NEW.caregiver_id, 'caregiver' FROM clinical_case c
        WHERE c.patient_id = NEW.patient_id AND c.state NOT IN ('closed', 'withdrawn', 'unable')
        ON CONFLICT (case_id, account_id) DO UPDATE SET until = NULL WHERE case_part.part = 'caregiver';
    ELSIF NEW.state = 'ended' THEN
        UPDATE case_part p SET until = clock_timestamp() FROM clinical_case c
        WHERE c.id = p.case_id AND c.patient_id = NEW.patient_id AND p.account_id = NEW.caregiver_id
            AND p.part = 'caregiver' AND p.until IS NULL;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.sync_caregiver_parts() OWNER TO consilium_owner;
CREATE FUNCTION consilium.sync_delivery() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE consilium.delivery
    SET state = CASE NEW.state WHEN 'done' THEN 'dropped' WHEN 'buried' THEN 'failed' ELSE 'pending' END,
        last_error = CASE NEW.state WHEN 'buried' THEN NEW.last_error END, changed_at = clock_timestamp()
    WHERE notification_id = NEW.id AND state = CASE OLD.state WHEN 'buried' THEN 'failed' ELSE 'pending' END;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.sync_delivery() OWNER TO consilium_owner;
CREATE FUNCTION consilium.sync_free_spans_with_busy() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM refresh_free_spans(OLD.person_id, OLD.during);
    ELSE
        PERFORM subtract_from_free_spans(NEW.person_id, NEW.during);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.sync_free_spans_with_busy() OWNER TO consilium_owner;
CREATE FUNCTION consilium.sync_free_spans_with_imports() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
DECLARE
    past timestamptz := clock_timestamp() - interval '2 days';
BEGIN
    PERFORM refresh_free_spans(c.specialist_id, tstzrange(greatest(min(lower(c.during)), past), max(upper(c.during))))
    FROM changed c WHERE upper(c.during) > past GROUP BY c.specialist_id;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.sync_free_spans_with_imports() OWNER TO consilium_owner;
CREATE FUNCTION consilium.sync_free_spans_with_time_off() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
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
ALTER FUNCTION consilium.sync_free_spans_with_time_off() OWNER TO consilium_owner;
CREATE FUNCTION consilium.sync_reveals_prior() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    UPDATE record_file SET reveals_prior = NEW.reveals_prior WHERE record_id = NEW.id;
    UPDATE file_chunk k SET reveals_prior = NEW.reveals_prior FROM record_file f
    WHERE f.record_id = NEW.id AND k.file_id = f.id;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.sync_reveals_prior() OWNER TO consilium_owner;
CREATE FUNCTION consilium.take_role(the_account uuid, the_role text) RETURNS TABLE(notice text, subject_id uuid, person_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    IF NOT may_end_access() THEN
        RAISE EXCEPTION 'not an operator' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'take_role';
    END IF;
    IF NOT EXISTS (SELECT FROM account_role r
        WHERE r.account_id = the_account AND r.role = the_role AND r.role <> 'patient') THEN
        RETURN;
    END IF;
    PERFORM end_sessions(the_account, NULL);
    DELETE FROM account_role r WHERE r.account_id = the_account AND r.role = the_role AND r.role <> 'patient';
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO ending_access DEFAULT VALUES;
    PERFORM end_invitations(the_account);
    RETURN QUERY SELECT * FROM release_person(the_account, ARRAY[the_role]);
    PERFORM lock_cases_of_clinician(the_account);
    IF the_role = 'caregiver' THEN
        UPDATE caregiver_grant g SET state = 'ended', ended_at = clock_timestamp()
        WHERE g.caregiver_id = the_account AND g.state <> 'ended';
    END IF;
    UPDATE case_part p SET until = clock_timestamp()
    WHERE p.account_id = the_account AND p.until IS NULL AND CASE the_role
        WHEN 'specialist' THEN p.part IN ('candidate', 'specialist', 'colleague') ELSE p.part = the_role END;
    DELETE FROM ending_access e WHERE e.xact = pg_current_xact_id();
    RETURN QUERY SELECT 'role_taken', the_account, the_account;
END
$$;
ALTER FUNCTION consilium.take_role(the_account uuid, the_role text) OWNER TO consilium_owner;
CREATE FUNCTION consilium.thread_news(cases uuid[], kinds text[], readers uuid[], afters bigint[], marks bigint[]) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY SELECT w.place
    FROM unnest(cases, kinds, readers, afters, marks)
            WITH ORDINALITY w (the_case, kind, reader, after, marks_delivered, place)
        LEFT JOIN thread t ON t.case_id = w.the_case AND t.kind = w.kind
    WHERE t.id IS NULL OR t.last_seq > w.after
        OR w.marks_delivered <> (SELECT coalesce(sum(k.seq), 0) FROM read_marker k WHERE k.thread_id = t.id)
        OR NOT reads_now(w.reader, w.the_case)
        OR w.kind <> 'care' AND NOT EXISTS (SELECT FROM case_part p WHERE p.case_id = w.the_case
            AND p.account_id = w.reader AND p.until IS NULL AND p.part IN ('specialist', 'coordinator'));
END
$$;
ALTER FUNCTION consilium.thread_news(cases uuid[], kinds text[], readers uuid[], afters bigint[], marks bigint[]) OWNER TO consilium_owner;
CREATE FUNCTION consilium.wait_for_records() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM record r WHERE r.case_id = NEW.id AND r.state = 'asked') THEN
        UPDATE clinical_case SET state = 'collecting', version = version + 1 WHERE id = NEW.id;
        INSERT INTO task (id, case_id, kind, state, due_at)
        VALUES (gen_random_uuid(), NEW.id, 'complete_case', 'open', clock_timestamp() + interval '1 day')
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION consilium.wait_for_records() OWNER TO consilium_owner;
CREATE FUNCTION consilium.waitlist_people(entry consilium.waitlist) RETURNS uuid[]
    LANGUAGE sql STABLE
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    SELECT coalesce(array_agg(p.account_id ORDER BY p.account_id), '{}') FROM case_part p
    WHERE p.case_id = entry.case_id AND p.until IS NULL AND (p.account_id = entry.party_id
        OR p.account_id = entry.joined_by AND p.part IN ('patient', 'caregiver', 'treating_clinician'))
$$;
ALTER FUNCTION consilium.waitlist_people(entry consilium.waitlist) OWNER TO consilium_owner;
CREATE FUNCTION consilium.waitlist_position(the_entry uuid) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
    SELECT (SELECT count(*)::integer FROM waitlist o WHERE o.specialist_id = w.specialist_id AND o.state = 'waiting'
        AND (o.joined_at, o.id) <= (w.joined_at, w.id))
    FROM waitlist w WHERE w.id = the_entry AND w.state = 'waiting' AND w.case_id IN (SELECT reading_cases())
$$;
ALTER FUNCTION consilium.waitlist_position(the_entry uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.wall_clock_hours(zone text, weekdays integer[], earliest time without time zone, latest time without time zone, from_at timestamp with time zone, to_at timestamp with time zone) RETURNS tstzmultirange
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(range_agg(tstzrange(
        consilium.instant_of(day + earliest, zone), consilium.instant_of(day + latest, zone))), '{}')
    FROM (
        SELECT (from_at AT TIME ZONE zone)::date + n AS day
        FROM generate_series(0, (to_at AT TIME ZONE zone)::date - (from_at AT TIME ZONE zone)::date) n
    ) d
    WHERE extract(isodow FROM day)::integer = ANY (weekdays)
$$;
ALTER FUNCTION consilium.wall_clock_hours(zone text, weekdays integer[], earliest time without time zone, latest time without time zone, from_at timestamp with time zone, to_at timestamp with time zone) OWNER TO consilium_owner;
CREATE FUNCTION consilium.withdraw_factor_recovery(the_recovery uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    UPDATE factor_recovery r SET state = 'withdrawn', email = NULL, decided_by = actor(), decided_at = clock_timestamp()
    WHERE r.id = the_recovery AND r.state = 'proposed' AND (has_role('operator') OR r.account_id = actor());
    RETURN FOUND;
END
$$;
ALTER FUNCTION consilium.withdraw_factor_recovery(the_recovery uuid) OWNER TO consilium_owner;
CREATE FUNCTION consilium.withdraw_specialist(the_proposal uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    UPDATE specialist_proposal p SET state = 'withdrawn'
    WHERE p.id = the_proposal AND p.state IN ('proposed', 'approved')
        AND (has_role('operator') OR has_role('coordinator') AND p.proposed_by = actor());
    RETURN FOUND;
END
$$;
ALTER FUNCTION consilium.withdraw_specialist(the_proposal uuid) OWNER TO consilium_owner;
CREATE TABLE consilium.case_part (
    case_id uuid NOT NULL,
    account_id uuid NOT NULL,
    part consilium.word NOT NULL,
    reads_case boolean DEFAULT false NOT NULL,
    sees_prior boolean DEFAULT false NOT NULL,
    reads_opinion boolean DEFAULT false NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    until timestamp with time zone,
    CONSTRAINT case_part_part_known CHECK (((part)::text = ANY (ARRAY['patient'::text, 'caregiver'::text, 'candidate'::text, 'specialist'::text, 'colleague'::text, 'treating_clinician'::text, 'coordinator'::text])))
);
ALTER TABLE ONLY consilium.case_part FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.case_part OWNER TO consilium_owner;
COMMENT ON TABLE consilium.case_part IS 'Who takes part in a case as what, and what that lets them read. Every policy on clinical tables asks this table, but for reading by emergency access. The rights follow from the part (set_part_rights).';
COMMENT ON COLUMN consilium.case_part.reads_case IS 'Intake, records, messages. A candidate decides on the coarse reason alone.';
COMMENT ON COLUMN consilium.case_part.sees_prior IS 'What reveals the earlier opinion. A blinded specialist gets it with the signed first read.';
COMMENT ON COLUMN consilium.case_part.reads_opinion IS 'The signed opinion and first read.';
COMMENT ON COLUMN consilium.case_part.until IS 'When the part ended; NULL while it lasts.';
CREATE TABLE consilium.intake_part (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    kind consilium.word NOT NULL,
    ordinal smallint DEFAULT 0 NOT NULL,
    reveals_prior boolean NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT intake_part_kind_known CHECK (((kind)::text = ANY (ARRAY['condition'::text, 'symptoms'::text, 'history'::text, 'medicines'::text, 'allergies'::text, 'diagnosis'::text, 'treatment'::text, 'goals'::text, 'question'::text]))),
    CONSTRAINT intake_part_safety_facts_shown CHECK ((NOT (((kind)::text = ANY (ARRAY['medicines'::text, 'allergies'::text])) AND reveals_prior)))
);
ALTER TABLE ONLY consilium.intake_part FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.intake_part OWNER TO consilium_owner;
COMMENT ON TABLE consilium.intake_part IS 'What the patient''s side says about the condition. Written while the case is a draft.';
COMMENT ON COLUMN consilium.intake_part.reveals_prior IS 'Whether it reveals the earlier opinion, and is withheld from a blinded specialist.';
COMMENT ON COLUMN consilium.intake_part.body IS 'Sealed by the case key.';
CREATE TABLE consilium.record (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    kind consilium.word NOT NULL,
    state consilium.word NOT NULL,
    reveals_prior boolean NOT NULL,
    title bytea NOT NULL,
    added_by uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT record_kind_known CHECK (((kind)::text = ANY (ARRAY['pathology_report'::text, 'imaging_report'::text, 'referral_letter'::text, 'clinic_note'::text, 'operative_note'::text, 'imaging'::text, 'slides'::text, 'lab_values'::text, 'medication_list'::text, 'other'::text]))),
    CONSTRAINT record_safety_facts_shown CHECK ((NOT (((kind)::text = 'medication_list'::text) AND reveals_prior))),
    CONSTRAINT record_state_known CHECK (((state)::text = ANY (ARRAY['asked'::text, 'received'::text, 'waived'::text])))
);
ALTER TABLE ONLY consilium.record FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.record OWNER TO consilium_owner;
COMMENT ON TABLE consilium.record IS 'One thing that the case needs, as a pathology report: asked for, received or waived.';
COMMENT ON COLUMN consilium.record.reveals_prior IS 'Whether it reveals the earlier opinion, and is withheld from a blinded specialist.';
COMMENT ON COLUMN consilium.record.title IS 'Sealed by the case key.';
CREATE FUNCTION consilium.withheld_counts(the_case uuid, OUT intake_parts integer, OUT records integer) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    BEGIN ATOMIC
 SELECT ( SELECT (count(*))::integer AS count
            FROM consilium.intake_part i
           WHERE ((i.case_id = p.case_id) AND i.reveals_prior)) AS count,
     ( SELECT (count(*))::integer AS count
            FROM consilium.record r
           WHERE ((r.case_id = p.case_id) AND r.reveals_prior)) AS count
    FROM consilium.case_part p
   WHERE ((p.case_id = withheld_counts.the_case) AND (p.account_id = consilium.actor()) AND (p.until IS NULL) AND p.reads_case AND (NOT p.sees_prior));
END;
ALTER FUNCTION consilium.withheld_counts(the_case uuid, OUT intake_parts integer, OUT records integer) OWNER TO consilium_owner;
CREATE FUNCTION consilium.zone_of(the_person uuid) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'consilium', 'pg_temp'
    AS $$
BEGIN
    RETURN (SELECT a.time_zone FROM account a WHERE a.id = the_person
        AND (the_person = actor() OR the_person IN (SELECT my_people())));
END
$$;
ALTER FUNCTION consilium.zone_of(the_person uuid) OWNER TO consilium_owner;
CREATE TABLE consilium.account_particular (
    account_id uuid NOT NULL,
    kind consilium.word NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT account_particular_kind_known CHECK (((kind)::text = ANY (ARRAY['name'::text, 'birth'::text, 'contact'::text])))
);
ALTER TABLE ONLY consilium.account_particular FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.account_particular OWNER TO consilium_owner;
COMMENT ON TABLE consilium.account_particular IS 'What people told of themselves. Each kind has a seal of its own by the person key, because different people may read it: participants of a case read names, who reads a case reads its patient''s birth date and sex, its coordinators read the patient''s contact.';
COMMENT ON COLUMN consilium.account_particular.sealed IS 'Sealed by the person key.';
CREATE TABLE consilium.account_role (
    account_id uuid NOT NULL,
    role consilium.word NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT account_role_role_known CHECK (((role)::text = ANY (ARRAY['patient'::text, 'caregiver'::text, 'specialist'::text, 'treating_clinician'::text, 'coordinator'::text, 'operator'::text])))
);
ALTER TABLE ONLY consilium.account_role FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.account_role OWNER TO consilium_owner;
COMMENT ON TABLE consilium.account_role IS 'The roles of each account in the whole service. What somebody may do in one case is in case_part.';
CREATE TABLE consilium.audit_entry (
    chain_kind consilium.word NOT NULL,
    chain_id uuid NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id uuid,
    action consilium.word NOT NULL,
    subject_id uuid NOT NULL,
    items integer DEFAULT 1 NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_entry_hash_length CHECK ((octet_length(hash) = 32)),
    CONSTRAINT audit_entry_items_not_negative CHECK ((items >= 0)),
    CONSTRAINT audit_entry_seq_positive CHECK ((seq > 0))
);
ALTER TABLE ONLY consilium.audit_entry FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.audit_entry OWNER TO consilium_owner;
COMMENT ON TABLE consilium.audit_entry IS 'Append only. An entry''s hash covers the hash before it and audit_bytes of its own fields.';
COMMENT ON COLUMN consilium.audit_entry.actor_id IS 'Who acted. NULL: the system itself (the worker, an operator''s command).';
COMMENT ON COLUMN consilium.audit_entry.action IS 'What was read or written, as read.record or appointment.created:booked. A read by emergency access begins with read.emergency.';
COMMENT ON COLUMN consilium.audit_entry.items IS 'How many things a delivered list or range held.';
COMMENT ON COLUMN consilium.audit_entry.hash IS 'SHA-256 over the hash before it and audit_bytes; zeros stand before the first.';
CREATE TABLE consilium.audit_source (
    chain_kind consilium.word NOT NULL,
    chain_id uuid NOT NULL,
    seq bigint NOT NULL,
    source_id uuid NOT NULL
);
ALTER TABLE ONLY consilium.audit_source FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.audit_source OWNER TO consilium_owner;
COMMENT ON TABLE consilium.audit_source IS 'From where the write of an entry was made. It is outside the hash, and what it leads to is sealed by the person''s key: a person can be forgotten and the chain stays whole.';
COMMENT ON COLUMN consilium.audit_source.source_id IS 'An id of request_source.';
CREATE TABLE consilium.availability_date (
    specialist_id uuid NOT NULL,
    on_date date NOT NULL,
    rule_id uuid NOT NULL,
    opens smallint NOT NULL,
    closes smallint NOT NULL,
    visit_types consilium.word[],
    CONSTRAINT availability_date_closes_after_opening CHECK (((0 <= opens) AND (opens < closes) AND (closes <= 1440)))
);
ALTER TABLE ONLY consilium.availability_date FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.availability_date OWNER TO consilium_owner;
COMMENT ON TABLE consilium.availability_date IS 'The dates that the rules mean, up to availability_horizon, so that no rule has to be expanded to see an hour.';
COMMENT ON COLUMN consilium.availability_date.opens IS 'In minutes of the day on the wall clock.';
COMMENT ON COLUMN consilium.availability_date.closes IS 'In minutes of the day on the wall clock.';
COMMENT ON COLUMN consilium.availability_date.visit_types IS 'As in the rule''s set.';
CREATE TABLE consilium.availability_horizon (
    specialist_id uuid NOT NULL,
    until date NOT NULL
);
ALTER TABLE ONLY consilium.availability_horizon FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.availability_horizon OWNER TO consilium_owner;
COMMENT ON TABLE consilium.availability_horizon IS 'Up to which date the dates of a specialist''s rules are written. No visit type can be booked further ahead than 365 days; the worker keeps the dates beyond that.';
CREATE TABLE consilium.availability_override (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    specialist_id uuid NOT NULL,
    place smallint DEFAULT 0 NOT NULL,
    on_date date NOT NULL,
    mode consilium.word NOT NULL,
    opens smallint,
    closes smallint,
    visit_types consilium.word[],
    CONSTRAINT availability_override_closes_after_opening CHECK (((0 <= opens) AND (opens < closes) AND (closes <= 1440))),
    CONSTRAINT availability_override_hours_or_day_off CHECK ((((opens IS NULL) = (closes IS NULL)) AND ((opens IS NOT NULL) OR ((mode)::text = 'replace'::text)))),
    CONSTRAINT availability_override_mode_known CHECK (((mode)::text = ANY (ARRAY['replace'::text, 'add'::text]))),
    CONSTRAINT availability_override_visit_types_not_empty CHECK ((cardinality(visit_types) > 0))
);
ALTER TABLE ONLY consilium.availability_override FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.availability_override OWNER TO consilium_owner;
COMMENT ON TABLE consilium.availability_override IS 'What a date has instead of the hours of its rules, or beside them; one row an interval. A day off is one row without hours.';
COMMENT ON COLUMN consilium.availability_override.place IS 'The order in which the specialist gave them; the intervals of one override share it.';
COMMENT ON COLUMN consilium.availability_override.opens IS 'In minutes of the day on the wall clock; NULL with closes: a day off.';
CREATE TABLE consilium.availability_rule (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    specialist_id uuid NOT NULL,
    set_id uuid NOT NULL,
    place smallint DEFAULT 0 NOT NULL,
    rrule consilium.rrule,
    start_date date NOT NULL,
    starts time without time zone NOT NULL,
    ends time without time zone NOT NULL,
    exdates date[] DEFAULT '{}'::date[] NOT NULL,
    rdates date[] DEFAULT '{}'::date[] NOT NULL,
    CONSTRAINT availability_rule_ends_after_start CHECK ((starts < ends))
);
ALTER TABLE ONLY consilium.availability_rule FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.availability_rule OWNER TO consilium_owner;
COMMENT ON TABLE consilium.availability_rule IS 'Hours of wall-clock time on every date of a recurrence.';
COMMENT ON COLUMN consilium.availability_rule.rrule IS 'RFC 5545 RRULE. NULL: start_date alone, and rdates.';
COMMENT ON COLUMN consilium.availability_rule.ends IS '24:00 is the end of the day.';
CREATE TABLE consilium.availability_set (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    specialist_id uuid NOT NULL,
    place smallint DEFAULT 0 NOT NULL,
    effective daterange DEFAULT daterange(NULL::date, NULL::date) NOT NULL,
    visit_types consilium.word[],
    CONSTRAINT availability_set_effective_not_empty CHECK ((NOT isempty(effective))),
    CONSTRAINT availability_set_visit_types_not_empty CHECK ((cardinality(visit_types) > 0))
);
ALTER TABLE ONLY consilium.availability_set FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.availability_set OWNER TO consilium_owner;
COMMENT ON TABLE consilium.availability_set IS 'Rules that hold together between two dates, as a summer timetable, and for some kinds of consult alone where those are named.';
COMMENT ON COLUMN consilium.availability_set.place IS 'The order in which the specialist gave them.';
COMMENT ON COLUMN consilium.availability_set.visit_types IS 'NULL: every kind of consult.';
CREATE TABLE consilium.blind_break (
    case_id uuid NOT NULL,
    account_id uuid NOT NULL,
    reason bytea NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE ONLY consilium.blind_break FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.blind_break OWNER TO consilium_owner;
COMMENT ON TABLE consilium.blind_break IS 'Who broke the blind of a case, which the opinion then says.';
COMMENT ON COLUMN consilium.blind_break.reason IS 'Sealed by the case key.';
CREATE TABLE consilium.busy (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    person_id uuid NOT NULL,
    during tstzrange NOT NULL,
    hold_id uuid,
    appointment_id uuid,
    lapses_at timestamp with time zone DEFAULT 'infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT busy_appointment_does_not_lapse CHECK (((appointment_id IS NULL) OR (lapses_at = 'infinity'::timestamp with time zone))),
    CONSTRAINT busy_during_not_empty CHECK ((NOT isempty(during))),
    CONSTRAINT busy_of_hold_or_appointment CHECK (((hold_id IS NULL) <> (appointment_id IS NULL)))
);
ALTER TABLE ONLY consilium.busy FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.busy OWNER TO consilium_owner;
COMMENT ON TABLE consilium.busy IS 'When people are taken by holds and consults; nobody is in two at one time (busy_overlap). One row for each person of each (one that is imported when it is over has none). It follows from hold and appointment and is written by their triggers alone.';
COMMENT ON COLUMN consilium.busy.during IS 'With the buffers of the visit type for a specialist, without them for the party.';
COMMENT ON COLUMN consilium.busy.lapses_at IS 'From when on the row of a hold does not count, whether or not a worker runs. Who wants the range then lets the hold lapse first (lapse_holds).';
CREATE TABLE consilium.calendar (
    person_id uuid NOT NULL
);
ALTER TABLE ONLY consilium.calendar FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.calendar OWNER TO consilium_owner;
COMMENT ON TABLE consilium.calendar IS 'One row a person, which is only there to be locked: parties before specialists, each by id, FOR NO KEY UPDATE, before anything of their time is read or written.';
CREATE TABLE consilium.calendar_conflict (
    calendar_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    sequence integer NOT NULL,
    notified_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE ONLY consilium.calendar_conflict FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.calendar_conflict OWNER TO consilium_owner;
COMMENT ON TABLE consilium.calendar_conflict IS 'Of which collisions with a booked consult a specialist was told, by each calendar that has them.';
CREATE TABLE consilium.calendar_feed (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    token_digest bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT calendar_feed_token_digest_length CHECK ((octet_length(token_digest) = 32))
);
ALTER TABLE ONLY consilium.calendar_feed FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.calendar_feed OWNER TO consilium_owner;
COMMENT ON TABLE consilium.calendar_feed IS 'The calendar feeds that people subscribe to. A revoked feed is removed: its secret is then an unknown one.';
COMMENT ON COLUMN consilium.calendar_feed.token_digest IS 'SHA-256 of the secret in the feed''s address.';
CREATE TABLE consilium.calendar_feed_fetch (
    feed_id uuid NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY consilium.calendar_feed_fetch FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.calendar_feed_fetch OWNER TO consilium_owner;
COMMENT ON TABLE consilium.calendar_feed_fetch IS 'When a program last fetched a feed, to the hour. It is no write of the person, so it is apart from what is audited.';
CREATE TABLE consilium.calendar_poll (
    calendar_id uuid NOT NULL,
    poll_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    fence bigint DEFAULT 0 NOT NULL,
    begun smallint DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    failing_since timestamp with time zone,
    problem consilium.word,
    checked_at timestamp with time zone,
    read_at timestamp with time zone,
    version bytea,
    unclear_rules integer DEFAULT 0 NOT NULL,
    unclear_zones integer DEFAULT 0 NOT NULL,
    unreadable integer DEFAULT 0 NOT NULL,
    unclear bytea,
    failure_notified_at timestamp with time zone,
    notified_events bytea,
    events_notified_at timestamp with time zone,
    CONSTRAINT calendar_poll_begun_not_negative CHECK ((begun >= 0)),
    CONSTRAINT calendar_poll_failing_has_problem CHECK (((failing_since IS NULL) = (problem IS NULL))),
    CONSTRAINT calendar_poll_notified_has_time CHECK (((notified_events IS NULL) = (events_notified_at IS NULL))),
    CONSTRAINT calendar_poll_read_has_version CHECK (((read_at IS NULL) = (version IS NULL)))
);
ALTER TABLE ONLY consilium.calendar_poll FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.calendar_poll OWNER TO consilium_owner;
COMMENT ON TABLE consilium.calendar_poll IS 'How the polling of each linked calendar fares. Begun with the link, then written by the worker, and by reread_calendars. Apart from linked_calendar, whose changes are audited.';
COMMENT ON COLUMN consilium.calendar_poll.poll_at IS 'When it is to be fetched next. The worker that takes it moves this forward for as long as the fetch may last.';
COMMENT ON COLUMN consilium.calendar_poll.fence IS 'Rises with every fetch; what an earlier fetch still writes is refused.';
COMMENT ON COLUMN consilium.calendar_poll.begun IS 'Fetches that were begun since one came to an end, counted before each: a fetch that ends its worker shows here.';
COMMENT ON COLUMN consilium.calendar_poll.checked_at IS 'When its server last answered.';
COMMENT ON COLUMN consilium.calendar_poll.read_at IS 'When its events were last read.';
COMMENT ON COLUMN consilium.calendar_poll.version IS 'What its server calls the version that was read, sealed by the person key.';
COMMENT ON COLUMN consilium.calendar_poll.unclear_rules IS 'Events of the last reading that block more than they may need, because of their rule.';
COMMENT ON COLUMN consilium.calendar_poll.unclear_zones IS 'The same, because of their time zone.';
COMMENT ON COLUMN consilium.calendar_poll.unreadable IS 'Events of the last reading that could not be read.';
COMMENT ON COLUMN consilium.calendar_poll.unclear IS 'The first of these events, by when they are, sealed by the person key.';
COMMENT ON COLUMN consilium.calendar_poll.failure_notified_at IS 'When the specialist was told that it fails, for as long as it does.';
COMMENT ON COLUMN consilium.calendar_poll.notified_events IS 'Of which unclear events the specialist was told, sealed by the person key.';
CREATE TABLE consilium.caregiver_grant (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    caregiver_id uuid,
    kind consilium.word NOT NULL,
    state consilium.word NOT NULL,
    token_digest bytea NOT NULL,
    email bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT caregiver_grant_active_has_caregiver CHECK ((((state)::text <> 'active'::text) OR (caregiver_id IS NOT NULL))),
    CONSTRAINT caregiver_grant_kind_known CHECK (((kind)::text = ANY (ARRAY['grant'::text, 'guardian'::text]))),
    CONSTRAINT caregiver_grant_not_self CHECK ((caregiver_id <> patient_id)),
    CONSTRAINT caregiver_grant_state_known CHECK (((state)::text = ANY (ARRAY['invited'::text, 'active'::text, 'ended'::text])))
);
ALTER TABLE ONLY consilium.caregiver_grant FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.caregiver_grant OWNER TO consilium_owner;
COMMENT ON TABLE consilium.caregiver_grant IS 'Who acts for a patient, as themselves and with their own account.';
COMMENT ON COLUMN consilium.caregiver_grant.caregiver_id IS 'NULL until the invitation was accepted.';
COMMENT ON COLUMN consilium.caregiver_grant.token_digest IS 'SHA-256 of the secret in the invitation''s link.';
COMMENT ON COLUMN consilium.caregiver_grant.email IS 'The invited address, sealed by the patient''s person key.';
CREATE TABLE consilium.case_key (
    case_id uuid NOT NULL,
    wrapped bytea,
    master_key text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    destroyed_at timestamp with time zone,
    CONSTRAINT case_key_wrapped_until_destroyed CHECK (((wrapped IS NULL) = (destroyed_at IS NOT NULL)))
);
ALTER TABLE ONLY consilium.case_key FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.case_key OWNER TO consilium_owner;
COMMENT ON TABLE consilium.case_key IS 'The data key of each case.';
COMMENT ON COLUMN consilium.case_key.wrapped IS 'The key, wrapped by the master key that master_key names; NULL once it was destroyed.';
CREATE TABLE consilium.clinical_case (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    state consilium.word NOT NULL,
    blinded boolean NOT NULL,
    lane consilium.word NOT NULL,
    jurisdiction consilium.jurisdiction NOT NULL,
    language consilium.language_tag NOT NULL,
    reason bytea NOT NULL,
    specialist_id uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    submitted_at timestamp with time zone,
    first_accepted_at timestamp with time zone,
    ended_at timestamp with time zone,
    unable_reason consilium.word,
    CONSTRAINT clinical_case_lane_known CHECK (((lane)::text = ANY (ARRAY['licensed'::text, 'peer_to_peer'::text]))),
    CONSTRAINT clinical_case_reason_of_unable CHECK (((unable_reason IS NULL) OR ((state)::text = 'unable'::text))),
    CONSTRAINT clinical_case_specialist_not_patient CHECK ((specialist_id IS DISTINCT FROM patient_id)),
    CONSTRAINT clinical_case_state_known CHECK (((state)::text = ANY (ARRAY['draft'::text, 'submitted'::text, 'collecting'::text, 'ready'::text, 'offered'::text, 'accepted'::text, 'reviewing'::text, 'opined'::text, 'delivered'::text, 'follow_up'::text, 'closed'::text, 'withdrawn'::text, 'unable'::text]))),
    CONSTRAINT clinical_case_unable_reason_known CHECK (((unable_reason)::text = ANY (ARRAY['no_lane'::text, 'nobody_accepts'::text, 'no_records'::text, 'patient_unreachable'::text, 'other'::text])))
);
ALTER TABLE ONLY consilium.clinical_case FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.clinical_case OWNER TO consilium_owner;
COMMENT ON TABLE consilium.clinical_case IS 'One request for a second opinion by one patient about one condition.';
COMMENT ON COLUMN consilium.clinical_case.blinded IS 'Whether the specialist reads first what does not reveal the earlier opinion; fixed at submission.';
COMMENT ON COLUMN consilium.clinical_case.lane IS 'The licence lane that the patient asks for; matching may only offer this one.';
COMMENT ON COLUMN consilium.clinical_case.jurisdiction IS 'Where the patient lives, copied from their account at creation, at submission and with a correction of the lane: it decides which licence is needed.';
COMMENT ON COLUMN consilium.clinical_case.reason IS 'The coarse reason for review, sealed by the case key. It must not reveal the earlier opinion. The condition is intake.';
COMMENT ON COLUMN consilium.clinical_case.specialist_id IS 'The specialist who accepted.';
COMMENT ON COLUMN consilium.clinical_case.first_accepted_at IS 'When a specialist first accepted the case: from then on somebody may have read its files, also after the case was reassigned.';
COMMENT ON COLUMN consilium.clinical_case.unable_reason IS 'Why no opinion could be given.';
CREATE TABLE consilium.condition (
    code text NOT NULL COLLATE pg_catalog."C",
    billable boolean NOT NULL,
    title text NOT NULL,
    search_title text NOT NULL,
    CONSTRAINT condition_code_is_icd10cm CHECK ((code ~ '^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$'::text))
);
ALTER TABLE consilium.condition OWNER TO consilium_owner;
COMMENT ON TABLE consilium.condition IS 'ICD-10-CM, from the CMS order file.';
COMMENT ON COLUMN consilium.condition.code IS 'Compared byte by byte, so that its index finds codes by their beginning.';
COMMENT ON COLUMN consilium.condition.search_title IS 'The title without case and diacritics: what people type is folded the same way (searchFolded).';
CREATE TABLE consilium.condition_taxonomy (
    code_prefix text NOT NULL,
    taxonomy_code text NOT NULL,
    weight smallint NOT NULL,
    CONSTRAINT condition_taxonomy_weight_in_range CHECK (((weight >= 1) AND (weight <= 3)))
);
ALTER TABLE consilium.condition_taxonomy OWNER TO consilium_owner;
COMMENT ON TABLE consilium.condition_taxonomy IS 'Which taxonomy usually treats a condition; the longest prefix decides.';
CREATE TABLE consilium.consent (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    kind consilium.word NOT NULL,
    wording consilium.word NOT NULL,
    given_by uuid NOT NULL,
    given_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT consent_kind_known CHECK (((kind)::text = ANY (ARRAY['second_opinion'::text, 'telehealth'::text, 'records_release'::text, 'peer_to_peer'::text, 'treating_clinician'::text, 'panel'::text])))
);
ALTER TABLE ONLY consilium.consent FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.consent OWNER TO consilium_owner;
COMMENT ON TABLE consilium.consent IS 'What patients agreed to, and took back. Evidence: given once, withdrawn once.';
COMMENT ON COLUMN consilium.consent.wording IS 'Which wording was shown.';
CREATE TABLE consilium.consent_text (
    wording consilium.word NOT NULL,
    language consilium.language_tag NOT NULL,
    body text NOT NULL,
    CONSTRAINT consent_text_length CHECK (((length(body) >= 1) AND (length(body) <= 20000)))
);
ALTER TABLE consilium.consent_text OWNER TO consilium_owner;
COMMENT ON TABLE consilium.consent_text IS 'The text of a wording in each language.';
CREATE TABLE consilium.consent_wording (
    name consilium.word NOT NULL,
    kind consilium.word NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT consent_wording_kind_known CHECK (((kind)::text = ANY (ARRAY['second_opinion'::text, 'telehealth'::text, 'records_release'::text, 'peer_to_peer'::text, 'treating_clinician'::text, 'panel'::text])))
);
ALTER TABLE consilium.consent_wording OWNER TO consilium_owner;
COMMENT ON TABLE consilium.consent_wording IS 'What patients are asked to agree to: each version has a name. What somebody may have agreed to never changes and is never removed: a new version has a new name. Plain, and read by everybody who is signed in.';
COMMENT ON COLUMN consilium.consent_wording.retired_at IS 'From when on nobody agrees to it any more.';
CREATE TABLE consilium.delivery (
    notification_id uuid NOT NULL,
    channel consilium.word NOT NULL,
    state consilium.word NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_error consilium.word,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT delivery_channel_known CHECK (((channel)::text = 'email'::text)),
    CONSTRAINT delivery_state_known CHECK (((state)::text = ANY (ARRAY['pending'::text, 'sent'::text, 'suppressed'::text, 'dropped'::text, 'failed'::text])))
);
ALTER TABLE ONLY consilium.delivery FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.delivery OWNER TO consilium_owner;
COMMENT ON TABLE consilium.delivery IS 'A notification over one channel. It follows its job (sync_delivery).';
COMMENT ON COLUMN consilium.delivery.state IS 'pending: its job waits or runs. suppressed: not wanted. dropped: past its meaning when its turn came. failed: its job was buried.';
COMMENT ON COLUMN consilium.delivery.last_error IS 'A word for the last failure, never a message.';
CREATE TABLE consilium.demonstration (
    single boolean DEFAULT true NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT demonstration_has_one_row CHECK (single)
);
ALTER TABLE ONLY consilium.demonstration FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.demonstration OWNER TO consilium_owner;
COMMENT ON TABLE consilium.demonstration IS 'A row here says that all people of this database are made up. `consilium demo` and `consilium seed` write it into a database without accounts, and refuse a database that has accounts and no such row.';
CREATE TABLE consilium.emergency_access (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    account_id uuid NOT NULL,
    reason bytea DEFAULT '\x'::bytea NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT emergency_access_lasts_an_hour CHECK ((until = (since + '01:00:00'::interval)))
);
ALTER TABLE ONLY consilium.emergency_access FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.emergency_access OWNER TO consilium_owner;
COMMENT ON TABLE consilium.emergency_access IS 'Who opened a case without a part in it, for an hour and with a reason (45 CFR 164.312(a)(2)(ii)). It is for reading: no policy of a write asks for it.';
COMMENT ON COLUMN consilium.emergency_access.reason IS 'Sealed by the case key, which the actor can read only once the row is there: it is empty until later in the same transaction.';
CREATE UNLOGGED TABLE consilium.ending_access (
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL
);
ALTER TABLE ONLY consilium.ending_access FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.ending_access OWNER TO consilium_owner;
COMMENT ON TABLE consilium.ending_access IS 'The transactions that end somebody''s access at this moment. Such a transaction moves other people''s cases, which none of their own parts could (enforce_mover). Written by close_account and take_role alone, which remove the row again.';
CREATE TABLE consilium.factor_recovery (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    email bytea,
    state consilium.word NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone DEFAULT (clock_timestamp() + '24:00:00'::interval) NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    CONSTRAINT factor_recovery_decided_has_time CHECK ((((state)::text = 'proposed'::text) = (decided_at IS NULL))),
    CONSTRAINT factor_recovery_forgets_address CHECK ((((state)::text = 'proposed'::text) = (email IS NOT NULL))),
    CONSTRAINT factor_recovery_four_eyes CHECK (((proposed_by <> account_id) AND (((state)::text <> 'approved'::text) OR ((decided_by IS NOT NULL) AND (decided_by <> proposed_by) AND (decided_by <> account_id))))),
    CONSTRAINT factor_recovery_state_known CHECK (((state)::text = ANY (ARRAY['proposed'::text, 'approved'::text, 'withdrawn'::text])))
);
ALTER TABLE ONLY consilium.factor_recovery FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.factor_recovery OWNER TO consilium_owner;
COMMENT ON TABLE consilium.factor_recovery IS 'The replacement of a lost second factor: one operator proposes, another approves; then a code that works once goes to the confirmed address.';
COMMENT ON COLUMN consilium.factor_recovery.email IS 'Where the code is mailed to, sealed by the service key, because operators cannot read the account''s own address. Forgotten once it is decided, so that nothing of an erased person is left here.';
CREATE TABLE consilium.file_chunk (
    file_id uuid NOT NULL,
    ordinal integer NOT NULL,
    case_id uuid NOT NULL,
    reveals_prior boolean NOT NULL,
    starts_at bigint NOT NULL,
    length integer NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT file_chunk_length_positive CHECK ((length > 0)),
    CONSTRAINT file_chunk_ordinal_not_negative CHECK ((ordinal >= 0))
);
ALTER TABLE ONLY consilium.file_chunk ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE ONLY consilium.file_chunk FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.file_chunk OWNER TO consilium_owner;
COMMENT ON TABLE consilium.file_chunk IS 'The content of a file in pieces.';
COMMENT ON COLUMN consilium.file_chunk.starts_at IS 'The bytes of plaintext before this chunk.';
COMMENT ON COLUMN consilium.file_chunk.length IS 'The bytes of plaintext in it.';
COMMENT ON COLUMN consilium.file_chunk.body IS 'Sealed by the case key with the file and the place as associated data, so that none can be swapped or dropped unseen.';
CREATE TABLE consilium.first_read (
    case_id uuid NOT NULL,
    specialist_id uuid NOT NULL,
    body bytea NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    signed_at timestamp with time zone,
    signature bytea,
    signing_key text,
    CONSTRAINT first_read_signed_has_signature CHECK ((((signed_at IS NULL) = (signature IS NULL)) AND ((signed_at IS NULL) = (signing_key IS NULL))))
);
ALTER TABLE ONLY consilium.first_read FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.first_read OWNER TO consilium_owner;
COMMENT ON TABLE consilium.first_read IS 'The specialist''s blinded reading, signed before the earlier opinion is revealed.';
COMMENT ON COLUMN consilium.first_read.body IS 'Sealed by the case key.';
COMMENT ON COLUMN consilium.first_read.signature IS 'Ed25519 over the signed document.';
COMMENT ON COLUMN consilium.first_read.signing_key IS 'The name of the signing key in the keyring.';
CREATE TABLE consilium.free_horizon (
    specialist_id uuid NOT NULL,
    until date NOT NULL
);
ALTER TABLE ONLY consilium.free_horizon FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.free_horizon OWNER TO consilium_owner;
COMMENT ON TABLE consilium.free_horizon IS 'Up to which date of a specialist the spans are written.';
CREATE TABLE consilium.free_span (
    specialist_id uuid NOT NULL,
    hours consilium.word NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    zone text NOT NULL,
    named text[],
    CONSTRAINT free_span_ends_after_start CHECK ((starts_at < ends_at))
);
ALTER TABLE ONLY consilium.free_span FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.free_span OWNER TO consilium_owner;
COMMENT ON TABLE consilium.free_span IS 'The stored index of free time: the pieces of a specialist''s hours in which nothing is booked. It finds the soonest start of many specialists; what is shown and booked is computed (opening_runs). Holds are not subtracted, because they end without a write. Triggers keep it in the transaction that changes any of it, under the lock of the specialist''s calendar; `consilium openings rebuild` writes it anew, `consilium openings check` compares it with the computed truth.';
COMMENT ON COLUMN consilium.free_span.hours IS 'The visit type where the specialist''s rules or overrides name it; "any" for all others.';
COMMENT ON COLUMN consilium.free_span.zone IS 'The specialist''s time zone, here so that a search reads one index and no table.';
COMMENT ON COLUMN consilium.free_span.named IS 'The visit types that have spans of their own; NULL for none.';
CREATE TABLE consilium.hold (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    specialist_id uuid NOT NULL,
    colleagues uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    party_id uuid NOT NULL,
    visit_type consilium.word NOT NULL,
    visit_version integer NOT NULL,
    kind consilium.word NOT NULL,
    state consilium.word NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    token_digest bytea NOT NULL,
    renewals smallint DEFAULT 0 NOT NULL,
    made_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    appointment_id uuid,
    waitlist_id uuid,
    CONSTRAINT hold_asked_stands_alone CHECK ((((kind)::text = 'offered'::text) OR ((appointment_id IS NULL) AND (waitlist_id IS NULL)))),
    CONSTRAINT hold_colleagues_are_panel CHECK (((colleagues = '{}'::uuid[]) OR consilium.is_panel(colleagues, specialist_id, party_id))),
    CONSTRAINT hold_ends_after_start CHECK ((starts_at < ends_at)),
    CONSTRAINT hold_expires_by_start CHECK (((created_at < expires_at) AND (expires_at <= starts_at))),
    CONSTRAINT hold_kind_known CHECK (((kind)::text = ANY (ARRAY['asked'::text, 'offered'::text]))),
    CONSTRAINT hold_state_known CHECK (((state)::text = ANY (ARRAY['active'::text, 'booked'::text, 'released'::text, 'lapsed'::text])))
);
ALTER TABLE ONLY consilium.hold FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.hold OWNER TO consilium_owner;
COMMENT ON TABLE consilium.hold IS 'An opening that is kept for one patient until it expires.';
COMMENT ON COLUMN consilium.hold.colleagues IS 'The further specialists of a panel.';
COMMENT ON COLUMN consilium.hold.party_id IS 'The patient, or in the peer-to-peer lane the treating clinician.';
COMMENT ON COLUMN consilium.hold.kind IS 'asked: picked by the party''s side. offered: from the waitlist, or instead of a consult; it takes the specialists'' time alone until it is accepted.';
COMMENT ON COLUMN consilium.hold.token_digest IS 'SHA-256 of the token that books it.';
COMMENT ON COLUMN consilium.hold.appointment_id IS 'Of an offered hold: the consult that it replaces, or would move.';
COMMENT ON COLUMN consilium.hold.waitlist_id IS 'Of an offered hold: the entry of the waitlist that it is offered to.';
CREATE TABLE consilium.idempotency_key (
    account_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint,
    reply bytea,
    parts consilium.reply_part[] DEFAULT '{}'::consilium.reply_part[] NOT NULL,
    patients uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT idempotency_key_keeps_success_only CHECK (((status >= 200) AND (status <= 299))),
    CONSTRAINT idempotency_key_key_length CHECK (((length(key) >= 1) AND (length(key) <= 255))),
    CONSTRAINT idempotency_key_route_length CHECK ((length(route) <= 200))
);
ALTER TABLE ONLY consilium.idempotency_key FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.idempotency_key OWNER TO consilium_owner;
COMMENT ON TABLE consilium.idempotency_key IS 'The replies that are given again when a write is retried (P3), for 24 hours.';
COMMENT ON COLUMN consilium.idempotency_key.route IS 'The method and template of the route, as "POST /v1/holds".';
COMMENT ON COLUMN consilium.idempotency_key.key IS 'HMAC of the caller''s key.';
COMMENT ON COLUMN consilium.idempotency_key.fingerprint IS 'HMAC of method, path, query and body.';
COMMENT ON COLUMN consilium.idempotency_key.status IS 'NULL only inside the transaction that does the work.';
COMMENT ON COLUMN consilium.idempotency_key.reply IS 'Headers and body of the reply, and the audit entries that giving it again leaves, sealed by the service key.';
COMMENT ON COLUMN consilium.idempotency_key.parts IS 'The caller''s parts in the cases that the write touched, at its end: the reply is given again only to who still has as much.';
COMMENT ON COLUMN consilium.idempotency_key.patients IS 'The patients for whom the caller acted.';
CREATE TABLE consilium.imported_busy (
    calendar_id uuid NOT NULL,
    specialist_id uuid NOT NULL,
    during tstzrange NOT NULL,
    CONSTRAINT imported_busy_during_finite CHECK (((NOT isempty(during)) AND (NOT lower_inf(during)) AND (NOT upper_inf(during))))
);
ALTER TABLE ONLY consilium.imported_busy FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.imported_busy OWNER TO consilium_owner;
COMMENT ON TABLE consilium.imported_busy IS 'When a specialist is busy by a linked calendar: joined times, and nothing of what they are. It may overlap a booked consult, so it is not part of busy. Written under the lock of the specialist''s calendar.';
CREATE TABLE consilium.invitation (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    token_digest bytea NOT NULL,
    email bytea NOT NULL,
    sends_records boolean NOT NULL,
    reads_opinion boolean NOT NULL,
    consults boolean NOT NULL,
    state consilium.word NOT NULL,
    invited_by uuid NOT NULL,
    accepted_by uuid,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT invitation_accepted_by_somebody CHECK ((((state)::text <> 'accepted'::text) OR (accepted_by IS NOT NULL))),
    CONSTRAINT invitation_sent_not_accepted CHECK ((((state)::text <> 'sent'::text) OR (accepted_by IS NULL))),
    CONSTRAINT invitation_state_known CHECK (((state)::text = ANY (ARRAY['sent'::text, 'accepted'::text, 'withdrawn'::text])))
);
ALTER TABLE ONLY consilium.invitation FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.invitation OWNER TO consilium_owner;
COMMENT ON TABLE consilium.invitation IS 'A treating clinician who is asked to take part, with the patient''s consent.';
COMMENT ON COLUMN consilium.invitation.token_digest IS 'SHA-256 of the secret in the link with the address that it was mailed to.';
COMMENT ON COLUMN consilium.invitation.email IS 'The invited address, sealed by the case key.';
COMMENT ON COLUMN consilium.invitation.consults IS 'Whether they are the party of a peer-to-peer consult, who reads the case too.';
CREATE TABLE consilium.job (
    id uuid NOT NULL,
    kind consilium.word NOT NULL,
    payload jsonb NOT NULL,
    state consilium.word DEFAULT 'ready'::text NOT NULL,
    run_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    max_attempts integer NOT NULL,
    worker_id uuid,
    lease_until timestamp with time zone,
    fence bigint DEFAULT 0 NOT NULL,
    deaths smallint DEFAULT 0 NOT NULL,
    tried_alone boolean DEFAULT false NOT NULL,
    not_before timestamp with time zone,
    last_error consilium.word,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT job_finished_has_time CHECK ((((state)::text = ANY (ARRAY['done'::text, 'buried'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT job_max_attempts_in_range CHECK (((max_attempts >= 1) AND (max_attempts <= 50))),
    CONSTRAINT job_payload_is_small CHECK ((octet_length((payload)::text) <= 2048)),
    CONSTRAINT job_running_has_lease CHECK ((((state)::text = 'running'::text) = (lease_until IS NOT NULL))),
    CONSTRAINT job_state_known CHECK (((state)::text = ANY (ARRAY['ready'::text, 'running'::text, 'done'::text, 'buried'::text]))),
    CONSTRAINT job_tried_alone_is_suspect CHECK (((NOT tried_alone) OR (((state)::text = 'running'::text) AND (deaths > 0))))
);
ALTER TABLE ONLY consilium.job FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.job OWNER TO consilium_owner;
COMMENT ON TABLE consilium.job IS 'The jobs of the worker.';
COMMENT ON COLUMN consilium.job.payload IS 'Ids, words and counts, and envelopes of mail sealed by the service key; too small for prose.';
COMMENT ON COLUMN consilium.job.run_at IS 'When it is due.';
COMMENT ON COLUMN consilium.job.worker_id IS 'While it runs: the worker that has it.';
COMMENT ON COLUMN consilium.job.lease_until IS 'While it runs: until when that worker has it.';
COMMENT ON COLUMN consilium.job.fence IS 'The fencing token that a finish must show. It rises with each run.';
COMMENT ON COLUMN consilium.job.deaths IS 'How many workers in a row died while they had it.';
COMMENT ON COLUMN consilium.job.tried_alone IS 'While it runs: whether it lost a worker before, and the worker that has it now has had no other such job since.';
COMMENT ON COLUMN consilium.job.not_before IS 'Infinity: it is set aside, because two workers in a row died of it, until an operator revives it.';
COMMENT ON COLUMN consilium.job.last_error IS 'A word for the last failure, never a message.';
CREATE TABLE consilium.known_device (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    token_digest bytea NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT known_device_attempts_not_negative CHECK ((attempts >= 0)),
    CONSTRAINT known_device_token_digest_length CHECK ((octet_length(token_digest) = 32))
);
ALTER TABLE ONLY consilium.known_device FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.known_device OWNER TO consilium_owner;
COMMENT ON TABLE consilium.known_device IS 'Devices that an account signed in from, by a token that the client keeps. Guesses of strangers do not delay them (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").';
COMMENT ON COLUMN consilium.known_device.token_digest IS 'SHA-256 of the token.';
COMMENT ON COLUMN consilium.known_device.attempts IS 'How often the device tried since it last signed in.';
CREATE TABLE consilium.lane_check (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    specialist_id uuid NOT NULL,
    gate consilium.word NOT NULL,
    lane consilium.word NOT NULL,
    lawful boolean NOT NULL,
    jurisdiction consilium.jurisdiction NOT NULL,
    licence_number text,
    licence_expires_on date,
    party_id uuid,
    consent_id uuid,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT lane_check_gate_known CHECK (((gate)::text = ANY (ARRAY['match'::text, 'booking'::text, 'joining'::text]))),
    CONSTRAINT lane_check_lane_known CHECK (((lane)::text = ANY (ARRAY['licensed'::text, 'peer_to_peer'::text])))
);
ALTER TABLE ONLY consilium.lane_check FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.lane_check OWNER TO consilium_owner;
COMMENT ON TABLE consilium.lane_check IS 'What was decided about a licence lane (P5), at which gate and on which evidence. Append only.';
COMMENT ON COLUMN consilium.lane_check.jurisdiction IS 'Where the patient was said to be.';
COMMENT ON COLUMN consilium.lane_check.licence_number IS 'The licence that was looked at; NULL for none.';
COMMENT ON COLUMN consilium.lane_check.party_id IS 'The treating clinician of the peer-to-peer lane.';
COMMENT ON COLUMN consilium.lane_check.consent_id IS 'The patient''s consent to the peer-to-peer lane.';
CREATE TABLE consilium.licence (
    specialist_id uuid NOT NULL,
    jurisdiction consilium.jurisdiction NOT NULL,
    number text NOT NULL,
    expires_on date NOT NULL,
    CONSTRAINT licence_number_length CHECK (((length(number) >= 1) AND (length(number) <= 40)))
);
ALTER TABLE ONLY consilium.licence FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.licence OWNER TO consilium_owner;
COMMENT ON TABLE consilium.licence IS 'The licences of specialists, verified by coordinators.';
COMMENT ON COLUMN consilium.licence.expires_on IS 'The last day on which it is valid, in that jurisdiction.';
CREATE TABLE consilium.linked_calendar (
    id uuid NOT NULL,
    specialist_id uuid NOT NULL,
    url bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE ONLY consilium.linked_calendar FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.linked_calendar OWNER TO consilium_owner;
COMMENT ON TABLE consilium.linked_calendar IS 'The calendars elsewhere that a specialist linked.';
COMMENT ON COLUMN consilium.linked_calendar.url IS 'Sealed by the person key: whoever knows the address can read the calendar.';
CREATE TABLE consilium.match (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    rules_version integer NOT NULL,
    input_digest bytea NOT NULL,
    input bytea NOT NULL,
    result bytea NOT NULL,
    ranking uuid[] NOT NULL,
    made_by uuid,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE ONLY consilium.match FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.match OWNER TO consilium_owner;
COMMENT ON TABLE consilium.match IS 'A stored ranking of specialists for a case. It can be replayed to the same bytes.';
COMMENT ON COLUMN consilium.match.rules_version IS 'The version of the ranking''s rules.';
COMMENT ON COLUMN consilium.match.input_digest IS 'HMAC of the sealed input by the case key: it tells whether a replay has the same input, and nothing to who cannot open it.';
COMMENT ON COLUMN consilium.match.input IS 'Sealed by the case key.';
COMMENT ON COLUMN consilium.match.result IS 'The candidates and the excluded with their reasons, sealed by the case key.';
COMMENT ON COLUMN consilium.match.ranking IS 'All who can take the case, best first: whose openings are searched.';
CREATE TABLE consilium.match_candidate (
    match_id uuid NOT NULL,
    case_id uuid NOT NULL,
    rank smallint NOT NULL,
    specialist_id uuid NOT NULL,
    CONSTRAINT match_candidate_rank_positive CHECK ((rank > 0))
);
ALTER TABLE ONLY consilium.match_candidate FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.match_candidate OWNER TO consilium_owner;
COMMENT ON TABLE consilium.match_candidate IS 'Whom a match proposes to ask, in order. Plain, so that the next can be asked without opening what is sealed.';
CREATE TABLE consilium.message (
    thread_id uuid NOT NULL,
    seq integer NOT NULL,
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    staff_only boolean NOT NULL,
    kind consilium.word NOT NULL,
    author_id uuid,
    reveals_prior boolean NOT NULL,
    urgent boolean DEFAULT false NOT NULL,
    body bytea,
    opens integer[],
    sent_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT message_kind_known CHECK (((kind)::text = ANY (ARRAY['text'::text, 'revealed'::text]))),
    CONSTRAINT message_revealed_names_entries CHECK ((((kind)::text = 'revealed'::text) = (opens IS NOT NULL))),
    CONSTRAINT message_seq_positive CHECK ((seq > 0)),
    CONSTRAINT message_text_has_body_and_author CHECK (((((kind)::text = 'text'::text) = (body IS NOT NULL)) AND (((kind)::text = 'text'::text) = (author_id IS NOT NULL))))
);
ALTER TABLE ONLY consilium.message FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.message OWNER TO consilium_owner;
COMMENT ON TABLE consilium.message IS 'The entries of a thread, numbered without a gap.';
COMMENT ON COLUMN consilium.message.kind IS 'text: written by a person. revealed: names earlier entries that were withheld from a blinded specialist and are not any more; until then these show as their number alone.';
COMMENT ON COLUMN consilium.message.reveals_prior IS 'Whether it reveals the earlier opinion, and is withheld from a blinded specialist.';
COMMENT ON COLUMN consilium.message.body IS 'Sealed by the case key.';
COMMENT ON COLUMN consilium.message.opens IS 'The numbers of the entries that a revealed entry opens.';
CREATE TABLE consilium.migration (
    number integer NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE consilium.migration OWNER TO consilium_owner;
COMMENT ON TABLE consilium.migration IS 'Which migrations were applied, each with the SHA-256 of its file.';
COMMENT ON COLUMN consilium.migration.digest IS 'SHA-256 of the file as it was applied.';
CREATE TABLE consilium.notification (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    template consilium.word NOT NULL,
    case_id uuid,
    appointment_id uuid,
    offer_id uuid,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE ONLY consilium.notification FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.notification OWNER TO consilium_owner;
COMMENT ON TABLE consilium.notification IS 'One thing told to one person.';
COMMENT ON COLUMN consilium.notification.id IS 'The stable id of every copy that is sent.';
CREATE TABLE consilium.notification_preference (
    account_id uuid NOT NULL,
    email boolean DEFAULT true NOT NULL,
    reminders boolean DEFAULT true NOT NULL,
    quiet_from time without time zone,
    quiet_to time without time zone,
    show_names boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT notification_preference_quiet_has_both_ends CHECK (((quiet_from IS NULL) = (quiet_to IS NULL)))
);
ALTER TABLE ONLY consilium.notification_preference FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.notification_preference OWNER TO consilium_owner;
COMMENT ON TABLE consilium.notification_preference IS 'What a person wants to be told, and when.';
COMMENT ON COLUMN consilium.notification_preference.quiet_from IS 'With quiet_to: the hours of the person''s own clock in which only urgent mail is sent.';
COMMENT ON COLUMN consilium.notification_preference.show_names IS 'Whether mail may name the specialist, whose name can reveal the field.';
CREATE TABLE consilium.offer (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    match_id uuid NOT NULL,
    specialist_id uuid NOT NULL,
    lane consilium.word NOT NULL,
    state consilium.word NOT NULL,
    decline_reason consilium.word,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    CONSTRAINT offer_decided_has_time CHECK ((((state)::text = 'waiting'::text) = (decided_at IS NULL))),
    CONSTRAINT offer_decline_reason_known CHECK (((decline_reason)::text = ANY (ARRAY['capacity'::text, 'outside_expertise'::text, 'conflict_of_interest'::text, 'needs_more_records'::text, 'other'::text]))),
    CONSTRAINT offer_declined_has_reason CHECK ((((state)::text = 'declined'::text) = (decline_reason IS NOT NULL))),
    CONSTRAINT offer_lane_known CHECK (((lane)::text = ANY (ARRAY['licensed'::text, 'peer_to_peer'::text]))),
    CONSTRAINT offer_state_known CHECK (((state)::text = ANY (ARRAY['waiting'::text, 'accepted'::text, 'declined'::text, 'lapsed'::text, 'withdrawn'::text])))
);
ALTER TABLE ONLY consilium.offer FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.offer OWNER TO consilium_owner;
COMMENT ON TABLE consilium.offer IS 'A case that is put to one specialist for a limited time.';
COMMENT ON COLUMN consilium.offer.decline_reason IS 'Why the specialist declined, as a code.';
CREATE TABLE consilium.opinion (
    case_id uuid NOT NULL,
    specialist_id uuid NOT NULL,
    body bytea NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    blind consilium.word NOT NULL,
    signed_at timestamp with time zone,
    signature bytea,
    signing_key text,
    delivered_at timestamp with time zone,
    CONSTRAINT opinion_blind_known CHECK (((blind)::text = ANY (ARRAY['not_blinded'::text, 'kept'::text, 'broken'::text]))),
    CONSTRAINT opinion_delivered_is_signed CHECK (((delivered_at IS NULL) OR (signed_at IS NOT NULL))),
    CONSTRAINT opinion_signed_has_signature CHECK ((((signed_at IS NULL) = (signature IS NULL)) AND ((signed_at IS NULL) = (signing_key IS NULL))))
);
ALTER TABLE ONLY consilium.opinion FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.opinion OWNER TO consilium_owner;
COMMENT ON TABLE consilium.opinion IS 'The written second opinion, a draft until signed_at. Keyed by the specialist too, so that the draft of a specialist from whom the case was reassigned is not in the way of the next.';
COMMENT ON COLUMN consilium.opinion.body IS 'Sealed by the case key.';
COMMENT ON COLUMN consilium.opinion.blind IS 'Whether the blind held, as the opinion itself says.';
COMMENT ON COLUMN consilium.opinion.signature IS 'Ed25519 over the signed document.';
COMMENT ON COLUMN consilium.opinion.signing_key IS 'The name of the signing key in the keyring.';
CREATE TABLE consilium.organisation (
    id uuid NOT NULL,
    name text NOT NULL,
    city text NOT NULL,
    jurisdiction consilium.jurisdiction NOT NULL,
    retired_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT organisation_city_length CHECK (((length(city) >= 1) AND (length(city) <= 120))),
    CONSTRAINT organisation_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);
ALTER TABLE ONLY consilium.organisation FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.organisation OWNER TO consilium_owner;
COMMENT ON TABLE consilium.organisation IS 'Where specialists work.';
COMMENT ON COLUMN consilium.organisation.retired_at IS 'Since when no new specialist is proposed for it; its specialists stay.';
CREATE TABLE consilium.outcome (
    case_id uuid NOT NULL,
    body bytea NOT NULL,
    recorded_by uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE ONLY consilium.outcome FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.outcome OWNER TO consilium_owner;
COMMENT ON TABLE consilium.outcome IS 'The patient''s own account of what followed.';
COMMENT ON COLUMN consilium.outcome.body IS 'Sealed by the case key.';
CREATE TABLE consilium.outcome_code (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    month date NOT NULL,
    diagnosis consilium.word NOT NULL,
    treatment consilium.word NOT NULL,
    advice_followed consilium.word NOT NULL,
    CONSTRAINT outcome_code_advice_followed_known CHECK (((advice_followed)::text = ANY (ARRAY['yes'::text, 'partly'::text, 'no'::text, 'undecided'::text, 'unknown'::text]))),
    CONSTRAINT outcome_code_diagnosis_known CHECK (((diagnosis)::text = ANY (ARRAY['confirmed'::text, 'clarified'::text, 'changed'::text]))),
    CONSTRAINT outcome_code_month_first_day CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT outcome_code_treatment_known CHECK (((treatment)::text = ANY (ARRAY['confirmed'::text, 'clarified'::text, 'changed'::text])))
);
ALTER TABLE ONLY consilium.outcome_code FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.outcome_code OWNER TO consilium_owner;
COMMENT ON TABLE consilium.outcome_code IS 'The registry: codes stored at closing without the case. Nothing links them to it.';
COMMENT ON COLUMN consilium.outcome_code.month IS 'The first day of the month of the closing: all the time that is kept.';
COMMENT ON COLUMN consilium.outcome_code.advice_followed IS 'unknown: the case was closed without an answer.';
CREATE TABLE consilium.password (
    account_id uuid NOT NULL,
    hash text NOT NULL,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE ONLY consilium.password FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.password OWNER TO consilium_owner;
COMMENT ON TABLE consilium.password IS 'The passwords of accounts.';
COMMENT ON COLUMN consilium.password.hash IS 'scrypt, as $scrypt$ln=…,r=…,p=…$salt$hash.';
CREATE TABLE consilium.person_key (
    account_id uuid NOT NULL,
    wrapped bytea,
    master_key text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    destroyed_at timestamp with time zone,
    CONSTRAINT person_key_wrapped_until_destroyed CHECK (((wrapped IS NULL) = (destroyed_at IS NOT NULL)))
);
ALTER TABLE ONLY consilium.person_key FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.person_key OWNER TO consilium_owner;
COMMENT ON TABLE consilium.person_key IS 'The data key of each person.';
COMMENT ON COLUMN consilium.person_key.wrapped IS 'The key, wrapped by the master key that master_key names; NULL once it was destroyed.';
CREATE UNLOGGED TABLE consilium.rate_bucket (
    bucket bytea NOT NULL,
    tokens double precision NOT NULL,
    changed_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY consilium.rate_bucket FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.rate_bucket OWNER TO consilium_owner;
COMMENT ON TABLE consilium.rate_bucket IS 'Token buckets, shared by all gateways. Losing them in a crash only forgives.';
COMMENT ON COLUMN consilium.rate_bucket.bucket IS 'HMAC of what is limited.';
CREATE TABLE consilium.read_marker (
    thread_id uuid NOT NULL,
    account_id uuid NOT NULL,
    case_id uuid NOT NULL,
    seq integer NOT NULL,
    marked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT read_marker_seq_not_negative CHECK ((seq >= 0))
);
ALTER TABLE ONLY consilium.read_marker FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.read_marker OWNER TO consilium_owner;
COMMENT ON TABLE consilium.read_marker IS 'How far each person has read a thread.';
CREATE TABLE consilium.record_file (
    id uuid NOT NULL,
    record_id uuid NOT NULL,
    case_id uuid NOT NULL,
    reveals_prior boolean NOT NULL,
    state consilium.word NOT NULL,
    metadata bytea NOT NULL,
    length bigint DEFAULT 0 NOT NULL,
    received_bytes bigint DEFAULT 0 NOT NULL,
    chunks integer DEFAULT 0 NOT NULL,
    added_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    completed_at timestamp with time zone,
    entered_in_error_at timestamp with time zone,
    CONSTRAINT record_file_error_was_whole CHECK (((entered_in_error_at IS NULL) OR ((state)::text = 'complete'::text))),
    CONSTRAINT record_file_length_not_negative CHECK ((length >= 0)),
    CONSTRAINT record_file_received_bytes_not_negative CHECK ((received_bytes >= 0)),
    CONSTRAINT record_file_state_known CHECK (((state)::text = ANY (ARRAY['uploading'::text, 'complete'::text])))
);
ALTER TABLE ONLY consilium.record_file FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.record_file OWNER TO consilium_owner;
COMMENT ON TABLE consilium.record_file IS 'The files of a record. Case and reveals_prior follow the record (derive_from_record).';
COMMENT ON COLUMN consilium.record_file.metadata IS 'Name, media type and, once complete, the SHA-256 of the content, sealed by the case key.';
COMMENT ON COLUMN consilium.record_file.length IS 'As announced, in bytes.';
COMMENT ON COLUMN consilium.record_file.entered_in_error_at IS 'Since when the file is marked as a mistake: another person''s, or not true any more. It stays, because a specialist may have read it; before that it is removed. The database sets the instant.';
CREATE TABLE consilium.recovery_code (
    account_id uuid NOT NULL,
    digest bytea NOT NULL,
    used_at timestamp with time zone,
    expires_at timestamp with time zone
);
ALTER TABLE ONLY consilium.recovery_code FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.recovery_code OWNER TO consilium_owner;
COMMENT ON TABLE consilium.recovery_code IS 'Codes that stand in once for a lost second factor.';
COMMENT ON COLUMN consilium.recovery_code.digest IS 'SHA-256 of the code, which is random.';
COMMENT ON COLUMN consilium.recovery_code.expires_at IS 'Set for the code that two operators had mailed; NULL for a person''s own.';
CREATE TABLE consilium.request_source (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    body bytea NOT NULL,
    used_at timestamp with time zone,
    refused_at timestamp with time zone,
    CONSTRAINT request_source_has_reason CHECK (((used_at IS NOT NULL) OR (refused_at IS NOT NULL)))
);
ALTER TABLE ONLY consilium.request_source FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.request_source OWNER TO consilium_owner;
COMMENT ON TABLE consilium.request_source IS 'From where entries of the audit log were made: a network address and a device. Where an account was used from is kept as long as the account; where only refused sign-ins came from is kept for 90 days after the last: their entries stay, and show no source any more.';
COMMENT ON COLUMN consilium.request_source.id IS 'HMAC of account, address and device, so that every gateway finds the same row.';
COMMENT ON COLUMN consilium.request_source.body IS 'The network address, and the device as its client names itself, sealed by the person key.';
COMMENT ON COLUMN consilium.request_source.used_at IS 'Since when its proved owner has used the account from there: then it is kept with the account.';
COMMENT ON COLUMN consilium.request_source.refused_at IS 'When a sign-in from there was last refused.';
CREATE TABLE consilium.schema_contract (
    single boolean DEFAULT true NOT NULL,
    serves_from integer NOT NULL,
    CONSTRAINT schema_contract_has_one_row CHECK (single)
);
ALTER TABLE consilium.schema_contract OWNER TO consilium_owner;
COMMENT ON TABLE consilium.schema_contract IS 'The oldest program that this schema still serves.';
COMMENT ON COLUMN consilium.schema_contract.serves_from IS 'The number that the highest migration of a program must reach: a program that knows less refuses to start.';
CREATE TABLE consilium.second_factor (
    account_id uuid NOT NULL,
    secret bytea,
    next_secret bytea,
    confirmed_at timestamp with time zone,
    last_step bigint DEFAULT 0 NOT NULL,
    CONSTRAINT second_factor_secret_has_time CHECK (((secret IS NULL) = (confirmed_at IS NULL)))
);
ALTER TABLE ONLY consilium.second_factor FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.second_factor OWNER TO consilium_owner;
COMMENT ON TABLE consilium.second_factor IS 'TOTP (RFC 6238).';
COMMENT ON COLUMN consilium.second_factor.secret IS 'The one that sign-in asks for, sealed by the person key; NULL until the first was confirmed.';
COMMENT ON COLUMN consilium.second_factor.next_secret IS 'An authenticator that is to replace it, sealed by the person key, until a code of it was shown.';
COMMENT ON COLUMN consilium.second_factor.last_step IS 'The time step of the last code that was taken: no code is taken twice.';
CREATE TABLE consilium.sign_in (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    state consilium.word NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT sign_in_state_known CHECK (((state)::text = ANY (ARRAY['opened'::text, 'wrong_credentials'::text, 'code_needed'::text, 'wrong_code'::text, 'device_unknown'::text, 'second_factor_required'::text])))
);
ALTER TABLE ONLY consilium.sign_in FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.sign_in OWNER TO consilium_owner;
COMMENT ON TABLE consilium.sign_in IS 'Sign-ins, also refused ones, at an account. One that opened a session has the session''s id. Forgotten after 30 days; the audit log keeps them.';
CREATE TABLE consilium.sign_in_throttle (
    subject bytea NOT NULL,
    failures double precision NOT NULL,
    last_failure_at timestamp with time zone NOT NULL,
    blocked_until timestamp with time zone NOT NULL,
    CONSTRAINT sign_in_throttle_failures_not_negative CHECK ((failures >= (0)::double precision))
);
ALTER TABLE ONLY consilium.sign_in_throttle FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.sign_in_throttle OWNER TO consilium_owner;
COMMENT ON TABLE consilium.sign_in_throttle IS 'Sign-ins that have not succeeded, shared by all gateways. An attempt counts as failed until it succeeds, so that simultaneous guesses count too.';
COMMENT ON COLUMN consilium.sign_in_throttle.subject IS 'HMAC of an address with a network, of an address over all networks, of a network, or of an address''s codes.';
COMMENT ON COLUMN consilium.sign_in_throttle.failures IS 'It falls with time, so that a busy network is not delayed by what happened last week.';
CREATE TABLE consilium.specialist (
    id uuid NOT NULL,
    name text NOT NULL,
    credentials text NOT NULL,
    organisation_id uuid NOT NULL,
    time_zone consilium.zone NOT NULL,
    taxonomy_codes text[] NOT NULL,
    languages text[] NOT NULL,
    peer_to_peer boolean NOT NULL,
    accepting boolean DEFAULT true NOT NULL,
    weekly_capacity integer NOT NULL,
    availability_version integer DEFAULT 1 NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT specialist_languages_are_canonical CHECK (consilium.are_language_tags(languages)),
    CONSTRAINT specialist_languages_not_empty CHECK ((cardinality(languages) > 0)),
    CONSTRAINT specialist_name_length CHECK (((length(name) >= 1) AND (length(name) <= 120))),
    CONSTRAINT specialist_taxonomy_codes_not_empty CHECK ((cardinality(taxonomy_codes) > 0)),
    CONSTRAINT specialist_weekly_capacity_in_range CHECK (((weekly_capacity >= 0) AND (weekly_capacity <= 100)))
);
ALTER TABLE ONLY consilium.specialist FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.specialist OWNER TO consilium_owner;
COMMENT ON TABLE consilium.specialist IS 'The directory of specialists. Plain: each entry is a professional''s publication about themselves.';
COMMENT ON COLUMN consilium.specialist.weekly_capacity IS 'New cases a week that the specialist takes.';
COMMENT ON COLUMN consilium.specialist.availability_version IS 'The version of rules and overrides that an edit must name.';
CREATE TABLE consilium.specialist_condition (
    specialist_id uuid NOT NULL,
    code_prefix text NOT NULL,
    yearly_volume integer NOT NULL,
    CONSTRAINT specialist_condition_prefix_is_icd10cm CHECK ((code_prefix ~ '^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$'::text)),
    CONSTRAINT specialist_condition_yearly_volume_in_range CHECK (((yearly_volume >= 0) AND (yearly_volume <= 100000)))
);
ALTER TABLE ONLY consilium.specialist_condition FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.specialist_condition OWNER TO consilium_owner;
COMMENT ON TABLE consilium.specialist_condition IS 'How often a specialist treats a condition.';
CREATE TABLE consilium.specialist_proposal (
    id uuid NOT NULL,
    state consilium.word NOT NULL,
    email bytea,
    email_digest bytea,
    email_key text,
    token_digest bytea,
    name text NOT NULL,
    credentials text NOT NULL,
    organisation_id uuid NOT NULL,
    time_zone consilium.zone NOT NULL,
    taxonomy_codes text[] NOT NULL,
    languages text[] NOT NULL,
    peer_to_peer boolean NOT NULL,
    weekly_capacity integer NOT NULL,
    proposed_by uuid,
    proposed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    approved_by uuid,
    approved_at timestamp with time zone,
    expires_at timestamp with time zone DEFAULT (clock_timestamp() + '14 days'::interval) NOT NULL,
    joined_by uuid,
    ended_at timestamp with time zone,
    CONSTRAINT specialist_proposal_approved_has_time CHECK ((((state)::text = 'withdrawn'::text) OR (((state)::text = ANY (ARRAY['approved'::text, 'joined'::text])) = (approved_at IS NOT NULL)))),
    CONSTRAINT specialist_proposal_approved_has_token CHECK ((((state)::text = 'approved'::text) = (token_digest IS NOT NULL))),
    CONSTRAINT specialist_proposal_credentials_length CHECK (((length(credentials) >= 1) AND (length(credentials) <= 60))),
    CONSTRAINT specialist_proposal_email_digest_length CHECK ((octet_length(email_digest) = 32)),
    CONSTRAINT specialist_proposal_ended_has_time CHECK ((((state)::text = ANY (ARRAY['joined'::text, 'withdrawn'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT specialist_proposal_forgets_address CHECK (((((state)::text = ANY (ARRAY['joined'::text, 'withdrawn'::text])) = (email IS NULL)) AND ((email IS NULL) = (email_digest IS NULL)) AND ((email IS NULL) = (email_key IS NULL)))),
    CONSTRAINT specialist_proposal_four_eyes CHECK ((approved_by <> proposed_by)),
    CONSTRAINT specialist_proposal_has_language CHECK (((cardinality(languages) >= 1) AND (cardinality(languages) <= 20))),
    CONSTRAINT specialist_proposal_has_taxonomy CHECK (((cardinality(taxonomy_codes) >= 1) AND (cardinality(taxonomy_codes) <= 10))),
    CONSTRAINT specialist_proposal_joined_by_somebody CHECK ((((state)::text = 'joined'::text) = (joined_by IS NOT NULL))),
    CONSTRAINT specialist_proposal_languages_are_canonical CHECK (consilium.are_language_tags(languages)),
    CONSTRAINT specialist_proposal_name_length CHECK (((length(name) >= 1) AND (length(name) <= 120))),
    CONSTRAINT specialist_proposal_not_self CHECK (((joined_by <> proposed_by) AND (joined_by <> approved_by))),
    CONSTRAINT specialist_proposal_state_known CHECK (((state)::text = ANY (ARRAY['proposed'::text, 'approved'::text, 'joined'::text, 'withdrawn'::text]))),
    CONSTRAINT specialist_proposal_weekly_capacity_in_range CHECK (((weekly_capacity >= 0) AND (weekly_capacity <= 100)))
);
ALTER TABLE ONLY consilium.specialist_proposal FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.specialist_proposal OWNER TO consilium_owner;
COMMENT ON TABLE consilium.specialist_proposal IS 'Nobody becomes a specialist through the gateway but by a row here that one person of the programme proposed and another, an operator, approved, and by the mail that was sent to its address.';
COMMENT ON COLUMN consilium.specialist_proposal.email IS 'Who is meant, sealed by the service key, because the account is not known yet. Forgotten once the proposal is over (forget_proposal).';
COMMENT ON COLUMN consilium.specialist_proposal.email_digest IS 'HMAC of that address by the look-up key that email_key names: one proposal of an address waits at a time.';
COMMENT ON COLUMN consilium.specialist_proposal.token_digest IS 'SHA-256 of the secret of the mail with the address that it was sent to: it serves nobody else.';
COMMENT ON COLUMN consilium.specialist_proposal.name IS 'With the columns up to weekly_capacity: the entry that they will have in the directory.';
COMMENT ON COLUMN consilium.specialist_proposal.proposed_by IS 'NULL: the owner''s command, which acts for nobody.';
COMMENT ON COLUMN consilium.specialist_proposal.expires_at IS 'Until when it can be approved; once approved, until when the invitation can be accepted. Then the worker withdraws it (delete_expired_identity).';
CREATE TABLE consilium.task (
    id uuid NOT NULL,
    case_id uuid,
    subject_id uuid,
    kind consilium.word NOT NULL,
    state consilium.word NOT NULL,
    due_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    done_by uuid,
    done_at timestamp with time zone,
    CONSTRAINT task_done_has_time CHECK ((((state)::text = 'done'::text) = (done_at IS NOT NULL))),
    CONSTRAINT task_kind_known CHECK (((kind)::text = ANY (ARRAY['complete_case'::text, 'chase_record'::text, 'order_reread'::text, 'rescue_menu'::text, 'renew_licence'::text, 'rebook_consult'::text, 'review_access'::text, 'answer_message'::text]))),
    CONSTRAINT task_state_known CHECK (((state)::text = ANY (ARRAY['open'::text, 'done'::text])))
);
ALTER TABLE ONLY consilium.task FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.task OWNER TO consilium_owner;
COMMENT ON TABLE consilium.task IS 'What a coordinator must do. One that is open is not opened a second time.';
COMMENT ON COLUMN consilium.task.subject_id IS 'What it is about: the record to chase, the specialist whose licence runs out, the thread to answer.';
CREATE TABLE consilium.taxonomy (
    code text NOT NULL,
    grouping_name text NOT NULL,
    classification text NOT NULL,
    specialization text NOT NULL,
    display_name text NOT NULL,
    CONSTRAINT taxonomy_code_is_nucc CHECK ((code ~ '^[0-9A-Z]{9}X$'::text))
);
ALTER TABLE consilium.taxonomy OWNER TO consilium_owner;
COMMENT ON TABLE consilium.taxonomy IS 'NUCC health care provider taxonomy.';
CREATE TABLE consilium.thread (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    kind consilium.word NOT NULL,
    last_seq integer DEFAULT 0 NOT NULL,
    CONSTRAINT thread_kind_known CHECK (((kind)::text = ANY (ARRAY['care'::text, 'staff'::text])))
);
ALTER TABLE ONLY consilium.thread FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.thread OWNER TO consilium_owner;
COMMENT ON TABLE consilium.thread IS 'The two conversations of each case: with the patient''s side, and of the staff.';
COMMENT ON COLUMN consilium.thread.last_seq IS 'The number of the last entry. It is raised, which locks the thread, and then used.';
CREATE TABLE consilium.time_off (
    id uuid NOT NULL,
    specialist_id uuid NOT NULL,
    during tstzrange NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT time_off_during_finite CHECK (((NOT isempty(during)) AND (NOT lower_inf(during)) AND (NOT upper_inf(during))))
);
ALTER TABLE ONLY consilium.time_off FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.time_off OWNER TO consilium_owner;
COMMENT ON TABLE consilium.time_off IS 'When a specialist is away. It may overlap a booked consult, so it is not part of busy.';
CREATE TABLE consilium.transition (
    machine text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    parts text[]
);
ALTER TABLE consilium.transition OWNER TO consilium_owner;
COMMENT ON TABLE consilium.transition IS 'The legal moves of each state machine, drawn in Database/README.md.';
COMMENT ON COLUMN consilium.transition.parts IS 'Whose part in the case may make the move through the gateway; "worker": the worker may. NULL: whoever may write the row.';
CREATE TABLE consilium.waitlist_signal (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    specialist_id uuid NOT NULL,
    during tstzrange,
    taken_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    given_by uuid,
    freed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    due_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT waitlist_signal_during_not_empty CHECK ((NOT isempty(during)))
);
ALTER TABLE ONLY consilium.waitlist_signal FORCE ROW LEVEL SECURITY;
ALTER TABLE consilium.waitlist_signal OWNER TO consilium_owner;
COMMENT ON TABLE consilium.waitlist_signal IS 'What the worker looks at for those who wait for a specialist. Triggers write one row each time, so that nobody waits for another''s lock. What somebody gave up (a consult that was cancelled, moved or left by its colleague; a hold that was released or lapsed; time off that was ended) is offered to those who wait. All else that becomes bookable (new hours, days that come into reach, a linked calendar that no longer takes a time, an entry that is new itself) was taken from nobody: everybody can book it, and who waits is told so.';
COMMENT ON COLUMN consilium.waitlist_signal.during IS 'What was given up; NULL where something may have become bookable for everybody.';
COMMENT ON COLUMN consilium.waitlist_signal.taken_at IS 'Since when nobody could book it. Who waited before that could have had it.';
COMMENT ON COLUMN consilium.waitlist_signal.given_by IS 'The case that gave it up, which is not offered it.';
COMMENT ON COLUMN consilium.waitlist_signal.due_at IS 'When it is looked at: later where everybody whom it suits is asleep.';
ALTER TABLE ONLY consilium.account_particular
    ADD CONSTRAINT account_particular_pkey PRIMARY KEY (account_id, kind);
ALTER TABLE ONLY consilium.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.account_role
    ADD CONSTRAINT account_role_pkey PRIMARY KEY (account_id, role);
ALTER TABLE ONLY consilium.appointment
    ADD CONSTRAINT appointment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (chain_kind, chain_id, seq);
ALTER TABLE ONLY consilium.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (chain_kind, chain_id);
ALTER TABLE ONLY consilium.audit_source
    ADD CONSTRAINT audit_source_pkey PRIMARY KEY (chain_kind, chain_id, seq);
ALTER TABLE ONLY consilium.availability_date
    ADD CONSTRAINT availability_date_pkey PRIMARY KEY (specialist_id, on_date, rule_id);
ALTER TABLE ONLY consilium.availability_horizon
    ADD CONSTRAINT availability_horizon_pkey PRIMARY KEY (specialist_id);
ALTER TABLE ONLY consilium.availability_override
    ADD CONSTRAINT availability_override_overlap EXCLUDE USING gist (specialist_id WITH =, place WITH =, int4range(COALESCE((opens)::integer, 0), COALESCE((closes)::integer, 1440)) WITH &&);
ALTER TABLE ONLY consilium.availability_override
    ADD CONSTRAINT availability_override_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.availability_rule
    ADD CONSTRAINT availability_rule_of_specialist UNIQUE (specialist_id, id);
ALTER TABLE ONLY consilium.availability_rule
    ADD CONSTRAINT availability_rule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.availability_set
    ADD CONSTRAINT availability_set_of_specialist UNIQUE (specialist_id, id);
ALTER TABLE ONLY consilium.availability_set
    ADD CONSTRAINT availability_set_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.blind_break
    ADD CONSTRAINT blind_break_pkey PRIMARY KEY (case_id, account_id);
ALTER TABLE ONLY consilium.busy
    ADD CONSTRAINT busy_overlap EXCLUDE USING gist (person_id WITH =, during WITH &&);
ALTER TABLE ONLY consilium.busy
    ADD CONSTRAINT busy_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.calendar_conflict
    ADD CONSTRAINT calendar_conflict_pkey PRIMARY KEY (calendar_id, appointment_id, sequence);
ALTER TABLE ONLY consilium.calendar_feed_fetch
    ADD CONSTRAINT calendar_feed_fetch_pkey PRIMARY KEY (feed_id);
ALTER TABLE ONLY consilium.calendar_feed
    ADD CONSTRAINT calendar_feed_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.calendar_feed
    ADD CONSTRAINT calendar_feed_token_digest_unique UNIQUE (token_digest);
ALTER TABLE ONLY consilium.calendar
    ADD CONSTRAINT calendar_pkey PRIMARY KEY (person_id);
ALTER TABLE ONLY consilium.calendar_poll
    ADD CONSTRAINT calendar_poll_pkey PRIMARY KEY (calendar_id);
ALTER TABLE ONLY consilium.caregiver_grant
    ADD CONSTRAINT caregiver_grant_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.caregiver_grant
    ADD CONSTRAINT caregiver_grant_token_digest_unique UNIQUE (token_digest);
ALTER TABLE ONLY consilium.case_key
    ADD CONSTRAINT case_key_pkey PRIMARY KEY (case_id);
ALTER TABLE ONLY consilium.case_part
    ADD CONSTRAINT case_part_pkey PRIMARY KEY (case_id, account_id);
ALTER TABLE ONLY consilium.clinical_case
    ADD CONSTRAINT clinical_case_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.condition
    ADD CONSTRAINT condition_pkey PRIMARY KEY (code);
ALTER TABLE ONLY consilium.condition_taxonomy
    ADD CONSTRAINT condition_taxonomy_pkey PRIMARY KEY (code_prefix, taxonomy_code);
ALTER TABLE ONLY consilium.consent
    ADD CONSTRAINT consent_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.consent_text
    ADD CONSTRAINT consent_text_pkey PRIMARY KEY (wording, language);
ALTER TABLE ONLY consilium.consent_wording
    ADD CONSTRAINT consent_wording_of_kind UNIQUE (name, kind);
ALTER TABLE ONLY consilium.consent_wording
    ADD CONSTRAINT consent_wording_pkey PRIMARY KEY (name);
ALTER TABLE ONLY consilium.consult_presence
    ADD CONSTRAINT consult_presence_pkey PRIMARY KEY (session_id, appointment_id);
ALTER TABLE ONLY consilium.consult_room
    ADD CONSTRAINT consult_room_pkey PRIMARY KEY (appointment_id);
ALTER TABLE ONLY consilium.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (notification_id, channel);
ALTER TABLE ONLY consilium.demonstration
    ADD CONSTRAINT demonstration_pkey PRIMARY KEY (single);
ALTER TABLE ONLY consilium.emergency_access
    ADD CONSTRAINT emergency_access_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.ending_access
    ADD CONSTRAINT ending_access_pkey PRIMARY KEY (xact);
ALTER TABLE ONLY consilium.factor_recovery
    ADD CONSTRAINT factor_recovery_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.file_chunk
    ADD CONSTRAINT file_chunk_pkey PRIMARY KEY (file_id, ordinal);
ALTER TABLE ONLY consilium.first_read
    ADD CONSTRAINT first_read_pkey PRIMARY KEY (case_id, specialist_id);
ALTER TABLE ONLY consilium.free_horizon
    ADD CONSTRAINT free_horizon_pkey PRIMARY KEY (specialist_id);
ALTER TABLE ONLY consilium.free_span
    ADD CONSTRAINT free_span_pkey PRIMARY KEY (specialist_id, ends_at, hours) INCLUDE (starts_at, zone, named);
ALTER TABLE ONLY consilium.hold
    ADD CONSTRAINT hold_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.hold
    ADD CONSTRAINT hold_token_digest_unique UNIQUE (token_digest);
ALTER TABLE ONLY consilium.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (account_id, route, key);
ALTER TABLE ONLY consilium.imported_busy
    ADD CONSTRAINT imported_busy_pkey PRIMARY KEY (calendar_id, during);
ALTER TABLE ONLY consilium.intake_part
    ADD CONSTRAINT intake_part_one_per_place UNIQUE (case_id, kind, ordinal);
ALTER TABLE ONLY consilium.intake_part
    ADD CONSTRAINT intake_part_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.invitation
    ADD CONSTRAINT invitation_token_digest_unique UNIQUE (token_digest);
ALTER TABLE ONLY consilium.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.known_device
    ADD CONSTRAINT known_device_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.known_device
    ADD CONSTRAINT known_device_token_digest_unique UNIQUE (token_digest);
ALTER TABLE ONLY consilium.lane_check
    ADD CONSTRAINT lane_check_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.licence
    ADD CONSTRAINT licence_pkey PRIMARY KEY (specialist_id, jurisdiction);
ALTER TABLE ONLY consilium.linked_calendar
    ADD CONSTRAINT linked_calendar_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.mail_token
    ADD CONSTRAINT mail_token_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY consilium.match_candidate
    ADD CONSTRAINT match_candidate_once_per_match UNIQUE (match_id, specialist_id);
ALTER TABLE ONLY consilium.match_candidate
    ADD CONSTRAINT match_candidate_pkey PRIMARY KEY (match_id, rank);
ALTER TABLE ONLY consilium.match
    ADD CONSTRAINT match_of_case UNIQUE (id, case_id);
ALTER TABLE ONLY consilium.match
    ADD CONSTRAINT match_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.message
    ADD CONSTRAINT message_id_unique UNIQUE (id);
ALTER TABLE ONLY consilium.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (thread_id, seq);
ALTER TABLE ONLY consilium.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (number);
ALTER TABLE ONLY consilium.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.notification_preference
    ADD CONSTRAINT notification_preference_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY consilium.offer
    ADD CONSTRAINT offer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.opinion
    ADD CONSTRAINT opinion_pkey PRIMARY KEY (case_id, specialist_id);
ALTER TABLE ONLY consilium.organisation
    ADD CONSTRAINT organisation_name_unique UNIQUE (name);
ALTER TABLE ONLY consilium.organisation
    ADD CONSTRAINT organisation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.outcome_code
    ADD CONSTRAINT outcome_code_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.outcome
    ADD CONSTRAINT outcome_pkey PRIMARY KEY (case_id);
ALTER TABLE ONLY consilium.password
    ADD CONSTRAINT password_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY consilium.person_key
    ADD CONSTRAINT person_key_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY consilium.rate_bucket
    ADD CONSTRAINT rate_bucket_pkey PRIMARY KEY (bucket);
ALTER TABLE ONLY consilium.read_marker
    ADD CONSTRAINT read_marker_pkey PRIMARY KEY (thread_id, account_id);
ALTER TABLE ONLY consilium.record_file
    ADD CONSTRAINT record_file_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.record
    ADD CONSTRAINT record_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (account_id, digest);
ALTER TABLE ONLY consilium.request_source
    ADD CONSTRAINT request_source_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.schema_contract
    ADD CONSTRAINT schema_contract_pkey PRIMARY KEY (single);
ALTER TABLE ONLY consilium.second_factor
    ADD CONSTRAINT second_factor_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY consilium.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.session
    ADD CONSTRAINT session_token_digest_unique UNIQUE (token_digest);
ALTER TABLE ONLY consilium.sign_in
    ADD CONSTRAINT sign_in_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.sign_in_throttle
    ADD CONSTRAINT sign_in_throttle_pkey PRIMARY KEY (subject);
ALTER TABLE ONLY consilium.specialist_condition
    ADD CONSTRAINT specialist_condition_pkey PRIMARY KEY (specialist_id, code_prefix);
ALTER TABLE ONLY consilium.specialist
    ADD CONSTRAINT specialist_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.specialist_proposal
    ADD CONSTRAINT specialist_proposal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.specialist_proposal
    ADD CONSTRAINT specialist_proposal_token_digest_unique UNIQUE (token_digest);
ALTER TABLE ONLY consilium.task
    ADD CONSTRAINT task_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.taxonomy
    ADD CONSTRAINT taxonomy_pkey PRIMARY KEY (code);
ALTER TABLE ONLY consilium.thread
    ADD CONSTRAINT thread_one_of_kind UNIQUE (case_id, kind);
ALTER TABLE ONLY consilium.thread
    ADD CONSTRAINT thread_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.time_off
    ADD CONSTRAINT time_off_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.transition
    ADD CONSTRAINT transition_pkey PRIMARY KEY (machine, source, target);
ALTER TABLE ONLY consilium.visit_type
    ADD CONSTRAINT visit_type_pkey PRIMARY KEY (id, version);
ALTER TABLE ONLY consilium.waitlist
    ADD CONSTRAINT waitlist_pkey PRIMARY KEY (id);
ALTER TABLE ONLY consilium.waitlist_signal
    ADD CONSTRAINT waitlist_signal_pkey PRIMARY KEY (id);
CREATE INDEX account_claim ON consilium.account USING btree (email_digest, id) WHERE ((state)::text = 'unconfirmed'::text);
CREATE UNIQUE INDEX account_one_active_per_address ON consilium.account USING btree (email_digest) WHERE ((state)::text = 'active'::text);
CREATE INDEX appointment_case ON consilium.appointment USING btree (case_id, id);
CREATE INDEX appointment_colleagues ON consilium.appointment USING gin (colleagues) WHERE (colleagues <> '{}'::uuid[]);
CREATE INDEX appointment_party ON consilium.appointment USING btree (party_id, starts_at);
CREATE INDEX appointment_specialist ON consilium.appointment USING btree (specialist_id, starts_at);
CREATE INDEX audit_head_changed ON consilium.audit_head USING btree (changed_at);
CREATE INDEX availability_horizon_until ON consilium.availability_horizon USING btree (until);
CREATE INDEX availability_override_date ON consilium.availability_override USING btree (specialist_id, on_date);
CREATE INDEX availability_rule_set ON consilium.availability_rule USING btree (set_id);
CREATE INDEX busy_appointment ON consilium.busy USING btree (appointment_id) WHERE (appointment_id IS NOT NULL);
CREATE INDEX busy_hold ON consilium.busy USING btree (hold_id) WHERE (hold_id IS NOT NULL);
CREATE INDEX busy_lapses ON consilium.busy USING btree (person_id, lapses_at) WHERE (hold_id IS NOT NULL);
CREATE INDEX calendar_feed_account ON consilium.calendar_feed USING btree (account_id);
CREATE INDEX calendar_poll_due ON consilium.calendar_poll USING btree (poll_at);
CREATE UNIQUE INDEX caregiver_grant_one_active ON consilium.caregiver_grant USING btree (patient_id, caregiver_id) WHERE ((state)::text = 'active'::text);
CREATE INDEX case_key_master ON consilium.case_key USING btree (master_key);
CREATE INDEX case_part_account ON consilium.case_part USING btree (account_id, case_id) WHERE (until IS NULL);
CREATE INDEX clinical_case_patient ON consilium.clinical_case USING btree (patient_id, id);
CREATE INDEX clinical_case_specialist ON consilium.clinical_case USING btree (specialist_id, id);
CREATE INDEX condition_search_title ON consilium.condition USING gin (search_title public.gin_trgm_ops);
CREATE UNIQUE INDEX consent_one_in_force ON consilium.consent USING btree (case_id, kind) WHERE (withdrawn_at IS NULL);
CREATE INDEX consult_presence_appointment ON consilium.consult_presence USING btree (appointment_id);
CREATE INDEX emergency_access_account ON consilium.emergency_access USING btree (account_id, case_id, until);
CREATE INDEX emergency_access_case ON consilium.emergency_access USING btree (case_id, id);
CREATE INDEX factor_recovery_decided ON consilium.factor_recovery USING btree (decided_at);
CREATE UNIQUE INDEX factor_recovery_one_open ON consilium.factor_recovery USING btree (account_id) WHERE ((state)::text = 'proposed'::text);
CREATE INDEX free_horizon_until ON consilium.free_horizon USING btree (until);
CREATE INDEX hold_due ON consilium.hold USING btree (expires_at) WHERE ((state)::text = 'active'::text);
CREATE UNIQUE INDEX hold_one_asked ON consilium.hold USING btree (case_id) WHERE (((state)::text = 'active'::text) AND ((kind)::text = 'asked'::text));
CREATE INDEX hold_party ON consilium.hold USING btree (party_id) WHERE (((state)::text = 'active'::text) AND ((kind)::text = 'asked'::text));
CREATE INDEX hold_waitlist ON consilium.hold USING btree (waitlist_id) WHERE (waitlist_id IS NOT NULL);
CREATE INDEX idempotency_key_age ON consilium.idempotency_key USING btree (created_at);
CREATE INDEX imported_busy_during ON consilium.imported_busy USING gist (specialist_id, during);
CREATE INDEX invitation_case ON consilium.invitation USING btree (case_id);
CREATE INDEX job_buried ON consilium.job USING btree (created_at, id) WHERE ((state)::text = 'buried'::text);
CREATE INDEX job_finished ON consilium.job USING btree (finished_at) WHERE ((state)::text = ANY (ARRAY['done'::text, 'buried'::text]));
CREATE INDEX job_leased ON consilium.job USING btree (lease_until) WHERE ((state)::text = 'running'::text);
CREATE INDEX job_ready ON consilium.job USING btree (run_at, id) WHERE ((state)::text = 'ready'::text);
CREATE INDEX job_suspect ON consilium.job USING btree (run_at, id) WHERE (((state)::text = 'ready'::text) AND (deaths > 0));
CREATE INDEX known_device_account ON consilium.known_device USING btree (account_id, seen_at);
CREATE INDEX lane_check_case ON consilium.lane_check USING btree (case_id, id);
CREATE INDEX licence_jurisdiction ON consilium.licence USING btree (jurisdiction, specialist_id);
CREATE INDEX linked_calendar_specialist ON consilium.linked_calendar USING btree (specialist_id);
CREATE INDEX mail_token_account ON consilium.mail_token USING btree (account_id, purpose) WHERE (used_at IS NULL);
CREATE INDEX match_case ON consilium.match USING btree (case_id, id);
CREATE INDEX notification_account ON consilium.notification USING btree (account_id, id);
CREATE INDEX offer_due ON consilium.offer USING btree (expires_at) WHERE ((state)::text = 'waiting'::text);
CREATE UNIQUE INDEX offer_once_per_match ON consilium.offer USING btree (match_id, specialist_id);
CREATE UNIQUE INDEX offer_one_open ON consilium.offer USING btree (case_id) WHERE ((state)::text = ANY (ARRAY['waiting'::text, 'accepted'::text]));
CREATE INDEX offer_specialist ON consilium.offer USING btree (specialist_id, id);
CREATE UNIQUE INDEX opinion_one_signed ON consilium.opinion USING btree (case_id) WHERE (signed_at IS NOT NULL);
CREATE INDEX person_key_master ON consilium.person_key USING btree (master_key);
CREATE INDEX record_case ON consilium.record USING btree (case_id, id);
CREATE INDEX record_file_case ON consilium.record_file USING btree (case_id);
CREATE INDEX record_file_record ON consilium.record_file USING btree (record_id, id);
CREATE INDEX record_file_unfinished ON consilium.record_file USING btree (added_by) WHERE ((state)::text = 'uploading'::text);
CREATE INDEX request_source_account ON consilium.request_source USING btree (account_id);
CREATE INDEX request_source_refused ON consilium.request_source USING btree (refused_at) WHERE (used_at IS NULL);
CREATE INDEX session_live ON consilium.session USING btree (account_id) WHERE (ended_at IS NULL);
CREATE INDEX sign_in_at ON consilium.sign_in USING btree (at);
CREATE INDEX specialist_languages ON consilium.specialist USING gin (languages);
CREATE INDEX specialist_proposal_ended ON consilium.specialist_proposal USING btree (ended_at);
CREATE INDEX specialist_proposal_expires ON consilium.specialist_proposal USING btree (expires_at) WHERE ((state)::text = ANY (ARRAY['proposed'::text, 'approved'::text]));
CREATE UNIQUE INDEX specialist_proposal_one_per_address ON consilium.specialist_proposal USING btree (email_digest) WHERE ((state)::text = ANY (ARRAY['proposed'::text, 'approved'::text]));
CREATE INDEX specialist_proposal_proposer ON consilium.specialist_proposal USING btree (proposed_by, proposed_at);
CREATE INDEX specialist_taxonomy ON consilium.specialist USING gin (taxonomy_codes);
CREATE INDEX task_due ON consilium.task USING btree (due_at, id) WHERE ((state)::text = 'open'::text);
CREATE UNIQUE INDEX task_one_open ON consilium.task USING btree (kind, case_id, subject_id) NULLS NOT DISTINCT WHERE ((state)::text = 'open'::text);
CREATE INDEX time_off_during ON consilium.time_off USING gist (specialist_id, during);
CREATE UNIQUE INDEX visit_type_one_current ON consilium.visit_type USING btree (id) WHERE current;
CREATE UNIQUE INDEX waitlist_one_waiting ON consilium.waitlist USING btree (case_id) WHERE ((state)::text = 'waiting'::text);
CREATE INDEX waitlist_order ON consilium.waitlist USING btree (specialist_id, joined_at, id) WHERE ((state)::text = 'waiting'::text);
CREATE INDEX waitlist_signal_due ON consilium.waitlist_signal USING btree (due_at);
CREATE INDEX waitlist_signal_specialist ON consilium.waitlist_signal USING btree (specialist_id, due_at);
CREATE TRIGGER adds_coordinator_to_cases AFTER INSERT ON consilium.account_role FOR EACH ROW WHEN (((new.role)::text = 'coordinator'::text)) EXECUTE FUNCTION consilium.add_coordinator_to_cases();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON consilium.audit_entry FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON consilium.audit_source FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON consilium.lane_check FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER ask_for_answer AFTER INSERT ON consilium.message FOR EACH ROW WHEN (((new.kind)::text = 'text'::text)) EXECUTE FUNCTION consilium.ask_for_answer();
CREATE TRIGGER ask_for_draft_answer AFTER UPDATE OF state ON consilium.clinical_case FOR EACH ROW WHEN ((((old.state)::text = 'draft'::text) AND ((new.state)::text = 'submitted'::text))) EXECUTE FUNCTION consilium.ask_for_draft_answer();
CREATE TRIGGER ask_for_unread AFTER UPDATE OF until ON consilium.case_part FOR EACH ROW WHEN ((((new.part)::text = ANY (ARRAY['specialist'::text, 'colleague'::text])) AND (old.until IS NULL) AND (new.until IS NOT NULL))) EXECUTE FUNCTION consilium.ask_for_unread();
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.account FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.account_particular FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.account_role FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.appointment FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.availability_override FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'specialist_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.availability_rule FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'specialist_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.availability_set FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'specialist_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.blind_break FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.calendar_feed FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.caregiver_grant FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'patient_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.case_key FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.case_part FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.clinical_case FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.consent FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.consult_room FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.emergency_access FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.factor_recovery FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.first_read FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.hold FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.intake_part FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.invitation FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.lane_check FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.licence FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'specialist_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.linked_calendar FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'specialist_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.match FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.message FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.offer FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.opinion FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.organisation FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('programme', 'id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.outcome FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.password FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.person_key FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.record FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.record_file FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.second_factor FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
CREATE TRIGGER audit_noted AFTER UPDATE OF ended_at ON consilium.session FOR EACH ROW WHEN (((old.ended_at IS NULL) AND (new.ended_at IS NOT NULL))) EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
CREATE TRIGGER audit_noted AFTER INSERT ON consilium.sign_in FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.specialist FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.specialist_proposal FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('programme', 'id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.time_off FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'specialist_id');
CREATE TRIGGER audit_noted AFTER INSERT OR DELETE OR UPDATE ON consilium.waitlist FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('case', 'case_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.account DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.account_particular DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'account_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.account_role DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'account_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.appointment DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.availability_override DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'specialist_id', 'specialist_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.availability_rule DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'specialist_id', 'specialist_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.availability_set DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'specialist_id', 'specialist_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.blind_break DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'account_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.calendar_feed DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.caregiver_grant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'patient_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.case_key DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'case_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.case_part DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'account_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.clinical_case DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.consent DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.consult_room DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'appointment_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.emergency_access DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.factor_recovery DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.first_read DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'specialist_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.hold DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.intake_part DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.invitation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.lane_check DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.licence DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'specialist_id', 'specialist_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.linked_calendar DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'specialist_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.match DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.message DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.offer DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.opinion DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'specialist_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.organisation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('programme', 'id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.outcome DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'recorded_by');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.password DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'account_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.person_key DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'account_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.record DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.record_file DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.second_factor DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'account_id');
CREATE CONSTRAINT TRIGGER audited AFTER UPDATE OF ended_at ON consilium.session DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.ended_at IS NULL) AND (new.ended_at IS NOT NULL))) EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'id', 'ended');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT ON consilium.sign_in DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.specialist DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.specialist_proposal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('programme', 'id', 'id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.time_off DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'specialist_id', 'specialist_id');
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE OR UPDATE ON consilium.waitlist DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('case', 'case_id', 'id');
CREATE TRIGGER chase_added AFTER INSERT ON consilium.record FOR EACH ROW WHEN (((new.state)::text = 'asked'::text)) EXECUTE FUNCTION consilium.open_record_task();
CREATE TRIGGER chase_asked AFTER UPDATE OF state ON consilium.record FOR EACH ROW WHEN ((((new.state)::text = 'asked'::text) AND ((old.state)::text <> 'asked'::text))) EXECUTE FUNCTION consilium.open_record_task();
CREATE TRIGGER clears_secrets BEFORE UPDATE OF state ON consilium.specialist_proposal FOR EACH ROW WHEN (((new.state)::text = ANY (ARRAY['joined'::text, 'withdrawn'::text]))) EXECUTE FUNCTION consilium.forget_proposal();
CREATE TRIGGER creates_calendar AFTER INSERT ON consilium.account FOR EACH ROW EXECUTE FUNCTION consilium.make_calendar();
CREATE TRIGGER creates_threads AFTER INSERT ON consilium.clinical_case FOR EACH ROW EXECUTE FUNCTION consilium.make_threads();
CREATE TRIGGER derives_from_file BEFORE INSERT ON consilium.file_chunk FOR EACH ROW EXECUTE FUNCTION consilium.derive_from_file();
CREATE TRIGGER derives_from_record BEFORE INSERT OR UPDATE ON consilium.record_file FOR EACH ROW EXECUTE FUNCTION consilium.derive_from_record();
CREATE TRIGGER empty_room AFTER UPDATE OF starts_at ON consilium.appointment FOR EACH ROW WHEN ((old.starts_at IS DISTINCT FROM new.starts_at)) EXECUTE FUNCTION consilium.empty_room();
CREATE TRIGGER end_presence AFTER UPDATE OF starts_at, state ON consilium.appointment FOR EACH ROW WHEN (((old.starts_at IS DISTINCT FROM new.starts_at) OR ((new.state)::text <> ALL (ARRAY['booked'::text, 'checked_in'::text])))) EXECUTE FUNCTION consilium.end_presence();
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.appointment FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('appointment', 'case_id');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.clinical_case FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('case', 'id');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.consult_room FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('room', 'case_id');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.hold FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('hold', 'case_id');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.offer FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('offer', 'case_id');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.waitlist FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('waitlist', 'case_id');
CREATE TRIGGER enforce_part_change BEFORE UPDATE ON consilium.case_part FOR EACH ROW WHEN (((new.part)::text <> (old.part)::text)) EXECUTE FUNCTION consilium.enforce_part_change();
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.account FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('account');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.appointment FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('appointment');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.caregiver_grant FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('caregiver_grant');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.clinical_case FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('case');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.consult_room FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('room');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.factor_recovery FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('factor_recovery');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.hold FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('hold');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.invitation FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('invitation');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.job FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('job');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.offer FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('offer');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.record FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('record');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.record_file FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('record_file');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.specialist_proposal FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('specialist_proposal');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.task FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('task');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.waitlist FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('waitlist');
CREATE TRIGGER evidence_exists BEFORE INSERT ON consilium.lane_check FOR EACH ROW EXECUTE FUNCTION consilium.check_evidence();
CREATE TRIGGER extends_busy AFTER UPDATE ON consilium.hold FOR EACH ROW WHEN ((((new.state)::text = 'active'::text) AND (old.expires_at <> new.expires_at))) EXECUTE FUNCTION consilium.extend_busy();
CREATE TRIGGER first_read_and_blind_hold BEFORE INSERT OR UPDATE OF signed_at ON consilium.opinion FOR EACH ROW WHEN ((new.signed_at IS NOT NULL)) EXECUTE FUNCTION consilium.check_opinion();
CREATE TRIGGER fixed_once_signed BEFORE DELETE OR UPDATE ON consilium.first_read FOR EACH ROW EXECUTE FUNCTION consilium.enforce_signed();
CREATE TRIGGER fixed_once_signed BEFORE DELETE OR UPDATE ON consilium.opinion FOR EACH ROW EXECUTE FUNCTION consilium.enforce_signed();
CREATE TRIGGER fixed_once_submitted BEFORE UPDATE ON consilium.clinical_case FOR EACH ROW EXECUTE FUNCTION consilium.enforce_case_fixed();
CREATE TRIGGER free_spans_in_sync AFTER INSERT OR DELETE OR UPDATE ON consilium.time_off FOR EACH ROW EXECUTE FUNCTION consilium.sync_free_spans_with_time_off();
CREATE TRIGGER free_spans_on_delete AFTER DELETE ON consilium.busy FOR EACH ROW WHEN ((old.appointment_id IS NOT NULL)) EXECUTE FUNCTION consilium.sync_free_spans_with_busy();
CREATE TRIGGER free_spans_on_delete AFTER DELETE ON consilium.imported_busy REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consilium.sync_free_spans_with_imports();
CREATE TRIGGER free_spans_on_insert AFTER INSERT ON consilium.busy FOR EACH ROW WHEN ((new.appointment_id IS NOT NULL)) EXECUTE FUNCTION consilium.sync_free_spans_with_busy();
CREATE TRIGGER free_spans_on_insert AFTER INSERT ON consilium.imported_busy REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consilium.sync_free_spans_with_imports();
CREATE TRIGGER free_spans_on_update_from AFTER UPDATE ON consilium.imported_busy REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consilium.sync_free_spans_with_imports();
CREATE TRIGGER free_spans_on_update_to AFTER UPDATE ON consilium.imported_busy REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consilium.sync_free_spans_with_imports();
CREATE CONSTRAINT TRIGGER gapless AFTER UPDATE OF last_seq ON consilium.thread DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.enforce_gapless();
CREATE TRIGGER immutable BEFORE UPDATE ON consilium.calendar FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER immutable BEFORE DELETE OR UPDATE ON consilium.consent_text FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER immutable BEFORE DELETE OR UPDATE OF name, kind, since ON consilium.consent_wording FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER leaving_clinician_asks_again AFTER UPDATE OF until ON consilium.case_part FOR EACH ROW WHEN ((((new.part)::text = 'treating_clinician'::text) AND (old.until IS NULL) AND (new.until IS NOT NULL))) EXECUTE FUNCTION consilium.ask_for_clinicians_records_again();
CREATE TRIGGER mistake_asks_again AFTER UPDATE OF entered_in_error_at ON consilium.record_file FOR EACH ROW WHEN (((old.entered_in_error_at IS NULL) AND (new.entered_in_error_at IS NOT NULL))) EXECUTE FUNCTION consilium.ask_for_file_again();
CREATE TRIGGER no_show_without_party BEFORE UPDATE OF state ON consilium.appointment FOR EACH ROW WHEN (((new.state)::text = 'no_show'::text)) EXECUTE FUNCTION consilium.refuse_no_show();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.account FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.account_particular FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.account_role FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.appointment FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.audit_head FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.audit_source FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.availability_override FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.availability_rule FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.availability_set FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.blind_break FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.calendar_feed FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.caregiver_grant FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.case_key FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.case_part FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.clinical_case FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.consent FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.consult_room FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.emergency_access FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.factor_recovery FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.first_read FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.hold FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.intake_part FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.invitation FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.lane_check FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.licence FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.linked_calendar FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.match FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.message FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.offer FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.opinion FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.organisation FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.outcome FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.password FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.person_key FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.record FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.record_file FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.second_factor FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.specialist FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.specialist_proposal FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.time_off FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.waitlist FOR EACH STATEMENT EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER notifies_waitlist AFTER UPDATE ON consilium.appointment FOR EACH ROW WHEN ((((old.state)::text = ANY (ARRAY['booked'::text, 'checked_in'::text])) AND (((((((old.state)::text = 'cancelled'::text) IS DISTINCT FROM ((new.state)::text = 'cancelled'::text)) OR (old.starts_at IS DISTINCT FROM new.starts_at)) OR (old.ends_at IS DISTINCT FROM new.ends_at)) OR (old.specialist_id IS DISTINCT FROM new.specialist_id)) OR (old.colleagues IS DISTINCT FROM new.colleagues)))) EXECUTE FUNCTION consilium.signal_freed_consult();
CREATE TRIGGER notifies_waitlist AFTER UPDATE OF state ON consilium.hold FOR EACH ROW WHEN ((((old.state)::text = 'active'::text) AND ((new.state)::text = ANY (ARRAY['released'::text, 'lapsed'::text])))) EXECUTE FUNCTION consilium.signal_freed_hold();
CREATE TRIGGER notifies_waitlist AFTER DELETE ON consilium.imported_busy REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION consilium.signal_freed_imports();
CREATE TRIGGER notifies_waitlist AFTER UPDATE OF availability_version ON consilium.specialist FOR EACH ROW EXECUTE FUNCTION consilium.signal_new_openings('id');
CREATE TRIGGER notifies_waitlist AFTER DELETE ON consilium.time_off FOR EACH ROW EXECUTE FUNCTION consilium.signal_freed_time_off();
CREATE TRIGGER notifies_waitlist AFTER INSERT ON consilium.waitlist FOR EACH ROW EXECUTE FUNCTION consilium.signal_new_openings('specialist_id');
CREATE TRIGGER opens_prior AFTER INSERT ON consilium.blind_break FOR EACH ROW EXECUTE FUNCTION consilium.open_prior();
CREATE TRIGGER opens_prior AFTER INSERT OR UPDATE OF signed_at ON consilium.first_read FOR EACH ROW WHEN ((new.signed_at IS NOT NULL)) EXECUTE FUNCTION consilium.open_prior();
CREATE TRIGGER organisation_in_use BEFORE INSERT OR UPDATE OF state ON consilium.specialist_proposal FOR EACH ROW WHEN (((new.state)::text <> 'withdrawn'::text)) EXECUTE FUNCTION consilium.refuse_retired_organisation();
CREATE TRIGGER quota_case_bytes BEFORE INSERT ON consilium.record_file FOR EACH ROW EXECUTE FUNCTION consilium.enforce_quota('quota_case_bytes', 'case_id', '21474836480', 'length', 'true');
CREATE TRIGGER quota_invitations BEFORE INSERT ON consilium.invitation FOR EACH ROW EXECUTE FUNCTION consilium.enforce_quota('quota_invitations', 'case_id', '20', '', 't.state IN (''sent'', ''accepted'')');
CREATE TRIGGER quota_open_cases BEFORE INSERT ON consilium.clinical_case FOR EACH ROW EXECUTE FUNCTION consilium.enforce_quota('quota_open_cases', 'patient_id', '20', '', 't.state NOT IN (''closed'', ''withdrawn'', ''unable'')');
CREATE TRIGGER quota_records BEFORE INSERT ON consilium.record FOR EACH ROW EXECUTE FUNCTION consilium.enforce_quota('quota_records', 'case_id', '200', '', 'true');
CREATE TRIGGER quota_specialist_proposals BEFORE INSERT ON consilium.specialist_proposal FOR EACH ROW EXECUTE FUNCTION consilium.enforce_quota('quota_specialist_proposals', 'proposed_by', '50', '', 't.state IN (''proposed'', ''approved'') OR t.proposed_at > clock_timestamp() - interval ''1 day''');
CREATE TRIGGER quota_unfinished_bytes BEFORE INSERT ON consilium.record_file FOR EACH ROW EXECUTE FUNCTION consilium.enforce_quota('quota_unfinished_bytes', 'added_by', '21474836480', 'length', 't.state = ''uploading''');
CREATE CONSTRAINT TRIGGER reason_given AFTER INSERT ON consilium.emergency_access DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.check_emergency_reason();
CREATE TRIGGER removal_asks_again AFTER DELETE ON consilium.record_file FOR EACH ROW WHEN (((old.state)::text = 'complete'::text)) EXECUTE FUNCTION consilium.ask_for_file_again();
CREATE TRIGGER reread_calendars AFTER UPDATE OF time_zone ON consilium.specialist FOR EACH ROW WHEN (((old.time_zone)::text IS DISTINCT FROM (new.time_zone)::text)) EXECUTE FUNCTION consilium.reread_calendars();
CREATE TRIGGER resume_pause BEFORE INSERT ON consilium.waitlist FOR EACH ROW EXECUTE FUNCTION consilium.resume_pause();
CREATE TRIGGER reveals_messages AFTER UPDATE ON consilium.case_part FOR EACH ROW WHEN ((((new.part)::text = 'specialist'::text) AND ((old.part)::text = 'specialist'::text) AND new.sees_prior AND (NOT old.sees_prior))) EXECUTE FUNCTION consilium.reveal_messages();
CREATE TRIGGER rises_by_one BEFORE UPDATE OF last_seq ON consilium.thread FOR EACH ROW EXECUTE FUNCTION consilium.enforce_gapless();
CREATE TRIGGER set_first_accepted BEFORE INSERT OR UPDATE ON consilium.clinical_case FOR EACH ROW EXECUTE FUNCTION consilium.set_first_accepted();
CREATE TRIGGER sets_rights BEFORE INSERT OR UPDATE ON consilium.case_part FOR EACH ROW EXECUTE FUNCTION consilium.set_part_rights();
CREATE TRIGGER settles_task AFTER UPDATE OF state ON consilium.record FOR EACH ROW WHEN (((new.state)::text <> 'asked'::text)) EXECUTE FUNCTION consilium.settle_record_task();
CREATE TRIGGER settles_tasks AFTER UPDATE OF state ON consilium.clinical_case FOR EACH ROW WHEN (((new.state)::text = ANY (ARRAY['closed'::text, 'withdrawn'::text, 'unable'::text]))) EXECUTE FUNCTION consilium.settle_case_tasks();
CREATE TRIGGER stamps_sequence BEFORE UPDATE OF sequence ON consilium.appointment FOR EACH ROW EXECUTE FUNCTION consilium.stamp_appointment();
CREATE TRIGGER submission_adds_coordinators AFTER UPDATE OF state ON consilium.clinical_case FOR EACH ROW WHEN ((((old.state)::text = 'draft'::text) AND ((new.state)::text = 'submitted'::text))) EXECUTE FUNCTION consilium.add_coordinators_to_case();
CREATE TRIGGER sync_delivery AFTER UPDATE OF state ON consilium.job FOR EACH ROW WHEN ((((new.state)::text <> (old.state)::text) AND (((new.state)::text = ANY (ARRAY['done'::text, 'buried'::text])) OR ((old.state)::text = 'buried'::text)))) EXECUTE FUNCTION consilium.sync_delivery();
CREATE TRIGGER syncs_busy_on_insert AFTER INSERT ON consilium.appointment FOR EACH ROW WHEN (((new.state)::text = ANY (ARRAY['booked'::text, 'checked_in'::text]))) EXECUTE FUNCTION consilium.sync_busy_of_appointment();
CREATE TRIGGER syncs_busy_on_insert AFTER INSERT ON consilium.hold FOR EACH ROW WHEN (((new.state)::text = 'active'::text)) EXECUTE FUNCTION consilium.sync_busy_of_hold();
CREATE TRIGGER syncs_busy_on_update AFTER UPDATE ON consilium.appointment FOR EACH ROW WHEN (((((((((((old.state)::text = 'cancelled'::text) IS DISTINCT FROM ((new.state)::text = 'cancelled'::text)) OR (old.specialist_id IS DISTINCT FROM new.specialist_id)) OR (old.colleagues IS DISTINCT FROM new.colleagues)) OR (old.party_id IS DISTINCT FROM new.party_id)) OR ((old.visit_type)::text IS DISTINCT FROM (new.visit_type)::text)) OR (old.visit_version IS DISTINCT FROM new.visit_version)) OR (old.starts_at IS DISTINCT FROM new.starts_at)) OR (old.ends_at IS DISTINCT FROM new.ends_at))) EXECUTE FUNCTION consilium.sync_busy_of_appointment();
CREATE TRIGGER syncs_busy_on_update AFTER UPDATE ON consilium.hold FOR EACH ROW WHEN (((((((((((old.state)::text IS DISTINCT FROM (new.state)::text) OR ((old.kind)::text IS DISTINCT FROM (new.kind)::text)) OR (old.specialist_id IS DISTINCT FROM new.specialist_id)) OR (old.colleagues IS DISTINCT FROM new.colleagues)) OR (old.party_id IS DISTINCT FROM new.party_id)) OR ((old.visit_type)::text IS DISTINCT FROM (new.visit_type)::text)) OR (old.visit_version IS DISTINCT FROM new.visit_version)) OR (old.starts_at IS DISTINCT FROM new.starts_at)) OR (old.ends_at IS DISTINCT FROM new.ends_at))) EXECUTE FUNCTION consilium.sync_busy_of_hold();
CREATE CONSTRAINT TRIGGER syncs_free_spans AFTER INSERT OR UPDATE OF availability_version, time_zone ON consilium.specialist DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.rebuild_free_spans();
CREATE TRIGGER syncs_parts AFTER INSERT OR UPDATE OF state ON consilium.caregiver_grant FOR EACH ROW EXECUTE FUNCTION consilium.sync_caregiver_parts();
CREATE TRIGGER syncs_reveals_prior AFTER UPDATE OF reveals_prior ON consilium.record FOR EACH ROW WHEN ((old.reveals_prior <> new.reveals_prior)) EXECUTE FUNCTION consilium.sync_reveals_prior();
CREATE TRIGGER unexpired BEFORE UPDATE OF state ON consilium.offer FOR EACH ROW WHEN ((((new.state)::text = 'accepted'::text) AND ((old.state)::text = 'waiting'::text) AND (old.expires_at <= clock_timestamp()))) EXECUTE FUNCTION consilium.refuse_expired();
CREATE TRIGGER version_immutable BEFORE UPDATE OF id, version, duration_minutes, buffer_before_minutes, buffer_after_minutes, granularity_minutes, notice_minutes, horizon_days, hold_minutes, most_per_day, most_per_week, booked_by, rescheduled_by, cancelled_by, reschedule_until_minutes, cancel_until_minutes, late_cancel_consequence, no_show_consequence, no_show_grace_minutes, join_before_minutes ON consilium.visit_type FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER wait_for_records AFTER UPDATE OF state ON consilium.clinical_case FOR EACH ROW WHEN ((((old.state)::text = 'offered'::text) AND ((new.state)::text = 'ready'::text))) EXECUTE FUNCTION consilium.wait_for_records();
CREATE TRIGGER wording_in_force BEFORE INSERT ON consilium.consent FOR EACH ROW EXECUTE FUNCTION consilium.check_wording_in_force();
CREATE TRIGGER written_by_triggers_only BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON consilium.busy FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION consilium.refuse_direct_write();
ALTER TABLE ONLY consilium.account_particular
    ADD CONSTRAINT account_particular_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.account_role
    ADD CONSTRAINT account_role_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.appointment
    ADD CONSTRAINT appointment_booked_by_fkey FOREIGN KEY (booked_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.appointment
    ADD CONSTRAINT appointment_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.appointment
    ADD CONSTRAINT appointment_ended_by_fkey FOREIGN KEY (ended_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.appointment
    ADD CONSTRAINT appointment_party_id_fkey FOREIGN KEY (party_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.appointment
    ADD CONSTRAINT appointment_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.appointment
    ADD CONSTRAINT appointment_visit_type_visit_version_fkey FOREIGN KEY (visit_type, visit_version) REFERENCES consilium.visit_type(id, version);
ALTER TABLE ONLY consilium.audit_source
    ADD CONSTRAINT audit_source_chain_kind_chain_id_seq_fkey FOREIGN KEY (chain_kind, chain_id, seq) REFERENCES consilium.audit_entry(chain_kind, chain_id, seq);
ALTER TABLE ONLY consilium.availability_date
    ADD CONSTRAINT availability_date_specialist_id_rule_id_fkey FOREIGN KEY (specialist_id, rule_id) REFERENCES consilium.availability_rule(specialist_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY consilium.availability_horizon
    ADD CONSTRAINT availability_horizon_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.availability_override
    ADD CONSTRAINT availability_override_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.availability_rule
    ADD CONSTRAINT availability_rule_specialist_id_set_id_fkey FOREIGN KEY (specialist_id, set_id) REFERENCES consilium.availability_set(specialist_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY consilium.availability_set
    ADD CONSTRAINT availability_set_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.blind_break
    ADD CONSTRAINT blind_break_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.blind_break
    ADD CONSTRAINT blind_break_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.busy
    ADD CONSTRAINT busy_appointment_id_fkey FOREIGN KEY (appointment_id) REFERENCES consilium.appointment(id);
ALTER TABLE ONLY consilium.busy
    ADD CONSTRAINT busy_hold_id_fkey FOREIGN KEY (hold_id) REFERENCES consilium.hold(id);
ALTER TABLE ONLY consilium.busy
    ADD CONSTRAINT busy_person_id_fkey FOREIGN KEY (person_id) REFERENCES consilium.calendar(person_id);
ALTER TABLE ONLY consilium.calendar_conflict
    ADD CONSTRAINT calendar_conflict_appointment_id_fkey FOREIGN KEY (appointment_id) REFERENCES consilium.appointment(id);
ALTER TABLE ONLY consilium.calendar_conflict
    ADD CONSTRAINT calendar_conflict_calendar_id_fkey FOREIGN KEY (calendar_id) REFERENCES consilium.linked_calendar(id) ON DELETE CASCADE;
ALTER TABLE ONLY consilium.calendar_feed
    ADD CONSTRAINT calendar_feed_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.calendar_feed_fetch
    ADD CONSTRAINT calendar_feed_fetch_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES consilium.calendar_feed(id) ON DELETE CASCADE;
ALTER TABLE ONLY consilium.calendar
    ADD CONSTRAINT calendar_person_id_fkey FOREIGN KEY (person_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.calendar_poll
    ADD CONSTRAINT calendar_poll_calendar_id_fkey FOREIGN KEY (calendar_id) REFERENCES consilium.linked_calendar(id) ON DELETE CASCADE;
ALTER TABLE ONLY consilium.caregiver_grant
    ADD CONSTRAINT caregiver_grant_caregiver_id_fkey FOREIGN KEY (caregiver_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.caregiver_grant
    ADD CONSTRAINT caregiver_grant_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.case_key
    ADD CONSTRAINT case_key_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.case_part
    ADD CONSTRAINT case_part_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.case_part
    ADD CONSTRAINT case_part_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.clinical_case
    ADD CONSTRAINT clinical_case_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.clinical_case
    ADD CONSTRAINT clinical_case_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.condition_taxonomy
    ADD CONSTRAINT condition_taxonomy_taxonomy_code_fkey FOREIGN KEY (taxonomy_code) REFERENCES consilium.taxonomy(code);
ALTER TABLE ONLY consilium.consent
    ADD CONSTRAINT consent_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.consent
    ADD CONSTRAINT consent_given_by_fkey FOREIGN KEY (given_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.consent
    ADD CONSTRAINT consent_names_wording FOREIGN KEY (wording, kind) REFERENCES consilium.consent_wording(name, kind);
ALTER TABLE ONLY consilium.consent_text
    ADD CONSTRAINT consent_text_wording_fkey FOREIGN KEY (wording) REFERENCES consilium.consent_wording(name);
ALTER TABLE ONLY consilium.consult_presence
    ADD CONSTRAINT consult_presence_appointment_id_fkey FOREIGN KEY (appointment_id) REFERENCES consilium.appointment(id);
ALTER TABLE ONLY consilium.consult_presence
    ADD CONSTRAINT consult_presence_session_id_fkey FOREIGN KEY (session_id) REFERENCES consilium.session(id) ON DELETE CASCADE;
ALTER TABLE ONLY consilium.consult_room
    ADD CONSTRAINT consult_room_appointment_id_fkey FOREIGN KEY (appointment_id) REFERENCES consilium.appointment(id);
ALTER TABLE ONLY consilium.consult_room
    ADD CONSTRAINT consult_room_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.delivery
    ADD CONSTRAINT delivery_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES consilium.notification(id);
ALTER TABLE ONLY consilium.emergency_access
    ADD CONSTRAINT emergency_access_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.emergency_access
    ADD CONSTRAINT emergency_access_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.factor_recovery
    ADD CONSTRAINT factor_recovery_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.factor_recovery
    ADD CONSTRAINT factor_recovery_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.factor_recovery
    ADD CONSTRAINT factor_recovery_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.file_chunk
    ADD CONSTRAINT file_chunk_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.file_chunk
    ADD CONSTRAINT file_chunk_file_id_fkey FOREIGN KEY (file_id) REFERENCES consilium.record_file(id) ON DELETE CASCADE;
ALTER TABLE ONLY consilium.first_read
    ADD CONSTRAINT first_read_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.first_read
    ADD CONSTRAINT first_read_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.free_horizon
    ADD CONSTRAINT free_horizon_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.free_span
    ADD CONSTRAINT free_span_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.hold
    ADD CONSTRAINT hold_appointment_id_fkey FOREIGN KEY (appointment_id) REFERENCES consilium.appointment(id);
ALTER TABLE ONLY consilium.hold
    ADD CONSTRAINT hold_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.hold
    ADD CONSTRAINT hold_made_by_fkey FOREIGN KEY (made_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.hold
    ADD CONSTRAINT hold_party_id_fkey FOREIGN KEY (party_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.hold
    ADD CONSTRAINT hold_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.hold
    ADD CONSTRAINT hold_visit_type_visit_version_fkey FOREIGN KEY (visit_type, visit_version) REFERENCES consilium.visit_type(id, version);
ALTER TABLE ONLY consilium.hold
    ADD CONSTRAINT hold_waitlist_id_fkey FOREIGN KEY (waitlist_id) REFERENCES consilium.waitlist(id);
ALTER TABLE ONLY consilium.idempotency_key
    ADD CONSTRAINT idempotency_key_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.imported_busy
    ADD CONSTRAINT imported_busy_calendar_id_fkey FOREIGN KEY (calendar_id) REFERENCES consilium.linked_calendar(id) ON DELETE CASCADE;
ALTER TABLE ONLY consilium.intake_part
    ADD CONSTRAINT intake_part_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.invitation
    ADD CONSTRAINT invitation_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.invitation
    ADD CONSTRAINT invitation_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.invitation
    ADD CONSTRAINT invitation_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.known_device
    ADD CONSTRAINT known_device_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.lane_check
    ADD CONSTRAINT lane_check_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.lane_check
    ADD CONSTRAINT lane_check_consent_id_fkey FOREIGN KEY (consent_id) REFERENCES consilium.consent(id);
ALTER TABLE ONLY consilium.lane_check
    ADD CONSTRAINT lane_check_party_id_fkey FOREIGN KEY (party_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.lane_check
    ADD CONSTRAINT lane_check_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.licence
    ADD CONSTRAINT licence_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.linked_calendar
    ADD CONSTRAINT linked_calendar_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.mail_token
    ADD CONSTRAINT mail_token_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.match_candidate
    ADD CONSTRAINT match_candidate_match_id_case_id_fkey FOREIGN KEY (match_id, case_id) REFERENCES consilium.match(id, case_id);
ALTER TABLE ONLY consilium.match_candidate
    ADD CONSTRAINT match_candidate_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.match
    ADD CONSTRAINT match_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.match
    ADD CONSTRAINT match_made_by_fkey FOREIGN KEY (made_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.message
    ADD CONSTRAINT message_author_id_fkey FOREIGN KEY (author_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.message
    ADD CONSTRAINT message_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.message
    ADD CONSTRAINT message_thread_id_fkey FOREIGN KEY (thread_id) REFERENCES consilium.thread(id);
ALTER TABLE ONLY consilium.notification
    ADD CONSTRAINT notification_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.notification
    ADD CONSTRAINT notification_appointment_id_fkey FOREIGN KEY (appointment_id) REFERENCES consilium.appointment(id);
ALTER TABLE ONLY consilium.notification
    ADD CONSTRAINT notification_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.notification
    ADD CONSTRAINT notification_offer_id_fkey FOREIGN KEY (offer_id) REFERENCES consilium.offer(id);
ALTER TABLE ONLY consilium.notification_preference
    ADD CONSTRAINT notification_preference_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.offer
    ADD CONSTRAINT offer_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.offer
    ADD CONSTRAINT offer_match_id_case_id_fkey FOREIGN KEY (match_id, case_id) REFERENCES consilium.match(id, case_id);
ALTER TABLE ONLY consilium.offer
    ADD CONSTRAINT offer_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.opinion
    ADD CONSTRAINT opinion_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.opinion
    ADD CONSTRAINT opinion_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.outcome
    ADD CONSTRAINT outcome_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.outcome
    ADD CONSTRAINT outcome_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.password
    ADD CONSTRAINT password_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.read_marker
    ADD CONSTRAINT read_marker_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.read_marker
    ADD CONSTRAINT read_marker_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.read_marker
    ADD CONSTRAINT read_marker_thread_id_fkey FOREIGN KEY (thread_id) REFERENCES consilium.thread(id);
ALTER TABLE ONLY consilium.record
    ADD CONSTRAINT record_added_by_fkey FOREIGN KEY (added_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.record
    ADD CONSTRAINT record_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.record_file
    ADD CONSTRAINT record_file_added_by_fkey FOREIGN KEY (added_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.record_file
    ADD CONSTRAINT record_file_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.record_file
    ADD CONSTRAINT record_file_record_id_fkey FOREIGN KEY (record_id) REFERENCES consilium.record(id);
ALTER TABLE ONLY consilium.recovery_code
    ADD CONSTRAINT recovery_code_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.request_source
    ADD CONSTRAINT request_source_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.second_factor
    ADD CONSTRAINT second_factor_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.session
    ADD CONSTRAINT session_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.sign_in
    ADD CONSTRAINT sign_in_account_id_fkey FOREIGN KEY (account_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.specialist_condition
    ADD CONSTRAINT specialist_condition_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.specialist
    ADD CONSTRAINT specialist_id_fkey FOREIGN KEY (id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.specialist
    ADD CONSTRAINT specialist_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES consilium.organisation(id);
ALTER TABLE ONLY consilium.specialist_proposal
    ADD CONSTRAINT specialist_proposal_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.specialist_proposal
    ADD CONSTRAINT specialist_proposal_joined_by_fkey FOREIGN KEY (joined_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.specialist_proposal
    ADD CONSTRAINT specialist_proposal_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES consilium.organisation(id);
ALTER TABLE ONLY consilium.specialist_proposal
    ADD CONSTRAINT specialist_proposal_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.task
    ADD CONSTRAINT task_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.task
    ADD CONSTRAINT task_done_by_fkey FOREIGN KEY (done_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.thread
    ADD CONSTRAINT thread_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.time_off
    ADD CONSTRAINT time_off_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE ONLY consilium.waitlist
    ADD CONSTRAINT waitlist_appointment_id_fkey FOREIGN KEY (appointment_id) REFERENCES consilium.appointment(id);
ALTER TABLE ONLY consilium.waitlist
    ADD CONSTRAINT waitlist_case_id_fkey FOREIGN KEY (case_id) REFERENCES consilium.clinical_case(id);
ALTER TABLE ONLY consilium.waitlist
    ADD CONSTRAINT waitlist_joined_by_fkey FOREIGN KEY (joined_by) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.waitlist
    ADD CONSTRAINT waitlist_party_id_fkey FOREIGN KEY (party_id) REFERENCES consilium.account(id);
ALTER TABLE ONLY consilium.waitlist
    ADD CONSTRAINT waitlist_specialist_id_fkey FOREIGN KEY (specialist_id) REFERENCES consilium.specialist(id);
ALTER TABLE consilium.account ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.account_particular ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.account_role ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_select ON consilium.licence FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY all_select ON consilium.organisation FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY all_select ON consilium.specialist FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY all_select ON consilium.specialist_condition FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY all_select ON consilium.visit_type FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY app_all_coordinator ON consilium.licence TO consilium_app USING (( SELECT consilium.has_role('coordinator'::text) AS has_role)) WITH CHECK (( SELECT consilium.has_role('coordinator'::text) AS has_role));
CREATE POLICY app_all_lockable ON consilium.calendar TO consilium_app USING (((person_id = ( SELECT consilium.actor() AS actor)) OR (EXISTS ( SELECT
   FROM consilium.specialist s
  WHERE (s.id = calendar.person_id))) OR (person_id IN ( SELECT consilium.my_people() AS my_people)) OR (EXISTS ( SELECT
   FROM consilium.appointment a
  WHERE ((a.party_id = calendar.person_id) AND ((a.state)::text = ANY (ARRAY['booked'::text, 'checked_in'::text])))))));
CREATE POLICY app_all_own ON consilium.account TO consilium_app USING ((id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.account_particular TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.availability_date TO consilium_app USING ((specialist_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((specialist_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.availability_horizon TO consilium_app USING ((specialist_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((specialist_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.availability_override TO consilium_app USING ((specialist_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((specialist_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.availability_rule TO consilium_app USING ((specialist_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((specialist_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.availability_set TO consilium_app USING ((specialist_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((specialist_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.calendar_feed TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.calendar_poll TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.linked_calendar l
  WHERE (l.id = calendar_poll.calendar_id)))) WITH CHECK ((EXISTS ( SELECT
   FROM consilium.linked_calendar l
  WHERE (l.id = calendar_poll.calendar_id))));
CREATE POLICY app_all_own ON consilium.idempotency_key TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.known_device TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.linked_calendar TO consilium_app USING ((specialist_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((specialist_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.mail_token TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.notification_preference TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.password TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.person_key TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.read_marker TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK (((account_id = ( SELECT consilium.actor() AS actor)) AND (EXISTS ( SELECT
   FROM consilium.thread t
  WHERE ((t.id = read_marker.thread_id) AND (t.case_id = read_marker.case_id))))));
CREATE POLICY app_all_own ON consilium.recovery_code TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.request_source TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.second_factor TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.session TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.sign_in TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.specialist_condition TO consilium_app USING ((specialist_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((specialist_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_own ON consilium.time_off TO consilium_app USING ((specialist_id = ( SELECT consilium.actor() AS actor))) WITH CHECK ((specialist_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_all_patient ON consilium.caregiver_grant TO consilium_app USING ((patient_id = ( SELECT consilium.actor() AS actor))) WITH CHECK (((patient_id = ( SELECT consilium.actor() AS actor)) AND ((state)::text = 'invited'::text) AND (caregiver_id IS NULL)));
CREATE POLICY app_all_reader ON consilium.appointment TO consilium_app USING ((case_id IN ( SELECT consilium.reading_cases() AS reading_cases))) WITH CHECK ((case_id IN ( SELECT consilium.reading_cases() AS reading_cases)));
CREATE POLICY app_all_reader ON consilium.consult_room TO consilium_app USING ((case_id IN ( SELECT consilium.reading_cases() AS reading_cases))) WITH CHECK ((case_id IN ( SELECT consilium.reading_cases() AS reading_cases)));
CREATE POLICY app_all_reader ON consilium.hold TO consilium_app USING ((case_id IN ( SELECT consilium.reading_cases() AS reading_cases))) WITH CHECK ((case_id IN ( SELECT consilium.reading_cases() AS reading_cases)));
CREATE POLICY app_all_reader ON consilium.thread TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.case_part p
  WHERE ((p.case_id = thread.case_id) AND (p.account_id = ( SELECT consilium.actor() AS actor)) AND (p.until IS NULL) AND p.reads_case AND (((thread.kind)::text = 'care'::text) OR ((p.part)::text = ANY (ARRAY['specialist'::text, 'coordinator'::text])))))));
CREATE POLICY app_all_reader ON consilium.waitlist TO consilium_app USING ((case_id IN ( SELECT consilium.reading_cases() AS reading_cases))) WITH CHECK ((case_id IN ( SELECT consilium.reading_cases() AS reading_cases)));
CREATE POLICY app_delete_draft ON consilium.intake_part FOR DELETE TO consilium_app USING ((consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text]) AND (EXISTS ( SELECT
   FROM consilium.clinical_case c
  WHERE ((c.id = intake_part.case_id) AND ((c.state)::text = 'draft'::text))))));
CREATE POLICY app_delete_mistake ON consilium.record_file FOR DELETE TO consilium_app USING ((((state)::text = 'complete'::text) AND (consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text]) OR ((added_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['treating_clinician'::text]))) AND (EXISTS ( SELECT
   FROM consilium.clinical_case c
  WHERE ((c.id = record_file.case_id) AND (c.first_accepted_at IS NULL) AND ((c.state)::text = ANY (ARRAY['draft'::text, 'submitted'::text, 'collecting'::text, 'ready'::text, 'offered'::text])))))));
CREATE POLICY app_delete_own_unfinished ON consilium.file_chunk FOR DELETE TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.record_file f
  WHERE ((f.id = file_chunk.file_id) AND (f.added_by = ( SELECT consilium.actor() AS actor)) AND ((f.state)::text = 'uploading'::text)))));
CREATE POLICY app_delete_own_unfinished ON consilium.record_file FOR DELETE TO consilium_app USING (((added_by = ( SELECT consilium.actor() AS actor)) AND ((state)::text = 'uploading'::text) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'treating_clinician'::text, 'coordinator'::text])));
CREATE POLICY app_insert_any_actor ON consilium.outcome_code FOR INSERT TO consilium_app WITH CHECK ((( SELECT consilium.actor() AS actor) IS NOT NULL));
CREATE POLICY app_insert_asked ON consilium.hold AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK ((((state)::text = 'active'::text) AND ((kind)::text = 'asked'::text) AND (made_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'treating_clinician'::text, 'coordinator'::text]) AND consilium.may_meet(case_id, specialist_id, colleagues, party_id)));
CREATE POLICY app_insert_case_side ON consilium.match FOR INSERT TO consilium_app WITH CHECK (((made_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text])));
CREATE POLICY app_insert_case_side ON consilium.outcome FOR INSERT TO consilium_app WITH CHECK (((recorded_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text]) AND (EXISTS ( SELECT
   FROM consilium.clinical_case c
  WHERE ((c.id = outcome.case_id) AND ((c.state)::text = ANY (ARRAY['delivered'::text, 'follow_up'::text])))))));
CREATE POLICY app_insert_confirmed ON consilium.password AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK ((EXISTS ( SELECT
   FROM consilium.account a
  WHERE ((a.id = password.account_id) AND ((a.state)::text = 'active'::text)))));
CREATE POLICY app_insert_coordinator ON consilium.time_off FOR INSERT TO consilium_app WITH CHECK (( SELECT consilium.has_role('coordinator'::text) AS has_role));
CREATE POLICY app_insert_draft ON consilium.intake_part FOR INSERT TO consilium_app WITH CHECK ((consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text]) AND (EXISTS ( SELECT
   FROM consilium.clinical_case c
  WHERE ((c.id = intake_part.case_id) AND ((c.state)::text = 'draft'::text))))));
CREATE POLICY app_insert_lawful ON consilium.appointment AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK ((((state)::text = 'booked'::text) AND (booked_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'treating_clinician'::text, 'coordinator'::text]) AND consilium.may_meet(case_id, specialist_id, colleagues, party_id) AND (NOT (EXISTS ( SELECT
   FROM unnest((appointment.specialist_id || appointment.colleagues)) s(s)
  WHERE (NOT (EXISTS ( SELECT
           FROM consilium.lane_check l
          WHERE ((l.case_id = appointment.case_id) AND (l.specialist_id = s.s) AND ((l.lane)::text = (appointment.lane)::text) AND ((l.gate)::text = 'booking'::text) AND l.lawful AND (l.at >= now()))))))))));
CREATE POLICY app_insert_operator ON consilium.organisation FOR INSERT TO consilium_app WITH CHECK (( SELECT consilium.has_role('operator'::text) AS has_role));
CREATE POLICY app_insert_operator ON consilium.visit_type FOR INSERT TO consilium_app WITH CHECK ((current AND consilium.has_role('operator'::text)));
CREATE POLICY app_insert_own ON consilium.account_role FOR INSERT TO consilium_app WITH CHECK (((account_id = ( SELECT consilium.actor() AS actor)) AND ((role)::text = ANY (ARRAY['patient'::text, 'caregiver'::text, 'treating_clinician'::text]))));
CREATE POLICY app_insert_own ON consilium.blind_break FOR INSERT TO consilium_app WITH CHECK (((account_id = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['specialist'::text])));
CREATE POLICY app_insert_own ON consilium.message FOR INSERT TO consilium_app WITH CHECK (((author_id = ( SELECT consilium.actor() AS actor)) AND ((kind)::text = 'text'::text) AND (EXISTS ( SELECT
   FROM consilium.thread t
  WHERE ((t.id = message.thread_id) AND (t.case_id = message.case_id) AND (t.last_seq = message.seq) AND (message.staff_only = ((t.kind)::text = 'staff'::text)))))));
CREATE POLICY app_insert_own ON consilium.record FOR INSERT TO consilium_app WITH CHECK (((added_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'specialist'::text, 'treating_clinician'::text, 'coordinator'::text])));
CREATE POLICY app_insert_own ON consilium.record_file FOR INSERT TO consilium_app WITH CHECK (((added_by = ( SELECT consilium.actor() AS actor)) AND ((state)::text = 'uploading'::text) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'treating_clinician'::text, 'coordinator'::text])));
CREATE POLICY app_insert_own_draft ON consilium.first_read FOR INSERT TO consilium_app WITH CHECK (((specialist_id = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['specialist'::text]) AND (signed_at IS NULL)));
CREATE POLICY app_insert_own_draft ON consilium.opinion FOR INSERT TO consilium_app WITH CHECK (((specialist_id = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['specialist'::text]) AND (signed_at IS NULL)));
CREATE POLICY app_insert_own_unfinished ON consilium.file_chunk FOR INSERT TO consilium_app WITH CHECK ((EXISTS ( SELECT
   FROM consilium.record_file f
  WHERE ((f.id = file_chunk.file_id) AND (f.case_id = file_chunk.case_id) AND (f.reveals_prior = file_chunk.reveals_prior) AND (f.added_by = ( SELECT consilium.actor() AS actor)) AND ((f.state)::text = 'uploading'::text)))));
CREATE POLICY app_insert_participant ON consilium.lane_check FOR INSERT TO consilium_app WITH CHECK ((case_id IN ( SELECT consilium.my_cases() AS my_cases)));
CREATE POLICY app_insert_participant_or_coordinator ON consilium.task FOR INSERT TO consilium_app WITH CHECK ((((state)::text = 'open'::text) AND (done_by IS NULL) AND ((case_id IN ( SELECT consilium.my_cases() AS my_cases)) OR consilium.has_role('coordinator'::text))));
CREATE POLICY app_insert_patient_side ON consilium.case_key FOR INSERT TO consilium_app WITH CHECK (consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text]));
CREATE POLICY app_insert_patient_side ON consilium.clinical_case FOR INSERT TO consilium_app WITH CHECK ((((state)::text = 'draft'::text) AND ((patient_id = ( SELECT consilium.actor() AS actor)) OR (EXISTS ( SELECT
   FROM consilium.caregiver_grant g
  WHERE ((g.patient_id = clinical_case.patient_id) AND (g.caregiver_id = ( SELECT consilium.actor() AS actor)) AND ((g.state)::text = 'active'::text)))))));
CREATE POLICY app_insert_patient_side ON consilium.consent FOR INSERT TO consilium_app WITH CHECK (((given_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text])));
CREATE POLICY app_insert_patient_side ON consilium.invitation FOR INSERT TO consilium_app WITH CHECK (((invited_by = ( SELECT consilium.actor() AS actor)) AND ((state)::text = 'sent'::text) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text])));
CREATE POLICY app_insert_proposer ON consilium.specialist_proposal FOR INSERT TO consilium_app WITH CHECK ((((state)::text = 'proposed'::text) AND (proposed_by = ( SELECT consilium.actor() AS actor)) AND (( SELECT consilium.has_role('operator'::text) AS has_role) OR ( SELECT consilium.has_role('coordinator'::text) AS has_role))));
CREATE POLICY app_insert_ready ON consilium.job FOR INSERT TO consilium_app WITH CHECK (((state)::text = 'ready'::text));
CREATE POLICY app_insert_unconfirmed ON consilium.account AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK (((state)::text = 'unconfirmed'::text));
CREATE POLICY app_insert_waiting ON consilium.waitlist AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK ((((state)::text = 'waiting'::text) AND (joined_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'treating_clinician'::text, 'coordinator'::text]) AND consilium.may_meet(case_id, specialist_id, '{}'::uuid[], party_id) AND ((appointment_id IS NULL) OR (EXISTS ( SELECT
   FROM consilium.appointment a
  WHERE ((a.id = waitlist.appointment_id) AND (a.case_id = waitlist.case_id) AND (a.specialist_id = waitlist.specialist_id)))))));
CREATE POLICY app_insert_while_joinable ON consilium.consult_room AS RESTRICTIVE FOR INSERT TO consilium_app WITH CHECK ((
CASE state
    WHEN 'open'::text THEN consilium.has_part(case_id, VARIADIC ARRAY['specialist'::text, 'colleague'::text])
    ELSE consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'treating_clinician'::text])
END AND (EXISTS ( SELECT
   FROM (consilium.appointment a
     JOIN consilium.visit_type v ON ((((v.id)::text = (a.visit_type)::text) AND (v.version = a.visit_version))))
  WHERE ((a.id = consult_room.appointment_id) AND (a.case_id = consult_room.case_id) AND ((a.state)::text = ANY (ARRAY['booked'::text, 'checked_in'::text])) AND (a.ends_at > now()) AND ((a.starts_at - make_interval(mins => v.join_before_minutes)) <= clock_timestamp()))))));
CREATE POLICY app_insert_with_match ON consilium.match_candidate FOR INSERT TO consilium_app WITH CHECK ((consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text]) AND (EXISTS ( SELECT
   FROM consilium.match m
  WHERE ((m.id = match_candidate.match_id) AND (m.created_at >= now()))))));
CREATE POLICY app_select_birth_of_patient ON consilium.account_particular FOR SELECT TO consilium_app USING ((((kind)::text = 'birth'::text) AND (account_id IN ( SELECT consilium.my_patients() AS my_patients))));
CREATE POLICY app_select_caregiver ON consilium.caregiver_grant FOR SELECT TO consilium_app USING ((caregiver_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_select_case_side ON consilium.invitation FOR SELECT TO consilium_app USING (consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text]));
CREATE POLICY app_select_case_side ON consilium.match FOR SELECT TO consilium_app USING (consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text]));
CREATE POLICY app_select_case_side ON consilium.match_candidate FOR SELECT TO consilium_app USING (consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text]));
CREATE POLICY app_select_contact_of_patient ON consilium.account_particular FOR SELECT TO consilium_app USING ((((kind)::text = 'contact'::text) AND (account_id IN ( SELECT consilium.my_patients('coordinator'::text) AS my_patients))));
CREATE POLICY app_select_coordinated_patient ON consilium.account FOR SELECT TO consilium_app USING ((id IN ( SELECT consilium.my_patients('coordinator'::text) AS my_patients)));
CREATE POLICY app_select_coordinator ON consilium.task FOR SELECT TO consilium_app USING (( SELECT consilium.has_role('coordinator'::text) AS has_role));
CREATE POLICY app_select_delivered ON consilium.first_read FOR SELECT TO consilium_app USING (((signed_at IS NOT NULL) AND (EXISTS ( SELECT
   FROM (consilium.case_part p
     JOIN consilium.opinion o USING (case_id))
  WHERE ((p.case_id = first_read.case_id) AND (p.account_id = ( SELECT consilium.actor() AS actor)) AND (p.until IS NULL) AND p.reads_opinion AND (o.specialist_id = first_read.specialist_id) AND (o.delivered_at IS NOT NULL))))));
CREATE POLICY app_select_delivered ON consilium.opinion FOR SELECT TO consilium_app USING (((delivered_at IS NOT NULL) AND (EXISTS ( SELECT
   FROM consilium.case_part p
  WHERE ((p.case_id = opinion.case_id) AND (p.account_id = ( SELECT consilium.actor() AS actor)) AND (p.until IS NULL) AND p.reads_opinion)))));
CREATE POLICY app_select_emergency ON consilium.case_key FOR SELECT TO consilium_app USING ((case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases)));
CREATE POLICY app_select_emergency ON consilium.case_part FOR SELECT TO consilium_app USING ((case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases)));
CREATE POLICY app_select_emergency ON consilium.clinical_case FOR SELECT TO consilium_app USING ((id IN ( SELECT consilium.emergency_cases() AS emergency_cases)));
CREATE POLICY app_select_emergency ON consilium.consent FOR SELECT TO consilium_app USING ((case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases)));
CREATE POLICY app_select_emergency ON consilium.first_read FOR SELECT TO consilium_app USING (((signed_at IS NOT NULL) AND (case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases))));
CREATE POLICY app_select_emergency ON consilium.intake_part FOR SELECT TO consilium_app USING ((case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases)));
CREATE POLICY app_select_emergency ON consilium.message FOR SELECT TO consilium_app USING (((NOT staff_only) AND (case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases))));
CREATE POLICY app_select_emergency ON consilium.opinion FOR SELECT TO consilium_app USING (((delivered_at IS NOT NULL) AND (case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases))));
CREATE POLICY app_select_emergency ON consilium.outcome FOR SELECT TO consilium_app USING ((case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases)));
CREATE POLICY app_select_emergency ON consilium.person_key FOR SELECT TO consilium_app USING ((account_id IN ( SELECT consilium.emergency_people() AS emergency_people)));
CREATE POLICY app_select_emergency ON consilium.record FOR SELECT TO consilium_app USING ((case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases)));
CREATE POLICY app_select_emergency ON consilium.record_file FOR SELECT TO consilium_app USING ((case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases)));
CREATE POLICY app_select_emergency ON consilium.thread FOR SELECT TO consilium_app USING ((((kind)::text = 'care'::text) AND (case_id IN ( SELECT consilium.emergency_cases() AS emergency_cases))));
CREATE POLICY app_select_emergency_name ON consilium.account_particular FOR SELECT TO consilium_app USING ((((kind)::text = 'name'::text) AND (account_id IN ( SELECT consilium.emergency_people() AS emergency_people))));
CREATE POLICY app_select_invited ON consilium.invitation FOR SELECT TO consilium_app USING (((accepted_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['treating_clinician'::text])));
CREATE POLICY app_select_name_of_participant ON consilium.account_particular FOR SELECT TO consilium_app USING ((((kind)::text = 'name'::text) AND (account_id IN ( SELECT consilium.my_people() AS my_people))));
CREATE POLICY app_select_of_file ON consilium.file_chunk FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.record_file f
  WHERE (f.id = file_chunk.file_id))));
CREATE POLICY app_select_operator ON consilium.factor_recovery FOR SELECT TO consilium_app USING ((( SELECT consilium.has_role('operator'::text) AS has_role) OR (account_id = ( SELECT consilium.actor() AS actor))));
CREATE POLICY app_select_own ON consilium.account_role FOR SELECT TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_select_own ON consilium.calendar_feed_fetch FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.calendar_feed f
  WHERE (f.id = calendar_feed_fetch.feed_id))));
CREATE POLICY app_select_own ON consilium.consult_presence FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.session s
  WHERE (s.id = consult_presence.session_id))));
CREATE POLICY app_select_own ON consilium.delivery FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.notification n
  WHERE (n.id = delivery.notification_id))));
CREATE POLICY app_select_own ON consilium.first_read FOR SELECT TO consilium_app USING (((specialist_id = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['specialist'::text])));
CREATE POLICY app_select_own ON consilium.imported_busy FOR SELECT TO consilium_app USING ((specialist_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_select_own ON consilium.notification FOR SELECT TO consilium_app USING ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_select_own ON consilium.opinion FOR SELECT TO consilium_app USING (((specialist_id = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['specialist'::text])));
CREATE POLICY app_select_own_chain ON consilium.audit_source FOR SELECT TO consilium_app USING ((((chain_kind)::text = 'account'::text) AND (chain_id = ( SELECT consilium.actor() AS actor))));
CREATE POLICY app_select_own_or_case_side ON consilium.offer FOR SELECT TO consilium_app USING (((specialist_id = ( SELECT consilium.actor() AS actor)) OR consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text])));
CREATE POLICY app_select_own_or_of_case ON consilium.emergency_access FOR SELECT TO consilium_app USING (((account_id = ( SELECT consilium.actor() AS actor)) OR consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text])));
CREATE POLICY app_select_own_or_reader ON consilium.busy FOR SELECT TO consilium_app USING (((person_id = ( SELECT consilium.actor() AS actor)) OR consilium.concerns_my_case(hold_id, appointment_id)));
CREATE POLICY app_select_own_or_reader ON consilium.case_part FOR SELECT TO consilium_app USING (((account_id = ( SELECT consilium.actor() AS actor)) OR (case_id IN ( SELECT consilium.reading_cases() AS reading_cases)) OR (((part)::text = ANY (ARRAY['patient'::text, 'caregiver'::text])) AND consilium.has_part(case_id, VARIADIC ARRAY['treating_clinician'::text])) OR (((part)::text = 'treating_clinician'::text) AND reads_case AND consilium.has_part(case_id, VARIADIC ARRAY['candidate'::text]))));
CREATE POLICY app_select_participant ON consilium.case_key FOR SELECT TO consilium_app USING ((case_id IN ( SELECT consilium.my_cases() AS my_cases)));
CREATE POLICY app_select_participant ON consilium.clinical_case FOR SELECT TO consilium_app USING (((patient_id = ( SELECT consilium.actor() AS actor)) OR (EXISTS ( SELECT
   FROM consilium.case_part p
  WHERE ((p.case_id = clinical_case.id) AND (p.account_id = ( SELECT consilium.actor() AS actor)) AND (p.until IS NULL))))));
CREATE POLICY app_select_participant ON consilium.person_key FOR SELECT TO consilium_app USING ((account_id IN ( SELECT consilium.my_people() AS my_people)));
CREATE POLICY app_select_permitted_chain ON consilium.audit_entry FOR SELECT TO consilium_app USING (((((chain_kind)::text = 'case'::text) AND consilium.has_part(chain_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text])) OR (((chain_kind)::text = 'account'::text) AND (chain_id = ( SELECT consilium.actor() AS actor))) OR (((chain_kind)::text = 'programme'::text) AND ( SELECT consilium.has_role('operator'::text) AS has_role))));
CREATE POLICY app_select_reader ON consilium.intake_part FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.case_part p
  WHERE ((p.case_id = intake_part.case_id) AND (p.account_id = ( SELECT consilium.actor() AS actor)) AND (p.until IS NULL) AND p.reads_case AND (p.sees_prior OR (NOT intake_part.reveals_prior))))));
CREATE POLICY app_select_reader ON consilium.lane_check FOR SELECT TO consilium_app USING ((case_id IN ( SELECT consilium.reading_cases() AS reading_cases)));
CREATE POLICY app_select_reader ON consilium.message FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.case_part p
  WHERE ((p.case_id = message.case_id) AND (p.account_id = ( SELECT consilium.actor() AS actor)) AND (p.until IS NULL) AND p.reads_case AND (p.sees_prior OR (NOT message.reveals_prior) OR (message.author_id = p.account_id)) AND ((NOT message.staff_only) OR ((p.part)::text = ANY (ARRAY['specialist'::text, 'coordinator'::text])))))));
CREATE POLICY app_select_reader ON consilium.outcome FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.case_part p
  WHERE ((p.case_id = outcome.case_id) AND (p.account_id = ( SELECT consilium.actor() AS actor)) AND (p.until IS NULL) AND p.reads_case))));
CREATE POLICY app_select_reader ON consilium.read_marker FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.thread t
  WHERE (t.id = read_marker.thread_id))));
CREATE POLICY app_select_reader_or_candidate ON consilium.consent FOR SELECT TO consilium_app USING (((case_id IN ( SELECT consilium.reading_cases() AS reading_cases)) OR (((kind)::text = 'peer_to_peer'::text) AND consilium.has_part(case_id, VARIADIC ARRAY['candidate'::text]))));
CREATE POLICY app_select_reader_or_own ON consilium.record FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.case_part p
  WHERE ((p.case_id = record.case_id) AND (p.account_id = ( SELECT consilium.actor() AS actor)) AND (p.until IS NULL) AND ((p.reads_case AND (p.sees_prior OR (NOT record.reveals_prior))) OR (((p.part)::text = 'treating_clinician'::text) AND (record.added_by = p.account_id)))))));
CREATE POLICY app_select_reader_or_own ON consilium.record_file FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.case_part p
  WHERE ((p.case_id = record_file.case_id) AND (p.account_id = ( SELECT consilium.actor() AS actor)) AND (p.until IS NULL) AND ((p.reads_case AND (p.sees_prior OR (NOT record_file.reveals_prior))) OR (((p.part)::text = 'treating_clinician'::text) AND (record_file.added_by = p.account_id)))))));
CREATE POLICY app_select_sees_prior ON consilium.blind_break FOR SELECT TO consilium_app USING ((EXISTS ( SELECT
   FROM consilium.case_part p
  WHERE ((p.case_id = blind_break.case_id) AND (p.account_id = ( SELECT consilium.actor() AS actor)) AND (p.until IS NULL) AND p.reads_case AND p.sees_prior))));
CREATE POLICY app_select_staff ON consilium.specialist_proposal FOR SELECT TO consilium_app USING ((( SELECT consilium.has_role('operator'::text) AS has_role) OR ( SELECT consilium.has_role('coordinator'::text) AS has_role)));
CREATE POLICY app_update_candidate_or_case_side ON consilium.case_part FOR UPDATE TO consilium_app USING (((until IS NULL) AND (((account_id = ( SELECT consilium.actor() AS actor)) AND ((part)::text = 'candidate'::text)) OR (((part)::text = ANY (ARRAY['candidate'::text, 'specialist'::text, 'colleague'::text, 'treating_clinician'::text])) AND consilium.has_part(case_id, VARIADIC ARRAY['coordinator'::text, 'patient'::text, 'caregiver'::text]))))) WITH CHECK (((part)::text = ANY (ARRAY['candidate'::text, 'specialist'::text, 'colleague'::text, 'treating_clinician'::text])));
CREATE POLICY app_update_case_side ON consilium.outcome FOR UPDATE TO consilium_app USING ((consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text]) AND (EXISTS ( SELECT
   FROM consilium.clinical_case c
  WHERE ((c.id = outcome.case_id) AND ((c.state)::text = ANY (ARRAY['delivered'::text, 'follow_up'::text]))))))) WITH CHECK ((recorded_by = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_update_case_side_or_own ON consilium.record FOR UPDATE TO consilium_app USING ((consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text]) OR ((added_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['treating_clinician'::text]))));
CREATE POLICY app_update_case_side_withdraws ON consilium.offer FOR UPDATE TO consilium_app USING ((((state)::text = 'waiting'::text) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text]))) WITH CHECK (((state)::text = 'withdrawn'::text));
CREATE POLICY app_update_coordinator ON consilium.task FOR UPDATE TO consilium_app USING ((((state)::text = 'open'::text) AND ( SELECT consilium.has_role('coordinator'::text) AS has_role))) WITH CHECK (((done_by IS NULL) OR (done_by = ( SELECT consilium.actor() AS actor))));
CREATE POLICY app_update_destroys ON consilium.case_key FOR UPDATE TO consilium_app USING ((consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'coordinator'::text]) AND (EXISTS ( SELECT
   FROM consilium.clinical_case c
  WHERE ((c.id = case_key.case_id) AND ((c.state)::text = ANY (ARRAY['draft'::text, 'closed'::text, 'withdrawn'::text, 'unable'::text]))))))) WITH CHECK ((wrapped IS NULL));
CREATE POLICY app_update_destroys ON consilium.person_key AS RESTRICTIVE FOR UPDATE TO consilium_app USING (true) WITH CHECK ((wrapped IS NULL));
CREATE POLICY app_update_mistake ON consilium.record_file FOR UPDATE TO consilium_app USING ((((state)::text = 'complete'::text) AND (entered_in_error_at IS NULL) AND (consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'coordinator'::text]) OR ((added_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['treating_clinician'::text]))))) WITH CHECK ((entered_in_error_at IS NOT NULL));
CREATE POLICY app_update_mover ON consilium.clinical_case FOR UPDATE TO consilium_app USING (consilium.has_part(id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'candidate'::text, 'specialist'::text, 'coordinator'::text]));
CREATE POLICY app_update_operator ON consilium.organisation FOR UPDATE TO consilium_app USING (( SELECT consilium.has_role('operator'::text) AS has_role));
CREATE POLICY app_update_operator_retires ON consilium.visit_type FOR UPDATE TO consilium_app USING (consilium.has_role('operator'::text)) WITH CHECK ((NOT current));
CREATE POLICY app_update_own ON consilium.first_read FOR UPDATE TO consilium_app USING (((specialist_id = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['specialist'::text])));
CREATE POLICY app_update_own ON consilium.offer FOR UPDATE TO consilium_app USING ((specialist_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_update_own ON consilium.opinion FOR UPDATE TO consilium_app USING (((specialist_id = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['specialist'::text])));
CREATE POLICY app_update_own ON consilium.record_file FOR UPDATE TO consilium_app USING (((added_by = ( SELECT consilium.actor() AS actor)) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text, 'treating_clinician'::text, 'coordinator'::text])));
CREATE POLICY app_update_own_or_coordinator ON consilium.specialist FOR UPDATE TO consilium_app USING (((id = ( SELECT consilium.actor() AS actor)) OR ( SELECT consilium.has_role('coordinator'::text) AS has_role)));
CREATE POLICY app_update_patient_side ON consilium.invitation FOR UPDATE TO consilium_app USING (consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text]));
CREATE POLICY app_update_reason_once ON consilium.emergency_access FOR UPDATE TO consilium_app USING (((account_id = ( SELECT consilium.actor() AS actor)) AND (reason = '\x'::bytea))) WITH CHECK ((account_id = ( SELECT consilium.actor() AS actor)));
CREATE POLICY app_update_withdraws ON consilium.consent FOR UPDATE TO consilium_app USING (((withdrawn_at IS NULL) AND consilium.has_part(case_id, VARIADIC ARRAY['patient'::text, 'caregiver'::text]))) WITH CHECK ((withdrawn_at IS NOT NULL));
ALTER TABLE consilium.appointment ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.audit_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.audit_source ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.availability_date ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.availability_horizon ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.availability_override ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.availability_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.availability_set ENABLE ROW LEVEL SECURITY;
CREATE POLICY backup_select ON consilium.account FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.account_particular FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.account_role FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.appointment FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.audit_entry FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.audit_head FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.audit_source FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.availability_date FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.availability_horizon FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.availability_override FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.availability_rule FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.availability_set FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.blind_break FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.busy FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.calendar FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.calendar_conflict FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.calendar_feed FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.calendar_feed_fetch FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.calendar_poll FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.caregiver_grant FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.case_key FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.case_part FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.clinical_case FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.consent FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.consult_presence FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.consult_room FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.delivery FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.demonstration FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.emergency_access FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.ending_access FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.factor_recovery FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.file_chunk FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.first_read FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.free_horizon FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.free_span FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.hold FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.idempotency_key FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.imported_busy FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.intake_part FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.invitation FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.job FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.known_device FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.lane_check FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.licence FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.linked_calendar FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.mail_token FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.match FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.match_candidate FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.message FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.notification FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.notification_preference FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.offer FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.opinion FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.organisation FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.outcome FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.outcome_code FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.password FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.person_key FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.rate_bucket FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.read_marker FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.record FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.record_file FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.recovery_code FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.request_source FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.second_factor FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.session FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.sign_in FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.sign_in_throttle FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.specialist FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.specialist_condition FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.specialist_proposal FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.task FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.thread FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.time_off FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.visit_type FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.waitlist FOR SELECT TO consilium_backup USING (true);
CREATE POLICY backup_select ON consilium.waitlist_signal FOR SELECT TO consilium_backup USING (true);
ALTER TABLE consilium.blind_break ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.busy ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.calendar ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.calendar_conflict ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.calendar_feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.calendar_feed_fetch ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.calendar_poll ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.caregiver_grant ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.case_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.case_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.clinical_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.consent ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.consult_presence ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.consult_room ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.demonstration ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.emergency_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.ending_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.factor_recovery ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.file_chunk ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.first_read ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.free_horizon ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.free_span ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.hold ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.idempotency_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.imported_busy ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.intake_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.job ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.known_device ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.lane_check ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.licence ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.linked_calendar ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.mail_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.match ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.match_candidate ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.message ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.notification ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.notification_preference ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.offer ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.opinion ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.organisation ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.outcome ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.outcome_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON consilium.account TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.account_particular TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.account_role TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.appointment TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.audit_entry TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.audit_head TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.audit_source TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.availability_date TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.availability_horizon TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.availability_override TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.availability_rule TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.availability_set TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.blind_break TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.busy TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.calendar TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.calendar_conflict TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.calendar_feed TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.calendar_feed_fetch TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.calendar_poll TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.caregiver_grant TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.case_key TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.case_part TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.clinical_case TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.consent TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.consult_presence TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.consult_room TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.delivery TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.demonstration TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.emergency_access TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.ending_access TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.factor_recovery TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.file_chunk TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.first_read TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.free_horizon TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.free_span TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.hold TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.idempotency_key TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.imported_busy TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.intake_part TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.invitation TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.job TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.known_device TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.lane_check TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.licence TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.linked_calendar TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.mail_token TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.match TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.match_candidate TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.message TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.notification TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.notification_preference TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.offer TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.opinion TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.organisation TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.outcome TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.outcome_code TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.password TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.person_key TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.rate_bucket TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.read_marker TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.record TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.record_file TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.recovery_code TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.request_source TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.second_factor TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.session TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.sign_in TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.sign_in_throttle TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.specialist TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.specialist_condition TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.specialist_proposal TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.task TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.thread TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.time_off TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.visit_type TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.waitlist TO consilium_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON consilium.waitlist_signal TO consilium_owner USING (true) WITH CHECK (true);
ALTER TABLE consilium.password ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.person_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.rate_bucket ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.read_marker ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.record ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.record_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.recovery_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.request_source ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.second_factor ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.session ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.sign_in ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.sign_in_throttle ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.specialist ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.specialist_condition ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.specialist_proposal ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.task ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.thread ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.time_off ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.visit_type ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.waitlist ENABLE ROW LEVEL SECURITY;
ALTER TABLE consilium.waitlist_signal ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker_all ON consilium.availability_date TO consilium_worker USING (true);
CREATE POLICY worker_all ON consilium.availability_horizon TO consilium_worker USING (true);
CREATE POLICY worker_all ON consilium.calendar TO consilium_worker USING (true);
CREATE POLICY worker_all ON consilium.calendar_conflict TO consilium_worker USING (true);
CREATE POLICY worker_all ON consilium.calendar_poll TO consilium_worker USING (true);
CREATE POLICY worker_all ON consilium.clinical_case TO consilium_worker USING (true);
CREATE POLICY worker_all ON consilium.delivery TO consilium_worker USING (true) WITH CHECK (true);
CREATE POLICY worker_all ON consilium.idempotency_key TO consilium_worker USING (true);
CREATE POLICY worker_all ON consilium.imported_busy TO consilium_worker USING (true);
CREATE POLICY worker_all ON consilium.job TO consilium_worker USING (true) WITH CHECK (true);
CREATE POLICY worker_all ON consilium.lane_check TO consilium_worker USING (true) WITH CHECK (true);
CREATE POLICY worker_all ON consilium.notification TO consilium_worker USING (true) WITH CHECK (true);
CREATE POLICY worker_all ON consilium.offer TO consilium_worker USING (true) WITH CHECK (true);
CREATE POLICY worker_all ON consilium.rate_bucket TO consilium_worker USING (true);
CREATE POLICY worker_all ON consilium.task TO consilium_worker USING (true) WITH CHECK (true);
CREATE POLICY worker_select_all ON consilium.account FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.account_role FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.appointment FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.audit_head FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.availability_rule FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.availability_set FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.case_part FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.consent FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.free_horizon FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.hold FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.linked_calendar FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.match_candidate FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.notification_preference FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.person_key FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.read_marker FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.record FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.thread FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.waitlist FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_all ON consilium.waitlist_signal FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_state ON consilium.caregiver_grant FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_state ON consilium.invitation FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_select_state ON consilium.specialist_proposal FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_update_ends_candidate ON consilium.case_part FOR UPDATE TO consilium_worker USING (true) WITH CHECK ((((part)::text = 'candidate'::text) AND (until IS NOT NULL)));
GRANT USAGE ON SCHEMA consilium TO PUBLIC;
GRANT USAGE ON SCHEMA consilium TO consilium_app;
GRANT USAGE ON SCHEMA consilium TO consilium_worker;
GRANT USAGE ON SCHEMA consilium TO consilium_backup;
REVOKE ALL ON FUNCTION consilium.is_language_tag(tag text) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.is_language_tag(tag text) TO consilium_app;
GRANT ALL ON FUNCTION consilium.is_language_tag(tag text) TO consilium_worker;
GRANT ALL ON FUNCTION consilium.is_language_tag(tag text) TO consilium_backup;
REVOKE ALL ON FUNCTION consilium.is_zone(zone text) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.is_zone(zone text) TO consilium_app;
GRANT ALL ON FUNCTION consilium.is_zone(zone text) TO consilium_worker;
GRANT ALL ON FUNCTION consilium.is_zone(zone text) TO consilium_backup;
REVOKE ALL ON FUNCTION consilium.accept_caregiver(token bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.accept_caregiver(token bytea) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.accept_invitation(token bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.accept_invitation(token bytea) TO consilium_app;
GRANT SELECT ON TABLE consilium.account TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.account TO consilium_app;
GRANT SELECT(id) ON TABLE consilium.account TO consilium_worker;
GRANT SELECT(state) ON TABLE consilium.account TO consilium_worker;
GRANT UPDATE(state) ON TABLE consilium.account TO consilium_app;
GRANT UPDATE(email_digest) ON TABLE consilium.account TO consilium_app;
GRANT UPDATE(email_key) ON TABLE consilium.account TO consilium_app;
GRANT SELECT(email) ON TABLE consilium.account TO consilium_worker;
GRANT UPDATE(email) ON TABLE consilium.account TO consilium_app;
GRANT UPDATE(jurisdiction) ON TABLE consilium.account TO consilium_app;
GRANT SELECT(language) ON TABLE consilium.account TO consilium_worker;
GRANT UPDATE(language) ON TABLE consilium.account TO consilium_app;
GRANT SELECT(time_zone) ON TABLE consilium.account TO consilium_worker;
GRANT UPDATE(time_zone) ON TABLE consilium.account TO consilium_app;
GRANT UPDATE(version) ON TABLE consilium.account TO consilium_app;
GRANT UPDATE(confirmed_at) ON TABLE consilium.account TO consilium_app;
REVOKE ALL ON FUNCTION consilium.account_by_email(digests bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.account_by_email(digests bytea[]) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.actor() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.actor() TO consilium_app;
GRANT ALL ON FUNCTION consilium.actor() TO consilium_worker;
GRANT ALL ON FUNCTION consilium.actor() TO consilium_backup;
REVOKE ALL ON FUNCTION consilium.acts_for(patient uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.acts_for(patient uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.add_busy(specialists uuid[], the_party uuid, type_id text, type_version integer, starts timestamp with time zone, ends timestamp with time zone, of_hold uuid, of_appointment uuid, lapses timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.add_colleague(the_case uuid, the_colleague uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.add_colleague(the_case uuid, the_colleague uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.add_coordinator_to_cases() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.add_coordinators(the_case uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.add_coordinators_to_case() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.add_first_parts(the_case uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.add_first_parts(the_case uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.alternative_specialists(the_case uuid, on_day date) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.alternative_specialists(the_case uuid, on_day date) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.approve_factor_recovery(the_recovery uuid, code_digest bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.approve_factor_recovery(the_recovery uuid, code_digest bytea) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.approve_specialist(the_proposal uuid, token bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.approve_specialist(the_proposal uuid, token bytea) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.approvers_of(the_proposal uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.approvers_of(the_proposal uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.are_language_tags(tags text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.are_language_tags(tags text[]) TO consilium_app;
GRANT ALL ON FUNCTION consilium.are_language_tags(tags text[]) TO consilium_worker;
GRANT ALL ON FUNCTION consilium.are_language_tags(tags text[]) TO consilium_backup;
REVOKE ALL ON FUNCTION consilium.ask_candidate(the_offer uuid, the_match uuid, the_specialist uuid, lasts interval) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.ask_candidate(the_offer uuid, the_match uuid, the_specialist uuid, lasts interval) TO consilium_app;
GRANT ALL ON FUNCTION consilium.ask_candidate(the_offer uuid, the_match uuid, the_specialist uuid, lasts interval) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.ask_for_answer() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.ask_for_clinicians_records_again() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.ask_for_draft_answer() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.ask_for_file_again() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.ask_for_record_again(the_record uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.ask_for_unread() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.audit_append(the_kind text, the_chain uuid, who uuid, what text, subject uuid, how_many integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.audit_bytes(chain_kind text, chain_id uuid, seq bigint, at timestamp with time zone, actor_id uuid, action text, subject_id uuid, items integer) FROM PUBLIC;
GRANT SELECT ON TABLE consilium.audit_head TO consilium_backup;
GRANT SELECT ON TABLE consilium.audit_head TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.audit_lock(the_kind text, the_chain uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.audit_lock_noted() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.audit_note() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.audit_reads(kinds text[], chains uuid[], actions text[], subjects uuid[], counts integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.audit_reads(kinds text[], chains uuid[], actions text[], subjects uuid[], counts integer[]) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.audit_write() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.audited(target regclass, chain_kind text, chain_column text, subject_column text) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.awake_at(instant timestamp with time zone, zone text, quiet_from time without time zone, quiet_to time without time zone, margin interval) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.awake_at(instant timestamp with time zone, zone text, quiet_from time without time zone, quiet_to time without time zone, margin interval) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.awake_from(the_person uuid, margin interval) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.busy_ranges_of(the_person uuid, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.busy_ranges_of(the_person uuid, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.calendars_of(cases uuid[], OUT parties uuid[], OUT specialists uuid[]) FROM PUBLIC;
GRANT SELECT ON TABLE consilium.visit_type TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.visit_type TO consilium_app;
GRANT SELECT ON TABLE consilium.visit_type TO consilium_worker;
GRANT UPDATE(current) ON TABLE consilium.visit_type TO consilium_app;
REVOKE ALL ON FUNCTION consilium.candidate_starts(the_specialist uuid, the_type consilium.visit_type, from_at timestamp with time zone, to_at timestamp with time zone, forbidden tstzmultirange) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.candidate_starts(the_specialist uuid, the_type consilium.visit_type, from_at timestamp with time zone, to_at timestamp with time zone, forbidden tstzmultirange) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.cases_of(the_person uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.check_emergency_reason() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.check_evidence() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.check_free_spans(the_specialist uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.check_free_spans(the_specialist uuid) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.check_opinion() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.check_wording_in_force() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.claim_address(digests bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.claim_address(digests bytea[]) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.claim_proposal(digests bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.claim_proposal(digests bytea[]) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.close_account(the_account uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.close_account(the_account uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.common_openings(specialists uuid[], type_id text, from_at timestamp with time zone, to_at timestamp with time zone, most integer, party_taken tstzmultirange, wanted tstzmultirange, except_hold uuid, except_appointment uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.common_openings(specialists uuid[], type_id text, from_at timestamp with time zone, to_at timestamp with time zone, most integer, party_taken tstzmultirange, wanted tstzmultirange, except_hold uuid, except_appointment uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.concerns_my_case(the_hold uuid, the_appointment uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.concerns_my_case(the_hold uuid, the_appointment uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.is_panel(colleagues uuid[], specialist uuid, party uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.is_panel(colleagues uuid[], specialist uuid, party uuid) TO consilium_app;
GRANT ALL ON FUNCTION consilium.is_panel(colleagues uuid[], specialist uuid, party uuid) TO consilium_worker;
GRANT SELECT ON TABLE consilium.appointment TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.appointment TO consilium_app;
GRANT SELECT ON TABLE consilium.appointment TO consilium_worker;
GRANT UPDATE(visit_type) ON TABLE consilium.appointment TO consilium_app;
GRANT UPDATE(visit_version) ON TABLE consilium.appointment TO consilium_app;
GRANT UPDATE(state) ON TABLE consilium.appointment TO consilium_app;
GRANT UPDATE(consequence) ON TABLE consilium.appointment TO consilium_app;
GRANT UPDATE(starts_at) ON TABLE consilium.appointment TO consilium_app;
GRANT UPDATE(ends_at) ON TABLE consilium.appointment TO consilium_app;
GRANT UPDATE(sequence) ON TABLE consilium.appointment TO consilium_app;
GRANT UPDATE(version) ON TABLE consilium.appointment TO consilium_app;
GRANT UPDATE(ended_by) ON TABLE consilium.appointment TO consilium_app;
GRANT UPDATE(ended_at) ON TABLE consilium.appointment TO consilium_app;
REVOKE ALL ON FUNCTION consilium.consult_people(consult consilium.appointment) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.consult_people(consult consilium.appointment) TO consilium_app;
GRANT ALL ON FUNCTION consilium.consult_people(consult consilium.appointment) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.create_offered_hold(the_case uuid, the_specialist uuid, the_colleagues uuid[], the_party uuid, type_id text, start timestamp with time zone, lasts interval, the_appointment uuid, the_place uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.delete_expired_identity(batch integer) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.delete_expired_identity(batch integer) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.derive_from_file() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.derive_from_record() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.device_attempt(token bytea, addresses bytea[], most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.device_attempt(token bytea, addresses bytea[], most integer) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.emergency_cases() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.emergency_cases() TO consilium_app;
REVOKE ALL ON FUNCTION consilium.emergency_people() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.emergency_people() TO consilium_app;
REVOKE ALL ON FUNCTION consilium.empty_room() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.enable_row_security(target regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.end_access(the_account uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.end_access(the_account uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.end_caregiver(the_grant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.end_caregiver(the_grant uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.end_credentials(the_account uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.end_holds(the_specialist uuid, cleared tstzrange) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.end_holds(the_specialist uuid, cleared tstzrange) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.end_invitations(the_account uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.end_invitations(the_account uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.end_presence() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.end_sessions(the_account uuid, but_one uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.end_sessions(the_account uuid, but_one uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.ended_access(sessions uuid[], readers uuid[], cases uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.ended_access(sessions uuid[], readers uuid[], cases uuid[]) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.enforce_case_fixed() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.enforce_gapless() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.enforce_mover() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.enforce_part_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.enforce_quota() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.enforce_signed() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.enforce_transition() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.has_part(the_case uuid, VARIADIC parts text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.has_part(the_case uuid, VARIADIC parts text[]) TO consilium_app;
GRANT ALL ON FUNCTION consilium.has_part(the_case uuid, VARIADIC parts text[]) TO consilium_worker;
GRANT SELECT ON TABLE consilium.consult_presence TO consilium_backup;
GRANT SELECT ON TABLE consilium.consult_presence TO consilium_app;
GRANT SELECT ON TABLE consilium.consult_room TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.consult_room TO consilium_app;
GRANT UPDATE(state) ON TABLE consilium.consult_room TO consilium_app;
GRANT UPDATE(opened_at) ON TABLE consilium.consult_room TO consilium_app;
GRANT UPDATE(party_came_at) ON TABLE consilium.consult_room TO consilium_app;
GRANT SELECT ON TABLE consilium.session TO consilium_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE consilium.session TO consilium_app;
REVOKE ALL ON FUNCTION consilium.enter_consult(the_appointment uuid, the_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.enter_consult(the_appointment uuid, the_session uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.erase_person(the_account uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.erase_person(the_account uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.extend_busy() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.feed_owner(token bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.feed_owner(token bytea) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.find_account(digests bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.find_account(digests bytea[]) TO consilium_app;
GRANT SELECT ON TABLE consilium.waitlist TO consilium_backup;
GRANT SELECT ON TABLE consilium.waitlist TO consilium_app;
GRANT INSERT(id) ON TABLE consilium.waitlist TO consilium_app;
GRANT SELECT(id) ON TABLE consilium.waitlist TO consilium_worker;
GRANT INSERT(case_id) ON TABLE consilium.waitlist TO consilium_app;
GRANT SELECT(case_id) ON TABLE consilium.waitlist TO consilium_worker;
GRANT INSERT(specialist_id) ON TABLE consilium.waitlist TO consilium_app;
GRANT INSERT(party_id) ON TABLE consilium.waitlist TO consilium_app;
GRANT SELECT(party_id) ON TABLE consilium.waitlist TO consilium_worker;
GRANT INSERT(visit_type) ON TABLE consilium.waitlist TO consilium_app;
GRANT INSERT(appointment_id) ON TABLE consilium.waitlist TO consilium_app;
GRANT INSERT(during) ON TABLE consilium.waitlist TO consilium_app;
GRANT INSERT(weekdays) ON TABLE consilium.waitlist TO consilium_app;
GRANT INSERT(hours_from) ON TABLE consilium.waitlist TO consilium_app;
GRANT INSERT(hours_to) ON TABLE consilium.waitlist TO consilium_app;
GRANT SELECT(notified_start) ON TABLE consilium.waitlist TO consilium_worker;
GRANT INSERT(state),UPDATE(state) ON TABLE consilium.waitlist TO consilium_app;
GRANT SELECT(state) ON TABLE consilium.waitlist TO consilium_worker;
GRANT INSERT(joined_by) ON TABLE consilium.waitlist TO consilium_app;
GRANT UPDATE(ended_at) ON TABLE consilium.waitlist TO consilium_app;
REVOKE ALL ON FUNCTION consilium.first_matching_start(entry consilium.waitlist, low timestamp with time zone, high timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.first_matching_start_near(entry consilium.waitlist, given tstzrange) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.forget_proposal() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.free_days() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.free_days() TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.free_spans(the_specialist uuid, from_date date, to_date date) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.full_days(the_specialist uuid, the_type consilium.visit_type, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.has_role(the_role text) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.has_role(the_role text) TO consilium_app;
GRANT ALL ON FUNCTION consilium.has_role(the_role text) TO consilium_worker;
GRANT ALL ON FUNCTION consilium.has_role(the_role text) TO consilium_backup;
REVOKE ALL ON FUNCTION consilium.has_synchronous_standby() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.has_synchronous_standby() TO consilium_app;
REVOKE ALL ON FUNCTION consilium.hours_of(the_specialist uuid, type_id text, from_date date, to_date date) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.hours_of(the_specialist uuid, type_id text, from_date date, to_date date) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.instant_of(wall_clock timestamp without time zone, zone text) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.instant_of(wall_clock timestamp without time zone, zone text) TO consilium_app;
GRANT ALL ON FUNCTION consilium.instant_of(wall_clock timestamp without time zone, zone text) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.is_ending_access() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.is_ending_access() TO consilium_app;
GRANT ALL ON FUNCTION consilium.is_ending_access() TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.job_backlog() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.job_backlog() TO consilium_app;
GRANT ALL ON FUNCTION consilium.job_backlog() TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.join_as_specialist(token bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.join_as_specialist(token bytea) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.lacks_consent(the_case uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.lacks_consent(the_case uuid) TO consilium_app;
GRANT ALL ON FUNCTION consilium.lacks_consent(the_case uuid) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.lapse_holds(persons uuid[], kept uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.lapse_holds(persons uuid[], kept uuid) TO consilium_app;
GRANT ALL ON FUNCTION consilium.lapse_holds(persons uuid[], kept uuid) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.lock_access(the_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.lock_access(the_session uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.lock_calendars_of(the_case uuid, the_colleagues uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.lock_case_for_clinician(the_case uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.lock_case_for_clinician(the_case uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.lock_cases_of_clinician(the_account uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.lock_quota(subject text) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.lock_role(the_account uuid, VARIADIC the_roles text[]) FROM PUBLIC;
GRANT SELECT ON TABLE consilium.mail_token TO consilium_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE consilium.mail_token TO consilium_app;
REVOKE ALL ON FUNCTION consilium.mail_token_account(token bytea, the_purpose text) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.mail_token_account(token bytea, the_purpose text) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.make_calendar() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.make_threads() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.may_ask(the_case uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.may_ask(the_case uuid) TO consilium_app;
GRANT ALL ON FUNCTION consilium.may_ask(the_case uuid) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.may_end_access() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.may_meet(the_case uuid, the_specialist uuid, the_colleagues uuid[], the_party uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.may_meet(the_case uuid, the_specialist uuid, the_colleagues uuid[], the_party uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.may_open_in_emergency(the_person uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.my_cases() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.my_cases() TO consilium_app;
REVOKE ALL ON FUNCTION consilium.my_patients(the_part text) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.my_patients(the_part text) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.my_people() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.my_people() TO consilium_app;
REVOKE ALL ON FUNCTION consilium.named_visit_types(the_specialist uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.next_instant_of(wall_clock timestamp without time zone, zone text, since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.next_instant_of(wall_clock timestamp without time zone, zone text, since timestamp with time zone) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.noted_chains(kind text) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.noted_chains(kind text) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.offer_opening(the_appointment uuid, the_specialist uuid, start timestamp with time zone, lasts interval) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.offer_opening(the_appointment uuid, the_specialist uuid, start timestamp with time zone, lasts interval) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.open_emergency_access(the_access uuid, the_case uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.open_emergency_access(the_access uuid, the_case uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.open_prior() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.open_record_task() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.opening_runs(the_specialist uuid, type_id text, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid, party_taken tstzmultirange) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.opening_runs(the_specialist uuid, type_id text, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid, party_taken tstzmultirange) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.openings(the_specialist uuid, type_id text, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid, party_taken tstzmultirange) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.openings(the_specialist uuid, type_id text, from_at timestamp with time zone, to_at timestamp with time zone, except_hold uuid, except_appointment uuid, party_taken tstzmultirange) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.people_of(the_case uuid, parts text[], seeing_prior boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.people_of(the_case uuid, parts text[], seeing_prior boolean) TO consilium_app;
GRANT ALL ON FUNCTION consilium.people_of(the_case uuid, parts text[], seeing_prior boolean) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.propose_factor_recovery(the_recovery uuid, digests bytea[], sealed_email bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.propose_factor_recovery(the_recovery uuid, digests bytea[], sealed_email bytea) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.quiet_end(wall_clock timestamp without time zone, quiet_from time without time zone, quiet_to time without time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.quiet_end(wall_clock timestamp without time zone, quiet_from time without time zone, quiet_to time without time zone) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.quiet_until(instant timestamp with time zone, zone text, quiet_from time without time zone, quiet_to time without time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.quiet_until(instant timestamp with time zone, zone text, quiet_from time without time zone, quiet_to time without time zone) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.rate_take(the_bucket bytea, wanted integer, capacity integer, per_second double precision, OUT granted integer, OUT retry_after double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.rate_take(the_bucket bytea, wanted integer, capacity integer, per_second double precision, OUT granted integer, OUT retry_after double precision) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.reading_cases() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.reading_cases() TO consilium_app;
REVOKE ALL ON FUNCTION consilium.reads_in_emergency(the_person uuid, the_case uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.reads_now(the_person uuid, the_case uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.rebuild_free_spans() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.rebuild_free_spans(the_specialist uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.rebuild_free_spans(the_specialist uuid) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.refresh_free_spans(the_specialist uuid, during tstzrange) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.refresh_free_spans(the_specialist uuid, from_date date, to_date date) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.refuse_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.refuse_direct_write() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.refuse_expired() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.refuse_no_show() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.refuse_retired_organisation() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.release_case(the_case uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.release_case(the_case uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.release_clinicians(the_case uuid, the_invitation uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.release_clinicians(the_case uuid, the_invitation uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.release_colleagues(the_case uuid, the_colleague uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.release_colleagues(the_case uuid, the_colleague uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.release_person(the_person uuid, roles text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.remaining_menu(the_match uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.remaining_menu(the_match uuid) TO consilium_app;
GRANT ALL ON FUNCTION consilium.remaining_menu(the_match uuid) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.reread_calendars() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.residence(patient uuid, OUT jurisdiction text, OUT language text) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.residence(patient uuid, OUT jurisdiction text, OUT language text) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.resume_pause() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.reveal_messages() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.roll_free_spans(the_specialist uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.roll_free_spans(the_specialist uuid) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.serve_waitlist(the_specialist uuid, lasts interval) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.serve_waitlist(the_specialist uuid, lasts interval) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.session_caller(token bytea, is_activity boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.session_caller(token bytea, is_activity boolean) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.session_has_ended(the_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.session_has_ended(the_session uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.session_lives(the_session consilium.session) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.session_lives(the_session consilium.session) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.set_first_accepted() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.set_part_rights() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.settle_case_tasks() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.settle_record_task() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.sign_in_attempt(subjects bytea[], free integer[], cap_seconds integer[], leak_seconds integer[], OUT wait double precision, OUT failures double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.sign_in_attempt(subjects bytea[], free integer[], cap_seconds integer[], leak_seconds integer[], OUT wait double precision, OUT failures double precision[]) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.sign_in_forgive(cleared bytea[], total bytea, eased bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.sign_in_forgive(cleared bytea[], total bytea, eased bytea[]) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.signal_freed_consult() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.signal_freed_hold() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.signal_freed_imports() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.signal_freed_time_off() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.signal_new_openings() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.signal_waitlist(the_specialist uuid, given tstzrange, taken timestamp with time zone, giver uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.sleep_end(wall_clock timestamp without time zone, quiet_from time without time zone, quiet_to time without time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.sleep_end(wall_clock timestamp without time zone, quiet_from time without time zone, quiet_to time without time zone) TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.soonest(specialists uuid[], type_id text, from_at timestamp with time zone, to_at timestamp with time zone, most integer, party_taken tstzmultirange, wanted tstzmultirange, except_hold uuid, apart interval) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.soonest(specialists uuid[], type_id text, from_at timestamp with time zone, to_at timestamp with time zone, most integer, party_taken tstzmultirange, wanted tstzmultirange, except_hold uuid, apart interval) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.specialist_backlog(OUT proposed integer, OUT approved integer) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.specialist_backlog(OUT proposed integer, OUT approved integer) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.specialist_loads() FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.specialist_loads() TO consilium_app;
GRANT ALL ON FUNCTION consilium.specialist_loads() TO consilium_worker;
REVOKE ALL ON FUNCTION consilium.stamp_appointment() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.subtract_from_free_spans(the_specialist uuid, taken tstzrange) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.sync_busy_of_appointment() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.sync_busy_of_hold() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.sync_caregiver_parts() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.sync_delivery() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.sync_free_spans_with_busy() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.sync_free_spans_with_imports() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.sync_free_spans_with_time_off() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.sync_reveals_prior() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.take_role(the_account uuid, the_role text) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.take_role(the_account uuid, the_role text) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.thread_news(cases uuid[], kinds text[], readers uuid[], afters bigint[], marks bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.thread_news(cases uuid[], kinds text[], readers uuid[], afters bigint[], marks bigint[]) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.wait_for_records() FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.waitlist_people(entry consilium.waitlist) FROM PUBLIC;
REVOKE ALL ON FUNCTION consilium.waitlist_position(the_entry uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.waitlist_position(the_entry uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.wall_clock_hours(zone text, weekdays integer[], earliest time without time zone, latest time without time zone, from_at timestamp with time zone, to_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.wall_clock_hours(zone text, weekdays integer[], earliest time without time zone, latest time without time zone, from_at timestamp with time zone, to_at timestamp with time zone) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.withdraw_factor_recovery(the_recovery uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.withdraw_factor_recovery(the_recovery uuid) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.withdraw_specialist(the_proposal uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.withdraw_specialist(the_proposal uuid) TO consilium_app;
GRANT SELECT ON TABLE consilium.case_part TO consilium_backup;
GRANT SELECT ON TABLE consilium.case_part TO consilium_app;
GRANT SELECT ON TABLE consilium.case_part TO consilium_worker;
GRANT UPDATE(part) ON TABLE consilium.case_part TO consilium_app;
GRANT UPDATE(until) ON TABLE consilium.case_part TO consilium_app;
GRANT UPDATE(until) ON TABLE consilium.case_part TO consilium_worker;
GRANT SELECT ON TABLE consilium.intake_part TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.intake_part TO consilium_app;
GRANT SELECT ON TABLE consilium.record TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.record TO consilium_app;
GRANT SELECT(id) ON TABLE consilium.record TO consilium_worker;
GRANT SELECT(case_id) ON TABLE consilium.record TO consilium_worker;
GRANT UPDATE(state) ON TABLE consilium.record TO consilium_app;
GRANT SELECT(state) ON TABLE consilium.record TO consilium_worker;
GRANT UPDATE(reveals_prior) ON TABLE consilium.record TO consilium_app;
GRANT UPDATE(title) ON TABLE consilium.record TO consilium_app;
GRANT UPDATE(version) ON TABLE consilium.record TO consilium_app;
REVOKE ALL ON FUNCTION consilium.withheld_counts(the_case uuid, OUT intake_parts integer, OUT records integer) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.withheld_counts(the_case uuid, OUT intake_parts integer, OUT records integer) TO consilium_app;
REVOKE ALL ON FUNCTION consilium.zone_of(the_person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION consilium.zone_of(the_person uuid) TO consilium_app;
GRANT SELECT ON TABLE consilium.account_particular TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.account_particular TO consilium_app;
GRANT UPDATE(sealed) ON TABLE consilium.account_particular TO consilium_app;
GRANT SELECT ON TABLE consilium.account_role TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.account_role TO consilium_app;
GRANT SELECT ON TABLE consilium.account_role TO consilium_worker;
GRANT SELECT ON TABLE consilium.audit_entry TO consilium_backup;
GRANT SELECT ON TABLE consilium.audit_entry TO consilium_app;
GRANT SELECT ON TABLE consilium.audit_source TO consilium_backup;
GRANT SELECT ON TABLE consilium.audit_source TO consilium_app;
GRANT SELECT ON TABLE consilium.availability_date TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.availability_date TO consilium_app;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.availability_date TO consilium_worker;
GRANT SELECT ON TABLE consilium.availability_horizon TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.availability_horizon TO consilium_app;
GRANT SELECT ON TABLE consilium.availability_horizon TO consilium_worker;
GRANT UPDATE(until) ON TABLE consilium.availability_horizon TO consilium_app;
GRANT UPDATE(until) ON TABLE consilium.availability_horizon TO consilium_worker;
GRANT SELECT ON TABLE consilium.availability_override TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.availability_override TO consilium_app;
GRANT SELECT ON TABLE consilium.availability_rule TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.availability_rule TO consilium_app;
GRANT SELECT ON TABLE consilium.availability_rule TO consilium_worker;
GRANT SELECT ON TABLE consilium.availability_set TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.availability_set TO consilium_app;
GRANT SELECT ON TABLE consilium.availability_set TO consilium_worker;
GRANT SELECT ON TABLE consilium.blind_break TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.blind_break TO consilium_app;
GRANT SELECT ON TABLE consilium.busy TO consilium_backup;
GRANT SELECT ON TABLE consilium.busy TO consilium_app;
GRANT SELECT ON TABLE consilium.calendar TO consilium_backup;
GRANT SELECT ON TABLE consilium.calendar TO consilium_app;
GRANT SELECT ON TABLE consilium.calendar TO consilium_worker;
GRANT UPDATE(person_id) ON TABLE consilium.calendar TO consilium_app;
GRANT UPDATE(person_id) ON TABLE consilium.calendar TO consilium_worker;
GRANT SELECT ON TABLE consilium.calendar_conflict TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.calendar_conflict TO consilium_worker;
GRANT SELECT ON TABLE consilium.calendar_feed TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.calendar_feed TO consilium_app;
GRANT SELECT ON TABLE consilium.calendar_feed_fetch TO consilium_backup;
GRANT SELECT ON TABLE consilium.calendar_feed_fetch TO consilium_app;
GRANT SELECT ON TABLE consilium.calendar_poll TO consilium_backup;
GRANT SELECT ON TABLE consilium.calendar_poll TO consilium_app;
GRANT SELECT,UPDATE ON TABLE consilium.calendar_poll TO consilium_worker;
GRANT INSERT(calendar_id) ON TABLE consilium.calendar_poll TO consilium_app;
GRANT SELECT ON TABLE consilium.caregiver_grant TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.caregiver_grant TO consilium_app;
GRANT SELECT(id) ON TABLE consilium.caregiver_grant TO consilium_worker;
GRANT SELECT(state) ON TABLE consilium.caregiver_grant TO consilium_worker;
GRANT SELECT(expires_at) ON TABLE consilium.caregiver_grant TO consilium_worker;
GRANT SELECT ON TABLE consilium.case_key TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.case_key TO consilium_app;
GRANT UPDATE(wrapped) ON TABLE consilium.case_key TO consilium_app;
GRANT UPDATE(destroyed_at) ON TABLE consilium.case_key TO consilium_app;
GRANT SELECT ON TABLE consilium.clinical_case TO consilium_backup;
GRANT SELECT ON TABLE consilium.clinical_case TO consilium_app;
GRANT INSERT(id) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(id) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT INSERT(patient_id) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(patient_id) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT INSERT(state),UPDATE(state) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(state),UPDATE(state) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT INSERT(blinded),UPDATE(blinded) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(blinded) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT INSERT(lane),UPDATE(lane) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(lane) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT INSERT(jurisdiction),UPDATE(jurisdiction) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(jurisdiction) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT INSERT(language),UPDATE(language) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(language) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT INSERT(reason),UPDATE(reason) ON TABLE consilium.clinical_case TO consilium_app;
GRANT UPDATE(specialist_id) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(specialist_id) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT UPDATE(version) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(version),UPDATE(version) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT SELECT(created_at) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT UPDATE(submitted_at) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(submitted_at) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT UPDATE(ended_at) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT(ended_at) ON TABLE consilium.clinical_case TO consilium_worker;
GRANT UPDATE(unable_reason) ON TABLE consilium.clinical_case TO consilium_app;
GRANT SELECT ON TABLE consilium.condition TO consilium_backup;
GRANT SELECT ON TABLE consilium.condition TO consilium_app;
GRANT SELECT ON TABLE consilium.condition TO consilium_worker;
GRANT SELECT ON TABLE consilium.condition_taxonomy TO consilium_backup;
GRANT SELECT ON TABLE consilium.condition_taxonomy TO consilium_app;
GRANT SELECT ON TABLE consilium.condition_taxonomy TO consilium_worker;
GRANT SELECT ON TABLE consilium.consent TO consilium_backup;
GRANT SELECT ON TABLE consilium.consent TO consilium_app;
GRANT SELECT ON TABLE consilium.consent TO consilium_worker;
GRANT INSERT(id) ON TABLE consilium.consent TO consilium_app;
GRANT INSERT(case_id) ON TABLE consilium.consent TO consilium_app;
GRANT INSERT(kind) ON TABLE consilium.consent TO consilium_app;
GRANT INSERT(wording) ON TABLE consilium.consent TO consilium_app;
GRANT INSERT(given_by) ON TABLE consilium.consent TO consilium_app;
GRANT UPDATE(withdrawn_at) ON TABLE consilium.consent TO consilium_app;
GRANT SELECT ON TABLE consilium.consent_text TO consilium_backup;
GRANT SELECT ON TABLE consilium.consent_text TO consilium_app;
GRANT SELECT ON TABLE consilium.consent_text TO consilium_worker;
GRANT SELECT ON TABLE consilium.consent_wording TO consilium_backup;
GRANT SELECT ON TABLE consilium.consent_wording TO consilium_app;
GRANT SELECT ON TABLE consilium.consent_wording TO consilium_worker;
GRANT SELECT ON TABLE consilium.delivery TO consilium_backup;
GRANT SELECT ON TABLE consilium.delivery TO consilium_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consilium.delivery TO consilium_worker;
GRANT SELECT ON TABLE consilium.demonstration TO consilium_backup;
GRANT SELECT ON TABLE consilium.emergency_access TO consilium_backup;
GRANT SELECT ON TABLE consilium.emergency_access TO consilium_app;
GRANT UPDATE(reason) ON TABLE consilium.emergency_access TO consilium_app;
GRANT SELECT ON TABLE consilium.ending_access TO consilium_backup;
GRANT SELECT ON TABLE consilium.factor_recovery TO consilium_backup;
GRANT SELECT ON TABLE consilium.factor_recovery TO consilium_app;
GRANT SELECT ON TABLE consilium.file_chunk TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.file_chunk TO consilium_app;
GRANT SELECT ON TABLE consilium.first_read TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.first_read TO consilium_app;
GRANT UPDATE(body) ON TABLE consilium.first_read TO consilium_app;
GRANT UPDATE(version) ON TABLE consilium.first_read TO consilium_app;
GRANT UPDATE(signed_at) ON TABLE consilium.first_read TO consilium_app;
GRANT UPDATE(signature) ON TABLE consilium.first_read TO consilium_app;
GRANT UPDATE(signing_key) ON TABLE consilium.first_read TO consilium_app;
GRANT SELECT ON TABLE consilium.free_horizon TO consilium_backup;
GRANT SELECT ON TABLE consilium.free_horizon TO consilium_worker;
GRANT SELECT ON TABLE consilium.free_span TO consilium_backup;
GRANT SELECT ON TABLE consilium.hold TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.hold TO consilium_app;
GRANT SELECT(id) ON TABLE consilium.hold TO consilium_worker;
GRANT SELECT(case_id) ON TABLE consilium.hold TO consilium_worker;
GRANT SELECT(specialist_id) ON TABLE consilium.hold TO consilium_worker;
GRANT SELECT(colleagues) ON TABLE consilium.hold TO consilium_worker;
GRANT SELECT(party_id) ON TABLE consilium.hold TO consilium_worker;
GRANT SELECT(kind) ON TABLE consilium.hold TO consilium_worker;
GRANT UPDATE(state) ON TABLE consilium.hold TO consilium_app;
GRANT SELECT(state) ON TABLE consilium.hold TO consilium_worker;
GRANT SELECT(starts_at) ON TABLE consilium.hold TO consilium_worker;
GRANT SELECT(ends_at) ON TABLE consilium.hold TO consilium_worker;
GRANT UPDATE(renewals) ON TABLE consilium.hold TO consilium_app;
GRANT UPDATE(expires_at) ON TABLE consilium.hold TO consilium_app;
GRANT SELECT(expires_at) ON TABLE consilium.hold TO consilium_worker;
GRANT SELECT(appointment_id) ON TABLE consilium.hold TO consilium_worker;
GRANT SELECT ON TABLE consilium.idempotency_key TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.idempotency_key TO consilium_app;
GRANT DELETE ON TABLE consilium.idempotency_key TO consilium_worker;
GRANT UPDATE(status) ON TABLE consilium.idempotency_key TO consilium_app;
GRANT UPDATE(reply) ON TABLE consilium.idempotency_key TO consilium_app;
GRANT UPDATE(parts) ON TABLE consilium.idempotency_key TO consilium_app;
GRANT UPDATE(patients) ON TABLE consilium.idempotency_key TO consilium_app;
GRANT SELECT(created_at) ON TABLE consilium.idempotency_key TO consilium_worker;
GRANT SELECT ON TABLE consilium.imported_busy TO consilium_backup;
GRANT SELECT ON TABLE consilium.imported_busy TO consilium_app;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.imported_busy TO consilium_worker;
GRANT SELECT ON TABLE consilium.invitation TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.invitation TO consilium_app;
GRANT SELECT(id) ON TABLE consilium.invitation TO consilium_worker;
GRANT SELECT(case_id) ON TABLE consilium.invitation TO consilium_worker;
GRANT UPDATE(state) ON TABLE consilium.invitation TO consilium_app;
GRANT SELECT(state) ON TABLE consilium.invitation TO consilium_worker;
GRANT SELECT(expires_at) ON TABLE consilium.invitation TO consilium_worker;
GRANT SELECT ON TABLE consilium.job TO consilium_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consilium.job TO consilium_worker;
GRANT INSERT(id) ON TABLE consilium.job TO consilium_app;
GRANT INSERT(kind) ON TABLE consilium.job TO consilium_app;
GRANT INSERT(payload) ON TABLE consilium.job TO consilium_app;
GRANT INSERT(run_at) ON TABLE consilium.job TO consilium_app;
GRANT INSERT(max_attempts) ON TABLE consilium.job TO consilium_app;
GRANT SELECT ON TABLE consilium.known_device TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.known_device TO consilium_app;
GRANT UPDATE(attempts) ON TABLE consilium.known_device TO consilium_app;
GRANT UPDATE(seen_at) ON TABLE consilium.known_device TO consilium_app;
GRANT UPDATE(expires_at) ON TABLE consilium.known_device TO consilium_app;
GRANT SELECT ON TABLE consilium.lane_check TO consilium_backup;
GRANT SELECT ON TABLE consilium.lane_check TO consilium_app;
GRANT SELECT,INSERT ON TABLE consilium.lane_check TO consilium_worker;
GRANT INSERT(id) ON TABLE consilium.lane_check TO consilium_app;
GRANT INSERT(case_id) ON TABLE consilium.lane_check TO consilium_app;
GRANT INSERT(specialist_id) ON TABLE consilium.lane_check TO consilium_app;
GRANT INSERT(gate) ON TABLE consilium.lane_check TO consilium_app;
GRANT INSERT(lane) ON TABLE consilium.lane_check TO consilium_app;
GRANT INSERT(lawful) ON TABLE consilium.lane_check TO consilium_app;
GRANT INSERT(jurisdiction) ON TABLE consilium.lane_check TO consilium_app;
GRANT INSERT(licence_number) ON TABLE consilium.lane_check TO consilium_app;
GRANT INSERT(licence_expires_on) ON TABLE consilium.lane_check TO consilium_app;
GRANT INSERT(party_id) ON TABLE consilium.lane_check TO consilium_app;
GRANT INSERT(consent_id) ON TABLE consilium.lane_check TO consilium_app;
GRANT SELECT ON TABLE consilium.licence TO consilium_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consilium.licence TO consilium_app;
GRANT SELECT ON TABLE consilium.licence TO consilium_worker;
GRANT SELECT ON TABLE consilium.linked_calendar TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.linked_calendar TO consilium_app;
GRANT SELECT ON TABLE consilium.linked_calendar TO consilium_worker;
GRANT SELECT ON TABLE consilium.match TO consilium_backup;
GRANT SELECT ON TABLE consilium.match TO consilium_app;
GRANT INSERT(id) ON TABLE consilium.match TO consilium_app;
GRANT INSERT(case_id) ON TABLE consilium.match TO consilium_app;
GRANT INSERT(rules_version) ON TABLE consilium.match TO consilium_app;
GRANT INSERT(input_digest) ON TABLE consilium.match TO consilium_app;
GRANT INSERT(input) ON TABLE consilium.match TO consilium_app;
GRANT INSERT(result) ON TABLE consilium.match TO consilium_app;
GRANT INSERT(ranking) ON TABLE consilium.match TO consilium_app;
GRANT INSERT(made_by) ON TABLE consilium.match TO consilium_app;
GRANT SELECT ON TABLE consilium.match_candidate TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.match_candidate TO consilium_app;
GRANT SELECT ON TABLE consilium.match_candidate TO consilium_worker;
GRANT SELECT ON TABLE consilium.message TO consilium_backup;
GRANT SELECT ON TABLE consilium.message TO consilium_app;
GRANT INSERT(thread_id) ON TABLE consilium.message TO consilium_app;
GRANT INSERT(seq) ON TABLE consilium.message TO consilium_app;
GRANT INSERT(id) ON TABLE consilium.message TO consilium_app;
GRANT INSERT(case_id) ON TABLE consilium.message TO consilium_app;
GRANT INSERT(staff_only) ON TABLE consilium.message TO consilium_app;
GRANT INSERT(kind) ON TABLE consilium.message TO consilium_app;
GRANT INSERT(author_id) ON TABLE consilium.message TO consilium_app;
GRANT INSERT(reveals_prior) ON TABLE consilium.message TO consilium_app;
GRANT INSERT(urgent) ON TABLE consilium.message TO consilium_app;
GRANT INSERT(body) ON TABLE consilium.message TO consilium_app;
GRANT SELECT ON TABLE consilium.migration TO PUBLIC;
GRANT SELECT ON TABLE consilium.migration TO consilium_backup;
GRANT SELECT ON TABLE consilium.notification TO consilium_backup;
GRANT SELECT ON TABLE consilium.notification TO consilium_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consilium.notification TO consilium_worker;
GRANT SELECT ON TABLE consilium.notification_preference TO consilium_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE consilium.notification_preference TO consilium_app;
GRANT SELECT ON TABLE consilium.notification_preference TO consilium_worker;
GRANT SELECT ON TABLE consilium.offer TO consilium_backup;
GRANT SELECT ON TABLE consilium.offer TO consilium_app;
GRANT SELECT ON TABLE consilium.offer TO consilium_worker;
GRANT UPDATE(state) ON TABLE consilium.offer TO consilium_app;
GRANT UPDATE(state) ON TABLE consilium.offer TO consilium_worker;
GRANT UPDATE(decline_reason) ON TABLE consilium.offer TO consilium_app;
GRANT UPDATE(decided_at) ON TABLE consilium.offer TO consilium_app;
GRANT UPDATE(decided_at) ON TABLE consilium.offer TO consilium_worker;
GRANT SELECT ON TABLE consilium.opinion TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.opinion TO consilium_app;
GRANT UPDATE(body) ON TABLE consilium.opinion TO consilium_app;
GRANT UPDATE(version) ON TABLE consilium.opinion TO consilium_app;
GRANT UPDATE(blind) ON TABLE consilium.opinion TO consilium_app;
GRANT UPDATE(signed_at) ON TABLE consilium.opinion TO consilium_app;
GRANT UPDATE(signature) ON TABLE consilium.opinion TO consilium_app;
GRANT UPDATE(signing_key) ON TABLE consilium.opinion TO consilium_app;
GRANT UPDATE(delivered_at) ON TABLE consilium.opinion TO consilium_app;
GRANT SELECT ON TABLE consilium.organisation TO consilium_backup;
GRANT SELECT ON TABLE consilium.organisation TO consilium_app;
GRANT SELECT ON TABLE consilium.organisation TO consilium_worker;
GRANT INSERT(id) ON TABLE consilium.organisation TO consilium_app;
GRANT INSERT(name),UPDATE(name) ON TABLE consilium.organisation TO consilium_app;
GRANT INSERT(city),UPDATE(city) ON TABLE consilium.organisation TO consilium_app;
GRANT INSERT(jurisdiction),UPDATE(jurisdiction) ON TABLE consilium.organisation TO consilium_app;
GRANT UPDATE(retired_at) ON TABLE consilium.organisation TO consilium_app;
GRANT UPDATE(version) ON TABLE consilium.organisation TO consilium_app;
GRANT SELECT ON TABLE consilium.outcome TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.outcome TO consilium_app;
GRANT UPDATE(body) ON TABLE consilium.outcome TO consilium_app;
GRANT UPDATE(recorded_by) ON TABLE consilium.outcome TO consilium_app;
GRANT UPDATE(recorded_at) ON TABLE consilium.outcome TO consilium_app;
GRANT SELECT ON TABLE consilium.outcome_code TO consilium_backup;
GRANT INSERT ON TABLE consilium.outcome_code TO consilium_app;
GRANT SELECT ON TABLE consilium.password TO consilium_backup;
GRANT SELECT,INSERT,UPDATE ON TABLE consilium.password TO consilium_app;
GRANT SELECT ON TABLE consilium.person_key TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.person_key TO consilium_app;
GRANT SELECT ON TABLE consilium.person_key TO consilium_worker;
GRANT UPDATE(wrapped) ON TABLE consilium.person_key TO consilium_app;
GRANT UPDATE(destroyed_at) ON TABLE consilium.person_key TO consilium_app;
GRANT SELECT ON TABLE consilium.rate_bucket TO consilium_backup;
GRANT SELECT,DELETE ON TABLE consilium.rate_bucket TO consilium_worker;
GRANT SELECT ON TABLE consilium.read_marker TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.read_marker TO consilium_app;
GRANT SELECT ON TABLE consilium.read_marker TO consilium_worker;
GRANT UPDATE(seq) ON TABLE consilium.read_marker TO consilium_app;
GRANT UPDATE(marked_at) ON TABLE consilium.read_marker TO consilium_app;
GRANT SELECT ON TABLE consilium.record_file TO consilium_backup;
GRANT SELECT,INSERT,DELETE ON TABLE consilium.record_file TO consilium_app;
GRANT UPDATE(state) ON TABLE consilium.record_file TO consilium_app;
GRANT UPDATE(metadata) ON TABLE consilium.record_file TO consilium_app;
GRANT UPDATE(received_bytes) ON TABLE consilium.record_file TO consilium_app;
GRANT UPDATE(chunks) ON TABLE consilium.record_file TO consilium_app;
GRANT UPDATE(completed_at) ON TABLE consilium.record_file TO consilium_app;
GRANT UPDATE(entered_in_error_at) ON TABLE consilium.record_file TO consilium_app;
GRANT SELECT ON TABLE consilium.recovery_code TO consilium_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consilium.recovery_code TO consilium_app;
GRANT SELECT ON TABLE consilium.request_source TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.request_source TO consilium_app;
GRANT UPDATE(used_at) ON TABLE consilium.request_source TO consilium_app;
GRANT UPDATE(refused_at) ON TABLE consilium.request_source TO consilium_app;
GRANT SELECT ON TABLE consilium.schema_contract TO PUBLIC;
GRANT SELECT ON TABLE consilium.schema_contract TO consilium_backup;
GRANT SELECT ON TABLE consilium.second_factor TO consilium_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consilium.second_factor TO consilium_app;
GRANT SELECT ON TABLE consilium.sign_in TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.sign_in TO consilium_app;
GRANT SELECT ON TABLE consilium.sign_in_throttle TO consilium_backup;
GRANT SELECT ON TABLE consilium.specialist TO consilium_backup;
GRANT SELECT ON TABLE consilium.specialist TO consilium_app;
GRANT SELECT ON TABLE consilium.specialist TO consilium_worker;
GRANT UPDATE(time_zone) ON TABLE consilium.specialist TO consilium_app;
GRANT UPDATE(languages) ON TABLE consilium.specialist TO consilium_app;
GRANT UPDATE(accepting) ON TABLE consilium.specialist TO consilium_app;
GRANT UPDATE(weekly_capacity) ON TABLE consilium.specialist TO consilium_app;
GRANT UPDATE(availability_version) ON TABLE consilium.specialist TO consilium_app;
GRANT UPDATE(version) ON TABLE consilium.specialist TO consilium_app;
GRANT SELECT ON TABLE consilium.specialist_condition TO consilium_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consilium.specialist_condition TO consilium_app;
GRANT SELECT ON TABLE consilium.specialist_condition TO consilium_worker;
GRANT SELECT ON TABLE consilium.specialist_proposal TO consilium_backup;
GRANT SELECT(id),INSERT(id) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(id) ON TABLE consilium.specialist_proposal TO consilium_worker;
GRANT SELECT(state),INSERT(state) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(state) ON TABLE consilium.specialist_proposal TO consilium_worker;
GRANT SELECT(email),INSERT(email) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT INSERT(email_digest) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT INSERT(email_key) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(name),INSERT(name) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(credentials),INSERT(credentials) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(organisation_id),INSERT(organisation_id) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(time_zone),INSERT(time_zone) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(taxonomy_codes),INSERT(taxonomy_codes) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(languages),INSERT(languages) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(peer_to_peer),INSERT(peer_to_peer) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(weekly_capacity),INSERT(weekly_capacity) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(proposed_by),INSERT(proposed_by) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(proposed_at) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(approved_by) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(approved_at) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(expires_at) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(expires_at) ON TABLE consilium.specialist_proposal TO consilium_worker;
GRANT SELECT(joined_by) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT(ended_at) ON TABLE consilium.specialist_proposal TO consilium_app;
GRANT SELECT ON TABLE consilium.task TO consilium_backup;
GRANT SELECT,INSERT ON TABLE consilium.task TO consilium_app;
GRANT SELECT,INSERT ON TABLE consilium.task TO consilium_worker;
GRANT UPDATE(state) ON TABLE consilium.task TO consilium_app;
GRANT UPDATE(due_at) ON TABLE consilium.task TO consilium_app;
GRANT UPDATE(done_by) ON TABLE consilium.task TO consilium_app;
GRANT UPDATE(done_at) ON TABLE consilium.task TO consilium_app;
GRANT SELECT ON TABLE consilium.taxonomy TO consilium_backup;
GRANT SELECT ON TABLE consilium.taxonomy TO consilium_app;
GRANT SELECT ON TABLE consilium.taxonomy TO consilium_worker;
GRANT SELECT ON TABLE consilium.thread TO consilium_backup;
GRANT SELECT ON TABLE consilium.thread TO consilium_app;
GRANT SELECT ON TABLE consilium.thread TO consilium_worker;
GRANT UPDATE(last_seq) ON TABLE consilium.thread TO consilium_app;
GRANT SELECT ON TABLE consilium.time_off TO consilium_backup;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE consilium.time_off TO consilium_app;
GRANT SELECT ON TABLE consilium.transition TO consilium_backup;
GRANT SELECT ON TABLE consilium.transition TO consilium_app;
GRANT SELECT ON TABLE consilium.transition TO consilium_worker;
GRANT SELECT ON TABLE consilium.waitlist_signal TO consilium_backup;
GRANT SELECT ON TABLE consilium.waitlist_signal TO consilium_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE consilium_owner IN SCHEMA consilium GRANT SELECT ON TABLES  TO consilium_backup;
