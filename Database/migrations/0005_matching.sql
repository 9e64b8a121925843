-- Conditions and taxonomy (reference data), the directory of specialists, matches, offers, checks of licence lanes, and how
-- the programme gets its specialists.

CREATE TABLE consilium.condition (
    code text COLLATE "C" PRIMARY KEY
        CONSTRAINT condition_code_is_icd10cm CHECK (code ~ '^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$'),
    billable boolean NOT NULL,
    title text NOT NULL,
    search_title text NOT NULL
);
COMMENT ON TABLE consilium.condition IS 'ICD-10-CM, from the CMS order file.';
COMMENT ON COLUMN consilium.condition.code IS 'Compared byte by byte, so that its index finds codes by their beginning.';
COMMENT ON COLUMN consilium.condition.search_title IS
    'The title without case and diacritics: what people type is folded the same way (searchFolded).';
CREATE INDEX condition_search_title ON consilium.condition USING gin (search_title public.gin_trgm_ops);
GRANT SELECT ON consilium.condition TO consilium_app, consilium_worker;

CREATE TABLE consilium.taxonomy (
    code text PRIMARY KEY CONSTRAINT taxonomy_code_is_nucc CHECK (code ~ '^[0-9A-Z]{9}X$'),
    grouping_name text NOT NULL,
    classification text NOT NULL,
    specialization text NOT NULL,
    display_name text NOT NULL
);
COMMENT ON TABLE consilium.taxonomy IS 'NUCC health care provider taxonomy.';
GRANT SELECT ON consilium.taxonomy TO consilium_app, consilium_worker;

CREATE TABLE consilium.condition_taxonomy (
    code_prefix text NOT NULL,
    taxonomy_code text NOT NULL REFERENCES consilium.taxonomy,
    weight smallint NOT NULL CONSTRAINT condition_taxonomy_weight_in_range CHECK (weight BETWEEN 1 AND 3),
    PRIMARY KEY (code_prefix, taxonomy_code)
);
COMMENT ON TABLE consilium.condition_taxonomy IS 'Which taxonomy usually treats a condition; the longest prefix decides.';
GRANT SELECT ON consilium.condition_taxonomy TO consilium_app, consilium_worker;

