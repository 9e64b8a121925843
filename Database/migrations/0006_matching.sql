-- Conditions and taxonomy (reference data), the specialist directory, matches, offers, lane checks.

-- ICD-10-CM, from the CMS order file.
CREATE TABLE consilium.condition (
    -- Compared byte by byte, so that its index finds the codes that begin so.
    code text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$'),
    billable boolean NOT NULL,
    title text NOT NULL,
    -- The title without case and diacritics, as what people type is folded before it is looked for (`searchFolded`).
    search_title text NOT NULL
);
CREATE INDEX condition_search_title ON consilium.condition USING gin (search_title public.gin_trgm_ops);

-- NUCC health care provider taxonomy.
CREATE TABLE consilium.taxonomy (
    code text PRIMARY KEY CHECK (code ~ '^[0-9A-Z]{9}X$'),
    grouping_name text NOT NULL,
    classification text NOT NULL,
    specialization text NOT NULL,
    display_name text NOT NULL
);

-- Which taxonomy usually treats a condition; the longest prefix decides.
CREATE TABLE consilium.condition_taxonomy (
    code_prefix text NOT NULL,
    taxonomy_code text NOT NULL REFERENCES consilium.taxonomy,
    weight smallint NOT NULL CHECK (weight BETWEEN 1 AND 3),
    PRIMARY KEY (code_prefix, taxonomy_code)
);

CREATE TABLE consilium.organisation (
    id uuid PRIMARY KEY,
    name text NOT NULL CONSTRAINT organisation_name_unique UNIQUE
        CONSTRAINT organisation_name_length CHECK (length(name) BETWEEN 1 AND 200),
    city text NOT NULL CONSTRAINT organisation_city_length CHECK (length(city) BETWEEN 1 AND 120),
    jurisdiction consilium.jurisdiction NOT NULL,
    -- Since when no new specialist is proposed for it (0017_programme.sql); who is of it stays.
    retired_at timestamptz,
    version integer NOT NULL DEFAULT 1
);

