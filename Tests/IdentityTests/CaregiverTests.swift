import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import TypedText
import Vault

@testable import Identity

@Suite("A caregiver", .database, .timeLimit(.minutes(5)))
struct CaregiverTests {
    let fixture = IdentityFixture()
    var caregivers: Caregivers { fixture.identity.caregivers }

    private func invite(_ email: String, by patient: Caller) async throws -> (CaregiverGrant, token: String) {
        let grant = try await fixture.work(as: patient) {
            try await caregivers.invite(CaregiverInvitation(email: email, kind: .grant), by: patient, in: $0)
        }
        let address = try EmailAddress(email).text
        return (grant, try #require(try await fixture.token(to: address, .caregiverInvited(grant.id))))
    }

    private func accept(_ token: String, as caller: Caller) async throws -> CaregiverGrant {
        try await fixture.work(as: caller) { try await caregivers.accept(token: token, by: caller, in: $0) }
    }

    private func seesCase(_ caseID: CaseID, _ caller: Caller) async throws -> Bool {
        try await fixture.work(as: caller) { tx in
            try await tx.first("SELECT FROM consilium.clinical_case WHERE id = \(caseID)") != nil
        }
    }

    @Test("who accepts two invitations of one patient at the same moment accepts one", .timeLimit(.minutes(1)))
    func acceptsOnce() async throws {
        let (patient, email) = (try await fixture.caller(), IdentityFixture.address())
        let caregiver = try await fixture.caller(email)
        let (_, first) = try await invite(email, by: patient)
        let (_, second) = try await invite(email, by: patient)
        try await withThrowingTaskGroup { group in
            try await fixture.work(as: caregiver) { tx in
                _ = try await caregivers.accept(token: first, by: caregiver, in: tx)
                group.addTask {
                    await #expect(throws: IdentityRefusal.linkInvalid) { _ = try await accept(second, as: caregiver) }
                }
                let look: SQL = """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%accept_caregiver%'
                    """
                try await wait(for: "the second to wait") { try await fixture.count(look) > 0 }
            }
            try await group.waitForAll()
        }
    }

    @Test("sees the patient's cases from acceptance to the end of the grant")
    func lifetime() async throws {
        let (patient, email) = (try await fixture.caller(), IdentityFixture.address())
        let caseID = try await Seed.openCase(of: patient.account, fixture.vault)
        let caregiver = try await fixture.caller(email)
        let (grant, token) = try await invite(email, by: patient)
        #expect(try await !seesCase(caseID, caregiver))
        let accepted = try await accept(token, as: caregiver)
        #expect(accepted.state == .active)
        #expect(accepted.caregiver == caregiver.account)
        #expect(accepted.email == nil)
        #expect(try await seesCase(caseID, caregiver))
        try await fixture.work(as: patient) { try await caregivers.end(grant.id, by: patient, in: $0) }
        #expect(try await !seesCase(caseID, caregiver))
        await #expect(throws: IdentityRefusal.notFound) {
            try await fixture.work(as: patient) { try await caregivers.end(grant.id, by: patient, in: $0) }
        }
    }