CREATE TABLE consilium.organisation (
    id uuid PRIMARY KEY,
    name text NOT NULL CONSTRAINT organisation_name_unique UNIQUE
        CONSTRAINT organisation_name_length CHECK (length(name) BETWEEN 1 AND 200),
    city text NOT NULL CONSTRAINT organisation_city_length CHECK (length(city) BETWEEN 1 AND 120),
    jurisdiction consilium.jurisdiction NOT NULL,
    retired_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
COMMENT ON TABLE consilium.organisation IS 'Where specialists work.';
COMMENT ON COLUMN consilium.organisation.retired_at IS 'Since when no new specialist is proposed for it; its specialists stay.';
SELECT consilium.enable_row_security('consilium.organisation');
SELECT consilium.audited('consilium.organisation', 'programme', 'id', 'id');
-- Everybody reads organisations; operators write them. None is removed, because specialists refer to it.
GRANT SELECT ON consilium.organisation TO consilium_app, consilium_worker;
GRANT INSERT (id, name, city, jurisdiction), UPDATE (name, city, jurisdiction, retired_at, version)
    ON consilium.organisation TO consilium_app;
CREATE POLICY all_select ON consilium.organisation FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY app_insert_operator ON consilium.organisation FOR INSERT TO consilium_app
    WITH CHECK ((SELECT consilium.has_role('operator')));
CREATE POLICY app_update_operator ON consilium.organisation FOR UPDATE TO consilium_app
    USING ((SELECT consilium.has_role('operator')));

CREATE TABLE consilium.specialist (
    id uuid PRIMARY KEY REFERENCES consilium.account,
    name text NOT NULL CONSTRAINT specialist_name_length CHECK (length(name) BETWEEN 1 AND 120),
    credentials text NOT NULL,
    organisation_id uuid NOT NULL REFERENCES consilium.organisation,
    time_zone consilium.zone NOT NULL,
    taxonomy_codes text[] NOT NULL CONSTRAINT specialist_taxonomy_codes_not_empty CHECK (cardinality(taxonomy_codes) > 0),
    languages text[] NOT NULL CONSTRAINT specialist_languages_not_empty CHECK (cardinality(languages) > 0)
        CONSTRAINT specialist_languages_are_canonical CHECK (consilium.are_language_tags(languages)),
    peer_to_peer boolean NOT NULL,
    accepting boolean NOT NULL DEFAULT true,
    weekly_capacity integer NOT NULL CONSTRAINT specialist_weekly_capacity_in_range CHECK (weekly_capacity BETWEEN 0 AND 100),
    availability_version integer NOT NULL DEFAULT 1,
    version integer NOT NULL DEFAULT 1
);
COMMENT ON TABLE consilium.specialist IS
    'The directory of specialists. Plain: each entry is a professional''s publication about themselves.';
COMMENT ON COLUMN consilium.specialist.weekly_capacity IS 'New cases a week that the specialist takes.';
COMMENT ON COLUMN consilium.specialist.availability_version IS 'The version of rules and overrides that an edit must name.';
CREATE INDEX specialist_taxonomy ON consilium.specialist USING gin (taxonomy_codes);
CREATE INDEX specialist_languages ON consilium.specialist USING gin (languages);
SELECT consilium.enable_row_security('consilium.specialist');
SELECT consilium.audited('consilium.specialist', 'account', 'id', 'id');
-- Everybody reads the directory. Specialists edit their own entry, and coordinators edit it for them; licences are verified, so
-- only coordinators write them.
GRANT SELECT ON consilium.specialist TO consilium_app, consilium_worker;
GRANT UPDATE (languages, accepting, weekly_capacity, time_zone, availability_version, version)
    ON consilium.specialist TO consilium_app;
CREATE POLICY all_select ON consilium.specialist FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY app_update_own_or_coordinator ON consilium.specialist FOR UPDATE TO consilium_app
    USING (id = (SELECT consilium.actor()) OR (SELECT consilium.has_role('coordinator')));

CREATE TABLE consilium.licence (
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    jurisdiction consilium.jurisdiction NOT NULL,
    number text NOT NULL CONSTRAINT licence_number_length CHECK (length(number) BETWEEN 1 AND 40),
    expires_on date NOT NULL,
    PRIMARY KEY (specialist_id, jurisdiction)
);
COMMENT ON TABLE consilium.licence IS 'The licences of specialists, verified by coordinators.';
COMMENT ON COLUMN consilium.licence.expires_on IS 'The last day on which it is valid, in that jurisdiction.';
CREATE INDEX licence_jurisdiction ON consilium.licence (jurisdiction, specialist_id);
SELECT consilium.enable_row_security('consilium.licence');
SELECT consilium.audited('consilium.licence', 'account', 'specialist_id', 'specialist_id');
GRANT SELECT ON consilium.licence TO consilium_app, consilium_worker;
CREATE POLICY all_select ON consilium.licence FOR SELECT TO consilium_app, consilium_worker USING (true);
GRANT INSERT, UPDATE, DELETE ON consilium.licence TO consilium_app;
CREATE POLICY app_all_coordinator ON consilium.licence TO consilium_app
    USING ((SELECT consilium.has_role('coordinator'))) WITH CHECK ((SELECT consilium.has_role('coordinator')));

CREATE TABLE consilium.specialist_condition (
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    code_prefix text NOT NULL
        CONSTRAINT specialist_condition_prefix_is_icd10cm CHECK (code_prefix ~ '^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$'),
    yearly_volume integer NOT NULL
        CONSTRAINT specialist_condition_yearly_volume_in_range CHECK (yearly_volume BETWEEN 0 AND 100000),
    PRIMARY KEY (specialist_id, code_prefix)
);
COMMENT ON TABLE consilium.specialist_condition IS 'How often a specialist treats a condition.';
SELECT consilium.enable_row_security('consilium.specialist_condition');
GRANT SELECT ON consilium.specialist_condition TO consilium_app, consilium_worker;
CREATE POLICY all_select ON consilium.specialist_condition FOR SELECT TO consilium_app, consilium_worker USING (true);
GRANT INSERT, UPDATE, DELETE ON consilium.specialist_condition TO consilium_app;
CREATE POLICY app_all_own ON consilium.specialist_condition TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));