-- The directory's entry is a professional's publication about herself, and plain for that reason.
CREATE TABLE consilium.specialist (
    id uuid PRIMARY KEY REFERENCES consilium.account,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    credentials text NOT NULL,
    organisation_id uuid NOT NULL REFERENCES consilium.organisation,
    time_zone consilium.zone NOT NULL,
    taxonomy_codes text[] NOT NULL CHECK (cardinality(taxonomy_codes) > 0),
    languages text[] NOT NULL CHECK (cardinality(languages) > 0)
        CONSTRAINT specialist_languages_are_canonical CHECK (consilium.are_language_tags(languages)),
    peer_to_peer boolean NOT NULL,
    accepting boolean NOT NULL DEFAULT true,
    -- New cases a week that she takes.
    weekly_capacity integer NOT NULL CHECK (weekly_capacity BETWEEN 0 AND 100),
    -- Of her rules and overrides (0011_availability.sql): what an edit must name.
    availability_version integer NOT NULL DEFAULT 1,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX specialist_taxonomy ON consilium.specialist USING gin (taxonomy_codes);
CREATE INDEX specialist_languages ON consilium.specialist USING gin (languages);

CREATE TABLE consilium.licence (
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    jurisdiction consilium.jurisdiction NOT NULL,
    number text NOT NULL CHECK (length(number) BETWEEN 1 AND 40),
    -- The last day on which it is valid, in that jurisdiction.
    expires_on date NOT NULL,
    PRIMARY KEY (specialist_id, jurisdiction)
);
CREATE INDEX licence_jurisdiction ON consilium.licence (jurisdiction, specialist_id);

CREATE TABLE consilium.specialist_condition (
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    code_prefix text NOT NULL CHECK (code_prefix ~ '^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$'),
    yearly_volume integer NOT NULL CHECK (yearly_volume BETWEEN 0 AND 100000),
    PRIMARY KEY (specialist_id, code_prefix)
);

CREATE TABLE consilium.match (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    rules_version integer NOT NULL,
    -- HMAC of the sealed input by the case key: whether a replay has the same input, and nothing to who cannot open it.
    input_digest bytea NOT NULL,
    -- Sealed by the case key: the input; the candidates with reasons, the excluded with theirs.
    input bytea NOT NULL,
    result bytea NOT NULL,
    -- All who can take the case, best first: whose openings are searched.
    ranking uuid[] NOT NULL,
    made_by uuid REFERENCES consilium.account,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- What is of a match is of its case.
    UNIQUE (id, case_id)
);
CREATE INDEX match_case ON consilium.match (case_id, id);

-- The menu, so that offers can roll on without opening what is sealed.
CREATE TABLE consilium.match_candidate (
    match_id uuid NOT NULL,
    case_id uuid NOT NULL,
    rank smallint NOT NULL CHECK (rank > 0),
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    PRIMARY KEY (match_id, rank),
    FOREIGN KEY (match_id, case_id) REFERENCES consilium.match (id, case_id),
    UNIQUE (match_id, specialist_id)
);

CREATE TABLE consilium.offer (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    match_id uuid NOT NULL,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    lane consilium.word NOT NULL CHECK (lane IN ('licensed', 'peer_to_peer')),
    state consilium.word NOT NULL CHECK (state IN ('waiting', 'accepted', 'declined', 'lapsed', 'withdrawn')),
    -- Why she declined, as a code.
    decline_reason consilium.word CHECK (decline_reason IN
        ('capacity', 'outside_expertise', 'conflict_of_interest', 'needs_more_records', 'other')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    decided_at timestamptz,
    FOREIGN KEY (match_id, case_id) REFERENCES consilium.match (id, case_id),
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK ((state = 'declined') = (decline_reason IS NOT NULL))
);
-- A case waits for one specialist at a time, and asks nobody twice from one menu.
CREATE UNIQUE INDEX offer_open ON consilium.offer (case_id) WHERE state IN ('waiting', 'accepted');
CREATE UNIQUE INDEX offer_once ON consilium.offer (match_id, specialist_id);
CREATE INDEX offer_specialist ON consilium.offer (specialist_id, id);
CREATE INDEX offer_due ON consilium.offer (expires_at) WHERE state = 'waiting';
INSERT INTO consilium.transition (machine, source, target, parts) VALUES
    ('offer', 'waiting', 'accepted', '{candidate}'), ('offer', 'waiting', 'declined', '{candidate}'),
    ('offer', 'waiting', 'lapsed', '{worker}'), ('offer', 'waiting', 'withdrawn', '{patient,caregiver,coordinator}'),
    ('offer', 'accepted', 'withdrawn', '{patient,caregiver,coordinator}');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.offer
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('offer', 'case_id');
-- Whether or not a worker has let it lapse.
CREATE FUNCTION consilium.refuse_late() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'expired' USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_expired', TABLE = TG_TABLE_NAME;
END
$$;
CREATE TRIGGER in_time BEFORE UPDATE OF state ON consilium.offer
    FOR EACH ROW WHEN (NEW.state = 'accepted' AND OLD.state = 'waiting' AND OLD.expires_at <= clock_timestamp())
    EXECUTE FUNCTION consilium.refuse_late();

-- P5: what was decided about a lane, at which gate, on which evidence. Append only.
CREATE TABLE consilium.lane_check (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    specialist_id uuid NOT NULL REFERENCES consilium.specialist,
    gate consilium.word NOT NULL CHECK (gate IN ('match', 'booking', 'joining')),
    lane consilium.word NOT NULL CHECK (lane IN ('licensed', 'peer_to_peer')),
    lawful boolean NOT NULL,
    -- Where the patient was said to be; the licence looked at, or NULL for none; the peer-to-peer party and consent.
    jurisdiction consilium.jurisdiction NOT NULL,
    licence_number text,
    licence_expires_on date,
    party_id uuid REFERENCES consilium.account,
    consent_id uuid REFERENCES consilium.consent,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX lane_check_case ON consilium.lane_check (case_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consilium.lane_check
    FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
-- Evidence is what stands in the books now: that licence, this case's consent; and lawful takes evidence.
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
CREATE TRIGGER evidence BEFORE INSERT ON consilium.lane_check
    FOR EACH ROW EXECUTE FUNCTION consilium.check_evidence();

GRANT SELECT ON consilium.condition, consilium.taxonomy, consilium.condition_taxonomy
    TO consilium_app, consilium_worker;
SELECT consilium.wall(t::regclass) FROM unnest(ARRAY[
    'consilium.organisation', 'consilium.specialist', 'consilium.licence', 'consilium.specialist_condition', 'consilium.match',
    'consilium.match_candidate', 'consilium.offer', 'consilium.lane_check']) t;

-- Organisations are read by everyone, and made and changed by operators. None is removed: who is of it refers to it.
GRANT SELECT ON consilium.organisation TO consilium_app, consilium_worker;
GRANT INSERT (id, name, city, jurisdiction), UPDATE (name, city, jurisdiction, retired_at, version)
    ON consilium.organisation TO consilium_app;
CREATE POLICY select_all ON consilium.organisation FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY app_insert_operator ON consilium.organisation FOR INSERT TO consilium_app
    WITH CHECK ((SELECT consilium.has_role('operator')));
CREATE POLICY app_update_operator ON consilium.organisation FOR UPDATE TO consilium_app
    USING ((SELECT consilium.has_role('operator')));

-- The directory is read by everyone. A specialist keeps her own entry, and so do coordinators for her; licences are
-- verified, so they are the coordinators' alone.
GRANT SELECT ON consilium.specialist, consilium.licence, consilium.specialist_condition
    TO consilium_app, consilium_worker;
GRANT UPDATE (languages, accepting, weekly_capacity, time_zone, availability_version, version)
    ON consilium.specialist TO consilium_app;
CREATE POLICY directory ON consilium.specialist FOR SELECT TO consilium_app, consilium_worker USING (true);
CREATE POLICY keeps ON consilium.specialist FOR UPDATE TO consilium_app
    USING (id = (SELECT consilium.actor()) OR (SELECT consilium.has_role('coordinator')));
CREATE POLICY directory ON consilium.licence FOR SELECT TO consilium_app, consilium_worker USING (true);
GRANT INSERT, UPDATE, DELETE ON consilium.licence TO consilium_app;
CREATE POLICY verifies ON consilium.licence TO consilium_app
    USING ((SELECT consilium.has_role('coordinator'))) WITH CHECK ((SELECT consilium.has_role('coordinator')));
CREATE POLICY directory ON consilium.specialist_condition FOR SELECT TO consilium_app, consilium_worker USING (true);
GRANT INSERT, UPDATE, DELETE ON consilium.specialist_condition TO consilium_app;
CREATE POLICY own ON consilium.specialist_condition TO consilium_app
    USING (specialist_id = (SELECT consilium.actor())) WITH CHECK (specialist_id = (SELECT consilium.actor()));

GRANT SELECT, INSERT (id, case_id, rules_version, input_digest, input, result, ranking, made_by) ON consilium.match
    TO consilium_app;
GRANT SELECT, INSERT ON consilium.match_candidate TO consilium_app;
CREATE POLICY part ON consilium.match FOR SELECT TO consilium_app
    USING (consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));
CREATE POLICY makes ON consilium.match FOR INSERT TO consilium_app
    WITH CHECK (made_by = (SELECT consilium.actor())
        AND consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));
CREATE POLICY part ON consilium.match_candidate FOR SELECT TO consilium_app
    USING (consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));
-- In the transaction of its match, so that nobody comes onto a menu later.
CREATE POLICY makes ON consilium.match_candidate FOR INSERT TO consilium_app
    WITH CHECK (consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator')
        AND EXISTS (SELECT FROM consilium.match m WHERE m.id = match_candidate.match_id AND m.created_at >= now()));

-- Nobody inserts an offer but ask_candidate, below.
GRANT SELECT ON consilium.offer TO consilium_app;
GRANT UPDATE (state, decline_reason, decided_at) ON consilium.offer TO consilium_app;
CREATE POLICY reads ON consilium.offer FOR SELECT TO consilium_app USING (
    specialist_id = (SELECT consilium.actor())
    OR consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));
