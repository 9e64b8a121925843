import Cases
import Clinic
import Postgres
import TestSupport
import Testing

@Suite("The consent to a panel", .database, .timeLimit(.minutes(5)))
struct PanelConsentTests {
    @Test("withdrawn ends the part of every colleague in the case, and no other's")
    func withdrawn() async throws {
        let fixture = CaseFixture()
        let patient = try await Seed.account(fixture.vault)
        let specialist = try await Seed.specialist(fixture.vault)
        let colleague = try await Seed.specialist(fixture.vault)
        let id = try await Seed.acceptedCase(of: patient, with: specialist, fixture.vault)
        try await Seed.part(.colleague, of: colleague, in: id)
        let caller = Seed.caller(patient)
        let app = TestDatabase.current.app
        let consent = try await app.withTransaction(as: caller.actor) {
            try await fixture.consents.give(
                ConsentDraft(kind: .panel, wording: "panel.2026-01"), for: id, by: caller, in: $0)
        }
        func cases(of account: AccountID) async throws -> Int {
            try await app.withTransaction(as: Seed.caller(account).actor) {
                try await $0.query("SELECT FROM clinical_case WHERE id = \(id)").count
            }
        }
        #expect(try await cases(of: colleague) == 1)
        try await app.withTransaction(as: caller.actor) {
            try await fixture.consents.withdraw(consent.id, of: id, by: caller, in: $0)
        }
        #expect(try await cases(of: colleague) == 0)
        #expect(try await cases(of: specialist) == 1)
    }
}
