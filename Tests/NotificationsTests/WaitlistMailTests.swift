import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Notifications

@Suite("A mail to who waits for an opening", .database, .timeLimit(.minutes(5)))
struct WaitlistMailTests {
    let vault = Vault(.generate())

    /// An offered hold in two days and a place in the line, both of a consult's patient.
    private func made(of consult: Consult) async throws -> (HoldID, WaitlistID) {
        let (hold, place) = (HoldID.random(), WaitlistID.random())
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.hold (id, case_id, specialist_id, party_id, visit_type, visit_version, kind, state,
                    starts_at, ends_at, token_digest, made_by, expires_at)
                VALUES (\(hold), \(consult.caseID), \(consult.specialist), \(consult.patient), 'consult-30', 1, 'offered',
                    'active', now() + interval '2 days', now() + interval '2 days 30 minutes',
                    \(Array(hold.description.utf8)), \(consult.patient), now() + interval '2 hours')
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.waitlist (id, case_id, specialist_id, party_id, visit_type, during, state,
                    joined_by, notified_at, notified_start)
                VALUES (\(place), \(consult.caseID), \(consult.specialist), \(consult.patient), 'consult-30',
                    tstzrange(now(), NULL), 'waiting', \(consult.patient), now(), now() + interval '2 days')
                """)
        }
        return (hold, place)
    }

    @Test(
        "comes neither at night nor in quiet hours, and not once it is over",
        arguments: [(20, true), (21, false), (23, false), (7, false), (8, true), (12, true)])
    func night(hour: Int, isDay: Bool) async throws {
        let consult = try await Consult(
            vault, startsAt: Date(timeIntervalSinceNow: 5 * 86_400), zone: Seed.zone(whereItIs: hour))
        let (hold, place) = try await made(of: consult)
        let mails = SentMails(vault)
        for template: Notice.Template in [.openingOffered(hold), .openingsAvailable(place)] {
            #expect(try await (mails.deliver(template, to: consult.patient) != nil) == isDay)
        }
        guard isDay else { return }
        #expect(mails.all[0].contains("https://c.example/holds/\(hold)\n"))
        #expect(mails.all[1].contains("https://c.example/waitlist/\(place)\n"))
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.notification_preference (account_id, quiet_from, quiet_to)
                VALUES (\(consult.patient), make_time(\(Int32(hour)) - 1, 0, 0), make_time(\(Int32(hour)) + 1, 0, 0))
                """)
        }
        #expect(try await mails.deliver(.openingOffered(hold), to: consult.patient) == nil)
        // Quiet hours that leave no waking hour would say: never.
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                UPDATE consilium.notification_preference SET quiet_from = '08:00', quiet_to = '21:00'
                WHERE account_id = \(consult.patient)
                """)
        }
        #expect(try await mails.deliver(.openingOffered(hold), to: consult.patient) != nil)
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("DELETE FROM consilium.notification_preference WHERE account_id = \(consult.patient)")
            try await tx.execute("UPDATE consilium.hold SET state = 'released' WHERE id = \(hold)")
            try await tx.execute(
                "UPDATE consilium.waitlist SET state = 'left', ended_at = now() WHERE id = \(place)")
        }
        for template: Notice.Template in [.openingOffered(hold), .openingsAvailable(place)] {
            #expect(try await mails.deliver(template, to: consult.patient) == nil)
        }
    }

    @Test("says until when a time is kept, and of two that are kept instead of one consult tells both")
    func both() async throws {
        let consult = try await Consult(
            vault, startsAt: Date(timeIntervalSinceNow: 5 * 86_400), zone: Seed.zone(whereItIs: 12))
        let mails = SentMails(vault)
        let (alone, _) = try await made(of: consult)
        #expect(try await mails.deliver(.openingOffered(alone), to: consult.patient) != nil)
        let single = mails.all[0].split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(single.contains("A time is kept for you") && single.contains("is kept for you alone until"))
        let standIn = try await Seed.specialist(vault)
        let (other, later) = (HoldID.random(), HoldID.random())
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                "UPDATE consilium.appointment SET state = 'cancelled', ended_at = now() WHERE id = \(consult.appointment)"
            )
            for (hold, specialist, days) in [(other, standIn, 3), (later, consult.specialist, 4)]
                as [(HoldID, AccountID, Int32)]
            {
                try await tx.execute(
                    """
                    INSERT INTO consilium.hold (id, case_id, specialist_id, party_id, visit_type, visit_version, kind, state,
                        starts_at, ends_at, token_digest, made_by, expires_at, appointment_id)
                    VALUES (\(hold), \(consult.caseID), \(specialist), \(consult.patient), 'consult-30', 1, 'offered',
                        'active', now() + make_interval(days => \(days)),
                        now() + make_interval(days => \(days), mins => 30), \(Array(hold.description.utf8)),
                        \(consult.patient), now() + interval '1 day', \(consult.appointment))
                    """)
            }
        }
        #expect(try await mails.deliver(.openingOffered(other), to: consult.patient) != nil)
        let mail = try #require(mails.all.last)
        #expect(mail.contains("Times are kept for you") && mail.contains("until"))
        for hold in [other, later] { #expect(mail.contains("https://c.example/holds/\(hold)")) }
        #expect(!mail.contains("\(alone)"))
    }
}
