-- Colleagues in a case, and what is offered without being asked for: alternatives and the waitlist.

-- Brings a further specialist into a case: the one way to become a colleague. By the case's specialist or a coordinator,
-- while the patient's consent is in force; or by who accepts a hold that was offered with her. NULL where the case cannot
-- have consults, she has another part in it, or no lawful lane check of this transaction says that she may.
CREATE FUNCTION consilium.bring_colleague(the_case uuid, the_colleague uuid) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    came timestamptz;
BEGIN
    IF NOT has_part(the_case, 'specialist', 'coordinator')
        AND NOT EXISTS (SELECT FROM hold h WHERE h.case_id = the_case AND h.specialist_id = the_colleague
            AND h.kind = 'offered' AND h.state = 'active' AND h.expires_at > clock_timestamp()
            AND has_part(the_case, 'patient', 'caregiver', 'treating_clinician')) THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'bring_colleague';
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

-- Ends the part of one colleague, or of all: a panel goes on without her, what was hers alone is cancelled, and holds
-- that name her are given back. Returns whom to tell of which consult, and how that stands now. The calendars are locked
-- here, in the house's order.
CREATE FUNCTION consilium.release_colleagues(the_case uuid, the_colleague uuid DEFAULT NULL)
RETURNS TABLE (appointment_id uuid, state text, person_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
#variable_conflict use_column
DECLARE
    leaving uuid[];
    holds uuid[];
    consults uuid[];
BEGIN
    IF NOT has_part(the_case, 'patient', 'caregiver', 'specialist', 'coordinator')
        AND NOT (the_colleague IS NOT DISTINCT FROM actor() AND has_part(the_case, 'colleague')) THEN
        RAISE EXCEPTION 'no part' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'release_colleagues';
    END IF;
    SELECT coalesce(array_agg(p.account_id), '{}') INTO leaving FROM case_part p
    WHERE p.case_id = the_case AND p.part = 'colleague' AND p.until IS NULL
        AND (the_colleague IS NULL OR p.account_id = the_colleague);
    -- Of the whole case: whoever holds or books for it at the same time comes before or after.
    PERFORM FROM calendar c WHERE c.person_id IN (
            SELECT k.patient_id FROM clinical_case k WHERE k.id = the_case
            UNION SELECT h.party_id FROM hold h WHERE h.case_id = the_case AND h.state = 'active'
            UNION SELECT a.party_id FROM appointment a
                WHERE a.case_id = the_case AND a.state IN ('booked', 'checked_in'))
        ORDER BY c.person_id FOR NO KEY UPDATE;
    PERFORM FROM calendar c WHERE c.person_id IN (
            SELECT k.specialist_id FROM clinical_case k WHERE k.id = the_case
            UNION SELECT unnest(leaving)
            UNION SELECT unnest(h.specialist_id || h.colleagues) FROM hold h
                WHERE h.case_id = the_case AND h.state = 'active'
            UNION SELECT unnest(a.specialist_id || a.colleagues) FROM appointment a
                WHERE a.case_id = the_case AND a.state IN ('booked', 'checked_in'))
        ORDER BY c.person_id FOR NO KEY UPDATE;
    SELECT array_agg(h.id ORDER BY h.id) INTO holds FROM hold h
    WHERE h.case_id = the_case AND h.state = 'active' AND (h.specialist_id || h.colleagues) && leaving;
    SELECT array_agg(a.id ORDER BY a.id) INTO consults FROM appointment a
    WHERE a.case_id = the_case AND a.state IN ('booked', 'checked_in') AND (a.specialist_id || a.colleagues) && leaving;
    DELETE FROM busy b WHERE b.hold_id = ANY (holds);
    UPDATE hold h SET state = 'lapsed' WHERE h.id = ANY (holds);
    -- Whom to tell is who was to meet.
    RETURN QUERY
        SELECT a.id, CASE WHEN a.specialist_id = ANY (leaving) THEN 'cancelled' ELSE a.state::text END, person
        FROM appointment a, unnest(a.party_id || a.specialist_id || a.colleagues) person
        WHERE a.id = ANY (consults);
    DELETE FROM busy b USING appointment a
    WHERE a.id = ANY (consults) AND b.appointment_id = a.id
        AND (a.specialist_id = ANY (leaving) OR b.person_id = ANY (leaving));
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
GRANT EXECUTE ON FUNCTION consilium.bring_colleague(uuid, uuid), consilium.release_colleagues(uuid, uuid)
    TO consilium_app;
