-- Break-glass (45 CFR 164.312(a)(2)(ii)): somebody of the programme who has no part in a case reads it for an hour, with a
-- reason. Everything here is for reading: no policy of a write asks for it.

CREATE TABLE consilium.emergency_access (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    account_id uuid NOT NULL REFERENCES consilium.account,
    -- Sealed by the case key, which shows only once the row is there: an empty one comes first, in one transaction.
    reason bytea NOT NULL DEFAULT '',
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT emergency_access_lasts_an_hour CHECK (until = since + interval '1 hour')
);
CREATE INDEX emergency_access_account ON consilium.emergency_access (account_id, case_id, until);
CREATE INDEX emergency_access_case ON consilium.emergency_access (case_id, id);

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
CREATE CONSTRAINT TRIGGER reason AFTER INSERT ON consilium.emergency_access
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.check_emergency_reason();

SELECT consilium.wall('consilium.emergency_access');
SELECT consilium.audited('consilium.emergency_access', 'case', 'case_id', 'id');

-- Who may: a specialist of the programme, or an operator. What they opened ends with the role.
CREATE FUNCTION consilium.may_open_in_emergency(the_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM account_role r
        WHERE r.account_id = the_person AND r.role IN ('specialist', 'operator'));
END
$$;

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

-- The cases that the actor may read for now.
CREATE FUNCTION consilium.emergency_cases() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    me uuid := actor();
BEGIN
    RETURN QUERY SELECT e.case_id FROM emergency_access e
    WHERE e.account_id = me AND e.until > clock_timestamp() AND may_open_in_emergency(me);
END
$$;
-- Their people; and, for a case's own people, who read it so.
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
-- Whether somebody reads a case by emergency access: what its audit entries then say.
CREATE FUNCTION consilium.reads_in_emergency(the_person uuid, the_case uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    -- What was read in the hour's last moment is written down a moment later.
    RETURN EXISTS (SELECT FROM emergency_access e WHERE e.account_id = the_person AND e.case_id = the_case
            AND e.until > clock_timestamp() - interval '1 minute')
        AND NOT EXISTS (SELECT FROM case_part p WHERE p.account_id = the_person AND p.case_id = the_case
            AND p.until IS NULL);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.open_emergency_access(uuid, uuid), consilium.emergency_cases(),
    consilium.emergency_people() TO consilium_app;

GRANT SELECT, UPDATE (reason) ON consilium.emergency_access TO consilium_app;
CREATE POLICY app_select_own_or_of_case ON consilium.emergency_access FOR SELECT TO consilium_app USING (
    account_id = (SELECT consilium.actor()) OR consilium.has_part(case_id, 'patient', 'caregiver', 'coordinator'));
-- The reason is given once.
CREATE POLICY app_update_reason_once ON consilium.emergency_access FOR UPDATE TO consilium_app
    USING (account_id = (SELECT consilium.actor()) AND reason = '')
    WITH CHECK (account_id = (SELECT consilium.actor()));

-- Who it was can be named, and whom it is about.
CREATE POLICY app_select_emergency_name ON consilium.account_particular FOR SELECT TO consilium_app
    USING (kind = 'name' AND account_id IN (SELECT consilium.emergency_people()));
CREATE POLICY app_select_emergency ON consilium.person_key FOR SELECT TO consilium_app
    USING (account_id IN (SELECT consilium.emergency_people()));
CREATE POLICY app_select_emergency ON consilium.clinical_case FOR SELECT TO consilium_app
    USING (id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_emergency ON consilium.case_key FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_emergency ON consilium.case_part FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_emergency ON consilium.consent FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_emergency ON consilium.intake_part FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_emergency ON consilium.record FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));
-- Its pieces follow it.
CREATE POLICY app_select_emergency ON consilium.record_file FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_emergency ON consilium.first_read FOR SELECT TO consilium_app
    USING (signed_at IS NOT NULL AND case_id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_emergency ON consilium.opinion FOR SELECT TO consilium_app
    USING (delivered_at IS NOT NULL AND case_id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_emergency ON consilium.outcome FOR SELECT TO consilium_app
    USING (case_id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_emergency ON consilium.thread FOR SELECT TO consilium_app
    USING (kind = 'care' AND case_id IN (SELECT consilium.emergency_cases()));
CREATE POLICY app_select_emergency ON consilium.message FOR SELECT TO consilium_app
    USING (NOT staff_only AND case_id IN (SELECT consilium.emergency_cases()));
