import Clinic
import FoundationEssentials
import Postgres
import Scheduling
import TestSupport
import Testing
import Vault

@Suite("The waitlist between doctors", .database, .timeLimit(.minutes(5)))
struct PeerWaitlistTests {
    /// Where everybody is awake.
    private static let noon = Seed.zone(whereItIs: 12)

    /// How a treating clinician ceases to be the party of a case.
    enum Leaving: CaseIterable {
        case withdrawn, withoutConsults, closed
    }

    /// A specialist whose only hour of a day is booked; a treating clinician waits for it, and a patient behind them.
    private struct Line {
        let first: SchedulingFixture
        let booked: Appointment
        let peer: SchedulingFixture
        let clinician: Caller
        let behind: SchedulingFixture

        static func make() async throws -> Line {
            let first = try await SchedulingFixture.make(hours: [("09:00", "10:00")])
            let booked = try await first.book(try await first.hold(try await first.opening().startsAt))
            let peer = try await SchedulingFixture.make(with: first.specialist.account, lane: .peerToPeer)
            let line = Line(
                first: first, booked: booked, peer: peer, clinician: try await clinician(of: peer, consents: true),
                behind: try await SchedulingFixture.make(with: first.specialist.account, patientIn: noon))
            try await peer.join(earliest: booked.startsAt, latest: booked.endsAt, by: line.clinician)
            try await line.behind.join(earliest: booked.startsAt, latest: booked.endsAt)
            try await first.serve()
            return line
        }

        /// - Parameter consents: whether the patient's consent is given now.
        static func clinician(of peer: SchedulingFixture, consents: Bool) async throws -> Caller {
            let account = try await Seed.consultingClinician(
                SchedulingFixture.vault, in: peer.caseID, of: peer.patient.account, consents: consents)
            try await peer.asOwner("UPDATE account SET time_zone = \(noon) WHERE id = \(account)")
            return Seed.caller(account, roles: [.treatingClinician])
        }

        func leave(_ leaving: Leaving) async throws {
            switch leaving {
            case .withdrawn: break
            case .withoutConsults:
                try await peer.asOwner(
                    """
                    INSERT INTO invitation (id, case_id, token_digest, email, sends_records, reads_opinion, consults, state,
                        invited_by, accepted_by, expires_at)
                    VALUES (\(UUID()), \(peer.caseID), \(Vault.digest(secret: Vault.newToken(), for: .invitation)), '', true,
                        true, false, 'accepted', \(peer.patient.account), \(clinician.account),
                        clock_timestamp() + interval '7 days')
                    """)
            case .closed:
                _ = try await peer.run(clinician) {
                    try await $0.query("SELECT notice FROM close_account(\(clinician.account))")
                }
                return
            }
            try await peer.asOwner(
                """
                UPDATE invitation SET state = 'withdrawn'
                WHERE case_id = \(peer.caseID) AND accepted_by = \(clinician.account) AND consults
                """)
            // As Invitations does it.
            try await peer.asOwner(
                """
                UPDATE case_part p SET until = CASE WHEN EXISTS (SELECT FROM invitation i
                    WHERE i.case_id = p.case_id AND i.accepted_by = p.account_id AND i.state = 'accepted')
                    THEN NULL ELSE clock_timestamp() END
                WHERE p.case_id = \(peer.caseID) AND p.account_id = \(clinician.account) AND p.until IS NULL
                """)
        }
    }

    @Test("offers the treating clinician what was given up, and tells them alone")
    func offers() async throws {
        let line = try await Line.make()
        try await line.first.cancel(line.booked)
        #expect(try await line.first.serve() == 1)
        let hold = try #require(try await line.peer.offered())
        #expect(hold.startsAt == line.booked.startsAt)
        let told = try await line.peer.asOwner(
            """
            SELECT (payload -> 'recipient' -> 'account' ->> '_0')::uuid FROM job
            WHERE payload -> 'template' -> 'openingOffered' ->> '_0' = \(hold.id.description)
            """
        ).map { try $0.decode(AccountID.self) }
        #expect(told == [line.clinician.account])
        #expect(try await line.behind.offered() == nil)
    }

    @Test(
        "ends the place of a treating clinician who is the party no more, and goes on to the next",
        arguments: Leaving.allCases)
    func leaves(leaving: Leaving) async throws {
        let line = try await Line.make()
        try await line.leave(leaving)
        try await line.first.cancel(line.booked)
        #expect(try await line.first.serve() == 1)
        #expect(try await line.peer.offered() == nil)
        #expect(try await line.behind.offered()?.startsAt == line.booked.startsAt)
        #expect(
            try await line.peer.count(
                "SELECT count(*) FROM waitlist WHERE case_id = \(line.peer.caseID) AND state = 'ended'") == 1)
    }

    @Test("lets another treating clinician join where the one before is the party no more", arguments: Leaving.allCases)
    func successor(leaving: Leaving) async throws {
        let line = try await Line.make()
        let next = try await Line.clinician(of: line.peer, consents: false)
        await #expect(throws: BookingRefusal.self) { try await line.peer.join(by: next) }
        try await line.leave(leaving)
        let entry = try await line.peer.join(
            earliest: line.booked.startsAt, latest: line.booked.endsAt, by: next)
        #expect(entry.state == .waiting && entry.position == 2)
        #expect(
            try await line.peer.count(
                "SELECT count(*) FROM waitlist WHERE case_id = \(line.peer.caseID) AND state = 'ended'") == 1)
    }
}
