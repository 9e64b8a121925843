-- How the programme gets its specialists: a coordinator or an operator proposes somebody, another operator approves, and
-- whoever reads the mail of the address becomes a specialist, with an account and a password of their own.

CREATE TABLE consilium.specialist_proposal (
    id uuid PRIMARY KEY,
    state consilium.word NOT NULL
        CONSTRAINT specialist_proposal_state_known CHECK (state IN ('proposed', 'approved', 'joined', 'withdrawn')),
    -- Who is meant, sealed by the house key: the account is not known yet. Forgotten once it is over.
    email bytea,
    -- Of the secret of the mail together with the address that it was sent to: it serves nobody else.
    token_digest bytea UNIQUE,
    -- The entry in the directory that they will have.
    name text NOT NULL CONSTRAINT specialist_proposal_name_length CHECK (length(name) BETWEEN 1 AND 120),
    credentials text NOT NULL
        CONSTRAINT specialist_proposal_credentials_length CHECK (length(credentials) BETWEEN 1 AND 60),
    organisation_id uuid NOT NULL REFERENCES consilium.organisation,
    time_zone consilium.zone NOT NULL,
    taxonomy_codes text[] NOT NULL
        CONSTRAINT specialist_proposal_has_taxonomy CHECK (cardinality(taxonomy_codes) BETWEEN 1 AND 10),
    languages text[] NOT NULL
        CONSTRAINT specialist_proposal_has_language CHECK (cardinality(languages) BETWEEN 1 AND 20),
    peer_to_peer boolean NOT NULL,
    weekly_capacity integer NOT NULL
        CONSTRAINT specialist_proposal_capacity CHECK (weekly_capacity BETWEEN 0 AND 100),
    -- NULL: the owner's command, which acts for nobody.
    proposed_by uuid REFERENCES consilium.account,
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    approved_by uuid REFERENCES consilium.account,
    approved_at timestamptz,
    -- Until when it can be approved; once it is approved, until when the invitation can be accepted.
    expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '14 days',
    joined_by uuid REFERENCES consilium.account,
    ended_at timestamptz,
    CONSTRAINT specialist_proposal_approved
        CHECK (state = 'withdrawn' OR (state IN ('approved', 'joined')) = (approved_at IS NOT NULL)),
    CONSTRAINT specialist_proposal_joined CHECK ((state = 'joined') = (joined_by IS NOT NULL)),
    CONSTRAINT specialist_proposal_forgets_address CHECK ((state IN ('joined', 'withdrawn')) = (email IS NULL)),
    CONSTRAINT specialist_proposal_token CHECK ((state = 'approved') = (token_digest IS NOT NULL)),
    CONSTRAINT specialist_proposal_ended CHECK ((state IN ('joined', 'withdrawn')) = (ended_at IS NOT NULL)),
    -- Two people of the programme, and neither of them the one who becomes a specialist.
    CONSTRAINT specialist_proposal_four_eyes CHECK (approved_by <> proposed_by),
    CONSTRAINT specialist_proposal_not_self CHECK (joined_by <> proposed_by AND joined_by <> approved_by)
);
CREATE INDEX specialist_proposal_open ON consilium.specialist_proposal (id) WHERE state IN ('proposed', 'approved');
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('specialist_proposal', 'proposed', 'approved'), ('specialist_proposal', 'proposed', 'withdrawn'),
    ('specialist_proposal', 'approved', 'joined'), ('specialist_proposal', 'approved', 'withdrawn');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.specialist_proposal
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('specialist_proposal');

-- Nobody new is proposed for an organisation that was retired.
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
CREATE TRIGGER refuse_retired BEFORE INSERT ON consilium.specialist_proposal
    FOR EACH ROW EXECUTE FUNCTION consilium.refuse_retired_organisation();

SELECT consilium.wall('consilium.specialist_proposal');
SELECT consilium.audited('consilium.specialist_proposal', 'programme', 'id', 'id');
COMMENT ON TABLE consilium.specialist_proposal IS 'Nobody becomes a specialist through the gateway but by a row here that one '
    'person of the programme proposed and another, an operator, approved, and by the mail that was sent to its address.';

