-- Cases: the request, who takes part in it, consents, intake, records and files, first read, opinion, outcome, tasks,
-- invitations, and emergency access.

-- What policies ask ---------------------------------------------------------------------------------------------------

-- Whether the actor has one of these parts in a case now. These functions read the actor once, and not for each row.
CREATE FUNCTION consilium.has_part(the_case uuid, VARIADIC parts text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN EXISTS (SELECT FROM case_part p
        WHERE p.case_id = the_case AND p.account_id = me AND p.until IS NULL AND p.part = ANY (parts));
END
$$;
GRANT EXECUTE ON FUNCTION consilium.has_part(uuid, text[]) TO consilium_app;
-- enforce_mover calls it, whoever moves.
GRANT EXECUTE ON FUNCTION consilium.has_part(uuid, text[]) TO consilium_worker;

-- The case's own people read its entries; an account its own; an operator the programme's.
CREATE POLICY app_select_permitted_chain ON consilium.audit_entry FOR SELECT TO consilium_app USING (
    (chain_kind = 'case' AND consilium.has_part(chain_id, 'patient', 'caregiver', 'coordinator'))
    OR (chain_kind = 'account' AND chain_id = (SELECT consilium.actor()))
    OR (chain_kind = 'programme' AND (SELECT consilium.has_role('operator'))));

-- The cases in which the actor has a part now.
CREATE FUNCTION consilium.my_cases() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN QUERY
        SELECT p.case_id FROM case_part p WHERE p.account_id = me AND p.until IS NULL;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.my_cases() TO consilium_app;

-- Those of them that the actor may read: not a candidate's, nor those of a clinician who was only asked for records.
CREATE FUNCTION consilium.reading_cases() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN QUERY
        SELECT p.case_id FROM case_part p WHERE p.account_id = me AND p.until IS NULL AND p.reads_case;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.reading_cases() TO consilium_app;

-- The people with whom the actor shares a case; a candidate shares none. Who does not read the case sees its patient alone.
CREATE FUNCTION consilium.my_people() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN QUERY
        SELECT other.account_id FROM case_part mine JOIN case_part other USING (case_id)
        WHERE mine.account_id = me AND mine.until IS NULL AND mine.part <> 'candidate'
            AND other.until IS NULL AND other.part <> 'candidate' AND (mine.reads_case OR other.part = 'patient');
END
$$;
GRANT EXECUTE ON FUNCTION consilium.my_people() TO consilium_app;

CREATE POLICY app_select_name_of_participant ON consilium.account_particular FOR SELECT TO consilium_app
    USING (kind = 'name' AND account_id IN (SELECT consilium.my_people()));
CREATE POLICY app_select_participant ON consilium.person_key FOR SELECT TO consilium_app
    USING (account_id IN (SELECT consilium.my_people()));

-- The patients of the cases that the actor reads, by this part or by any.
CREATE FUNCTION consilium.my_patients(the_part text DEFAULT NULL) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN QUERY
        SELECT c.patient_id FROM case_part p JOIN clinical_case c ON c.id = p.case_id
        WHERE p.account_id = actor() AND p.until IS NULL AND p.reads_case AND (the_part IS NULL OR p.part = the_part);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.my_patients(text) TO consilium_app;

-- The e-mail address is contact too.
CREATE POLICY app_select_coordinated_patient ON consilium.account FOR SELECT TO consilium_app
    USING (id IN (SELECT consilium.my_patients('coordinator')));
CREATE POLICY app_select_birth_of_patient ON consilium.account_particular FOR SELECT TO consilium_app
    USING (kind = 'birth' AND account_id IN (SELECT consilium.my_patients()));
CREATE POLICY app_select_contact_of_patient ON consilium.account_particular FOR SELECT TO consilium_app
    USING (kind = 'contact' AND account_id IN (SELECT consilium.my_patients('coordinator')));

-- The participants of the cases that the actor reads by emergency access; and for a case's own people, those who read it so.
CREATE FUNCTION consilium.emergency_people() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.emergency_people() TO consilium_app;

-- Both can be named: who read, and whom it is about.
CREATE POLICY app_select_emergency_name ON consilium.account_particular FOR SELECT TO consilium_app
    USING (kind = 'name' AND account_id IN (SELECT consilium.emergency_people()));
CREATE POLICY app_select_emergency ON consilium.person_key FOR SELECT TO consilium_app
    USING (account_id IN (SELECT consilium.emergency_people()));

-- Who may open a case in an emergency: a specialist of the programme, or an operator. What they opened ends with the role.
CREATE FUNCTION consilium.may_open_in_emergency(the_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM account_role r
        WHERE r.account_id = the_person AND r.role IN ('specialist', 'operator'));
END
$$;

-- The cases that the actor reads by emergency access now.
CREATE FUNCTION consilium.emergency_cases() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN QUERY SELECT e.case_id FROM emergency_access e
    WHERE e.account_id = me AND e.until > clock_timestamp() AND may_open_in_emergency(me);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.emergency_cases() TO consilium_app;

-- Refuses a change of "state" that is not the actor's to make (transition.parts); the trigger's arguments are the machine
-- and the column with the case's id. The owner's commands act for nobody. Who ends somebody's access moves what depended on it.
CREATE FUNCTION consilium.enforce_mover() RETURNS trigger
LANGUAGE plpgsql AS $$
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

-- The case and who takes part in it -----------------------------------------------------------------------------------

CREATE TABLE consilium.clinical_case (
    id uuid PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES consilium.account,
    state consilium.word NOT NULL CONSTRAINT clinical_case_state_known CHECK (state IN (
        'draft', 'submitted', 'collecting', 'ready', 'offered', 'accepted', 'reviewing', 'opined', 'delivered',
        'follow_up', 'closed', 'withdrawn', 'unable')),
    blinded boolean NOT NULL,
    lane consilium.word NOT NULL CONSTRAINT clinical_case_lane_known CHECK (lane IN ('licensed', 'peer_to_peer')),
    jurisdiction consilium.jurisdiction NOT NULL,
    language consilium.language_tag NOT NULL,
    reason bytea NOT NULL,
    specialist_id uuid REFERENCES consilium.account,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    submitted_at timestamptz,
    first_accepted_at timestamptz,
    ended_at timestamptz,
    unable_reason consilium.word CONSTRAINT clinical_case_unable_reason_known CHECK (unable_reason IN
        ('no_lane', 'nobody_accepts', 'no_records', 'patient_unreachable', 'other')),
    CONSTRAINT clinical_case_specialist_not_patient CHECK (specialist_id IS DISTINCT FROM patient_id),
    CONSTRAINT clinical_case_reason_of_unable CHECK (unable_reason IS NULL OR state = 'unable')
);
COMMENT ON TABLE consilium.clinical_case IS 'One request for a second opinion by one patient about one condition.';
COMMENT ON COLUMN consilium.clinical_case.blinded IS
    'Whether the specialist reads first what does not reveal the earlier opinion; fixed at submission.';
COMMENT ON COLUMN consilium.clinical_case.lane IS
    'The licence lane that the patient asks for; matching may only offer this one.';
COMMENT ON COLUMN consilium.clinical_case.jurisdiction IS
    'Where the patient lives, copied from their account at creation, at submission and with a correction of the lane: it '
    'decides which licence is needed.';
COMMENT ON COLUMN consilium.clinical_case.reason IS
    'The coarse reason for review, sealed by the case key. It must not reveal the earlier opinion. The condition is intake.';
COMMENT ON COLUMN consilium.clinical_case.specialist_id IS 'The specialist who accepted.';
COMMENT ON COLUMN consilium.clinical_case.first_accepted_at IS
    'When a specialist first accepted the case: from then on somebody may have read its files, also after the case was '
    'reassigned.';
COMMENT ON COLUMN consilium.clinical_case.unable_reason IS 'Why no opinion could be given.';
CREATE INDEX clinical_case_patient ON consilium.clinical_case (patient_id, id);
CREATE INDEX clinical_case_specialist ON consilium.clinical_case (specialist_id, id);
INSERT INTO consilium.transition (machine, source, target, parts) VALUES
    ('case', 'draft', 'submitted', '{patient,caregiver}'),
    -- When a clinician removes a file that was a mistake, its record is missing (open_record_task).
    ('case', 'submitted', 'collecting', '{patient,caregiver,treating_clinician,coordinator}'),
    ('case', 'submitted', 'ready', '{coordinator}'),
    ('case', 'collecting', 'ready', '{coordinator}'),
    -- A case that comes back from an offer waits for records that are missing by then (wait_for_records).
    ('case', 'ready', 'collecting', '{patient,caregiver,treating_clinician,candidate,coordinator,worker}'),
    ('case', 'ready', 'offered', '{patient,caregiver,coordinator}'),
    ('case', 'offered', 'ready', '{patient,caregiver,candidate,coordinator,worker}'),
    ('case', 'offered', 'accepted', '{specialist}'),
    ('case', 'accepted', 'ready', '{coordinator}'),
    ('case', 'accepted', 'reviewing', '{specialist}'),
    ('case', 'reviewing', 'ready', '{coordinator}'),
    ('case', 'reviewing', 'opined', '{specialist}'),
    ('case', 'opined', 'delivered', '{specialist}'),
    ('case', 'delivered', 'follow_up', '{patient,caregiver,coordinator}'),
    ('case', 'delivered', 'closed', '{patient,caregiver,coordinator}'),
    ('case', 'follow_up', 'closed', '{patient,caregiver,coordinator}');
INSERT INTO consilium.transition (machine, source, target, parts)
SELECT 'case', source, target, CASE target WHEN 'withdrawn' THEN '{patient,caregiver}' ELSE '{coordinator}' END::text[]
FROM unnest(ARRAY['draft', 'submitted', 'collecting', 'ready', 'offered', 'accepted', 'reviewing']) source,
    unnest(ARRAY['withdrawn', 'unable']) target
WHERE NOT (source = 'draft' AND target = 'unable');
SELECT consilium.enable_row_security('consilium.clinical_case');
SELECT consilium.audited('consilium.clinical_case', 'case', 'id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.clinical_case
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('case');
CREATE TRIGGER enforce_mover BEFORE UPDATE OF state ON consilium.clinical_case
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_mover('case', 'id');
-- Set once, by the state alone.
CREATE FUNCTION consilium.set_first_accepted() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.first_accepted_at := CASE TG_OP WHEN 'UPDATE' THEN OLD.first_accepted_at END;
    IF NEW.first_accepted_at IS NULL AND NEW.state IN (
        'accepted', 'reviewing', 'opined', 'delivered', 'follow_up', 'closed') THEN
        NEW.first_accepted_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER set_first_accepted BEFORE INSERT OR UPDATE ON consilium.clinical_case
    FOR EACH ROW EXECUTE FUNCTION consilium.set_first_accepted();
GRANT SELECT, INSERT (id, patient_id, state, blinded, lane, jurisdiction, language, reason)
    ON consilium.clinical_case TO consilium_app;
GRANT UPDATE (state, blinded, lane, jurisdiction, language, reason, specialist_id, version, submitted_at, ended_at,
    unable_reason) ON consilium.clinical_case TO consilium_app;
CREATE POLICY app_insert_patient_side ON consilium.clinical_case FOR INSERT TO consilium_app
    WITH CHECK (state = 'draft' AND (patient_id = (SELECT consilium.actor())
        OR EXISTS (SELECT FROM consilium.caregiver_grant g WHERE g.patient_id = clinical_case.patient_id
            AND g.caregiver_id = (SELECT consilium.actor()) AND g.state = 'active')));
CREATE POLICY app_update_mover ON consilium.clinical_case FOR UPDATE TO consilium_app USING (
    consilium.has_part(id, 'patient', 'caregiver', 'candidate', 'specialist', 'coordinator'));
-- `CaseQuota` in Swift says the same numbers to callers, and its tests compare the two. The quotas of files come after
-- derive_from_record, which sets a file's case.
CREATE TRIGGER quota_open_cases BEFORE INSERT ON consilium.clinical_case FOR EACH ROW EXECUTE FUNCTION consilium.enforce_quota(
    'quota_open_cases', 'patient_id', '20', '', $$t.state NOT IN ('closed', 'withdrawn', 'unable')$$);
-- The worker lets offers lapse and asks the next candidate; it reads no clinical column.
GRANT SELECT (id, patient_id, state, blinded, lane, jurisdiction, language, specialist_id, version, created_at,
    submitted_at, ended_at) ON consilium.clinical_case TO consilium_worker;
GRANT UPDATE (state, version) ON consilium.clinical_case TO consilium_worker;
CREATE POLICY worker_all ON consilium.clinical_case TO consilium_worker USING (true);
CREATE POLICY app_select_emergency ON consilium.clinical_case FOR SELECT TO consilium_app
    USING (id IN (SELECT consilium.emergency_cases()));

CREATE TABLE consilium.case_part (
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    account_id uuid NOT NULL REFERENCES consilium.account,
    part consilium.word NOT NULL CONSTRAINT case_part_part_known CHECK (part IN (
        'patient', 'caregiver', 'candidate', 'specialist', 'colleague', 'treating_clinician', 'coordinator')),
    reads_case boolean NOT NULL DEFAULT false,
    sees_prior boolean NOT NULL DEFAULT false,
    reads_opinion boolean NOT NULL DEFAULT false,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    until timestamptz,
    PRIMARY KEY (case_id, account_id)
);
COMMENT ON TABLE consilium.case_part IS
    'Who takes part in a case as what, and what that lets them read. Every policy on clinical tables asks this table, but '
    'for reading by emergency access. The rights follow from the part (set_part_rights).';
COMMENT ON COLUMN consilium.case_part.reads_case IS
    'Intake, records, messages. A candidate decides on the coarse reason alone.';
COMMENT ON COLUMN consilium.case_part.sees_prior IS
    'What reveals the earlier opinion. A blinded specialist gets it with the signed first read.';
COMMENT ON COLUMN consilium.case_part.reads_opinion IS 'The signed opinion and first read.';
COMMENT ON COLUMN consilium.case_part.until IS 'When the part ended; NULL while it lasts.';
CREATE INDEX case_part_account ON consilium.case_part (account_id, case_id) WHERE until IS NULL;
SELECT consilium.enable_row_security('consilium.case_part');
SELECT consilium.audited('consilium.case_part', 'case', 'case_id', 'account_id');
-- Only functions insert parts: add_first_parts, sync_caregiver_parts, add_coordinators, add_coordinator_to_cases,
-- ask_candidate, add_colleague and accept_invitation. Through the gateway a part can end, and a candidate's can become the
-- specialist's (enforce_part_change says when). Who does not read the case sees its patient's side; a candidate also sees the
-- clinician of the peer-to-peer lane.
GRANT SELECT, UPDATE (part, until) ON consilium.case_part TO consilium_app;
CREATE POLICY app_select_own_or_reader ON consilium.case_part FOR SELECT TO consilium_app USING (
    account_id = (SELECT consilium.actor()) OR case_id IN (SELECT consilium.reading_cases())
    OR (part IN ('patient', 'caregiver') AND consilium.has_part(case_id, 'treating_clinician'))
    OR (part = 'treating_clinician' AND reads_case AND consilium.has_part(case_id, 'candidate')));
CREATE POLICY app_update_candidate_or_case_side ON consilium.case_part FOR UPDATE TO consilium_app
    USING (until IS NULL AND ((account_id = (SELECT consilium.actor()) AND part = 'candidate')
        OR (part IN ('candidate', 'specialist', 'colleague', 'treating_clinician')
            AND consilium.has_part(case_id, 'coordinator', 'patient', 'caregiver'))))
    WITH CHECK (part IN ('candidate', 'specialist', 'colleague', 'treating_clinician'));
GRANT SELECT, UPDATE (until) ON consilium.case_part TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.case_part FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_update_ends_candidate ON consilium.case_part FOR UPDATE TO consilium_worker USING (true)
    WITH CHECK (part = 'candidate' AND until IS NOT NULL);
CREATE POLICY app_select_emergency ON consilium.case_part FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_participant ON consilium.clinical_case FOR SELECT TO consilium_app USING (
    patient_id = (SELECT consilium.actor()) OR EXISTS (SELECT FROM consilium.case_part p
        WHERE p.case_id = clinical_case.id AND p.account_id = (SELECT consilium.actor()) AND p.until IS NULL));

CREATE TABLE consilium.case_key (
    case_id uuid PRIMARY KEY REFERENCES consilium.clinical_case,
    wrapped bytea,
    master_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    CONSTRAINT case_key_wrapped_until_destroyed CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
COMMENT ON TABLE consilium.case_key IS 'The data key of each case.';
COMMENT ON COLUMN consilium.case_key.wrapped IS
    'The key, wrapped by the master key that master_key names; NULL once it was destroyed.';
CREATE INDEX case_key_master ON consilium.case_key (master_key);
SELECT consilium.enable_row_security('consilium.case_key');
SELECT consilium.audited('consilium.case_key', 'case', 'case_id', 'case_id');
GRANT SELECT, INSERT ON consilium.case_key TO consilium_app;
GRANT UPDATE (wrapped, destroyed_at) ON consilium.case_key TO consilium_app;
CREATE POLICY app_select_participant ON consilium.case_key FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.my_cases()));
CREATE POLICY app_insert_patient_side ON consilium.case_key FOR INSERT TO consilium_app
    WITH CHECK (consilium.has_part(case_id, 'patient', 'caregiver'));
-- A key is never overwritten, only destroyed, and not the key of a case that somebody works on.
CREATE POLICY app_update_destroys ON consilium.case_key FOR UPDATE TO consilium_app
    USING (consilium.has_part(case_id, 'patient', 'coordinator') AND EXISTS (SELECT FROM consilium.clinical_case c
        WHERE c.id = case_key.case_id AND c.state IN ('draft', 'closed', 'withdrawn', 'unable')))
    WITH CHECK (wrapped IS NULL);
CREATE POLICY app_select_emergency ON consilium.case_key FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));