CREATE TABLE consilium.match (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    rules_version integer NOT NULL,
    input_digest bytea NOT NULL,
    input bytea NOT NULL,
    result bytea NOT NULL,
    ranking uuid[] NOT NULL,
    made_by uuid REFERENCES consilium.account,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- For foreign keys: what refers to a match is of the match's case.
    CONSTRAINT match_of_case UNIQUE (id, case_id)
);
COMMENT ON TABLE consilium.match IS 'A stored ranking of specialists for a case. It can be replayed to the same bytes.';
COMMENT ON COLUMN consilium.match.rules_version IS 'The version of the ranking''s rules.';
COMMENT ON COLUMN consilium.match.input_digest IS
    'HMAC of the sealed input by the case key: it tells whether a replay has the same input, and nothing to who cannot open '
    'it.';
COMMENT ON COLUMN consilium.match.input IS 'Sealed by the case key.';
COMMENT ON COLUMN consilium.match.result IS 'The candidates and the excluded with their reasons, sealed by the case key.';
COMMENT ON COLUMN consilium.match.ranking IS 'All who can take the case, best first: whose openings are searched.';
CREATE INDEX match_case ON consilium.match (case_id, id);
SELECT consilium.enable_row_security('consilium.match');
SELECT consilium.audited('consilium.match', 'case', 'case_id', 'id');
GRANT SELECT, INSERT (id, case_id, rules_version, input_digest, input, result, ranking, made_by) ON consilium.match
    TO consilium_app;
CREATE POLICY app_select_case_side ON consilium.match FOR SELECT TO consilium_app
    USING (consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));
CREATE POLICY app_insert_case_side ON consilium.match FOR INSERT TO consilium_app
    WITH CHECK (made_by = (SELECT consilium.actor())
        AND consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));

CREATE TABLE consilium.match_candidate (
    match_id uuid NOT NULL,
    case_id uuid NOT NULL,
    rank smallint NOT NULL CONSTRAINT match_candidate_rank_positive CHECK (rank > 0),
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    PRIMARY KEY (match_id, rank),
    FOREIGN KEY (match_id, case_id) REFERENCES consilium.match (id, case_id),
    CONSTRAINT match_candidate_once_per_match UNIQUE (match_id, specialist_id)
);
COMMENT ON TABLE consilium.match_candidate IS
    'Whom a match proposes to ask, in order. Plain, so that the next can be asked without opening what is sealed.';
SELECT consilium.enable_row_security('consilium.match_candidate');
GRANT SELECT, INSERT ON consilium.match_candidate TO consilium_app;
CREATE POLICY app_select_case_side ON consilium.match_candidate FOR SELECT TO consilium_app
    USING (consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));
-- In the transaction of its match, so that no candidate is added later.
CREATE POLICY app_insert_with_match ON consilium.match_candidate FOR INSERT TO consilium_app
    WITH CHECK (consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator')
        AND EXISTS (SELECT FROM consilium.match m WHERE m.id = match_candidate.match_id AND m.created_at >= now()));
GRANT SELECT ON consilium.match_candidate TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.match_candidate FOR SELECT TO consilium_worker USING (true);

