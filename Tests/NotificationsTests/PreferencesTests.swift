import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Notifications

@Suite("Preferences and what was told", .database, .timeLimit(.minutes(5)))
struct PreferencesTests {
    let vault = Vault(.generate())
    let app = TestDatabase.current.app
    let notifications = NotificationService()

    private func caller() async throws -> Caller {
        Caller(
            account: try await Seed.account(vault), session: .random(), roles: [.patient], showedSecondFactor: false,
            provedLately: true)
    }

    private func set(_ new: NotificationPreferences, version: Int, by caller: Caller) async throws -> Int {
        try await app.withTransaction(as: caller.actor) { tx in
            try await notifications.setPreferences(new, ifVersion: ExpectedVersion(version), by: caller, in: tx)
        }
    }

    @Test("The usual is in force until something is chosen; what is chosen is read again")
    func roundTrip() async throws {
        let caller = try await caller()
        let usual = try await app.withTransaction(as: caller.actor) {
            try await notifications.preferences(by: caller, in: $0)
        }
        #expect(usual == (.usual, 0))
        let chosen = NotificationPreferences(
            email: false, reminders: false, quietHours: .init(from: "22:00", to: "07:30"), showNames: true)
        #expect(try await set(chosen, version: 0, by: caller) == 1)
        let read = try await app.withTransaction(as: caller.actor) {
            try await notifications.preferences(by: caller, in: $0)
        }
        #expect(read == (chosen, 1))
        #expect(try await set(.usual, version: 1, by: caller) == 2)
    }

    @Test("A change names the version it read", arguments: [0, 1, 3])
    func checksVersion(version: Int) async throws {
        let caller = try await caller()
        _ = try await set(.usual, version: 0, by: caller)
        _ = try await set(.usual, version: 1, by: caller)
        await #expect(throws: VersionRefusal.changedMeanwhile) {
            try await set(.usual, version: version, by: caller)
        }
    }

    @Test(
        "Quiet hours out of form are refused with the field's name",
        arguments: [
            ("24:00", "07:00", "from"), ("22:00", "7:00", "to"), ("22:00", "22:00", "to"), ("22:00", "x", "to"),
        ])
    func refusesHours(from: String, to: String, field: String) async throws {
        let caller = try await caller()
        var new = NotificationPreferences.usual
        new.quietHours = .init(from: from, to: to)
        let refusal = await #expect(throws: FieldRefusal.self) { try await set(new, version: 0, by: caller) }
        #expect(refusal?.pointer == "/quietHours/\(field)")
    }

    @Test("A person sees what they were told, the latest first, and nothing of anybody else")
    func lists() async throws {
        let (caller, other) = (try await caller(), try await caller())
        var ids: [NoticeID] = []
        for account in [caller.account, caller.account, caller.account, other.account] {
            let id = NoticeID.random()
            try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                try await tx.execute(
                    """
                    INSERT INTO consilium.notification (id, account_id, template)
                    VALUES (\(id), \(account), 'password_changed')
                    """)
                try await tx.execute(
                    """
                    INSERT INTO consilium.delivery (notification_id, channel, state) VALUES (\(id), 'email', 'sent')
                    """)
            }
            ids.append(id)
        }
        let mine = ids.prefix(3).sorted(by: >)
        let (first, rest) = try await app.withTransaction(as: caller.actor) { tx in
            let first = try await notifications.entries(limit: 2, by: caller, in: tx)
            return (first, try await notifications.entries(before: first.last?.id, limit: 2, by: caller, in: tx))
        }
        #expect(first.map(\.id) == Array(mine.prefix(2)) && rest.map(\.id) == Array(mine.suffix(1)))
        #expect(first.allSatisfy { $0.mail == "sent" && $0.template == "password_changed" })
    }
}
