import Clinic
import FoundationEssentials
import Messaging
import Outbox
import Postgres
import TestSupport
import Vault

/// A case with its patient and the specialist who accepted it.
struct ThreadFixture: Sendable {
    static let vault = Vault(Keyring.generate())

    let messenger: Messenger
    let patient: Caller
    let specialist: Caller
    let caseID: CaseID

    static func make(blinded: Bool = false) async throws -> ThreadFixture {
        let specialist = try await Seed.specialist(vault)
        let patient = try await Seed.account(vault)
        return ThreadFixture(
            messenger: Messenger(
                vault: vault, outbox: Outbox(),
                notifier: ThreadNotifier(TestDatabase.current.app, longestDelay: .milliseconds(200))),
            patient: Seed.caller(patient), specialist: Seed.caller(specialist, roles: [.specialist]),
            caseID: try await Seed.acceptedCase(of: patient, with: specialist, vault, blinded: blinded))
    }

    func run<Value: Sendable>(
        _ caller: Caller, _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        try await TestDatabase.current.app.withTransaction(as: caller.actor, body)
    }

    @discardableResult
    func post(_ text: String, by caller: Caller, revealsPrior: Bool? = nil) async throws -> ThreadEntry {
        try await run(caller) {
            try await messenger.post(
                MessageDraft(text: text, revealsPrior: revealsPrior), to: caseID, by: caller, in: $0)
        }
    }

    func page(after: Int = 0, limit: Int = 200, by caller: Caller) async throws -> ThreadPage {
        try await run(caller) { try await messenger.page(of: caseID, after: after, limit: limit, by: caller, in: $0) }
    }

    func mark(_ seq: Int, by caller: Caller) async throws -> ThreadMark {
        try await run(caller) { try await messenger.mark(seq, of: caseID, by: caller, in: $0) }
    }

    func events(after: Int = 0, by caller: Caller) async throws -> ThreadEvents {
        try await run(caller) {
            try await messenger.events(
                of: caseID, after: after, by: caller, from: TestDatabase.current.app, in: $0)
        }
    }

    /// Signs the specialist's first read, as the schema's owner.
    func signFirstRead() async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) {
            try await $0.execute(
                """
                INSERT INTO first_read (case_id, specialist_id, body, signed_at, signature, signing_key)
                VALUES (\(caseID), \(specialist.account), '', clock_timestamp(), '', 'test')
                """)
        }
    }

    /// How many notices of messages wait for somebody.
    func notices(for caller: Caller) async throws -> Int {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) {
            try await $0.first(
                """
                SELECT count(*) FROM job WHERE kind = 'notice' AND payload::text LIKE '%messagePosted%'
                    AND payload::text ILIKE \("%\(caller.account)%")
                """)?.decode(Int.self) ?? 0
        }
    }
}
