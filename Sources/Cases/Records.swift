package import Clinic
import FoundationEssentials
package import Outbox
package import Postgres
package import Vault

/// The ledger of what a case needs: asked for, received, or waived.
package struct Records: Sendable {
    static let title = TextRule.line(max: 200)
    /// What a record is added as; it is waived later.
    static let firstStates = [RecordState.asked, .received]

    private let vault: Vault
    private let outbox: Outbox

    package init(vault: Vault, outbox: Outbox) {
        self.vault = vault
        self.outbox = outbox
    }

    /// Adds a record. One that is asked for in a submitted case is chased by a coordinator, sends the case back to
    /// `collecting` while no specialist has it, and the patient is told; it becomes `received` with its first file. Of
    /// one that the treating clinician brought, who waits for it is told.
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
        let title = try key.seal(Array(draft.title.utf8), as: Self.identity(record))
        let reveals = draft.revealsPrior ?? draft.kind.revealsPriorByDefault
        try await CaseQuota.held {
            _ = try await tx.execute(
                insert(record, draft.kind, state, reveals, title, in: id, by: caller.account))
        }
        if state == .asked { try await tellOfNeed(access, in: tx) }
        if state == .received, access.part == .treatingClinician {
            try await outbox.tellOfRecord(in: id, revealing: reveals, by: caller, in: tx)
        }
        // What a blinded specialist asks for may reveal too much to be read back by her.
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

    /// Changes a record: waives it, asks for it again, says what it reveals. Its files reveal what it reveals.
    /// - Parameter expected: the version that the caller read.
    package func edit(
        _ record: RecordID, of id: CaseID, _ edit: RecordEdit, expecting expected: ExpectedVersion, by caller: Caller,
        in tx: Transaction
    ) async throws -> RecordView {
        if let title = edit.title { try Self.title.check(title, at: "/title") }
        let access = try await Self.enter(id, for: .editRecord, by: caller, in: tx)
        guard let row = try await tx.first(lock(record, of: id)) else { throw CaseRefusal.notFound }
        let (kind, state, current) = try row.decode(RecordKind.self, RecordState.self, Int.self)
        guard expected.holds(for: current) else { throw CaseRefusal.changedMeanwhile }
        try Self.checkPrior(edit.revealsPrior, of: kind)
        if let wanted = edit.state, wanted != state {
            guard state != .received, wanted != .received else {
                throw FieldRefusal("/state", rule: "transition", "must be waived, or asked again after that")
            }
        }
        let key = try await vault.caseKey(id, in: tx)
        let title = try edit.title.map { try key.seal(Array($0.utf8), as: Self.identity(record)) }
        try await tx.execute(change(record, edit.state, edit.revealsPrior, title))
        if edit.state == .asked, state == .waived { try await tellOfNeed(access, in: tx) }
        return try await read(record, of: id, by: caller, in: tx)
    }

    /// Locks the case, so that nobody completes it while a record is asked for.
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

    /// Tells the patient's side that a record is asked for. That it is chased, the database sees to (`chase_record`).
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
            let (id, kind, state, reveals, title, addedBy, version, created) = try row.decode(
                RecordID.self, RecordKind.self, RecordState.self, Bool.self, [UInt8].self, AccountID.self, Int.self,
                Date.self)
            return RecordView(
                id: id, kind: kind, state: state,
                title: String(decoding: try key.open(title, as: Self.identity(id)), as: UTF8.self),
                revealsPrior: reveals, addedBy: addedBy, version: version, createdAt: created, files: files[id] ?? [])
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
