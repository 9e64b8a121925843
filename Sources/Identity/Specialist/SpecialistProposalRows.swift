import Clinic
import FoundationEssentials
import Postgres

/// The statements about proposals.
enum SpecialistProposalRows {
    /// Whether the organisation exists, whether it is open, and the places of unknown taxonomy codes.
    static func known(_ entry: DirectoryEntry) -> SQL {
        """
        SELECT o.id IS NOT NULL, o.retired_at IS NULL, ARRAY(
            SELECT (t.nth - 1)::integer FROM unnest(\(entry.taxonomyCodes)) WITH ORDINALITY t (code, nth)
            WHERE NOT EXISTS (SELECT FROM consilium.taxonomy n WHERE n.code = t.code) ORDER BY t.nth)
        FROM (SELECT) one LEFT JOIN consilium.organisation o ON o.id = \(entry.organisation)
        """
    }

    /// An address as it is stored.
    struct SealedAddress {
        let sealed: [UInt8]
        let digest: [UInt8]
        let lookupKey: String
    }

    /// Whether nobody is proposed with this address; another proposal with it waits until the transaction ends.
    static func claim(_ digests: [[UInt8]]) -> SQL { "SELECT consilium.claim_proposal(\(digests))" }

    static func insert(
        _ id: SpecialistProposalID, _ entry: DirectoryEntry, at address: SealedAddress, by account: AccountID?
    ) -> SQL {
        """
        INSERT INTO consilium.specialist_proposal (id, state, email, email_digest, email_key, name, credentials,
            organisation_id, time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity, proposed_by)
        VALUES (\(id), 'proposed', \(address.sealed), \(address.digest), \(address.lookupKey), \(entry.name),
            \(entry.credentials), \(entry.organisation), \(entry.timeZone), \(entry.taxonomyCodes),
            \(entry.languages), \(entry.peerToPeer), \(entry.weeklyCapacity), \(account))
        """
    }

    static func approvers(of id: SpecialistProposalID) -> SQL {
        "SELECT approver FROM consilium.approvers_of(\(id)) approver"
    }

    static func approve(_ id: SpecialistProposalID, _ digest: [UInt8]) -> SQL {
        "SELECT consilium.approve_specialist(\(id), \(digest))"
    }

    /// For the schema's owner.
    static func approveForNobody(_ id: SpecialistProposalID, _ digest: [UInt8]) -> SQL {
        """
        UPDATE consilium.specialist_proposal
        SET state = 'approved', token_digest = \(digest), approved_at = clock_timestamp() WHERE id = \(id)
        """
    }

    static func withdraw(_ id: SpecialistProposalID) -> SQL { "SELECT consilium.withdraw_specialist(\(id))" }

    static func join(_ digest: [UInt8]) -> SQL { "SELECT consilium.join_as_specialist(\(digest))" }

    static func select(_ id: SpecialistProposalID) -> SQL { "\(fragment: columns) WHERE p.id = \(id)" }

    /// The latest first, from the one behind `after` on.
    static func select(after: SpecialistProposalID?, limit: Int) -> SQL {
        """
        \(fragment: columns)
        WHERE \(after)::uuid IS NULL OR p.id < \(after) ORDER BY p.id DESC LIMIT \(limit)
        """
    }

    private static let columns: SQL = """
        SELECT p.id, p.state, p.email, p.name, p.credentials, p.organisation_id,
            p.time_zone::text AS time_zone,
            p.taxonomy_codes, p.languages, p.peer_to_peer, p.weekly_capacity, p.proposed_by, p.proposed_at,
            p.approved_by, p.approved_at, p.expires_at, p.joined_by
        FROM consilium.specialist_proposal p
        """
}

extension SpecialistProposal {
    /// - Parameter address: opens the sealed address of a proposal; nil where no key does.
    init(_ row: Row, opening address: (SpecialistProposalID, [UInt8]) -> String?) throws {
        let id: SpecialistProposalID = try row.decode("id")
        self.init(
            id: id, state: try row.decode("state"),
            email: try row.decode("email", as: [UInt8]?.self).flatMap { address(id, $0) },
            entry: DirectoryEntry(
                name: try row.decode("name"), credentials: try row.decode("credentials"),
                organisation: try row.decode("organisation_id"), timeZone: try row.decode("time_zone"),
                taxonomyCodes: try row.decode("taxonomy_codes"), languages: try row.decode("languages"),
                peerToPeer: try row.decode("peer_to_peer"), weeklyCapacity: try row.decode("weekly_capacity")),
            proposedBy: try row.decode("proposed_by"), proposedAt: try row.decode("proposed_at"),
            approvedBy: try row.decode("approved_by"), approvedAt: try row.decode("approved_at"),
            expiresAt: try row.decode("expires_at"), specialist: try row.decode("joined_by"))
    }
}