    @Test("has that role from then on, at the next request")
    func role() async throws {
        let (patient, email) = (try await fixture.caller(), IdentityFixture.address())
        let session = try await fixture.signIn(fixture.patient(email))
        let caregiver = try #require(try await fixture.identity.sessions.authenticate(session.token))
        let (_, token) = try await invite(email, by: patient)
        _ = try await accept(token, as: caregiver)
        #expect(
            try await fixture.identity.sessions.authenticate(session.token)?.roles == [.patient, .caregiver])
    }

    @Test("may leave without the patient")
    func leaves() async throws {
        let (patient, email) = (try await fixture.caller(), IdentityFixture.address())
        let caregiver = try await fixture.caller(email)
        let (grant, token) = try await invite(email, by: patient)
        _ = try await accept(token, as: caregiver)
        try await fixture.work(as: caregiver) { try await caregivers.end(grant.id, by: caregiver, in: $0) }
        let left = try await fixture.work(as: patient) { try await caregivers.list(by: patient, in: $0) }
        #expect(left.isEmpty)
    }

    @Test("is not made by a token that was used, taken back, too old, nobody's, or one's own")
    func tokens() async throws {
        let (patient, email) = (try await fixture.caller(), IdentityFixture.address())
        let caregiver = try await fixture.caller(email)
        let (_, own) = try await invite(email, by: patient)
        await #expect(throws: IdentityRefusal.linkInvalid) { _ = try await accept(own, as: patient) }
        let (takenBack, dead) = try await invite(email, by: patient)
        try await fixture.work(as: patient) { try await caregivers.end(takenBack.id, by: patient, in: $0) }
        let (old, late) = try await invite(email, by: patient)
        try await fixture.rewrite(
            "UPDATE consilium.caregiver_grant SET expires_at = clock_timestamp() WHERE id = \(old.id)")
        for token in [dead, late, Vault.newToken()] {
            await #expect(throws: IdentityRefusal.linkInvalid) { _ = try await accept(token, as: caregiver) }
        }
        _ = try await accept(own, as: caregiver)
        await #expect(throws: IdentityRefusal.linkInvalid) { _ = try await accept(own, as: caregiver) }
    }

    @Test("is whoever has the address that was invited, and nobody else who holds the token")
    func address() async throws {
        let (patient, email) = (try await fixture.caller(), IdentityFixture.address())
        let (caregiver, other) = (try await fixture.caller(email), try await fixture.caller())
        let (grant, token) = try await invite(" \(email.uppercased())", by: patient)
        await #expect(throws: IdentityRefusal.linkInvalid) { _ = try await accept(token, as: other) }
        #expect(try await accept(token, as: caregiver).id == grant.id)
    }

    @Test("A stranger sees and ends nobody's grants")
    func strangers() async throws {
        let (patient, stranger) = (try await fixture.caller(), try await fixture.caller())
        let (grant, _) = try await invite(IdentityFixture.address(), by: patient)
        #expect(try await fixture.work(as: stranger) { try await caregivers.list(by: stranger, in: $0) }.isEmpty)
        await #expect(throws: IdentityRefusal.notFound) {
            try await fixture.work(as: stranger) { try await caregivers.end(grant.id, by: stranger, in: $0) }
        }
        let mine = try await fixture.work(as: patient) { try await caregivers.list(by: patient, in: $0) }
        #expect(mine.map(\.id) == [grant.id])
        #expect(mine.first?.email == grant.email)
    }

    @Test("A patient invites ten at once, and not themselves")
    func limits() async throws {
        let email = IdentityFixture.address()
        let patient = try await fixture.caller(email)
        await #expect(throws: FieldRefusal.self) { _ = try await invite(email, by: patient) }
        for _ in 0..<Caregivers.limit { _ = try await invite(IdentityFixture.address(), by: patient) }
        await #expect(throws: IdentityRefusal.tooManyCaregivers) {
            _ = try await invite(IdentityFixture.address(), by: patient)
        }
    }

    @Test("Whoever takes invitations back mails others no more often: an account's mails of a day are counted")
    func mailsOfAnAccount() async throws {
        let (patient, other) = (try await fixture.caller(), try await fixture.caller())
        for _ in 0..<20 {
            let (grant, _) = try await invite(IdentityFixture.address(), by: patient)
            try await fixture.work(as: patient) { try await caregivers.end(grant.id, by: patient, in: $0) }
        }
        let (stranger, new) = (IdentityFixture.address(), IdentityFixture.address())
        let refused = await #expect(throws: MailBudget.Exhausted.self) { _ = try await invite(stranger, by: patient) }
        guard case .account(let seconds) = refused else { throw MailBudget.Exhausted.address(retryAfter: 0) }
        #expect((4000...4320).contains(seconds), "twenty a day are one in 72 minutes")
        #expect(try await fixture.mails(to: stranger).isEmpty)
        // A link to a new address is such a mail, too.
        await #expect(throws: MailBudget.Exhausted.self) {
            try await fixture.identity.emailChange.request(email: new, password: IdentityFixture.password, by: patient)
        }
        #expect(try await fixture.mails(to: new).isEmpty)
        #expect(try await fixture.told(patient.account).contains(.emailChangeAsked) == false)
        _ = try await invite(stranger, by: other)
    }
}