-- Consents ------------------------------------------------------------------------------------------------------------

CREATE TABLE consilium.consent_wording (
    name consilium.word PRIMARY KEY,
    kind consilium.word NOT NULL CONSTRAINT consent_wording_kind_known CHECK (kind IN (
        'second_opinion', 'telehealth', 'records_release', 'peer_to_peer', 'treating_clinician', 'panel')),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    retired_at timestamptz,
    CONSTRAINT consent_wording_of_kind UNIQUE (name, kind)
);
COMMENT ON TABLE consilium.consent_wording IS
    'What patients are asked to agree to: each version has a name. What somebody may have agreed to never changes and is '
    'never removed: a new version has a new name. Plain, and read by everybody who is signed in.';
COMMENT ON COLUMN consilium.consent_wording.retired_at IS 'From when on nobody agrees to it any more.';
-- What the programme begins with; `consilium import consent-wordings` adds others.
INSERT INTO consilium.consent_wording (name, kind) VALUES
    ('second_opinion.2026-01', 'second_opinion'), ('telehealth.2026-01', 'telehealth'),
    ('records_release.2026-01', 'records_release'), ('peer_to_peer.2026-01', 'peer_to_peer'),
    ('treating_clinician.2026-01', 'treating_clinician'), ('panel.2026-01', 'panel'),
    -- What accepting another opening with further specialists means; shown where it is accepted.
    ('panel.offer_accepted', 'panel');
