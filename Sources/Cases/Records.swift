package import Clinic
import FoundationEssentials
import Outbox
package import Postgres
import Vault

/// The records that a case needs: asked for, received, or waived.
package struct Records: Sendable {
    static let title = TextRule.line(max: 200)
    /// The states in which a record can be added; it can be waived later.
    static let firstStates = [RecordState.asked, .received]

    let vault: Vault
    let outbox: Outbox

    /// Adds a record. A record that is asked for in a submitted case is chased by a coordinator and returns the case to
    /// `collecting` while no specialist has it; the patient is told. It becomes `received` with its first file. When
    /// the treating clinician brings a record, everybody who may see it is told.
    /// - Throws: `FieldRefusal`, `CaseRefusal`.
    package func add(
        _ draft: RecordDraft, to id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> RecordView {
        try Self.title.check(draft.title, at: "/title")
        try Self.checkPrior(draft.revealsPrior, of: draft.kind)
        let access = try await Self.enter(id, for: .addRecord, by: caller, in: tx)
        let state = draft.state ?? .asked
        guard Self.firstStates.contains(state) else {
            throw FieldRefusal("/state", rule: "choice", "must be asked or received")
        }
        if access.part == .treatingClinician, try await tx.first(selectAskedClinician(access)) == nil {
            throw CaseRefusal.notYourPart
        }
        let record = RecordID.random()
        let key = try await vault.caseKey(id, in: tx)
        let title = try key.seal(text: draft.title, as: Self.identity(record))
        let reveals = draft.revealsPrior ?? draft.kind.revealsPriorByDefault
        try await CaseQuota.held {
            _ = try await tx.execute(
                insert(record, draft.kind, state, reveals, title, in: id, by: caller.account))
        }
        if state == .asked { try await tellOfNeed(access, in: tx) }
        if state == .received, access.part == .treatingClinician {
            try await outbox.tellOfRecord(in: id, revealing: reveals, by: caller, in: tx)
        }
        // A blinded specialist may not be allowed to read the record that they asked for.
        return try await find(record, of: id, by: caller, in: tx)
            ?? RecordView(
                id: record, kind: draft.kind, state: state, title: draft.title, revealsPrior: reveals,
                addedBy: caller.account, version: 1, createdAt: nil, files: [])
    }

    /// The records that the caller may read, with their files.
    package func list(of id: CaseID, by caller: Caller, in tx: Transaction) async throws -> RecordList {
        let access = try await CaseAccess.look(id, by: caller, in: tx)
        guard access.readsCase || access.part == .treatingClinician else { throw CaseRefusal.notYourPart }
        return RecordList(records: try await read(id, only: nil, in: tx))
    }

    /// One record.
    /// - Throws: `CaseRefusal.notFound` also for one that is withheld.
    package func read(
        _ record: RecordID, of id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> RecordView {
        _ = try await CaseAccess.look(id, by: caller, in: tx)
        guard let view = try await find(record, of: id, by: caller, in: tx) else { throw CaseRefusal.notFound }
        return view
    }

    /// Changes a record: waives it, asks for it again, or sets what it reveals. The same then holds for its files.
    /// - Parameter expected: the version that the caller read.
    package func edit(
        _ record: RecordID, of id: CaseID, _ edit: RecordEdit, ifVersion expected: ExpectedVersion, by caller: Caller,
        in tx: Transaction
    ) async throws -> RecordView {
        if let title = edit.title { try Self.title.check(title, at: "/title") }
        let access = try await Self.enter(id, for: .editRecord, by: caller, in: tx)
        guard let row = try await tx.first(lock(record, of: id)) else { throw CaseRefusal.notFound }
        let (kind, state, current) = try row.decode(RecordKind.self, RecordState.self, Int.self)
        try expected.check(current)
        try Self.checkPrior(edit.revealsPrior, of: kind)
        if let wanted = edit.state, wanted != state {
            guard state != .received, wanted != .received else {
                throw FieldRefusal("/state", rule: "transition", "must be waived, or asked again after that")
            }
        }
        let key = try await vault.caseKey(id, in: tx)
        let title = try edit.title.map { try key.seal(text: $0, as: Self.identity(record)) }
        try await tx.execute(change(record, edit.state, edit.revealsPrior, title))
        if edit.state == .asked, state == .waived { try await tellOfNeed(access, in: tx) }
        return try await read(record, of: id, by: caller, in: tx)
    }

    /// Locks the case, so that nobody completes it while a record is being asked for.
    private static func enter(
        _ id: CaseID, for act: CasePermission, by caller: Caller, in tx: Transaction
    ) async throws -> CaseAccess {
        _ = try await CaseAccess.check(id, for: act, by: caller, in: tx)
        try await CaseAccess.lockForRecords(id, in: tx)
        return try await CaseAccess.check(id, for: act, by: caller, in: tx)
    }

    private static func checkPrior(_ reveals: Bool?, of kind: RecordKind) throws(FieldRefusal) {
        if kind.isSafetyFact, reveals == true {
            throw FieldRefusal("/revealsPrior", rule: "safety_fact", "must be false: it is never withheld")
        }
    }

    static func identity(_ record: RecordID) -> RowIdentity { RowIdentity("record.title", record) }

    /// Tells the patient's side that a record is asked for. The database opens the task to chase it
    /// (`open_record_task`).
    private func tellOfNeed(_ access: CaseAccess, in tx: Transaction) async throws {
        guard access.state != .draft else { return }
        try await outbox.tellOfNeed(in: access.caseID, by: access.account, in: tx)
    }

    private func find(
        _ record: RecordID, of id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> RecordView? {
        try await read(id, only: record, in: tx).first
    }

    private func read(_ id: CaseID, only record: RecordID?, in tx: Transaction) async throws -> [RecordView] {
        let rows = try await tx.query(select(id, only: record))
        guard !rows.isEmpty else { return [] }
        let key = try await vault.caseKey(id, in: tx)
        let files = try await FileRows.read(of: id, only: record, with: key, in: tx)
        return try rows.map { row in
            let id: RecordID = try row.decode("id")
            return RecordView(
                id: id, kind: try row.decode("kind"), state: try row.decode("state"),
                title: try key.openText(row.decode("title"), as: Self.identity(id)),
                revealsPrior: try row.decode("reveals_prior"), addedBy: try row.decode("added_by"),
                version: try row.decode("version"), createdAt: try row.decode("created_at"), files: files[id] ?? [])
        }
    }
}

extension Records {
    /// A clinician who was invited to read the opinion alone sends no records.
    private func selectAskedClinician(_ access: CaseAccess) -> SQL {
        """
        SELECT i.id FROM consilium.invitation i
        WHERE i.case_id = \(access.caseID) AND i.accepted_by = \(access.account) AND i.state = 'accepted'
            AND (i.sends_records OR i.consults)
        LIMIT 1
        """
    }

    private func insert(
        _ record: RecordID, _ kind: RecordKind, _ state: RecordState, _ reveals: Bool, _ title: [UInt8], in id: CaseID,
        by account: AccountID
    ) -> SQL {
        """
        INSERT INTO consilium.record (id, case_id, kind, state, reveals_prior, title, added_by)
        VALUES (\(record), \(id), \(kind), \(state), \(reveals), \(title), \(account))
        """
    }

    private func select(_ id: CaseID, only record: RecordID?) -> SQL {
        """
        SELECT r.id, r.kind, r.state, r.reveals_prior, r.title, r.added_by, r.version, r.created_at
        FROM consilium.record r WHERE r.case_id = \(id) AND (\(record)::uuid IS NULL OR r.id = \(record))
        ORDER BY r.id
        """
    }

    private func lock(_ record: RecordID, of id: CaseID) -> SQL {
        """
        SELECT r.kind, r.state, r.version FROM consilium.record r
        WHERE r.id = \(record) AND r.case_id = \(id) FOR NO KEY UPDATE
        """
    }

    private func change(_ record: RecordID, _ state: RecordState?, _ reveals: Bool?, _ title: [UInt8]?) -> SQL {
        """
        UPDATE consilium.record
        SET state = coalesce(\(state)::text, state), reveals_prior = coalesce(\(reveals), reveals_prior),
            title = coalesce(\(title), title), version = version + 1
        WHERE id = \(record)
        """
    }
}

extension Outbox {
    /// Tells the patient's side that a record is needed.
    func tellOfNeed(in id: CaseID, by account: AccountID, in tx: Transaction) async throws {
        try await tell(.recordsNeeded(id), [.patient, .caregiver], of: id, except: account, in: tx)
    }

    /// Tells who may see a record that it has arrived.
    func tellOfRecord(in id: CaseID, revealing prior: Bool, by caller: Caller, in tx: Transaction) async throws {
        try await tell(
            .recordArrived(id), [.patient, .caregiver, .specialist, .colleague, .coordinator], of: id,
            seeingPrior: prior, except: caller.account, in: tx)
    }
}
