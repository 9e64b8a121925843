package import Clinic
package import FoundationEssentials
package import Postgres

/// The coordinators' worklist.
package struct Worklist: Sendable {
    /// The tasks, the most urgent first. Only coordinators see any: the database shows none to others.
    /// - Parameters:
    ///   - limit: how many, at most 200.
    ///   - after: `next` of the list before.
    package func list(
        state: TaskState = .open, kind: TaskKind? = nil, limit: Int, after: TaskID? = nil, in tx: Transaction
    ) async throws -> TaskList {
        let (rows, hasMore) = try await tx.page(limit) { select(state, kind, after: after, limit: $0) }
        let tasks = try rows.map(CaseTask.init)
        return TaskList(tasks: tasks, next: hasMore ? tasks.last?.id.description : nil)
    }

    /// Marks a task as done. The task `complete_case` makes the case `ready` for matching.
    /// - Throws: `CaseRefusal.recordsMissing` while records of the case are asked for; `.consentMissing` when one was
    ///   withdrawn; `.recordStillAsked` for the task to chase a record that is still missing; `.notFound`.
    package func done(_ id: TaskID, by caller: Caller, in tx: Transaction) async throws -> CaseTask {
        guard let row = try await tx.first(selectOne(id)) else { throw CaseRefusal.notFound }
        let task = try CaseTask(row)
        guard task.state == .open else { return task }
        switch task.kind {
        case .completeCase: if let caseID = task.case { try await complete(caseID, by: caller, in: tx) }
        case .chaseRecord:
            if let record = task.subject, try await tx.first(selectAsked(record)) != nil {
                throw CaseRefusal.recordStillAsked
            }
        case .orderReread, .rescueMenu, .renewLicence, .rebookConsult, .reviewAccess, .answerMessage:
            break
        }
        // If somebody else was quicker, the task is done all the same.
        try await tx.execute(finish(id, by: caller.account))
        guard let row = try await tx.first(selectOne(id)) else { throw CaseRefusal.notFound }
        return try CaseTask(row)
    }

    /// Opens a task unless the same is open already.
    func open(_ kind: TaskKind, of id: CaseID, about subject: SubjectID? = nil, in tx: Transaction) async throws {
        try await tx.execute(insert(kind, of: id, about: subject, within: Self.days(kind)))
    }

    /// In how many days a task is due.
    private static func days(_ kind: TaskKind) -> Int {
        switch kind {
        case .rescueMenu, .completeCase, .rebookConsult, .reviewAccess, .answerMessage: 1
        case .chaseRecord, .orderReread: 3
        case .renewLicence: 30
        }
    }

    private func complete(_ id: CaseID, by caller: Caller, in tx: Transaction) async throws {
        let access = try await CaseAccess.lock(id, for: .complete, by: caller, in: tx)
        let asked = try await tx.query(selectMissing(id)).map { try $0.decode(RecordID.self) }
        guard asked.isEmpty else { throw CaseRefusal.recordsMissing(asked) }
        try await Consents.require(SubmissionRule.consents(for: access.lane), for: id, in: tx)
        try await tx.execute(
            "UPDATE consilium.clinical_case SET state = 'ready', version = version + 1 WHERE id = \(id)")
    }
}

extension Worklist {
    private static let columns: SQL = """
        SELECT t.id, t.kind, t.state, t.case_id, t.subject_id, t.due_at, t.created_at, t.done_by, t.done_at
        FROM consilium.task t
        """

    private func select(_ state: TaskState, _ kind: TaskKind?, after: TaskID?, limit: Int) -> SQL {
        """
        \(fragment: Self.columns)
        WHERE t.state = \(state) AND (\(kind)::text IS NULL OR t.kind = \(kind)::text)
            AND (\(after)::uuid IS NULL
                OR (t.due_at, t.id) > (SELECT a.due_at, a.id FROM consilium.task a WHERE a.id = \(after)))
        ORDER BY t.due_at, t.id LIMIT \(limit)
        """
    }

    private func selectOne(_ id: TaskID) -> SQL {
        "\(fragment: Self.columns) WHERE t.id = \(id)"
    }

    private func selectAsked(_ record: SubjectID) -> SQL {
        "SELECT r.id FROM consilium.record r WHERE r.id = \(record) AND r.state = 'asked'"
    }

    private func selectMissing(_ id: CaseID) -> SQL {
        "SELECT r.id FROM consilium.record r WHERE r.case_id = \(id) AND r.state = 'asked' ORDER BY r.id"
    }

    private func finish(_ id: TaskID, by account: AccountID) -> SQL {
        """
        UPDATE consilium.task SET state = 'done', done_by = \(account), done_at = clock_timestamp()
        WHERE id = \(id) AND state = 'open'
        """
    }

    // No conflict target is named: that would need the right to read the task, which only coordinators have.
    private func insert(_ kind: TaskKind, of id: CaseID, about subject: SubjectID?, within days: Int) -> SQL {
        """
        INSERT INTO consilium.task (id, case_id, subject_id, kind, state, due_at)
        VALUES (\(TaskID.random()), \(id), \(subject), \(kind), 'open', clock_timestamp() + \(days) * interval '1 day')
        ON CONFLICT DO NOTHING
        """
    }
}

/// The states of a task.
package enum TaskState: String, Codable, Sendable, CaseIterable, SQLValue {
    case open, done
}

package enum SubjectTag {}
/// What a task is about: a record, a specialist.
package typealias SubjectID = ID<SubjectTag>

/// One thing that a coordinator is asked to do.
package struct CaseTask: Codable, Sendable, Hashable {
    package var id: TaskID
    package var kind: TaskKind
    package var state: TaskState
    package var `case`: CaseID?
    /// The record to chase, or the specialist whose licence expires.
    package var subject: SubjectID?
    package var dueAt: Date
    package var createdAt: Date
    package var doneBy: AccountID?
    package var doneAt: Date?

    package static let example = CaseTask(
        id: ExampleValues.id(11), kind: .completeCase, state: .open, case: ExampleValues.caseID,
        dueAt: ExampleValues.moment, createdAt: ExampleValues.moment)

    package static let chase = with(example) {
        $0.id = ExampleValues.id(15)
        $0.kind = .chaseRecord
        $0.subject = ExampleValues.id(4)
    }

    package static let done = with(example) {
        $0.state = .done
        $0.doneBy = ExampleValues.id(8)
        $0.doneAt = ExampleValues.moment
    }
}

extension CaseTask {
    init(_ row: Row) throws {
        self.init(
            id: try row.decode("id"), kind: try row.decode("kind"), state: try row.decode("state"),
            case: try row.decode("case_id"), subject: try row.decode("subject_id"), dueAt: try row.decode("due_at"),
            createdAt: try row.decode("created_at"), doneBy: try row.decode("done_by"),
            doneAt: try row.decode("done_at"))
    }
}

/// Tasks, the most urgent first.
package struct TaskList: Codable, Sendable, Hashable {
    package var tasks: [CaseTask]
    /// What to ask for next with `after`; nil at the end. It travels in the header `Link`.
    package var next: String? = nil

    private enum CodingKeys: String, CodingKey { case tasks }

    package static let example = TaskList(tasks: [.example, .chase])
}