CREATE TRIGGER immutable BEFORE UPDATE OF name, kind, since OR DELETE ON consilium.consent_wording
    FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
-- They hold no person's data: everybody who is signed in reads them.
GRANT SELECT ON consilium.consent_wording TO consilium_app, consilium_worker;

CREATE TABLE consilium.consent_text (
    wording consilium.word NOT NULL REFERENCES consilium.consent_wording,
    language consilium.language_tag NOT NULL,
    body text NOT NULL CONSTRAINT consent_text_length CHECK (length(body) BETWEEN 1 AND 20000),
    PRIMARY KEY (wording, language)
);
COMMENT ON TABLE consilium.consent_text IS 'The text of a wording in each language.';
-- Each sentence says what the service does, and no more than it can promise.
INSERT INTO consilium.consent_text (wording, language, body) VALUES
    ('second_opinion.2026-01', 'en', 'I ask for a second opinion on my diagnosis or treatment. A specialist of this '
        'programme reads what I send and writes an opinion. It is advice: it does not replace the care of my own '
        'clinicians, and in an emergency I call the emergency services. I can withdraw this consent: then no opinion is '
        'signed until I give it again. An opinion that is signed already stays.'),
    ('telehealth.2026-01', 'en', 'I agree to meet the specialist by video. The specialist cannot examine me, and a '
        'connection can fail: then we can agree on another time. I will be at a place where I can speak in private, and I '
        'will say truly in which state I am. This service makes no recording of the meeting. It cannot prevent that '
        'somebody who takes part makes one.'),
    ('records_release.2026-01', 'en', 'I allow the people who work on my case to read the records that I send or have sent: '
        'who acts for me, the coordinators from when I submit the case, the specialist who accepts it, and the clinicians and '
        'further specialists to whom I agreed. In an emergency somebody else of the programme can read my case for an hour: they '
        'must give a reason, and I am told. Whoever reads is written down, and I can see who did. I can withdraw this consent: '
        'then my case goes no further, and no opinion is signed, until I give it again. Who takes part in my case can read it '
        'all the same. If I want the specialists and clinicians to stop reading, I withdraw the case, which I can do until the '
        'opinion is signed. The coordinators can read it after that too.'),
    ('peer_to_peer.2026-01', 'en', 'I agree that the specialist speaks with my treating clinician instead of with me. The '
        'clinician whom I ask for this reads my case, meets the specialist, and gets the opinion, which I get too. I can '
        'withdraw this consent, or, as long as no specialist is asked, choose to meet the specialist myself: then that '
        'clinician no longer reads my case, and a consult that is booked with them is cancelled. If I asked them to read the '
        'opinion as well, they still get it.'),
    ('treating_clinician.2026-01', 'en', 'I agree that clinicians who treat me are asked to take part in my case: to send '
        'records, to read the opinion, or to speak with the specialist, as I say for each. This service asks none of them '
        'unless I, or somebody who acts for me, wants it. I can withdraw this consent: then none of them takes part any '
        'longer, and a consult that is booked with one of them is cancelled.'),
    ('panel.2026-01', 'en', 'I agree that my specialist, or a coordinator, brings further specialists into my case. They '
        'read what my specialist reads, and can sit in my consults. I can withdraw this consent: then they read nothing more, '
        'my consults go on without them, and a consult with one of them alone is cancelled.'),
    ('panel.offer_accepted', 'en', 'By accepting this time I agree that the specialist whom it is with is brought into my '
        'case. From then on they read what my specialist reads, also after this consult, and my specialist or a coordinator '
        'can bring in further specialists in the same way. I can withdraw this consent: then they read nothing more, and a '
        'consult with one of them alone is cancelled.');
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON consilium.consent_text
    FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
GRANT SELECT ON consilium.consent_text TO consilium_app, consilium_worker;

CREATE TABLE consilium.consent (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    kind consilium.word NOT NULL CONSTRAINT consent_kind_known CHECK (kind IN (
        'second_opinion', 'telehealth', 'records_release', 'peer_to_peer', 'treating_clinician', 'panel')),
    wording consilium.word NOT NULL,
    given_by uuid NOT NULL REFERENCES consilium.account,
    given_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    withdrawn_at timestamptz,
    CONSTRAINT consent_names_wording FOREIGN KEY (wording, kind) REFERENCES consilium.consent_wording (name, kind)
);
COMMENT ON TABLE consilium.consent IS 'What patients agreed to, and took back. Evidence: given once, withdrawn once.';
COMMENT ON COLUMN consilium.consent.wording IS 'Which wording was shown.';
CREATE UNIQUE INDEX consent_one_in_force ON consilium.consent (case_id, kind) WHERE withdrawn_at IS NULL;
SELECT consilium.enable_row_security('consilium.consent');
SELECT consilium.audited('consilium.consent', 'case', 'case_id', 'id');
-- A consent is evidence: its giver gives it, now; it is withdrawn once.
GRANT SELECT, INSERT (id, case_id, kind, wording, given_by), UPDATE (withdrawn_at) ON consilium.consent
    TO consilium_app;
CREATE POLICY app_select_reader_or_candidate ON consilium.consent FOR SELECT TO consilium_app USING (
    case_id IN (SELECT consilium.reading_cases())
    OR (kind = 'peer_to_peer' AND consilium.has_part(case_id, 'candidate')));
CREATE POLICY app_insert_patient_side ON consilium.consent FOR INSERT TO consilium_app
    WITH CHECK (given_by = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'patient', 'caregiver'));
CREATE POLICY app_update_withdraws ON consilium.consent FOR UPDATE TO consilium_app
    USING (withdrawn_at IS NULL AND consilium.has_part(case_id, 'patient', 'caregiver'))
    WITH CHECK (withdrawn_at IS NOT NULL);
GRANT SELECT ON consilium.consent TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.consent FOR SELECT TO consilium_worker USING (true);
CREATE POLICY app_select_emergency ON consilium.consent FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));

-- Nobody agrees to a wording that was retired: its row is locked, so that it is not retired before the commit.
CREATE FUNCTION consilium.check_wording_in_force() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
CREATE TRIGGER wording_in_force BEFORE INSERT ON consilium.consent
    FOR EACH ROW EXECUTE FUNCTION consilium.check_wording_in_force();

-- Intake, records and files -------------------------------------------------------------------------------------------

