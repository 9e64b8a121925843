import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

/// What the service key seals without a data key between: it must come under the new master key before the old one goes.
@Suite("A rotation of what the service key seals", .timeLimit(.minutes(30)))
struct SealRotationTests {
    let keyring = Keyring.generate()
    var vault: Vault { Vault(keyring) }
    var owner: Database { TestDatabase.current.owner }

    private struct Sealed {
        let proposal = SpecialistProposalID.random()
        let recovery = FactorRecoveryID.random()
        /// A mail that waits, and one that is buried and can be revived.
        let notices = [NoticeID.random(), .random()]
        let address = "amara@example.org"
    }

    private func seal() async throws -> Sealed {
        let sealed = Sealed()
        let (account, one) = (try await Seed.account(vault), try await Seed.account(vault, roles: [.operator]))
        try await owner.withTransaction(as: .nobody) { tx in
            let address = Array(sealed.address.utf8)
            let organisation = OrganisationID.random()
            try await tx.execute(
                """
                INSERT INTO consilium.organisation (id, name, city, jurisdiction)
                VALUES (\(organisation), \(organisation.description), 'Columbus', 'US-OH')
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.specialist_proposal (id, state, email, email_digest, email_key, name, credentials,
                    organisation_id, time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity)
                VALUES (\(sealed.proposal), 'proposed',
                    \(vault.serviceKey.seal(address, as: .proposalEmail(sealed.proposal))),
                    \(vault.digest(sealed.address, for: .specialistProposal)), \(vault.lookup.name), 'Amara', 'MD',
                    \(organisation), 'America/New_York', '{207RH0003X}', '{en}', true, 4)
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.factor_recovery (id, account_id, email, state, proposed_by)
                VALUES (\(sealed.recovery), \(account),
                    \(vault.serviceKey.seal(address, as: .recoveryEmail(sealed.recovery))), 'proposed', \(one))
                """)
            for (place, id) in sealed.notices.enumerated() {
                let envelope = try vault.sealEnvelope(
                    MailEnvelope(address: sealed.address, token: Vault.newToken(), language: "en"), for: id)
                let notice = Notice(to: .envelope(envelope), .specialistInvited(sealed.proposal), id: id)
                let payload = String(decoding: try JSONEncoder().encode(notice), as: UTF8.self)
                try await tx.execute(
                    """
                    INSERT INTO consilium.job (id, kind, payload, state, max_attempts, finished_at)
                    VALUES (\(id), 'notice', \(payload)::jsonb, \(place == 0 ? "ready" : "buried"), 25,
                        CASE \(place) WHEN 1 THEN clock_timestamp() END)
                    """)
            }
        }
        return sealed
    }

    /// Whether all of it opens with a keyring.
    private func open(_ sealed: Sealed, by keyring: Keyring) async throws {
        let vault = Vault(keyring)
        try await owner.withTransaction(as: .nobody) { tx in
            func bytes(_ query: SQL) async throws -> [UInt8] {
                try #require(try await tx.first(query)).decode([UInt8].self)
            }
            let proposed = try await bytes(
                "SELECT email FROM consilium.specialist_proposal WHERE id = \(sealed.proposal)")
            #expect(
                try vault.serviceKey.open(proposed, as: .proposalEmail(sealed.proposal)) == Array(sealed.address.utf8)
            )
            let recovered = try await bytes("SELECT email FROM consilium.factor_recovery WHERE id = \(sealed.recovery)")
            #expect(
                try vault.serviceKey.open(recovered, as: .recoveryEmail(sealed.recovery))
                    == Array(sealed.address.utf8))
            for id in sealed.notices {
                let payload = try #require(try await tx.first("SELECT payload FROM consilium.job WHERE id = \(id)"))
                    .decode(JSONColumn<Notice>.self).value
                guard case .envelope(let envelope) = payload.recipient else {
                    Issue.record("an envelope")
                    continue
                }
                #expect(payload.template == .specialistInvited(sealed.proposal))
                #expect(try vault.openEnvelope(envelope, for: id).address == sealed.address)
            }
        }
    }

    @Test("Addresses of proposals and recoveries, and mails that wait, open without the old key afterwards", .database)
    func rotates() async throws {
        let sealed = try await seal()
        let next = try keyring.adding("master-2", of: .master).promoting("master-2", of: .master)
        let last = try next.removing("master-1", of: .master)
        let rotation = KeyRotation(next, database: owner, batch: 1)
        // Four seals, and the keys of two persons: so many keep the old key from being removed.
        #expect(try await rotation.wrapped(by: "master-1") == 6)
        await #expect(throws: VaultError.unknownKey) { try await open(sealed, by: last) }
        let progress = try await rotation.run()
        #expect(progress.done == 6 && progress.left == 0)
        #expect(try await rotation.wrapped(by: "master-1") == 0)
        try await open(sealed, by: last)
        #expect(try await rotation.run().done == 0)
    }

    @Test("An address of a proposal is found by the new look-up key, and keeps the old one until then", .database)
    func rotatesDigest() async throws {
        let sealed = try await seal()
        let next = try keyring.adding("lookup-2", of: .lookup).promoting("lookup-2", of: .lookup)
        let rotation = KeyRotation(next, database: owner)
        // Two accounts, and the proposal.
        #expect(try await rotation.digested(by: "lookup-1") == 3)
        #expect(try await rotation.run().done == 3)
        #expect(try await rotation.digested(by: "lookup-1") == 0)
        let digest = Vault(next).digest(sealed.address, for: .specialistProposal)
        let found = try await owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT id FROM consilium.specialist_proposal WHERE email_digest = \(digest)")?
                .decode(SpecialistProposalID.self)
        }
        #expect(found == sealed.proposal)
    }

    @Test("A reply that is kept for a retry keeps the key under which it lies", .database)
    func countsReplies() async throws {
        let account = try await Seed.account(vault)
        let sealed = try vault.serviceKey.seal([9], as: RowIdentity("idempotency_key.reply", UUID()))
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.idempotency_key (account_id, route, key, fingerprint, status, reply)
                VALUES (\(account), 'POST /v1/holds', 'kept', '', 200, \(sealed)),
                    (\(account), 'POST /v1/holds', 'not yet', '', NULL, NULL)
                """)
        }
        let next = try keyring.adding("master-2", of: .master).promoting("master-2", of: .master)
        let rotation = KeyRotation(next, database: owner)
        try await rotation.run()
        #expect(try await rotation.keptReplies(sealedBy: "master-1") == 1)
        #expect(try await rotation.keptReplies(sealedBy: "master-2") == 0)
    }
}
