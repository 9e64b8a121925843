import Cases
import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@Suite("A treating clinician takes part by invitation", .database, .timeLimit(.minutes(5)))
struct InvitationTests {
    let fixture = CaseFixture()

    @Test("Nobody is invited without the patient's consent, and nobody consults without the other one")
    func consents() async throws {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.opened(by: patient)
        let draft = InvitationDraft(email: "doc@example.org", consults: true)
        await #expect(throws: CaseRefusal.consentMissing(.treatingClinician)) {
            try await send(draft, for: id, by: patient)
        }
        try await fixture.consent([.treatingClinician], to: id, by: patient)
        await #expect(throws: CaseRefusal.consentMissing(.peerToPeer)) {
            try await send(draft, for: id, by: patient)
        }
        let sent = try await send(InvitationDraft(email: "doc@example.org", readsOpinion: true), for: id, by: patient)
        #expect(sent.email == "doc@example.org")
        #expect(sent.state == .sent)
    }

    @Test("The token of one who may invite nobody any more opens nothing")
    func inviterHasLeft() async throws {
        let (patient, caregiver) = (try await fixture.person(.patient), try await fixture.person(.caregiver))
        let clinician = try await fixture.person()
        let id = try await fixture.opened(by: patient)
        try await fixture.consent([.treatingClinician], to: id, by: patient)
        try await Seed.part(.caregiver, of: caregiver.account, in: id)
        let draft = InvitationDraft(email: address(of: clinician), sendsRecords: true)
        let sent = try await send(draft, for: id, by: caregiver)
        let token = try await token(of: sent.id)
        try await fixture.owner { tx in
            try await tx.execute("UPDATE consilium.case_part SET until = now() WHERE account_id = \(caregiver.account)")
        }
        await #expect(throws: CaseRefusal.notFound) { try await accept(token, by: clinician) }
    }

    @Test("The token of the mail lets the clinician in once, to what was granted and no more")
    func accepts() async throws {
        let (patient, clinician) = (try await fixture.person(.patient), try await fixture.person())
        let id = try await fixture.opened(by: patient)
        try await fixture.consent([.treatingClinician], to: id, by: patient)
        // As somebody types it.
        let draft = InvitationDraft(email: address(of: clinician).uppercased(), sendsRecords: true)
        let sent = try await send(draft, for: id, by: patient)
        let token = try await token(of: sent.id)
        await #expect(throws: CaseRefusal.notFound) { try await accept("wrong", by: clinician) }
        // Whoever else reads the mail: the token serves the address alone, and is not used up by them.
        await #expect(throws: CaseRefusal.notFound) { try await accept(token, by: try await fixture.person()) }
        #expect(try await accept(token, by: clinician) == id)
        await #expect(throws: CaseRefusal.notFound) { try await accept(token, by: clinician) }

        let view = try await fixture.act(clinician) { tx in try await fixture.book.read(id, by: clinician, in: tx) }
        #expect(view.part == .treatingClinician)
        #expect(view.intake == nil)
        #expect(try await TestDatabase.current.parts(told: "clinicianJoined", of: id) == [.patient])
        let records = try await fixture.act(clinician) { tx in
            let theirs = RecordDraft(kind: .labValues, title: "Theirs")
            _ = try await fixture.records.add(theirs, to: id, by: clinician, in: tx)
            return try await fixture.records.list(of: id, by: clinician, in: tx).records
        }
        #expect(records.map(\.title) == ["Theirs"])
        let record = try #require(records.first).id
        let file = FileDraft(
            name: "labs.txt", mediaType: "text/plain", length: 5,
            sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
        try await fixture.act(clinician) { tx in
            let view = try await fixture.uploads.announce(file, for: record, of: id, by: clinician, in: tx)
            _ = try await fixture.uploads.append(
                Array("hello".utf8), at: 0, to: view.id, of: record, in: id, by: clinician, in: tx)
            #expect(try await fixture.uploads.finish(view.id, of: record, in: id, by: clinician, in: tx))
        }
        #expect(try await TestDatabase.current.parts(told: "recordArrived", of: id) == [.patient])
        _ = try await fixture.act(patient) { tx in
            let mine = RecordDraft(kind: .labValues, title: "Mine")
            return try await fixture.records.add(mine, to: id, by: patient, in: tx)
        }
        let seen = try await fixture.act(clinician) { tx in
            try await fixture.records.list(of: id, by: clinician, in: tx).records
        }
        #expect(seen.map(\.title) == ["Theirs"])
    }

    @Test("A clinician who was invited to read the opinion sends no records")
    func readsOnly() async throws {
        let (patient, clinician) = (try await fixture.person(.patient), try await fixture.person())
        let id = try await fixture.opened(by: patient)
        try await invite(clinician, to: id, InvitationDraft(email: "d@example.org", readsOpinion: true), by: patient)
        await #expect(throws: CaseRefusal.notYourPart) {
            try await fixture.act(clinician) { tx in
                let record = RecordDraft(kind: .labValues, title: "Labs")
                return try await fixture.records.add(record, to: id, by: clinician, in: tx)
            }
        }
    }

    @Test("A peer-to-peer opinion needs its treating clinician, and goes to them too")
    func peerToPeer() async throws {
        let (patient, clinician) = (try await fixture.person(.patient), try await fixture.person())
        let specialist = try await fixture.person(.specialist)
        var draft = CaseFixture.draft
        draft.lane = .peerToPeer
        let id = try await fixture.submitted(by: patient, draft)
        try await fixture.assign(id, to: specialist)
        try await fixture.signFirstRead(id, by: specialist)
        await #expect(throws: SigningRefusal.noTreatingClinician) {
            try await fixture.signOpinion(id, by: specialist)
        }
        try await invite(clinician, to: id, InvitationDraft(email: "d@example.org", consults: true), by: patient)
        try await fixture.signOpinion(id, by: specialist)
        let opinion = try await fixture.act(clinician) { tx in
            try await fixture.opinions.read(id, by: clinician, in: tx)
        }
        #expect(opinion.signature?.verified == true)
        #expect(try await fixture.notices(to: clinician.account).contains { $0.contains("opinionReady") })
    }

    @Test(
        "Whoever is uninvited, or loses the consent that they rest on, takes part no longer; they can be invited again")
    func withdraws() async throws {
        let (patient, clinician) = (try await fixture.person(.patient), try await fixture.person())
        let id = try await fixture.opened(by: patient)
        let draft = InvitationDraft(email: address(of: clinician), readsOpinion: true)
        let sent = try await invite(clinician, to: id, draft, by: patient)
        try await fixture.act(patient) { tx in
            try await fixture.invitations.withdraw(sent, of: id, by: patient, in: tx)
        }
        await #expect(throws: CaseRefusal.notFound) {
            try await fixture.act(clinician) { tx in try await fixture.book.read(id, by: clinician, in: tx) }
        }
        let again = try await send(draft, for: id, by: patient)
        #expect(try await accept(try await token(of: again.id), by: clinician) == id)
        try await fixture.act(patient) { tx in
            let given = try await fixture.consents.list(for: id, by: patient, in: tx).consents
            let consent = try #require(given.first { $0.kind == .treatingClinician })
            try await fixture.consents.withdraw(consent.id, of: id, by: patient, in: tx)
        }
        await #expect(throws: CaseRefusal.notFound) {
            try await fixture.act(clinician) { tx in try await fixture.book.read(id, by: clinician, in: tx) }
        }
        let states = try await fixture.act(patient) { tx in
            try await fixture.invitations.list(of: id, by: patient, in: tx).invitations.map(\.state)
        }
        #expect(states == [.withdrawn, .withdrawn])
    }

    @Test(
        "An address that could break a header, or an invitation to nothing, is refused",
        arguments: [
            (InvitationDraft(email: "a@b\r\nBcc: c@d", readsOpinion: true), "/email"),
            (InvitationDraft(email: "nobody", readsOpinion: true), "/email"),
            (InvitationDraft(email: "a@b.org"), "/sendsRecords"),
        ])
    func refuses(draft: InvitationDraft, pointer: String) async throws {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.opened(by: patient)
        await #expect {
            try await send(draft, for: id, by: patient)
        } throws: {
            ($0 as? FieldRefusal)?.pointer == pointer
        }
    }

    @Test("Whoever takes an invitation back and sends it again mails nobody beyond an address's and their own mails")
    func mails() async throws {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.opened(by: patient)
        try await fixture.consent([.treatingClinician], to: id, by: patient)
        func sendAndWithdraw(_ email: String) async throws {
            let sent = try await send(InvitationDraft(email: email, readsOpinion: true), for: id, by: patient)
            try await fixture.act(patient) { tx in
                try await fixture.invitations.withdraw(sent.id, of: id, by: patient, in: tx)
            }
        }
        for email in ["often@example.org", "Often@Example.org", "often@example.ORG"] {
            try await sendAndWithdraw(email)
        }
        await #expect(throws: MailBudget.Exhausted.address(retryAfter: 600)) {
            try await sendAndWithdraw("OFTEN@example.org")
        }
        for number in 4...20 { try await sendAndWithdraw("doc\(number)@example.org") }
        await #expect {
            try await sendAndWithdraw("doc21@example.org")
        } throws: {
            if case MailBudget.Exhausted.account = $0 { true } else { false }
        }
        let sent = try await fixture.act(patient) { tx in
            try await fixture.invitations.list(of: id, by: patient, in: tx).invitations
        }
        #expect(sent.count == 20)
        let colleague = try await fixture.person(.patient)
        let theirs = try await fixture.opened(by: colleague)
        try await fixture.consent([.treatingClinician], to: theirs, by: colleague)
        _ = try await send(InvitationDraft(email: "often@example.org", readsOpinion: true), for: theirs, by: colleague)
    }

    /// As `Seed.account` makes it up.
    private func address(of person: Caller) -> String { "\(person.account)@example.org" }

    @discardableResult
    private func invite(
        _ clinician: Caller, to id: CaseID, _ draft: InvitationDraft, by patient: Caller
    ) async throws -> InvitationID {
        try await fixture.consent([.treatingClinician], to: id, by: patient)
        var draft = draft
        draft.email = address(of: clinician)
        let sent = try await send(draft, for: id, by: patient)
        _ = try await accept(try await token(of: sent.id), by: clinician)
        return sent.id
    }

    private func send(_ draft: InvitationDraft, for id: CaseID, by patient: Caller) async throws -> Invitation {
        try await fixture.act(patient) { tx in try await fixture.invitations.send(draft, for: id, by: patient, in: tx) }
    }

    private func accept(_ token: String, by clinician: Caller) async throws -> CaseID {
        try await fixture.act(clinician) { tx in try await fixture.invitations.accept(token, by: clinician, in: tx) }
    }

    /// The token that the worker would put in the mail.
    private func token(of invitation: InvitationID) async throws -> String {
        let notices = try await fixture.owner { tx in
            try await tx.query("SELECT j.payload FROM consilium.job j WHERE j.kind = 'notice' ORDER BY j.id DESC")
                .map { try $0.decode(JSONColumn<Notice>.self).value }
        }
        let notice = try #require(notices.first { $0.template == .clinicianInvited(invitation) })
        guard case .envelope(let sealed) = notice.recipient else { throw CaseRefusal.notFound }
        return try #require(try fixture.vault.openEnvelope(sealed, for: notice.id).token)
    }
}