CREATE TABLE consilium.intake_part (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    kind consilium.word NOT NULL CONSTRAINT intake_part_kind_known CHECK (kind IN (
        'condition', 'symptoms', 'history', 'medicines', 'allergies', 'diagnosis', 'treatment', 'goals', 'question')),
    ordinal smallint NOT NULL DEFAULT 0,
    reveals_prior boolean NOT NULL,
    body bytea NOT NULL,
    -- Safety facts are never withheld.
    CONSTRAINT intake_part_safety_facts_shown CHECK (NOT (kind IN ('medicines', 'allergies') AND reveals_prior)),
    CONSTRAINT intake_part_one_per_place UNIQUE (case_id, kind, ordinal)
);
COMMENT ON TABLE consilium.intake_part IS
    'What the patient''s side says about the condition. Written while the case is a draft.';
COMMENT ON COLUMN consilium.intake_part.reveals_prior IS
    'Whether it reveals the earlier opinion, and is withheld from a blinded specialist.';
COMMENT ON COLUMN consilium.intake_part.body IS 'Sealed by the case key.';
SELECT consilium.enable_row_security('consilium.intake_part');
SELECT consilium.audited('consilium.intake_part', 'case', 'case_id', 'id');
-- Written while the case is a draft; after that it is what the opinion answers.
GRANT SELECT, INSERT, DELETE ON consilium.intake_part TO consilium_app;
CREATE POLICY app_select_reader ON consilium.intake_part FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = intake_part.case_id
        AND p.account_id = (SELECT consilium.actor()) AND p.until IS NULL
        AND p.reads_case AND (p.sees_prior OR NOT intake_part.reveals_prior)));
CREATE POLICY app_insert_draft ON consilium.intake_part FOR INSERT TO consilium_app
    WITH CHECK (consilium.has_part(case_id, 'patient', 'caregiver') AND EXISTS (SELECT FROM consilium.clinical_case c
        WHERE c.id = intake_part.case_id AND c.state = 'draft'));
CREATE POLICY app_delete_draft ON consilium.intake_part FOR DELETE TO consilium_app
    USING (consilium.has_part(case_id, 'patient', 'caregiver') AND EXISTS (SELECT FROM consilium.clinical_case c
        WHERE c.id = intake_part.case_id AND c.state = 'draft'));
CREATE POLICY app_select_emergency ON consilium.intake_part FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));

CREATE TABLE consilium.record (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    kind consilium.word NOT NULL CONSTRAINT record_kind_known CHECK (kind IN (
        'pathology_report', 'imaging_report', 'referral_letter', 'clinic_note', 'operative_note', 'imaging', 'slides',
        'lab_values', 'medication_list', 'other')),
    state consilium.word NOT NULL CONSTRAINT record_state_known CHECK (state IN ('asked', 'received', 'waived')),
    reveals_prior boolean NOT NULL,
    title bytea NOT NULL,
    added_by uuid NOT NULL REFERENCES consilium.account,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT record_safety_facts_shown CHECK (NOT (kind = 'medication_list' AND reveals_prior))
);
COMMENT ON TABLE consilium.record IS 'One thing that the case needs, as a pathology report: asked for, received or waived.';
COMMENT ON COLUMN consilium.record.reveals_prior IS
    'Whether it reveals the earlier opinion, and is withheld from a blinded specialist.';
COMMENT ON COLUMN consilium.record.title IS 'Sealed by the case key.';
CREATE INDEX record_case ON consilium.record (case_id, id);
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('record', 'asked', 'received'), ('record', 'asked', 'waived'), ('record', 'waived', 'asked'),
    ('record', 'waived', 'received'),
    -- What was received was a mistake.
    ('record', 'received', 'asked');
SELECT consilium.enable_row_security('consilium.record');
SELECT consilium.audited('consilium.record', 'case', 'case_id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.record
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('record');
-- A treating clinician who was only asked for records sees the ones they sent.
GRANT SELECT, INSERT ON consilium.record TO consilium_app;
GRANT UPDATE (state, reveals_prior, title, version) ON consilium.record TO consilium_app;
CREATE POLICY app_select_reader_or_own ON consilium.record FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = record.case_id
        AND p.account_id = (SELECT consilium.actor()) AND p.until IS NULL
        AND ((p.reads_case AND (p.sees_prior OR NOT record.reveals_prior))
            OR (p.part = 'treating_clinician' AND record.added_by = p.account_id))));
CREATE POLICY app_insert_own ON consilium.record FOR INSERT TO consilium_app WITH CHECK (
    added_by = (SELECT consilium.actor())
    AND consilium.has_part(case_id, 'patient', 'caregiver', 'specialist', 'treating_clinician', 'coordinator'));
CREATE POLICY app_update_case_side_or_own ON consilium.record FOR UPDATE TO consilium_app USING (
    consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator')
    OR (added_by = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'treating_clinician')));
-- Whether a case still waits for any, before its people are told so.
GRANT SELECT (id, case_id, state) ON consilium.record TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.record FOR SELECT TO consilium_worker USING (true);
CREATE TRIGGER quota_records BEFORE INSERT ON consilium.record FOR EACH ROW EXECUTE FUNCTION consilium.enforce_quota(
    'quota_records', 'case_id', '200', '', 'true');
CREATE POLICY app_select_emergency ON consilium.record FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));

CREATE TABLE consilium.record_file (
    id uuid PRIMARY KEY,
    record_id uuid NOT NULL REFERENCES consilium.record,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    reveals_prior boolean NOT NULL,
    state consilium.word NOT NULL CONSTRAINT record_file_state_known CHECK (state IN ('uploading', 'complete')),
    metadata bytea NOT NULL,
    length bigint NOT NULL DEFAULT 0 CONSTRAINT record_file_length_not_negative CHECK (length >= 0),
    received_bytes bigint NOT NULL DEFAULT 0 CONSTRAINT record_file_received_bytes_not_negative CHECK (received_bytes >= 0),
    chunks integer NOT NULL DEFAULT 0,
    added_by uuid NOT NULL REFERENCES consilium.account,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at timestamptz,
    entered_in_error_at timestamptz,
    CONSTRAINT record_file_error_was_whole CHECK (entered_in_error_at IS NULL OR state = 'complete')
);
COMMENT ON TABLE consilium.record_file IS
    'The files of a record. Case and reveals_prior follow the record (derive_from_record).';
COMMENT ON COLUMN consilium.record_file.metadata IS
    'Name, media type and, once complete, the SHA-256 of the content, sealed by the case key.';
COMMENT ON COLUMN consilium.record_file.length IS 'As announced, in bytes.';
COMMENT ON COLUMN consilium.record_file.entered_in_error_at IS
    'Since when the file is marked as a mistake: another person''s, or not true any more. It stays, because a specialist may '
    'have read it; before that it is removed. The database sets the instant.';
CREATE INDEX record_file_record ON consilium.record_file (record_id, id);
CREATE INDEX record_file_case ON consilium.record_file (case_id);
CREATE INDEX record_file_unfinished ON consilium.record_file (added_by) WHERE state = 'uploading';
INSERT INTO consilium.transition (machine, source, target) VALUES ('record_file', 'uploading', 'complete');
SELECT consilium.enable_row_security('consilium.record_file');
SELECT consilium.audited('consilium.record_file', 'case', 'case_id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.record_file
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('record_file');
GRANT SELECT, INSERT, DELETE ON consilium.record_file TO consilium_app;
GRANT UPDATE (state, metadata, received_bytes, chunks, completed_at, entered_in_error_at) ON consilium.record_file
    TO consilium_app;
CREATE POLICY app_select_reader_or_own ON consilium.record_file FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = record_file.case_id
        AND p.account_id = (SELECT consilium.actor()) AND p.until IS NULL
        AND ((p.reads_case AND (p.sees_prior OR NOT record_file.reveals_prior))
            OR (p.part = 'treating_clinician' AND record_file.added_by = p.account_id))));
CREATE POLICY app_insert_own ON consilium.record_file FOR INSERT TO consilium_app WITH CHECK (
    added_by = (SELECT consilium.actor()) AND state = 'uploading'
    AND consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician', 'coordinator'));
-- An UPDATE or DELETE without a WHERE does not check the policies of reading, so each policy says itself that the part lasts.
CREATE POLICY app_update_own ON consilium.record_file FOR UPDATE TO consilium_app USING (
    added_by = (SELECT consilium.actor())
    AND consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician', 'coordinator'));
CREATE POLICY app_delete_own_unfinished ON consilium.record_file FOR DELETE TO consilium_app USING (
    added_by = (SELECT consilium.actor()) AND state = 'uploading'
    AND consilium.has_part(case_id, 'patient', 'caregiver', 'treating_clinician', 'coordinator'));
-- A complete file that is a mistake is removed until a specialist accepts the case for the first time, and marked from then on,
-- also after a reassignment: by who added it, and by the case's own people.
CREATE POLICY app_delete_mistake ON consilium.record_file FOR DELETE TO consilium_app USING (
    state = 'complete' AND (consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator')
        OR added_by = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'treating_clinician'))
    AND EXISTS (SELECT FROM consilium.clinical_case c WHERE c.id = record_file.case_id AND c.first_accepted_at IS NULL
        AND c.state IN ('draft', 'submitted', 'collecting', 'ready', 'offered')));
CREATE POLICY app_update_mistake ON consilium.record_file FOR UPDATE TO consilium_app USING (
    state = 'complete' AND entered_in_error_at IS NULL
    AND (consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator')
        OR added_by = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'treating_clinician')))
    WITH CHECK (entered_in_error_at IS NOT NULL);
