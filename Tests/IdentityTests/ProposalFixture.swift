import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

/// A programme whose people propose, approve and join; each test has people, addresses and organisations of its own.
struct ProposalFixture {
    let fixture = IdentityFixture()
    var proposals: SpecialistProposals { fixture.identity.specialistProposals }

    private static let code = "207RH0003X"

    func person(_ role: Role) async throws -> Caller {
        try await Seed.signedIn(fixture.vault, Seed.account(fixture.vault, roles: [role])).caller
    }

    func organisation(retired: Bool = false) async throws -> OrganisationID {
        let id = OrganisationID.random()
        try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.organisation (id, name, city, jurisdiction, retired_at)
                VALUES (\(id), \(id.description), 'Columbus', 'US-OH', CASE WHEN \(retired) THEN clock_timestamp() END)
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.taxonomy VALUES (\(Self.code), 'Physicians', 'Internal Medicine', '', '')
                ON CONFLICT DO NOTHING
                """)
        }
        return id
    }

    func draft(_ email: String = IdentityFixture.address()) async throws -> SpecialistProposalDraft {
        SpecialistProposalDraft(
            email: email,
            entry: DirectoryEntry(
                name: "Amara Nwachukwu-Bell", credentials: "MD", organisation: try await organisation(),
                timeZone: "America/New_York", taxonomyCodes: [Self.code], languages: ["en"], peerToPeer: true,
                weeklyCapacity: 4))
    }

    func propose(_ draft: SpecialistProposalDraft, by caller: Caller) async throws -> SpecialistProposal {
        try await fixture.work(as: caller) { try await proposals.propose(draft, by: caller, in: $0) }
    }

    func approve(_ id: SpecialistProposalID, by caller: Caller) async throws -> SpecialistProposal {
        try await fixture.work(as: caller) { try await proposals.approve(id, by: caller, in: $0) }
    }

    func join(_ token: String, as caller: Caller) async throws {
        try await fixture.work(as: caller) { try await proposals.join(token: token, by: caller, in: $0) }
    }

    func isSpecialist(_ account: AccountID) async throws -> Bool {
        try await fixture.count(
            """
            SELECT count(*) FROM consilium.account_role r JOIN consilium.specialist s ON s.id = r.account_id
            WHERE r.account_id = \(account) AND r.role = 'specialist'
            """) == 1
    }

    /// The secret of the invitation that was mailed to an address.
    func invitation(_ id: SpecialistProposalID, to email: String) async throws -> String {
        try #require(try await fixture.token(to: email, .specialistInvited(id)))
    }

    /// An invitation that was approved, and who can accept it.
    func approved() async throws -> (token: String, caller: Caller) {
        let email = IdentityFixture.address()
        let proposal = try await propose(try await draft(email), by: person(.coordinator))
        _ = try await approve(proposal.id, by: person(.operator))
        return (try await invitation(proposal.id, to: email), try await fixture.caller(email))
    }

    /// Takes a role as the owner's command does.
    func take(_ role: Role, from account: AccountID) async throws {
        _ = try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT * FROM consilium.take_role(\(account), \(role))")
        }
    }

    func close(_ account: AccountID) async throws {
        _ = try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT * FROM consilium.close_account(\(account))")
        }
    }

    func state(_ id: SpecialistProposalID) async throws -> (state: String, hasAddress: Bool)? {
        try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT state::text, email IS NOT NULL OR email_digest IS NOT NULL OR token_digest IS NOT NULL
                FROM consilium.specialist_proposal WHERE id = \(id)
                """)?.decode(String.self, Bool.self)
        }
    }
}
