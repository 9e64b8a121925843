import Cases
import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing

@Suite("Emergency access", .database, .timeLimit(.minutes(5)))
struct EmergencyAccessTests {
    let fixture = CaseFixture()
    var accesses: EmergencyAccesses {
        CaseService(vault: fixture.vault, outbox: Outbox(), fileLimit: 1 << 20).emergencyAccesses
    }

    private func open(_ id: CaseID, by caller: Caller, because reason: String = "No pulse") async throws
        -> EmergencyAccess
    {
        try await fixture.act(caller) { tx in
            try await accesses.open(id, because: EmergencyReason(reason: reason), by: caller, in: tx)
        }
    }

    private func read(_ id: CaseID, by caller: Caller) async throws -> CaseView {
        try await fixture.act(caller) { try await fixture.book.read(id, by: caller, in: $0) }
    }

    /// How many rows of the case somebody sees of each table, past the services.
    private func rows(of id: CaseID, seenBy caller: Caller) async throws -> [Int] {
        try await fixture.act(caller) { tx in
            var counts: [Int] = []
            for table in [
                "case_key", "case_part", "consent", "intake_part", "record", "first_read", "opinion", "thread",
                "emergency_access",
            ] {
                let count = try await tx.first(
                    "SELECT count(*) FROM consilium.\(identifier: table) WHERE case_id = \(id)")
                counts.append(try count?.decode(Int.self) ?? 0)
            }
            return counts
        }
    }