CREATE TRIGGER quota_case_bytes BEFORE INSERT ON consilium.record_file FOR EACH ROW
    EXECUTE FUNCTION consilium.enforce_quota('quota_case_bytes', 'case_id', '21474836480', 'length', 'true');
CREATE TRIGGER quota_unfinished_bytes BEFORE INSERT ON consilium.record_file FOR EACH ROW
    EXECUTE FUNCTION consilium.enforce_quota(
        'quota_unfinished_bytes', 'added_by', '21474836480', 'length', $$t.state = 'uploading'$$);
-- Its chunks follow it.
CREATE POLICY app_select_emergency ON consilium.record_file FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));

-- A file belongs to its record's case and reveals what its record reveals, whatever the writer says; the record cannot change
-- meanwhile. A complete file does not change.
CREATE FUNCTION consilium.derive_from_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
CREATE TRIGGER derives_from_record BEFORE INSERT OR UPDATE ON consilium.record_file
    FOR EACH ROW EXECUTE FUNCTION consilium.derive_from_record();

-- A received record whose last correct file is gone is asked for again, as long as its case goes on.
CREATE FUNCTION consilium.ask_for_record_again(the_record uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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

CREATE FUNCTION consilium.ask_for_file_again() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM ask_for_record_again(OLD.record_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER removal_asks_again AFTER DELETE ON consilium.record_file
    FOR EACH ROW WHEN (OLD.state = 'complete') EXECUTE FUNCTION consilium.ask_for_file_again();
CREATE TRIGGER mistake_asks_again AFTER UPDATE OF entered_in_error_at ON consilium.record_file
    FOR EACH ROW WHEN (OLD.entered_in_error_at IS NULL AND NEW.entered_in_error_at IS NOT NULL)
    EXECUTE FUNCTION consilium.ask_for_file_again();

CREATE TABLE consilium.file_chunk (
    file_id uuid NOT NULL REFERENCES consilium.record_file ON DELETE CASCADE,
    ordinal integer NOT NULL CONSTRAINT file_chunk_ordinal_not_negative CHECK (ordinal >= 0),
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    reveals_prior boolean NOT NULL,
    starts_at bigint NOT NULL,
    length integer NOT NULL CONSTRAINT file_chunk_length_positive CHECK (length > 0),
    body bytea NOT NULL,
    PRIMARY KEY (file_id, ordinal)
);
COMMENT ON TABLE consilium.file_chunk IS 'The content of a file in pieces.';
COMMENT ON COLUMN consilium.file_chunk.starts_at IS 'The bytes of plaintext before this chunk.';
COMMENT ON COLUMN consilium.file_chunk.length IS 'The bytes of plaintext in it.';
COMMENT ON COLUMN consilium.file_chunk.body IS
    'Sealed by the case key with the file and the place as associated data, so that none can be swapped or dropped unseen.';
ALTER TABLE consilium.file_chunk ALTER COLUMN body SET STORAGE EXTERNAL;
SELECT consilium.enable_row_security('consilium.file_chunk');
GRANT SELECT, INSERT, DELETE ON consilium.file_chunk TO consilium_app;
CREATE POLICY app_select_of_file ON consilium.file_chunk FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.record_file f WHERE f.id = file_chunk.file_id));
CREATE POLICY app_insert_own_unfinished ON consilium.file_chunk FOR INSERT TO consilium_app WITH CHECK (
    EXISTS (SELECT FROM consilium.record_file f WHERE f.id = file_chunk.file_id
        AND f.case_id = file_chunk.case_id AND f.reveals_prior = file_chunk.reveals_prior
        AND f.added_by = (SELECT consilium.actor()) AND f.state = 'uploading'));
CREATE POLICY app_delete_own_unfinished ON consilium.file_chunk FOR DELETE TO consilium_app USING (
    EXISTS (SELECT FROM consilium.record_file f WHERE f.id = file_chunk.file_id
        AND f.added_by = (SELECT consilium.actor()) AND f.state = 'uploading'));

CREATE FUNCTION consilium.derive_from_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    SELECT f.case_id, f.reveals_prior INTO NEW.case_id, NEW.reveals_prior FROM record_file f
    WHERE f.id = NEW.file_id FOR SHARE;
    RETURN NEW;
END
$$;
CREATE TRIGGER derives_from_file BEFORE INSERT ON consilium.file_chunk
    FOR EACH ROW EXECUTE FUNCTION consilium.derive_from_file();

-- First read and opinion ----------------------------------------------------------------------------------------------

CREATE TABLE consilium.first_read (
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    specialist_id uuid NOT NULL REFERENCES consilium.account,
    body bytea NOT NULL,
    version integer NOT NULL DEFAULT 1,
    signed_at timestamptz,
    signature bytea,
    signing_key text,
    PRIMARY KEY (case_id, specialist_id),
    CONSTRAINT first_read_signed_has_signature
        CHECK ((signed_at IS NULL) = (signature IS NULL) AND (signed_at IS NULL) = (signing_key IS NULL))
);
COMMENT ON TABLE consilium.first_read IS 'The specialist''s blinded reading, signed before the earlier opinion is revealed.';
COMMENT ON COLUMN consilium.first_read.body IS 'Sealed by the case key.';
COMMENT ON COLUMN consilium.first_read.signature IS 'Ed25519 over the signed document.';
COMMENT ON COLUMN consilium.first_read.signing_key IS 'The name of the signing key in the keyring.';
SELECT consilium.enable_row_security('consilium.first_read');
SELECT consilium.audited('consilium.first_read', 'case', 'case_id', 'specialist_id');
GRANT SELECT, INSERT ON consilium.first_read TO consilium_app;
GRANT UPDATE (body, version, signed_at, signature, signing_key) ON consilium.first_read TO consilium_app;
CREATE POLICY app_select_own ON consilium.first_read FOR SELECT TO consilium_app USING (
    specialist_id = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'specialist'));
CREATE POLICY app_insert_own_draft ON consilium.first_read FOR INSERT TO consilium_app
    WITH CHECK (specialist_id = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'specialist')
        AND signed_at IS NULL);
CREATE POLICY app_update_own ON consilium.first_read FOR UPDATE TO consilium_app
    USING (specialist_id = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'specialist'));
CREATE POLICY app_select_emergency ON consilium.first_read FOR SELECT TO consilium_app
    USING (signed_at IS NOT NULL AND case_id IN (SELECT consilium.emergency_cases()));

CREATE TABLE consilium.blind_break (
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    account_id uuid NOT NULL REFERENCES consilium.account,
    reason bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (case_id, account_id)
);
COMMENT ON TABLE consilium.blind_break IS 'Who broke the blind of a case, which the opinion then says.';
COMMENT ON COLUMN consilium.blind_break.reason IS 'Sealed by the case key.';
SELECT consilium.enable_row_security('consilium.blind_break');
SELECT consilium.audited('consilium.blind_break', 'case', 'case_id', 'account_id');
GRANT SELECT, INSERT ON consilium.blind_break TO consilium_app;
-- The reason may tell what the blind hides from the next specialist.
CREATE POLICY app_select_sees_prior ON consilium.blind_break FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = blind_break.case_id
        AND p.account_id = (SELECT consilium.actor()) AND p.until IS NULL AND p.reads_case AND p.sees_prior));
CREATE POLICY app_insert_own ON consilium.blind_break FOR INSERT TO consilium_app
    WITH CHECK (account_id = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'specialist'));

CREATE TABLE consilium.opinion (
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    specialist_id uuid NOT NULL REFERENCES consilium.account,
    body bytea NOT NULL,
    version integer NOT NULL DEFAULT 1,
    blind consilium.word NOT NULL CONSTRAINT opinion_blind_known CHECK (blind IN ('not_blinded', 'kept', 'broken')),
    signed_at timestamptz,
    signature bytea,
    signing_key text,
    delivered_at timestamptz,
    PRIMARY KEY (case_id, specialist_id),
    CONSTRAINT opinion_signed_has_signature
        CHECK ((signed_at IS NULL) = (signature IS NULL) AND (signed_at IS NULL) = (signing_key IS NULL)),
    CONSTRAINT opinion_delivered_is_signed CHECK (delivered_at IS NULL OR signed_at IS NOT NULL)
);
COMMENT ON TABLE consilium.opinion IS
    'The written second opinion, a draft until signed_at. Keyed by the specialist too, so that the draft of a specialist from '
    'whom the case was reassigned is not in the way of the next.';