-- Who is asked answers; the case's own people take back what waits. With the case's end release_case withdraws it.
CREATE POLICY decides ON consilium.offer FOR UPDATE TO consilium_app
    USING (specialist_id = (SELECT consilium.actor()));
CREATE POLICY app_withdraw_waiting ON consilium.offer FOR UPDATE TO consilium_app
    USING (state = 'waiting' AND consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'))
    WITH CHECK (state = 'withdrawn');

-- A candidate becomes the specialist by the offer that she accepted, and in no other way; who was one of a case's
-- specialists before can be asked, or brought in, again. No other part ever becomes another.
CREATE FUNCTION consilium.keep_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF NOT (CASE WHEN NEW.part = 'specialist' THEN OLD.part = 'candidate' AND EXISTS (SELECT FROM offer o
            WHERE o.case_id = NEW.case_id AND o.specialist_id = NEW.account_id AND o.state = 'accepted')
        ELSE NEW.part IN ('candidate', 'colleague') AND OLD.part IN ('candidate', 'specialist', 'colleague')
            AND OLD.until IS NOT NULL END) THEN
        RAISE EXCEPTION 'no offer' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'case_part_kept', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_part BEFORE UPDATE ON consilium.case_part
    FOR EACH ROW WHEN (NEW.part <> OLD.part) EXECUTE FUNCTION consilium.keep_part();

GRANT SELECT, INSERT (id, case_id, specialist_id, gate, lane, lawful, jurisdiction, licence_number, licence_expires_on,
    party_id, consent_id) ON consilium.lane_check TO consilium_app;
CREATE POLICY reads ON consilium.lane_check FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.reading_cases()));
CREATE POLICY checks ON consilium.lane_check FOR INSERT TO consilium_app
    WITH CHECK (case_id IN (SELECT consilium.my_cases()));

