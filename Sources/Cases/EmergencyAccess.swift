package import Clinic
package import FoundationEssentials
import Outbox
package import Postgres
import Vault

/// Read access to a case for an hour, for somebody without a part in it.
package struct EmergencyAccess: Codable, Sendable {
    package var id: EmergencyAccessID
    package var `case`: CaseID
    package var account: AccountID
    package var reason: String
    package var since: Date
    package var until: Date

    package static let example = EmergencyAccess(
        id: ExampleValues.id(40), case: ExampleValues.caseID, account: ExampleValues.id(41),
        reason: EmergencyReason.example.reason, since: ExampleValues.moment,
        until: ExampleValues.moment.addingTimeInterval(3600))
}

/// Why a case must be read without delay.
package struct EmergencyReason: Codable, Sendable {
    /// Sealed, and shown to the patient's side and the coordinators.
    package var reason: String

    package init(reason: String) { self.reason = reason }

    package static let example = EmergencyReason(
        reason: "The patient fainted in our waiting room; their medicines.")
}

/// Break-glass (45 CFR 164.312(a)(2)(ii)): a specialist of the programme, or an operator, reads a case in which they
/// have no part. The database grants the right for an hour, for reading only. The patient is told at once, every read
/// is marked in the case's access log, and the coordinators get a task to review it.
package struct EmergencyAccesses: Sendable {
    let vault: Vault
    let outbox: Outbox

    /// - Throws: `ProofNeeded`, `FieldRefusal`; `CaseRefusal.notFound` where there is no such case, it was never
    ///   submitted, or the caller has a part in it.
    package func open(
        _ id: CaseID, because reason: EmergencyReason, by caller: Caller, in tx: Transaction
    ) async throws -> EmergencyAccess {
        try await caller.requireProof(in: tx)
        try EmergencyReason.rule.check(reason.reason, at: "/reason")
        let access = EmergencyAccessID.random()
        let opened = try await tx.first("SELECT consilium.open_emergency_access(\(access), \(id))")
        guard try opened?.decode(Date?.self) ?? nil != nil else { throw CaseRefusal.notFound }
        let key = try await vault.caseKey(id, in: tx)
        let sealed = try key.seal(text: reason.reason, as: Self.identity(access))
        try await tx.execute("UPDATE consilium.emergency_access SET reason = \(sealed) WHERE id = \(access)")
        let people = try await tx.query(Self.patientsSide(of: id)).map { try $0.decode(AccountID.self) }
        try await outbox.tell(.emergencyAccess(id), to: people, in: tx)
        guard let row = try await tx.first(Self.select(id, access)) else { throw CaseRefusal.notFound }
        return try Self.read(row, of: id, with: key)
    }

    /// The emergency accesses to a case, the latest first, for the patient's side and the coordinators.
    /// - Throws: `CaseRefusal.notFound`, `.notYourPart`.
    package func list(of id: CaseID, by caller: Caller, in tx: Transaction) async throws -> [EmergencyAccess] {
        let part = try await CaseAccess.look(id, by: caller, in: tx).part
        guard ReadsAccessLog().allows(part) else { throw CaseRefusal.notYourPart }
        let rows = try await tx.query(Self.select(id, nil))
        if rows.isEmpty { return [] }
        let key = try await vault.caseKey(id, in: tx)
        return try rows.map { try Self.read($0, of: id, with: key) }
    }

    private static func read(_ row: Row, of id: CaseID, with key: DataKey) throws -> EmergencyAccess {
        let (access, account, sealed, since, until) = try row.decode(
            EmergencyAccessID.self, AccountID.self, [UInt8].self, Date.self, Date.self)
        return EmergencyAccess(
            id: access, case: id, account: account,
            reason: try key.openText(sealed, as: identity(access)), since: since,
            until: until)
    }

    private static func identity(_ access: EmergencyAccessID) -> RowIdentity {
        RowIdentity("emergency_access.reason", access)
    }

    private static func patientsSide(of id: CaseID) -> SQL {
        """
        SELECT account_id FROM consilium.case_part
        WHERE case_id = \(id) AND part IN ('patient', 'caregiver') AND until IS NULL ORDER BY account_id
        """
    }

    private static func select(_ id: CaseID, _ access: EmergencyAccessID?) -> SQL {
        """
        SELECT id, account_id, reason, since, until FROM consilium.emergency_access
        WHERE case_id = \(id) AND (\(access)::uuid IS NULL OR id = \(access)) ORDER BY id DESC LIMIT 200
        """
    }
}

extension EmergencyReason: Ruled {
    static let rule = TextRule.lines(max: 2_000)

    package static let rules: [String: FieldRule] = ["reason": .text(rule)]
}