COMMENT ON COLUMN consilium.opinion.body IS 'Sealed by the case key.';
COMMENT ON COLUMN consilium.opinion.blind IS 'Whether the blind held, as the opinion itself says.';
COMMENT ON COLUMN consilium.opinion.signature IS 'Ed25519 over the signed document.';
COMMENT ON COLUMN consilium.opinion.signing_key IS 'The name of the signing key in the keyring.';
CREATE UNIQUE INDEX opinion_one_signed ON consilium.opinion (case_id) WHERE signed_at IS NOT NULL;
SELECT consilium.enable_row_security('consilium.opinion');
SELECT consilium.audited('consilium.opinion', 'case', 'case_id', 'specialist_id');
GRANT SELECT, INSERT ON consilium.opinion TO consilium_app;
GRANT UPDATE (body, version, blind, signed_at, signature, signing_key, delivered_at) ON consilium.opinion TO consilium_app;
CREATE POLICY app_select_own ON consilium.opinion FOR SELECT TO consilium_app USING (
    specialist_id = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'specialist'));
CREATE POLICY app_select_delivered ON consilium.opinion FOR SELECT TO consilium_app USING (
    delivered_at IS NOT NULL AND EXISTS (SELECT FROM consilium.case_part p
        WHERE p.case_id = opinion.case_id AND p.account_id = (SELECT consilium.actor()) AND p.until IS NULL
            AND p.reads_opinion));
CREATE POLICY app_insert_own_draft ON consilium.opinion FOR INSERT TO consilium_app
    WITH CHECK (specialist_id = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'specialist')
        AND signed_at IS NULL);
CREATE POLICY app_update_own ON consilium.opinion FOR UPDATE TO consilium_app
    USING (specialist_id = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'specialist'));
CREATE POLICY app_select_emergency ON consilium.opinion FOR SELECT TO consilium_app
    USING (delivered_at IS NOT NULL AND case_id IN (SELECT consilium.emergency_cases()));
-- Others read it with the opinion it led to.
CREATE POLICY app_select_delivered ON consilium.first_read FOR SELECT TO consilium_app USING (
    signed_at IS NOT NULL AND EXISTS (SELECT FROM consilium.case_part p JOIN consilium.opinion o USING (case_id)
        WHERE p.case_id = first_read.case_id AND p.account_id = (SELECT consilium.actor()) AND p.until IS NULL
            AND p.reads_opinion AND o.specialist_id = first_read.specialist_id AND o.delivered_at IS NOT NULL));

-- What was signed does not change in any column, but for its delivery, once.
CREATE FUNCTION consilium.enforce_signed() RETURNS trigger
LANGUAGE plpgsql AS $$
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
CREATE TRIGGER fixed_once_signed BEFORE UPDATE OR DELETE ON consilium.first_read
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_signed();
CREATE TRIGGER fixed_once_signed BEFORE UPDATE OR DELETE ON consilium.opinion
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_signed();

-- A signed opinion says truly whether the blind held; in a blinded case it is not signed before the first read, unless the
-- blind was broken with a reason.
CREATE FUNCTION consilium.check_opinion() RETURNS trigger
LANGUAGE plpgsql AS $$
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
CREATE TRIGGER first_read_and_blind_hold BEFORE INSERT OR UPDATE OF signed_at ON consilium.opinion
    FOR EACH ROW WHEN (NEW.signed_at IS NOT NULL) EXECUTE FUNCTION consilium.check_opinion();

-- Outcome, tasks, invitations -----------------------------------------------------------------------------------------

CREATE TABLE consilium.outcome (
    case_id uuid PRIMARY KEY REFERENCES consilium.clinical_case,
    body bytea NOT NULL,
    recorded_by uuid NOT NULL REFERENCES consilium.account,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consilium.outcome IS 'The patient''s own account of what followed.';
COMMENT ON COLUMN consilium.outcome.body IS 'Sealed by the case key.';
SELECT consilium.enable_row_security('consilium.outcome');
SELECT consilium.audited('consilium.outcome', 'case', 'case_id', 'recorded_by');
GRANT SELECT, INSERT ON consilium.outcome TO consilium_app;
GRANT UPDATE (body, recorded_by, recorded_at) ON consilium.outcome TO consilium_app;
CREATE POLICY app_select_reader ON consilium.outcome FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = outcome.case_id
        AND p.account_id = (SELECT consilium.actor()) AND p.until IS NULL AND p.reads_case));
CREATE POLICY app_insert_case_side ON consilium.outcome FOR INSERT TO consilium_app
    WITH CHECK (recorded_by = (SELECT consilium.actor())
        AND consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator')
        AND EXISTS (SELECT FROM consilium.clinical_case c
            WHERE c.id = outcome.case_id AND c.state IN ('delivered', 'follow_up')));
-- A patient who was undecided can say later what they did.
CREATE POLICY app_update_case_side ON consilium.outcome FOR UPDATE TO consilium_app
    USING (consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator')
        AND EXISTS (SELECT FROM consilium.clinical_case c
            WHERE c.id = outcome.case_id AND c.state IN ('delivered', 'follow_up')))
    WITH CHECK (recorded_by = (SELECT consilium.actor()));
CREATE POLICY app_select_emergency ON consilium.outcome FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));

CREATE TABLE consilium.outcome_code (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    month date NOT NULL CONSTRAINT outcome_code_month_first_day CHECK (extract(day FROM month) = 1),
    diagnosis consilium.word NOT NULL
        CONSTRAINT outcome_code_diagnosis_known CHECK (diagnosis IN ('confirmed', 'clarified', 'changed')),
    treatment consilium.word NOT NULL
        CONSTRAINT outcome_code_treatment_known CHECK (treatment IN ('confirmed', 'clarified', 'changed')),
    advice_followed consilium.word NOT NULL
        CONSTRAINT outcome_code_advice_followed_known CHECK (advice_followed IN ('yes', 'partly', 'no', 'undecided', 'unknown'))
);
COMMENT ON TABLE consilium.outcome_code IS 'The registry: codes stored at closing without the case. Nothing links them to it.';
COMMENT ON COLUMN consilium.outcome_code.month IS 'The first day of the month of the closing: all the time that is kept.';
COMMENT ON COLUMN consilium.outcome_code.advice_followed IS 'unknown: the case was closed without an answer.';
SELECT consilium.enable_row_security('consilium.outcome_code');
-- Written at closing; nobody reads it through the gateway.
GRANT INSERT ON consilium.outcome_code TO consilium_app;
CREATE POLICY app_insert_any_actor ON consilium.outcome_code FOR INSERT TO consilium_app
    WITH CHECK ((SELECT consilium.actor()) IS NOT NULL);

CREATE TABLE consilium.task (
    id uuid PRIMARY KEY,
    case_id uuid REFERENCES consilium.clinical_case,
    subject_id uuid,
    kind consilium.word NOT NULL CONSTRAINT task_kind_known CHECK (kind IN (
        'complete_case', 'chase_record', 'order_reread', 'rescue_menu', 'renew_licence',
        'rebook_consult', 'review_access', 'answer_message')),
    state consilium.word NOT NULL CONSTRAINT task_state_known CHECK (state IN ('open', 'done')),
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_by uuid REFERENCES consilium.account,
    done_at timestamptz,
    CONSTRAINT task_done_has_time CHECK ((state = 'done') = (done_at IS NOT NULL))
);
COMMENT ON TABLE consilium.task IS 'What a coordinator must do. One that is open is not opened a second time.';
COMMENT ON COLUMN consilium.task.subject_id IS
    'What it is about: the record to chase, the specialist whose licence runs out, the thread to answer.';
CREATE UNIQUE INDEX task_one_open ON consilium.task (kind, case_id, subject_id) NULLS NOT DISTINCT WHERE state = 'open';
CREATE INDEX task_due ON consilium.task (due_at, id) WHERE state = 'open';
INSERT INTO consilium.transition (machine, source, target) VALUES ('task', 'open', 'done');
SELECT consilium.enable_row_security('consilium.task');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.task
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('task');
GRANT SELECT, INSERT ON consilium.task TO consilium_app;
GRANT UPDATE (state, done_by, done_at, due_at) ON consilium.task TO consilium_app;
CREATE POLICY app_select_coordinator ON consilium.task FOR SELECT TO consilium_app
    USING ((SELECT consilium.has_role('coordinator')));