GRANT SELECT ON consilium.specialist_proposal TO consilium_app;
GRANT INSERT (id, state, email, name, credentials, organisation_id, time_zone, taxonomy_codes, languages, peer_to_peer,
    weekly_capacity, proposed_by) ON consilium.specialist_proposal TO consilium_app;
CREATE POLICY app_select_staff ON consilium.specialist_proposal FOR SELECT TO consilium_app
    USING ((SELECT consilium.has_role('operator')) OR (SELECT consilium.has_role('coordinator')));
CREATE POLICY app_insert_proposer ON consilium.specialist_proposal FOR INSERT TO consilium_app
    WITH CHECK (state = 'proposed' AND proposed_by = (SELECT consilium.actor())
        AND ((SELECT consilium.has_role('operator')) OR (SELECT consilium.has_role('coordinator'))));
-- Whether a mail that invites is still to be sent, or an operator is still to be told.
GRANT SELECT (id, state, expires_at) ON consilium.specialist_proposal TO consilium_worker;
CREATE POLICY worker_select_state ON consilium.specialist_proposal FOR SELECT TO consilium_worker USING (true);

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

-- Approves a proposal of somebody else: the invitation counts for two weeks. False where there is none for this operator.
CREATE FUNCTION consilium.approve_specialist(the_proposal uuid, token bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF NOT has_role('operator') THEN
        RAISE EXCEPTION 'not an operator' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'approve_specialist';
    END IF;
    UPDATE specialist_proposal p SET state = 'approved', token_digest = token, approved_by = actor(),
        approved_at = clock_timestamp(), expires_at = clock_timestamp() + interval '14 days'
    WHERE p.id = the_proposal AND p.state = 'proposed' AND p.expires_at > clock_timestamp()
        AND p.proposed_by <> actor();
    RETURN FOUND;
END
$$;

-- Takes a proposal or its invitation back: an operator, or the coordinator who proposed.
CREATE FUNCTION consilium.withdraw_specialist(the_proposal uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE specialist_proposal p SET state = 'withdrawn', email = NULL, token_digest = NULL,
        ended_at = clock_timestamp()
    WHERE p.id = the_proposal AND p.state IN ('proposed', 'approved')
        AND (has_role('operator') OR has_role('coordinator') AND p.proposed_by = actor());
    RETURN FOUND;
END
$$;

-- The actor accepts the invitation of a mail, by the digest of its secret with their own address: the one way through the
-- gateway to the role `specialist`, and to an entry in the directory. The coordinators are asked to record the licences,
-- without which no lane is open. Returns the proposal; NULL where there is none for this account.
CREATE FUNCTION consilium.join_as_specialist(token bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    invited specialist_proposal;
BEGIN
    SELECT * INTO invited FROM specialist_proposal p WHERE p.token_digest = token FOR NO KEY UPDATE;
    IF invited IS NULL OR invited.state <> 'approved' OR invited.expires_at <= clock_timestamp()
        OR NOT EXISTS (SELECT FROM account a WHERE a.id = actor() AND a.state = 'active')
        OR actor() = invited.proposed_by OR actor() = invited.approved_by THEN
        RETURN NULL;
    END IF;
    UPDATE specialist_proposal p SET state = 'joined', email = NULL, token_digest = NULL, joined_by = actor(),
        ended_at = clock_timestamp() WHERE p.id = invited.id;
    INSERT INTO account_role (account_id, role) VALUES (actor(), 'specialist') ON CONFLICT DO NOTHING;
    -- Who was one before has an entry already, and the licences that were recorded then.
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
GRANT EXECUTE ON FUNCTION consilium.approvers_of(uuid), consilium.approve_specialist(uuid, bytea),
    consilium.withdraw_specialist(uuid), consilium.join_as_specialist(bytea) TO consilium_app;

-- How many proposals wait for an operator, and how many invitations for their reader: for the gateway's metrics.
CREATE FUNCTION consilium.specialist_backlog(OUT proposed integer, OUT approved integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT count(*) FILTER (WHERE p.state = 'proposed')::integer, count(*) FILTER (WHERE p.state = 'approved')::integer
    FROM specialist_proposal p WHERE p.state IN ('proposed', 'approved') AND p.expires_at > clock_timestamp()
$$;
GRANT EXECUTE ON FUNCTION consilium.specialist_backlog() TO consilium_app;