-- The worker lets offers lapse and rolls them on; it reads no clinical column.
GRANT SELECT (id, patient_id, state, blinded, lane, jurisdiction, language, specialist_id, version, created_at,
    submitted_at, ended_at) ON consilium.clinical_case TO consilium_worker;
GRANT UPDATE (state, version) ON consilium.clinical_case TO consilium_worker;
CREATE POLICY worker_moves ON consilium.clinical_case TO consilium_worker USING (true);
GRANT SELECT, UPDATE (until) ON consilium.case_part TO consilium_worker;
CREATE POLICY worker_reads ON consilium.case_part FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_ends ON consilium.case_part FOR UPDATE TO consilium_worker USING (true)
    WITH CHECK (part = 'candidate' AND until IS NOT NULL);
GRANT SELECT ON consilium.match_candidate TO consilium_worker;
CREATE POLICY worker_reads ON consilium.match_candidate FOR SELECT TO consilium_worker USING (true);
GRANT SELECT ON consilium.offer TO consilium_worker;
GRANT UPDATE (state, decided_at) ON consilium.offer TO consilium_worker;
CREATE POLICY worker_moves ON consilium.offer TO consilium_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON consilium.lane_check TO consilium_worker;
CREATE POLICY worker_checks ON consilium.lane_check TO consilium_worker USING (true) WITH CHECK (true);
GRANT SELECT ON consilium.consent TO consilium_worker;
CREATE POLICY worker_reads ON consilium.consent FOR SELECT TO consilium_worker USING (true);

-- What must look across people ----------------------------------------------------------------------------------

-- How busy each specialist is, as counts: cases taken in the last seven days or waiting for her answer, and cases
-- that she is working on. Other people's cases make these numbers; only the numbers leave.
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

-- Whether the session may put a case to somebody: the case's own people, the candidate who passes it on, the worker
-- when her time is over.
CREATE FUNCTION consilium.may_ask(the_case uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT session_user = 'consilium_worker'
        OR has_part(the_case, 'patient', 'caregiver', 'coordinator', 'candidate')
$$;

-- Who of a menu was not asked yet, with what decides whether she can be. A candidate who declines cannot see the
-- offers before hers, and yet passes the case on.
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

-- Whether the patient has taken back, or not given, what they must agree to before somebody is asked, or takes the case;
-- so it is for who may not ask.
CREATE FUNCTION consilium.lacks_consent(the_case uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT NOT may_ask(the_case) OR EXISTS (SELECT FROM clinical_case c, unnest(ARRAY['second_opinion', 'records_release',
            CASE c.lane WHEN 'licensed' THEN 'telehealth' ELSE 'peer_to_peer' END]) AS k (kind)
        WHERE c.id = the_case AND NOT EXISTS (SELECT FROM consent n
            WHERE n.case_id = c.id AND n.kind = k.kind AND n.withdrawn_at IS NULL))
$$;

-- Puts a case to one specialist of a menu, with a clock: the offer and the candidate's part. NULL where the menu does
-- not hold her, she has another part in the case, the case is not to be offered, or the time is beyond all measure. The
-- caller has locked the case, and moves its state.
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
GRANT EXECUTE ON FUNCTION consilium.specialist_loads(), consilium.remaining_menu(uuid),
    consilium.ask_candidate(uuid, uuid, uuid, interval) TO consilium_app, consilium_worker;
GRANT EXECUTE ON FUNCTION consilium.may_ask(uuid), consilium.lacks_consent(uuid) TO consilium_app, consilium_worker;

SELECT consilium.audited(t::regclass, 'case', 'case_id', 'id')
FROM unnest(ARRAY['consilium.match', 'consilium.offer', 'consilium.lane_check']) t;
SELECT consilium.audited('consilium.organisation', 'programme', 'id', 'id');
SELECT consilium.audited('consilium.specialist', 'account', 'id', 'id');
SELECT consilium.audited('consilium.licence', 'account', 'specialist_id', 'specialist_id');