CREATE POLICY app_update_coordinator ON consilium.task FOR UPDATE TO consilium_app
    USING (state = 'open' AND (SELECT consilium.has_role('coordinator')))
    WITH CHECK (done_by IS NULL OR done_by = (SELECT consilium.actor()));
CREATE POLICY app_insert_participant_or_coordinator ON consilium.task FOR INSERT TO consilium_app
    WITH CHECK (state = 'open' AND done_by IS NULL
        AND (case_id IN (SELECT consilium.my_cases()) OR consilium.has_role('coordinator')));
GRANT SELECT, INSERT ON consilium.task TO consilium_worker;
CREATE POLICY worker_all ON consilium.task TO consilium_worker USING (true) WITH CHECK (true);

CREATE TABLE consilium.invitation (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    token_digest bytea NOT NULL CONSTRAINT invitation_token_digest_unique UNIQUE,
    email bytea NOT NULL,
    sends_records boolean NOT NULL,
    reads_opinion boolean NOT NULL,
    consults boolean NOT NULL,
    state consilium.word NOT NULL CONSTRAINT invitation_state_known CHECK (state IN ('sent', 'accepted', 'withdrawn')),
    invited_by uuid NOT NULL REFERENCES consilium.account,
    accepted_by uuid REFERENCES consilium.account,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT invitation_accepted_by_somebody CHECK (state <> 'accepted' OR accepted_by IS NOT NULL),
    CONSTRAINT invitation_sent_not_accepted CHECK (state <> 'sent' OR accepted_by IS NULL)
);
COMMENT ON TABLE consilium.invitation IS 'A treating clinician who is asked to take part, with the patient''s consent.';
COMMENT ON COLUMN consilium.invitation.token_digest IS
    'SHA-256 of the secret in the link with the address that it was mailed to.';
COMMENT ON COLUMN consilium.invitation.email IS 'The invited address, sealed by the case key.';
COMMENT ON COLUMN consilium.invitation.consults IS
    'Whether they are the party of a peer-to-peer consult, who reads the case too.';
CREATE INDEX invitation_case ON consilium.invitation (case_id);
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('invitation', 'sent', 'accepted'), ('invitation', 'sent', 'withdrawn'), ('invitation', 'accepted', 'withdrawn');
SELECT consilium.enable_row_security('consilium.invitation');
SELECT consilium.audited('consilium.invitation', 'case', 'case_id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.invitation
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('invitation');
GRANT SELECT, INSERT ON consilium.invitation TO consilium_app;
GRANT UPDATE (state) ON consilium.invitation TO consilium_app;
CREATE POLICY app_select_case_side ON consilium.invitation FOR SELECT TO consilium_app
    USING (consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));
CREATE POLICY app_select_invited ON consilium.invitation FOR SELECT TO consilium_app
    USING (accepted_by = (SELECT consilium.actor()) AND consilium.has_part(case_id, 'treating_clinician'));
CREATE POLICY app_insert_patient_side ON consilium.invitation FOR INSERT TO consilium_app WITH CHECK (
    invited_by = (SELECT consilium.actor()) AND state = 'sent' AND consilium.has_part(case_id, 'patient', 'caregiver'));
CREATE POLICY app_update_patient_side ON consilium.invitation FOR UPDATE TO consilium_app
    USING (consilium.has_part(case_id, 'patient', 'caregiver'));
-- Whether a mail that invites is still to be sent.
GRANT SELECT (id, case_id, state, expires_at) ON consilium.invitation TO consilium_worker;
CREATE POLICY worker_select_state ON consilium.invitation FOR SELECT TO consilium_worker USING (true);
CREATE TRIGGER quota_invitations BEFORE INSERT ON consilium.invitation FOR EACH ROW EXECUTE FUNCTION consilium.enforce_quota(
    'quota_invitations', 'case_id', '20', '', $$t.state IN ('sent', 'accepted')$$);

-- What follows from a part, a record or a state -----------------------------------------------------------------------

-- What a part may read follows from the part, not from who writes it.
CREATE FUNCTION consilium.set_part_rights() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
CREATE TRIGGER sets_rights BEFORE INSERT OR UPDATE ON consilium.case_part
    FOR EACH ROW EXECUTE FUNCTION consilium.set_part_rights();

-- A signed first read, or a blind broken with a reason, opens what reveals the earlier opinion.
CREATE FUNCTION consilium.open_prior() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE case_part SET part = part
    WHERE case_id = NEW.case_id AND part IN ('specialist', 'colleague') AND until IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER opens_prior AFTER INSERT OR UPDATE OF signed_at ON consilium.first_read
    FOR EACH ROW WHEN (NEW.signed_at IS NOT NULL) EXECUTE FUNCTION consilium.open_prior();
CREATE TRIGGER opens_prior AFTER INSERT ON consilium.blind_break
    FOR EACH ROW EXECUTE FUNCTION consilium.open_prior();