CREATE TABLE consilium.offer (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    match_id uuid NOT NULL,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    lane consilium.word NOT NULL CONSTRAINT offer_lane_known CHECK (lane IN ('licensed', 'peer_to_peer')),
    state consilium.word NOT NULL
        CONSTRAINT offer_state_known CHECK (state IN ('waiting', 'accepted', 'declined', 'lapsed', 'withdrawn')),
    decline_reason consilium.word CONSTRAINT offer_decline_reason_known CHECK (decline_reason IN
        ('capacity', 'outside_expertise', 'conflict_of_interest', 'needs_more_records', 'other')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    decided_at timestamptz,
    FOREIGN KEY (match_id, case_id) REFERENCES consilium.match (id, case_id),
    CONSTRAINT offer_decided_has_time CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CONSTRAINT offer_declined_has_reason CHECK ((state = 'declined') = (decline_reason IS NOT NULL))
);
COMMENT ON TABLE consilium.offer IS 'A case that is put to one specialist for a limited time.';
COMMENT ON COLUMN consilium.offer.decline_reason IS 'Why the specialist declined, as a code.';
-- A case waits for one specialist at a time, and asks nobody twice from one match.
CREATE UNIQUE INDEX offer_one_open ON consilium.offer (case_id) WHERE state IN ('waiting', 'accepted');
CREATE UNIQUE INDEX offer_once_per_match ON consilium.offer (match_id, specialist_id);
CREATE INDEX offer_specialist ON consilium.offer (specialist_id, id);
CREATE INDEX offer_due ON consilium.offer (expires_at) WHERE state = 'waiting';
INSERT INTO consilium.transition (machine, source, target, parts) VALUES
    ('offer', 'waiting', 'accepted', '{candidate}'), ('offer', 'waiting', 'declined', '{candidate}'),
    ('offer', 'waiting', 'lapsed', '{worker}'), ('offer', 'waiting', 'withdrawn', '{patient,caregiver,coordinator}'),
    ('offer', 'accepted', 'withdrawn', '{patient,caregiver,coordinator}');
SELECT consilium.enable_row_security('consilium.offer');
SELECT consilium.audited('consilium.offer', 'case', 'case_id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.offer
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('offer');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.offer
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('offer', 'case_id');
-- Nobody inserts an offer but ask_candidate, below.
GRANT SELECT ON consilium.offer TO consilium_app;
GRANT UPDATE (state, decline_reason, decided_at) ON consilium.offer TO consilium_app;
CREATE POLICY app_select_own_or_case_side ON consilium.offer FOR SELECT TO consilium_app USING (
    specialist_id = (SELECT consilium.actor())
    OR consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));
-- The candidate answers; the case's own people withdraw an offer that waits, and release_case does at the end of the case.
CREATE POLICY app_update_own ON consilium.offer FOR UPDATE TO consilium_app
    USING (specialist_id = (SELECT consilium.actor()));
CREATE POLICY app_update_case_side_withdraws ON consilium.offer FOR UPDATE TO consilium_app
    USING (state = 'waiting' AND consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'))
    WITH CHECK (state = 'withdrawn');
GRANT SELECT ON consilium.offer TO consilium_worker;
GRANT UPDATE (state, decided_at) ON consilium.offer TO consilium_worker;
CREATE POLICY worker_all ON consilium.offer TO consilium_worker USING (true) WITH CHECK (true);

-- An offer whose time is over cannot be accepted, whether or not a worker has let it lapse.
CREATE FUNCTION consilium.refuse_expired() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'expired' USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_expired', TABLE = TG_TABLE_NAME;
END
$$;
CREATE TRIGGER unexpired BEFORE UPDATE OF state ON consilium.offer
    FOR EACH ROW WHEN (NEW.state = 'accepted' AND OLD.state = 'waiting' AND OLD.expires_at <= clock_timestamp())
    EXECUTE FUNCTION consilium.refuse_expired();

-- What a case is about is fixed once it was submitted: a specialist cannot end the blinding by changing the case. The patient's
-- side can still correct the lane, and where the patient lives, as long as nobody is asked. The specialist changes with an
-- accepted offer, and with a reassignment.
CREATE FUNCTION consilium.enforce_case_fixed() RETURNS trigger
LANGUAGE plpgsql AS $$
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
CREATE TRIGGER fixed_once_submitted BEFORE UPDATE ON consilium.clinical_case
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_case_fixed();

-- A candidate becomes the specialist by accepting the offer, and in no other way; a former specialist of the case can be asked,
-- or added, again. No other part ever becomes another.
CREATE FUNCTION consilium.enforce_part_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
CREATE TRIGGER enforce_part_change BEFORE UPDATE ON consilium.case_part
    FOR EACH ROW WHEN (NEW.part <> OLD.part) EXECUTE FUNCTION consilium.enforce_part_change();

CREATE TABLE consilium.lane_check (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    gate consilium.word NOT NULL CONSTRAINT lane_check_gate_known CHECK (gate IN ('match', 'booking', 'joining')),
    lane consilium.word NOT NULL CONSTRAINT lane_check_lane_known CHECK (lane IN ('licensed', 'peer_to_peer')),
    lawful boolean NOT NULL,
    jurisdiction consilium.jurisdiction NOT NULL,
    licence_number text,
    licence_expires_on date,
    party_id uuid REFERENCES consilium.account,
    consent_id uuid REFERENCES consilium.consent,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consilium.lane_check IS
    'What was decided about a licence lane (P5), at which gate and on which evidence. Append only.';
COMMENT ON COLUMN consilium.lane_check.jurisdiction IS 'Where the patient was said to be.';
COMMENT ON COLUMN consilium.lane_check.licence_number IS 'The licence that was looked at; NULL for none.';
COMMENT ON COLUMN consilium.lane_check.party_id IS 'The treating clinician of the peer-to-peer lane.';
COMMENT ON COLUMN consilium.lane_check.consent_id IS 'The patient''s consent to the peer-to-peer lane.';
CREATE INDEX lane_check_case ON consilium.lane_check (case_id, id);
SELECT consilium.enable_row_security('consilium.lane_check');
SELECT consilium.audited('consilium.lane_check', 'case', 'case_id', 'id');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consilium.lane_check
    FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
GRANT SELECT, INSERT (id, case_id, specialist_id, gate, lane, lawful, jurisdiction, licence_number, licence_expires_on,
    party_id, consent_id) ON consilium.lane_check TO consilium_app;
CREATE POLICY app_select_reader ON consilium.lane_check FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.reading_cases()));
CREATE POLICY app_insert_participant ON consilium.lane_check FOR INSERT TO consilium_app
    WITH CHECK (case_id IN (SELECT consilium.my_cases()));
GRANT SELECT, INSERT ON consilium.lane_check TO consilium_worker;
CREATE POLICY worker_all ON consilium.lane_check TO consilium_worker USING (true) WITH CHECK (true);

-- The evidence must be there now, that licence and this case's consent; and nothing is lawful without evidence.
CREATE FUNCTION consilium.check_evidence() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
CREATE TRIGGER evidence_exists BEFORE INSERT ON consilium.lane_check
    FOR EACH ROW EXECUTE FUNCTION consilium.check_evidence();

-- How busy each specialist is, as counts: cases accepted in the last seven days or waiting for the specialist's answer, and
-- cases in work. These numbers come from other people's cases; only the numbers leave.
CREATE FUNCTION consilium.specialist_loads() RETURNS TABLE (specialist_id uuid, taken integer, working integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT o.specialist_id,
        (count(*) FILTER (WHERE o.state = 'waiting' AND o.expires_at > clock_timestamp()
            OR o.state = 'accepted' AND o.decided_at > clock_timestamp() - interval '7 days'))::integer,
        (count(*) FILTER (WHERE o.state = 'accepted' AND c.state IN ('accepted', 'reviewing')))::integer
    FROM offer o JOIN clinical_case c ON c.id = o.case_id
    WHERE o.state IN ('waiting', 'accepted')
    GROUP BY o.specialist_id
$$;
GRANT EXECUTE ON FUNCTION consilium.specialist_loads() TO consilium_app, consilium_worker;

-- Whether the session may put a case to somebody: the case's own people, the candidate who declines it, the worker when the
-- candidate's time is over.
CREATE FUNCTION consilium.may_ask(the_case uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT session_user = 'consilium_worker'
        OR has_part(the_case, 'patient', 'caregiver', 'coordinator', 'candidate')
$$;
GRANT EXECUTE ON FUNCTION consilium.may_ask(uuid) TO consilium_app, consilium_worker;

-- Which candidates of a match were not asked yet, with what decides whether they can be. A candidate who declines cannot see
-- the earlier offers, and yet the case goes on to the next.
CREATE FUNCTION consilium.remaining_menu(the_match uuid)
RETURNS TABLE (specialist_id uuid, rank smallint, accepting boolean, capacity_left integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT m.specialist_id, m.rank, s.accepting, s.weekly_capacity - coalesce(l.taken, 0)
    FROM match_candidate m JOIN specialist s ON s.id = m.specialist_id
        LEFT JOIN specialist_loads() l ON l.specialist_id = m.specialist_id
    WHERE m.match_id = the_match AND may_ask(m.case_id)
        AND NOT EXISTS (SELECT FROM offer o WHERE o.match_id = m.match_id AND o.specialist_id = m.specialist_id)
        AND NOT EXISTS (SELECT FROM case_part p WHERE p.case_id = m.case_id AND p.account_id = m.specialist_id
            AND p.part NOT IN ('candidate', 'specialist') AND p.until IS NULL)
    ORDER BY m.rank
$$;
GRANT EXECUTE ON FUNCTION consilium.remaining_menu(uuid) TO consilium_app, consilium_worker;

-- Whether a consent is missing that the patient must have given before somebody is asked, or accepts the case. True for who may
-- not ask.
CREATE FUNCTION consilium.lacks_consent(the_case uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT NOT may_ask(the_case) OR EXISTS (SELECT FROM clinical_case c, unnest(ARRAY['second_opinion', 'records_release',
            CASE c.lane WHEN 'licensed' THEN 'telehealth' ELSE 'peer_to_peer' END]) AS k (kind)
        WHERE c.id = the_case AND NOT EXISTS (SELECT FROM consent n
            WHERE n.case_id = c.id AND n.kind = k.kind AND n.withdrawn_at IS NULL))
$$;
GRANT EXECUTE ON FUNCTION consilium.lacks_consent(uuid) TO consilium_app, consilium_worker;

-- Offers a case to one candidate of a match for a limited time: writes the offer and the candidate's part. NULL where the match
-- does not name the specialist, they have another part in the case, the case cannot be offered, or the time is longer than 30
-- days. The caller has locked the case, and moves its state.
CREATE FUNCTION consilium.ask_candidate(the_offer uuid, the_match uuid, the_specialist uuid, lasts interval)
RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.ask_candidate(uuid, uuid, uuid, interval) TO consilium_app, consilium_worker;

-- How the programme gets its specialists: two people propose and approve, the one who is meant accepts ----------------

CREATE TABLE consilium.specialist_proposal (
    id uuid PRIMARY KEY,
    state consilium.word NOT NULL
        CONSTRAINT specialist_proposal_state_known CHECK (state IN ('proposed', 'approved', 'joined', 'withdrawn')),
    email bytea,
    email_digest bytea CONSTRAINT specialist_proposal_email_digest_length CHECK (octet_length(email_digest) = 32),
    email_key text,
    token_digest bytea CONSTRAINT specialist_proposal_token_digest_unique UNIQUE,
    name text NOT NULL CONSTRAINT specialist_proposal_name_length CHECK (length(name) BETWEEN 1 AND 120),
    credentials text NOT NULL
        CONSTRAINT specialist_proposal_credentials_length CHECK (length(credentials) BETWEEN 1 AND 60),
    organisation_id uuid NOT NULL REFERENCES consilium.organisation,
    time_zone consilium.zone NOT NULL,
    taxonomy_codes text[] NOT NULL
        CONSTRAINT specialist_proposal_has_taxonomy CHECK (cardinality(taxonomy_codes) BETWEEN 1 AND 10),
    languages text[] NOT NULL
        CONSTRAINT specialist_proposal_has_language CHECK (cardinality(languages) BETWEEN 1 AND 20)
        CONSTRAINT specialist_proposal_languages_are_canonical CHECK (consilium.are_language_tags(languages)),
    peer_to_peer boolean NOT NULL,
    weekly_capacity integer NOT NULL
        CONSTRAINT specialist_proposal_weekly_capacity_in_range CHECK (weekly_capacity BETWEEN 0 AND 100),
    proposed_by uuid REFERENCES consilium.account,
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    approved_by uuid REFERENCES consilium.account,
    approved_at timestamptz,
    expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '14 days',
    joined_by uuid REFERENCES consilium.account,
    ended_at timestamptz,
    CONSTRAINT specialist_proposal_approved_has_time
        CHECK (state = 'withdrawn' OR (state IN ('approved', 'joined')) = (approved_at IS NOT NULL)),
    CONSTRAINT specialist_proposal_joined_by_somebody CHECK ((state = 'joined') = (joined_by IS NOT NULL)),
    CONSTRAINT specialist_proposal_forgets_address CHECK ((state IN ('joined', 'withdrawn')) = (email IS NULL)
        AND (email IS NULL) = (email_digest IS NULL) AND (email IS NULL) = (email_key IS NULL)),
    CONSTRAINT specialist_proposal_approved_has_token CHECK ((state = 'approved') = (token_digest IS NOT NULL)),
    CONSTRAINT specialist_proposal_ended_has_time CHECK ((state IN ('joined', 'withdrawn')) = (ended_at IS NOT NULL)),
    -- Two people of the programme, and neither of them the one who becomes a specialist.
    CONSTRAINT specialist_proposal_four_eyes CHECK (approved_by <> proposed_by),
    CONSTRAINT specialist_proposal_not_self CHECK (joined_by <> proposed_by AND joined_by <> approved_by)
);
COMMENT ON TABLE consilium.specialist_proposal IS
    'Nobody becomes a specialist through the gateway but by a row here that one person of the programme proposed and another, '
    'an operator, approved, and by the mail that was sent to its address.';
COMMENT ON COLUMN consilium.specialist_proposal.email IS
    'Who is meant, sealed by the service key, because the account is not known yet. Forgotten once the proposal is over '
    '(forget_proposal).';
COMMENT ON COLUMN consilium.specialist_proposal.email_digest IS
    'HMAC of that address by the look-up key that email_key names: one proposal of an address waits at a time.';
COMMENT ON COLUMN consilium.specialist_proposal.token_digest IS
    'SHA-256 of the secret of the mail with the address that it was sent to: it serves nobody else.';
COMMENT ON COLUMN consilium.specialist_proposal.name IS
    'With the columns up to weekly_capacity: the entry that they will have in the directory.';
COMMENT ON COLUMN consilium.specialist_proposal.proposed_by IS 'NULL: the owner''s command, which acts for nobody.';
COMMENT ON COLUMN consilium.specialist_proposal.expires_at IS
    'Until when it can be approved; once approved, until when the invitation can be accepted. Then the worker withdraws it '
    '(delete_expired_identity).';
CREATE UNIQUE INDEX specialist_proposal_one_per_address ON consilium.specialist_proposal (email_digest)
    WHERE state IN ('proposed', 'approved');
CREATE INDEX specialist_proposal_expires ON consilium.specialist_proposal (expires_at)
    WHERE state IN ('proposed', 'approved');
CREATE INDEX specialist_proposal_ended ON consilium.specialist_proposal (ended_at);
CREATE INDEX specialist_proposal_proposer ON consilium.specialist_proposal (proposed_by, proposed_at);
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('specialist_proposal', 'proposed', 'approved'), ('specialist_proposal', 'proposed', 'withdrawn'),
    ('specialist_proposal', 'approved', 'joined'), ('specialist_proposal', 'approved', 'withdrawn');
SELECT consilium.enable_row_security('consilium.specialist_proposal');
SELECT consilium.audited('consilium.specialist_proposal', 'programme', 'id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.specialist_proposal
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('specialist_proposal');
-- Every operator gets a mail about each, so that withdrawing one does not make place for another before the day is over.
CREATE TRIGGER quota_specialist_proposals BEFORE INSERT ON consilium.specialist_proposal
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_quota(
    'quota_specialist_proposals', 'proposed_by', '50', '',
    $$t.state IN ('proposed', 'approved') OR t.proposed_at > clock_timestamp() - interval '1 day'$$);
-- Not the digest of the secret: join_as_specialist takes it, so that it is as good as the secret itself.
GRANT SELECT (id, state, email, name, credentials, organisation_id, time_zone, taxonomy_codes, languages, peer_to_peer,
    weekly_capacity, proposed_by, proposed_at, approved_by, approved_at, expires_at, joined_by, ended_at)
    ON consilium.specialist_proposal TO consilium_app;
GRANT INSERT (id, state, email, email_digest, email_key, name, credentials, organisation_id, time_zone, taxonomy_codes,
    languages, peer_to_peer, weekly_capacity, proposed_by) ON consilium.specialist_proposal TO consilium_app;
CREATE POLICY app_select_staff ON consilium.specialist_proposal FOR SELECT TO consilium_app
    USING ((SELECT consilium.has_role('operator')) OR (SELECT consilium.has_role('coordinator')));
CREATE POLICY app_insert_proposer ON consilium.specialist_proposal FOR INSERT TO consilium_app
    WITH CHECK (state = 'proposed' AND proposed_by = (SELECT consilium.actor())
        AND ((SELECT consilium.has_role('operator')) OR (SELECT consilium.has_role('coordinator'))));
-- Whether a mail that invites is still to be sent, or an operator is still to be told.
GRANT SELECT (id, state, expires_at) ON consilium.specialist_proposal TO consilium_worker;
CREATE POLICY worker_select_state ON consilium.specialist_proposal FOR SELECT TO consilium_worker USING (true);

-- A proposal that is over keeps neither the address nor the digest of its mail's secret.
CREATE FUNCTION consilium.forget_proposal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.email := NULL;
    NEW.email_digest := NULL;
    NEW.email_key := NULL;
    NEW.token_digest := NULL;
    NEW.ended_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER clears_secrets BEFORE UPDATE OF state ON consilium.specialist_proposal
    FOR EACH ROW WHEN (NEW.state IN ('joined', 'withdrawn')) EXECUTE FUNCTION consilium.forget_proposal();

-- Nobody becomes a specialist of a retired organisation, at whichever step it was retired.
CREATE FUNCTION consilium.refuse_retired_organisation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM FROM organisation o WHERE o.id = NEW.organisation_id AND o.retired_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'retired' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'specialist_proposal_organisation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER organisation_in_use BEFORE INSERT OR UPDATE OF state ON consilium.specialist_proposal
    FOR EACH ROW WHEN (NEW.state <> 'withdrawn') EXECUTE FUNCTION consilium.refuse_retired_organisation();

-- Whether an account has one of these roles, which then nobody takes back until the transaction ends. Called before the
-- proposal is locked, because who takes a role back locks the role first as well (take_role, close_account).
CREATE FUNCTION consilium.lock_role(the_account uuid, VARIADIC the_roles text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM FROM account_role r WHERE r.account_id = the_account AND r.role = ANY (the_roles) FOR SHARE;
    RETURN FOUND;
END
$$;

-- Called first by whoever proposes: nobody else proposes that address until the transaction ends, and proposals of it that are
-- too old are withdrawn. False where a proposal of it, or its invitation, waits; who proposes may read them all.
CREATE FUNCTION consilium.claim_proposal(digests bytea[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.claim_proposal(bytea[]) TO consilium_app;

-- The operators who can approve a proposal: whom to tell of it. Ids leave, and only for who may propose.
CREATE FUNCTION consilium.approvers_of(the_proposal uuid) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN QUERY
        SELECT r.account_id FROM specialist_proposal p JOIN account_role r ON r.role = 'operator'
        WHERE p.id = the_proposal AND p.state = 'proposed' AND p.proposed_by = actor() AND r.account_id <> actor()
        ORDER BY r.account_id;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.approvers_of(uuid) TO consilium_app;

-- Approves a proposal of somebody else who is of the programme still: the invitation counts for two weeks. False where there
-- is none for this operator.
CREATE FUNCTION consilium.approve_specialist(the_proposal uuid, token bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.approve_specialist(uuid, bytea) TO consilium_app;

-- Withdraws a proposal or its invitation: an operator, or the coordinator who proposed.
CREATE FUNCTION consilium.withdraw_specialist(the_proposal uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE specialist_proposal p SET state = 'withdrawn'
    WHERE p.id = the_proposal AND p.state IN ('proposed', 'approved')
        AND (has_role('operator') OR has_role('coordinator') AND p.proposed_by = actor());
    RETURN FOUND;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.withdraw_specialist(uuid) TO consilium_app;

-- The actor accepts the invitation of a mail, by the digest of its secret with their own address: the one way through the
-- gateway to the role `specialist`, and to an entry in the directory. The coordinators are asked to record the licences,
-- without which no lane is open. Returns the proposal; NULL where there is none for this account, they are a specialist
-- already, or the proposer or the approver is not of the programme any more (the owner's command is nobody).
CREATE FUNCTION consilium.join_as_specialist(token bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.join_as_specialist(bytea) TO consilium_app;

-- How many proposals wait for an operator, and how many invitations for their reader: for the gateway's metrics.
CREATE FUNCTION consilium.specialist_backlog(OUT proposed integer, OUT approved integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT count(*) FILTER (WHERE p.state = 'proposed')::integer, count(*) FILTER (WHERE p.state = 'approved')::integer
    FROM specialist_proposal p WHERE p.state IN ('proposed', 'approved') AND p.expires_at > clock_timestamp()
$$;
GRANT EXECUTE ON FUNCTION consilium.specialist_backlog() TO consilium_app;

-- Withdraws the invitations that somebody sent and nobody accepted, and what they proposed or approved as one of the programme:
-- specialists who have not joined, factors that are not replaced.
CREATE FUNCTION consilium.end_invitations(the_account uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.end_invitations(uuid) TO consilium_app;

-- Forgets a person whose account is closed: the key under which name, address, contact, secrets and the traces of sign-ins
-- are sealed, and the digest by which the address was found. What is kept: the id, the audit log, and the cases, which
-- are sealed by keys of their own. False where there is no such closed account, or nothing is left of it.
CREATE FUNCTION consilium.erase_person(the_account uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.erase_person(uuid) TO consilium_app;
