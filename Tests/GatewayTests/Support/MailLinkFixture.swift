import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Notifications

/// A case with somebody in every part, and everything that a mail can lead to.
struct MailLinkFixture: Sendable {
    let vault: Vault
    let caseID: CaseID
    let people: [CasePart: TestPerson]
    let appointment = AppointmentID.random()
    let hold = HoldID.random()
    let place = WaitlistID.random()
    let offer = OfferID.random()
    let thread: ThreadID

    static func make(_ vault: Vault, _ line: MailTableTests.Line) async throws -> MailLinkFixture {
        let patient = try await Seed.account(vault, timeZone: Seed.zone(whereItIs: 12))
        let id = try await Seed.openCase(of: patient, vault, state: line.state, blinded: false, lane: line.lane)
        let accounts: [CasePart: AccountID] = [
            .patient: patient, .caregiver: try await Seed.account(vault),
            .candidate: try await Seed.specialist(vault), .specialist: try await Seed.specialist(vault),
            .colleague: try await Seed.specialist(vault),
            .treatingClinician: try await Seed.consultingClinician(vault, in: id, of: patient),
            .coordinator: try await Seed.account(vault, roles: [.coordinator]),
        ]
        for part: CasePart in [.caregiver, .candidate, .specialist, .colleague] {
            try await Seed.part(part, of: try #require(accounts[part]), in: id)
        }
        let thread = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT id FROM consilium.thread WHERE case_id = \(id) AND kind = 'care'")?
                .decode(ThreadID.self)
        }
        let people = accounts.mapValues { account in
            TestPerson(token: "of-\(account)", caller: Seed.caller(account, roles: Set(Role.allCases)))
        }
        let scene = MailLinkFixture(vault: vault, caseID: id, people: people, thread: try #require(thread))
        try await scene.fill(line)
        return scene
    }

    private func account(_ part: CasePart) throws -> AccountID { try #require(people[part]?.caller.account) }

    private func fill(_ line: MailTableTests.Line) async throws {
        let (patient, specialist) = (try account(.patient), try account(.specialist))
        let party = line.lane == .licensed ? patient : try account(.treatingClinician)
        let coordinator = try account(.coordinator)
        let (colleague, candidate, match) = (try account(.colleague), try account(.candidate), MatchID.random())
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE clinical_case SET specialist_id = \(specialist) WHERE id = \(caseID)")
            // A case that is open has its coordinators by itself.
            try await tx.execute(
                """
                INSERT INTO case_part (case_id, account_id, part) VALUES (\(caseID), \(coordinator), 'coordinator')
                ON CONFLICT DO NOTHING
                """)
            try await tx.execute(
                """
                INSERT INTO record (id, case_id, kind, state, reveals_prior, title, added_by)
                VALUES (\(RecordID.random()), \(caseID), 'imaging', 'asked', false, '', \(patient))
                """)
            try await tx.execute(
                """
                INSERT INTO match (id, case_id, rules_version, input_digest, input, result, ranking)
                VALUES (\(match), \(caseID), 1, 'x', 'x', 'x', '{}')
                """)
            try await tx.execute(
                """
                INSERT INTO offer (id, case_id, match_id, specialist_id, lane, state, expires_at)
                VALUES (\(offer), \(caseID), \(match), \(candidate), \(line.lane), 'waiting', now() + interval '1 day')
                """)
            try await tx.execute(
                """
                INSERT INTO appointment (id, case_id, specialist_id, colleagues, party_id, lane, visit_type,
                    visit_version, state, starts_at, ends_at, booked_by)
                VALUES (\(appointment), \(caseID), \(specialist), ARRAY[\(colleague)], \(party), \(line.lane),
                    'consult-30', 1, 'booked', now() + interval '1 hour', now() + interval '90 minutes', \(party))
                """)
            try await tx.execute(
                """
                INSERT INTO hold (id, case_id, specialist_id, party_id, visit_type, visit_version, kind, state,
                    starts_at, ends_at, token_digest, made_by, expires_at)
                VALUES (\(hold), \(caseID), \(specialist), \(party), 'consult-30', 1, 'offered', 'active',
                    now() + interval '2 days', now() + interval '2 days 30 minutes', \(Array(hold.description.utf8)),
                    \(party), now() + interval '2 hours')
                """)
            try await tx.execute(
                """
                INSERT INTO waitlist (id, case_id, specialist_id, party_id, visit_type, during, state, joined_by,
                    notified_at, notified_start)
                VALUES (\(place), \(caseID), \(specialist), \(party), 'consult-30', tstzrange(now(), NULL), 'waiting',
                    \(party), now(), now() + interval '2 days')
                """)
            guard line.isOver else { return }
            try await tx.execute(
                "UPDATE appointment SET state = 'cancelled', ended_at = now() WHERE id = \(appointment)")
            try await tx.execute("UPDATE offer SET state = 'withdrawn', decided_at = now() WHERE id = \(offer)")
            try await tx.execute(
                """
                UPDATE case_part SET until = now()
                WHERE case_id = \(caseID) AND part NOT IN ('patient', 'caregiver', 'coordinator')
                """)
        }
    }

    /// Delivers a notice as the worker does.
    /// - Returns: the mail with its lines ended by LF, or nil where nothing is sent.
    func mail(_ template: Notice.Template, to person: TestPerson) async throws -> String? {
        let notice = Notice(to: .account(person.caller.account), template)
        let kind = JobKind(rawValue: "test.\(notice.id.description.replacing("-", with: ""))")
        let (worker, outbox) = (TestDatabase.current.worker, Outbox())
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await outbox.enqueue(Job(kind, payload: notice), in: tx)
        }
        let jobs = try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.claim([kind], limit: 1, lease: .seconds(10), worker: UUID(), in: tx)
        }
        let sent = Mutex<[Mail]>([])
        let sender = NotificationSender(
            database: worker, vault: vault, outbox: outbox,
            channel: MailChannel { mail, _ in sent.withLock { $0.append(mail) } },
            settings: try MailSettings(sender: "no-reply@consilium.example", linkBase: "https://c.example"))
        _ = try await sender.deliver(try #require(jobs.first))
        return sent.withLock { $0.first }.map {
            String(decoding: $0.message, as: UTF8.self).replacing("\r\n", with: "\n")
        }
    }
}