-- The first participants of a new case: its patient, and everybody who acts for the patient now. Called by any of them while
-- the case is a draft.
CREATE FUNCTION consilium.add_first_parts(the_case uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.add_first_parts(uuid) TO consilium_app;

-- A caregiver takes part in every case of the patient that is not over, for as long as the grant lasts.
CREATE FUNCTION consilium.sync_caregiver_parts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
CREATE TRIGGER syncs_parts AFTER INSERT OR UPDATE OF state ON consilium.caregiver_grant
    FOR EACH ROW EXECUTE FUNCTION consilium.sync_caregiver_parts();

-- What a record reveals, its files and their pieces reveal.
CREATE FUNCTION consilium.sync_reveals_prior() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE record_file SET reveals_prior = NEW.reveals_prior WHERE record_id = NEW.id;
    UPDATE file_chunk k SET reveals_prior = NEW.reveals_prior FROM record_file f
    WHERE f.record_id = NEW.id AND k.file_id = f.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER syncs_reveals_prior AFTER UPDATE OF reveals_prior ON consilium.record
    FOR EACH ROW WHEN (OLD.reveals_prior <> NEW.reveals_prior) EXECUTE FUNCTION consilium.sync_reveals_prior();

-- A record that a submitted case asks for is chased, whoever asks for it; and the case waits for it until a specialist has the
-- case. It does not wait for what a treating clinician announces. The case is locked before its record.
CREATE FUNCTION consilium.open_record_task() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
CREATE TRIGGER chase_added AFTER INSERT ON consilium.record
    FOR EACH ROW WHEN (NEW.state = 'asked') EXECUTE FUNCTION consilium.open_record_task();
CREATE TRIGGER chase_asked AFTER UPDATE OF state ON consilium.record
    FOR EACH ROW WHEN (NEW.state = 'asked' AND OLD.state <> 'asked') EXECUTE FUNCTION consilium.open_record_task();

CREATE FUNCTION consilium.wait_for_records() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
CREATE TRIGGER wait_for_records AFTER UPDATE OF state ON consilium.clinical_case
    FOR EACH ROW WHEN (OLD.state = 'offered' AND NEW.state = 'ready') EXECUTE FUNCTION consilium.wait_for_records();

-- When a treating clinician's part ends, what they were to bring and did not is asked for again.
CREATE FUNCTION consilium.ask_for_clinicians_records_again() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM FROM clinical_case c WHERE c.id = NEW.case_id FOR NO KEY UPDATE;
    PERFORM ask_for_record_again(r.id) FROM record r WHERE r.case_id = NEW.case_id AND r.added_by = NEW.account_id
    ORDER BY r.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER leaving_clinician_asks_again AFTER UPDATE OF until ON consilium.case_part
    FOR EACH ROW WHEN (NEW.part = 'treating_clinician' AND OLD.until IS NULL AND NEW.until IS NOT NULL)
    EXECUTE FUNCTION consilium.ask_for_clinicians_records_again();

-- A record that is not missing any more is not chased any more; a case that is over asks for nothing.
CREATE FUNCTION consilium.settle_record_task() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE task SET state = 'done', done_by = actor(), done_at = clock_timestamp()
    WHERE kind = 'chase_record' AND case_id = NEW.case_id AND subject_id = NEW.id AND state = 'open';
    RETURN NULL;
END
$$;
CREATE TRIGGER settles_task AFTER UPDATE OF state ON consilium.record
    FOR EACH ROW WHEN (NEW.state <> 'asked') EXECUTE FUNCTION consilium.settle_record_task();

CREATE FUNCTION consilium.settle_case_tasks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    -- Questions and emergency accesses are looked at whatever becomes of the case.
    UPDATE task SET state = 'done', done_by = actor(), done_at = clock_timestamp()
    WHERE case_id = NEW.id AND state = 'open' AND kind NOT IN ('answer_message', 'review_access');
    RETURN NULL;
END
$$;
CREATE TRIGGER settles_tasks AFTER UPDATE OF state ON consilium.clinical_case
    FOR EACH ROW WHEN (NEW.state IN ('closed', 'withdrawn', 'unable')) EXECUTE FUNCTION consilium.settle_case_tasks();

-- The coordinators of the programme take part in every case from its submission on, and a new coordinator in
-- every case that is still open, or in which somebody waits for an answer.
CREATE FUNCTION consilium.add_coordinators(the_case uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    INSERT INTO case_part (case_id, account_id, part)
    SELECT c.id, r.account_id, 'coordinator' FROM clinical_case c, account_role r
    WHERE c.id = the_case AND r.role = 'coordinator' AND r.account_id <> c.patient_id
    ON CONFLICT (case_id, account_id) DO UPDATE SET until = NULL
        WHERE case_part.part = 'coordinator' AND case_part.until IS NOT NULL;
END
$$;

CREATE FUNCTION consilium.add_coordinators_to_case() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM add_coordinators(NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER submission_adds_coordinators AFTER UPDATE OF state ON consilium.clinical_case
    FOR EACH ROW WHEN (OLD.state = 'draft' AND NEW.state = 'submitted') EXECUTE FUNCTION consilium.add_coordinators_to_case();

CREATE FUNCTION consilium.add_coordinator_to_cases() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
CREATE TRIGGER adds_coordinator_to_cases AFTER INSERT ON consilium.account_role
    FOR EACH ROW WHEN (NEW.role = 'coordinator') EXECUTE FUNCTION consilium.add_coordinator_to_cases();

-- What must look across people ----------------------------------------------------------------------------------------

-- Locks a case for a treating clinician, whom no policy lets change it: what they do to its records comes before or after what
-- others do to the case. False for everybody else.
CREATE FUNCTION consilium.lock_case_for_clinician(the_case uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF NOT has_part(the_case, 'treating_clinician') THEN
        RETURN false;
    END IF;
    PERFORM FROM clinical_case c WHERE c.id = the_case FOR NO KEY UPDATE;
    RETURN FOUND;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.lock_case_for_clinician(uuid) TO consilium_app;

-- The cases in which somebody treats the patient, locked before their part ends in each: what they were to bring is asked for
-- again (ask_for_clinicians_records_again), and a case is locked before what belongs to it.
CREATE FUNCTION consilium.lock_cases_of_clinician(the_account uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM FROM clinical_case c WHERE c.id IN (SELECT p.case_id FROM case_part p
        WHERE p.account_id = the_account AND p.part = 'treating_clinician' AND p.until IS NULL)
        ORDER BY c.id FOR NO KEY UPDATE;
END
$$;

-- How much of a case a blinded specialist is not shown: numbers alone, so that the specialist knows there is more.
CREATE FUNCTION consilium.withheld_counts(the_case uuid, OUT intake_parts integer, OUT records integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp
BEGIN ATOMIC
    SELECT (SELECT count(*)::integer FROM intake_part i WHERE i.case_id = p.case_id AND i.reveals_prior),
        (SELECT count(*)::integer FROM record r WHERE r.case_id = p.case_id AND r.reveals_prior)
    FROM case_part p
    WHERE p.case_id = the_case AND p.account_id = actor() AND p.until IS NULL AND p.reads_case AND NOT p.sees_prior;
END;
GRANT EXECUTE ON FUNCTION consilium.withheld_counts(uuid) TO consilium_app;

-- The time zone of the actor, or of somebody with whom the actor shares a case, because both clocks of a consult are shown;
-- NULL of others.
CREATE FUNCTION consilium.zone_of(the_person uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN (SELECT a.time_zone FROM account a WHERE a.id = the_person
        AND (the_person = actor() OR the_person IN (SELECT my_people())));
END
$$;
GRANT EXECUTE ON FUNCTION consilium.zone_of(uuid) TO consilium_app;

-- Whom to tell: who has one of these parts in a case, or had it until this transaction. Who declines a case, or brings a
-- record, may not see them all; ids leave, for the outbox alone.
CREATE FUNCTION consilium.people_of(the_case uuid, parts text[], seeing_prior boolean) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.people_of(uuid, text[], boolean) TO consilium_app, consilium_worker;

-- The cases that change when a person's access ends: their own that are not over, and those in which they take part.
CREATE FUNCTION consilium.cases_of(the_person uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT c.id FROM clinical_case c WHERE c.patient_id = the_person AND c.state NOT IN ('closed', 'withdrawn', 'unable')
    UNION
    SELECT p.case_id FROM case_part p WHERE p.account_id = the_person AND p.until IS NULL
        AND p.part IN ('candidate', 'specialist', 'colleague', 'treating_clinician')
$$;

-- An invitation is accepted by who shows its token and is signed in at the address that it was mailed to (the digest is of
-- both), while the case is not over and its sender still acts for the patient: the one way to become a treating clinician.
CREATE FUNCTION consilium.accept_invitation(token bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.accept_invitation(bytea) TO consilium_app;

-- Emergency access: somebody of the programme without a part reads for an hour (45 CFR 164.312(a)(2)(ii)) -------------

CREATE TABLE consilium.emergency_access (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    account_id uuid NOT NULL REFERENCES consilium.account,
    reason bytea NOT NULL DEFAULT '',
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT emergency_access_lasts_an_hour CHECK (until = since + interval '1 hour')
);
COMMENT ON TABLE consilium.emergency_access IS
    'Who opened a case without a part in it, for an hour and with a reason (45 CFR 164.312(a)(2)(ii)). It is for reading: no '
    'policy of a write asks for it.';
COMMENT ON COLUMN consilium.emergency_access.reason IS
    'Sealed by the case key, which the actor can read only once the row is there: it is empty until later in the same '
    'transaction.';
CREATE INDEX emergency_access_account ON consilium.emergency_access (account_id, case_id, until);
CREATE INDEX emergency_access_case ON consilium.emergency_access (case_id, id);
SELECT consilium.enable_row_security('consilium.emergency_access');
SELECT consilium.audited('consilium.emergency_access', 'case', 'case_id', 'id');
GRANT SELECT, UPDATE (reason) ON consilium.emergency_access TO consilium_app;
CREATE POLICY app_select_own_or_of_case ON consilium.emergency_access FOR SELECT TO consilium_app USING (
    account_id = (SELECT consilium.actor()) OR consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));
-- The reason is given once.
CREATE POLICY app_update_reason_once ON consilium.emergency_access FOR UPDATE TO consilium_app
    USING (account_id = (SELECT consilium.actor()) AND reason = '')
    WITH CHECK (account_id = (SELECT consilium.actor()));

CREATE FUNCTION consilium.check_emergency_reason() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM emergency_access e WHERE e.id = NEW.id AND e.reason = '') THEN
        RAISE EXCEPTION 'no reason' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'emergency_access_reason', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER reason_given AFTER INSERT ON consilium.emergency_access
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.check_emergency_reason();

-- Opens a case for an hour to a specialist or an operator who has no part in it, and asks the coordinators to review that.
-- NULL where they have a part, or the case was never submitted.
CREATE FUNCTION consilium.open_emergency_access(the_access uuid, the_case uuid) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.open_emergency_access(uuid, uuid) TO consilium_app;

-- Whether somebody reads a case by emergency access: what its audit entries then say.
CREATE FUNCTION consilium.reads_in_emergency(the_person uuid, the_case uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    -- What was read in the last moment of the hour is written down a moment later.
    RETURN EXISTS (SELECT FROM emergency_access e WHERE e.account_id = the_person AND e.case_id = the_case
            AND e.until > clock_timestamp() - interval '1 minute')
        AND NOT EXISTS (SELECT FROM case_part p WHERE p.account_id = the_person AND p.case_id = the_case
            AND p.until IS NULL);
END
$$;

-- Whether somebody reads a case at this moment: by a part, or for the hour of an emergency access.
CREATE FUNCTION consilium.reads_now(the_person uuid, the_case uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = the_case AND p.account_id = the_person
            AND p.until IS NULL AND p.reads_case)
        OR EXISTS (SELECT FROM consilium.emergency_access e WHERE e.case_id = the_case AND e.account_id = the_person
            AND e.until > clock_timestamp() AND consilium.may_open_in_emergency(the_person));
END
$$;

-- Writes entries for what the transaction's actor has read, in the order of their chains; nobody writes entries for another.
-- Writes leave their entries by triggers. Who writes entries of several people in one commit notes all their chains first.
CREATE FUNCTION consilium.audit_reads(
    kinds text[], chains uuid[], actions text[], subjects uuid[], counts integer[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
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
GRANT EXECUTE ON FUNCTION consilium.audit_reads(text[], uuid[], text[], uuid[], integer[]) TO consilium_app;