    @Test("ends with the role that allowed it")
    func endsWithRole() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.delivered(by: patient, specialist: specialist)
        let reader = try await fixture.person(.specialist)
        _ = try await open(id, by: reader)
        _ = try await read(id, by: reader)
        try await fixture.owner { tx in
            _ = try await tx.query("SELECT * FROM consilium.take_role(\(reader.account), 'specialist')")
        }
        await #expect(throws: CaseRefusal.notFound) { _ = try await read(id, by: reader) }
        let seen = try await rows(of: id, seenBy: reader)
        #expect(seen.dropLast().allSatisfy { $0 == 0 }, "only that they had it is left")
    }

    @Test("shows a case for an hour to who has no part in it, whole and for reading alone")
    func reads() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.delivered(by: patient, specialist: specialist)
        for reader in [try await fixture.person(.specialist), try await fixture.person(.operator)] {
            let before = try await rows(of: id, seenBy: reader)
            #expect(before == Array(repeating: 0, count: before.count))
            await #expect(throws: CaseRefusal.notFound) { _ = try await read(id, by: reader) }
            let access = try await open(id, by: reader)
            #expect(access.until == access.since.addingTimeInterval(3600) && access.account == reader.account)
            let view = try await read(id, by: reader)
            #expect(view.part == .emergency && view.intake?.isEmpty == false && view.withheld == nil)
            _ = try await fixture.act(reader) { try await fixture.opinions.read(id, by: reader, in: $0) }
            _ = try await fixture.act(reader) { try await fixture.firstReads.read(id, by: reader, in: $0) }
            let seen = try await rows(of: id, seenBy: reader)
            #expect(seen[0] == 1 && seen[1] > 1 && seen[2] > 0 && seen[3] > 0 && seen[5...7] == [1, 1, 1])

            await #expect(throws: CaseRefusal.notYourPart) {
                try await fixture.act(reader) { try await fixture.course.close(id, by: reader, in: $0) }
            }
            for write in [
                "UPDATE consilium.clinical_case SET version = version + 1 WHERE id = \(id)",
                "UPDATE consilium.thread SET last_seq = last_seq + 1 WHERE case_id = \(id)",
                "UPDATE consilium.case_part SET until = clock_timestamp() WHERE case_id = \(id)",
                "UPDATE consilium.record SET version = version + 1 WHERE case_id = \(id)",
            ] as [SQL] {
                #expect(try await fixture.act(reader) { try await $0.execute(write) } == 0)
            }

            try await fixture.owner { tx in
                try await tx.execute(
                    """
                    UPDATE consilium.emergency_access SET since = since - interval '1 hour', until = until - interval '1 hour'
                    WHERE id = \(access.id)
                    """)
            }
            await #expect(throws: CaseRefusal.notFound) { _ = try await read(id, by: reader) }
            let after = try await rows(of: id, seenBy: reader)
            #expect(after.dropLast() == before.dropLast(), "only that they had it is left")
        }
    }

    @Test("is told to the patient, asked about on the worklist, and shown with its reason")
    func isTold() async throws {
        let (patient, reader) = (try await fixture.person(.patient), try await fixture.person(.operator))
        let coordinator = try await fixture.person(.coordinator)
        let id = try await fixture.submitted(by: patient)
        let access = try await open(id, by: reader, because: "Found unconscious")
        #expect(try await fixture.notices(to: patient.account).contains { $0.contains("emergencyAccess") })
        let tasks = try await fixture.act(coordinator) { tx in
            try await fixture.tasks.list(kind: .reviewAccess, limit: 200, in: tx).tasks
        }
        #expect(tasks.filter { $0.case == id }.map(\.subject) == [SubjectID(rawValue: access.id.rawValue)])
        for person in [patient, coordinator] {
            let list = try await fixture.act(person) { try await accesses.list(of: id, by: person, in: $0) }
            #expect(list.map(\.reason) == ["Found unconscious"])
            let name = try await fixture.act(person) {
                try await $0.first(
                    "SELECT FROM consilium.account_particular WHERE account_id = \(reader.account) AND kind = 'name'")
            }
            #expect(name != nil, "who it was can be named")
        }
        await #expect(throws: CaseRefusal.notYourPart) {
            _ = try await fixture.act(reader) { try await accesses.list(of: id, by: reader, in: $0) }
        }
    }

    @Test("marks each read in the case's log, and no read of who has a part")
    func marksReads() async throws {
        let (patient, reader) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.submitted(by: patient)
        _ = try await open(id, by: reader)
        for person in [reader, patient] {
            _ = try await TestDatabase.current.app.withTransaction(as: person.actor) { tx in
                try await tx.query(
                    "SELECT consilium.audit_reads('{case}', ARRAY[\(id)], '{read.record}', ARRAY[\(id)], '{1}')")
            }
        }
        let actions = try await fixture.act(patient) { tx in
            try await tx.query(
                """
                SELECT action::text FROM consilium.audit_entry
                WHERE chain_kind = 'case' AND chain_id = \(id) AND (action LIKE 'read.%' OR action LIKE 'emergency%')
                ORDER BY seq
                """
            ).map { try $0.decode(String.self) }
        }
        #expect(
            actions == [
                "emergency_access.created", "emergency_access.changed", "read.emergency.record", "read.record",
            ])
    }

    @Test("is not for who has a part, is not of the programme, gives no reason, or has shown no proof")
    func refuses() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.submitted(by: patient)
        let draft = try await fixture.opened(by: patient)
        for other in [try await fixture.person(.patient), try await fixture.person(.coordinator), patient] {
            let error = await #expect(throws: DatabaseError.self) { _ = try await open(id, by: other) }
            #expect(error?.isInsufficientPrivilege == true)
        }
        await #expect(throws: CaseRefusal.notFound) { _ = try await open(draft, by: specialist) }
        await #expect(throws: CaseRefusal.notFound) { _ = try await open(.random(), by: specialist) }
        await #expect(throws: FieldRefusal.self) { _ = try await open(id, by: specialist, because: " ") }
        let silent = await #expect(throws: DatabaseError.self) {
            _ = try await fixture.act(specialist) { tx in
                try await tx.query("SELECT consilium.open_emergency_access(\(EmergencyAccessID.random()), \(id))")
            }
        }
        #expect(silent?.constraint == "emergency_access_reason")
        let stale = Caller(
            account: specialist.account, session: specialist.session, roles: specialist.roles, showedSecondFactor: true,
            provedLately: false)
        await #expect(throws: ProofNeeded.self) { _ = try await open(id, by: stale) }
        try await fixture.assign(id, to: specialist)
        await #expect(throws: CaseRefusal.notFound) { _ = try await open(id, by: specialist) }
    }
}
