import Clinic
import FoundationEssentials
import Postgres

/// What is asked of the proposals' table, and of the functions that move one on.
enum SpecialistProposalRows {
    /// Whether there is such an organisation, whether it is open, and the places of codes that no taxonomy has.
    static func known(_ draft: SpecialistProposalDraft) -> SQL {
        """
        SELECT o.id IS NOT NULL, o.retired_at IS NULL, ARRAY(
            SELECT (t.nth - 1)::integer FROM unnest(\(draft.taxonomyCodes)) WITH ORDINALITY t (code, nth)
            WHERE NOT EXISTS (SELECT FROM consilium.taxonomy n WHERE n.code = t.code) ORDER BY t.nth)
        FROM (SELECT) one LEFT JOIN consilium.organisation o ON o.id = \(draft.organisation)
        """
    }

    static func insert(
        _ id: SpecialistProposalID, _ draft: SpecialistProposalDraft, _ email: [UInt8], by account: AccountID?
    ) -> SQL {
        """
        INSERT INTO consilium.specialist_proposal (id, state, email, name, credentials, organisation_id, time_zone,
            taxonomy_codes, languages, peer_to_peer, weekly_capacity, proposed_by)
        VALUES (\(id), 'proposed', \(email), \(draft.name), \(draft.credentials), \(draft.organisation),
            \(draft.timeZone), \(draft.taxonomyCodes), \(draft.languages), \(draft.peerToPeer),
            \(draft.weeklyCapacity), \(account))
        """
    }

    static func approvers(of id: SpecialistProposalID) -> SQL {
        "SELECT approver FROM consilium.approvers_of(\(id)) approver"
    }

    static func approve(_ id: SpecialistProposalID, _ digest: [UInt8]) -> SQL {
        "SELECT consilium.approve_specialist(\(id), \(digest))"
    }

    /// By the schema's owner.
    static func approveForNobody(_ id: SpecialistProposalID, _ digest: [UInt8]) -> SQL {
        """
        UPDATE consilium.specialist_proposal
        SET state = 'approved', token_digest = \(digest), approved_at = clock_timestamp() WHERE id = \(id)
        """
    }

    static func withdraw(_ id: SpecialistProposalID) -> SQL { "SELECT consilium.withdraw_specialist(\(id))" }

    static func join(_ digest: [UInt8]) -> SQL { "SELECT consilium.join_as_specialist(\(digest))" }

    static func select(_ id: SpecialistProposalID?) -> SQL {
        """
        SELECT id, state, email, name, credentials, organisation_id, time_zone::text, taxonomy_codes, languages,
            peer_to_peer, weekly_capacity, proposed_by, proposed_at, approved_by, approved_at, expires_at, joined_by
        FROM consilium.specialist_proposal WHERE \(id)::uuid IS NULL OR id = \(id) ORDER BY id DESC LIMIT 200
        """
    }
}

extension SpecialistProposal {
    /// - Parameter address: opens the sealed address of a proposal.
    init(_ row: Row, opening address: (SpecialistProposalID, [UInt8]) throws -> String) throws {
        let (
            id, state, email, name, credentials, organisation, timeZone, taxonomyCodes, languages, peerToPeer, capacity,
            proposedBy, proposedAt, approvedBy, approvedAt, expiresAt, specialist
        ) = try row.decode(
            SpecialistProposalID.self, String.self, [UInt8]?.self, String.self, String.self, OrganisationID.self,
            String.self, [String].self, [String].self, Bool.self, Int.self, AccountID?.self, Date.self, AccountID?.self,
            Date?.self, Date.self, AccountID?.self)
        self.init(
            id: id, state: SpecialistProposalState(rawValue: state) ?? .withdrawn,
            email: try email.map { try address(id, $0) }, name: name, credentials: credentials,
            organisation: organisation, timeZone: timeZone, taxonomyCodes: taxonomyCodes, languages: languages,
            peerToPeer: peerToPeer, weeklyCapacity: capacity, proposedBy: proposedBy, proposedAt: proposedAt,
            approvedBy: approvedBy, approvedAt: approvedAt, expiresAt: expiresAt, specialist: specialist)
    }
}
