package import Clinic
package import FoundationEssentials
package import Postgres
import Vault

/// Who did what to a case, and when.
package struct AccessEntry: Codable, Sendable {
    /// The place in the case's sequence.
    package var seq: Int
    package var at: Date
    /// Who did it; nil for the service itself.
    package var actor: Accessor?
    /// As `read.record` or `message.created`.
    package var action: String
    /// What it was done to.
    package var subject: UUID
    /// How many things a list or range held.
    package var items: Int
}

/// A person in an access log.
package struct Accessor: Codable, Sendable {
    package var id: AccountID
    /// Nil when the reader may not know it: they share no case with that person any more.
    package var name: String?
    /// Their part in the case, now or last.
    package var part: CasePart?
}

/// A page of an access log, the latest first.
package struct AccessLogPage: Codable, Sendable {
    package var entries: [AccessEntry]
    /// The cursor of the next page; nil at the end.
    package var next: String?

    package static let example = AccessLogPage(
        entries: [
            AccessEntry(
                seq: 42, at: ExampleValues.instant,
                actor: Accessor(id: ExampleValues.id(5), name: "Amara Nwachukwu-Bell", part: .specialist),
                action: "read.record", subject: (ExampleValues.id(6) as RecordID).rawValue, items: 1)
        ], next: "42")
}

/// The audit log of one case, for the people whom ``ReadsAccessLog`` allows.
package struct AccessLog: Sendable {
    let vault: Vault

    /// - Parameters:
    ///   - before: the page has the entries before this place; nil for the latest.
    ///   - limit: 1 to 200.
    /// - Throws: `IdentityRefusal.notFound`.
    package func page(
        of caseID: CaseID, before: Int? = nil, limit: Int = 50, by caller: Caller, in tx: Transaction
    ) async throws -> AccessLogPage {
        guard let part = try await tx.first(Self.part(of: caller.account, in: caseID))?.decode(CasePart.self),
            ReadsAccessLog().allows(part)
        else { throw IdentityRefusal.notFound }
        let (rows, hasMore) = try await tx.page(limit) { Self.entries(of: caseID, before: before ?? .max, limit: $0) }
        let read = try rows.map { row in
            try row.decode(Int64.self, Date.self, AccountID?.self, String.self, UUID.self, Int32.self)
        }
        let people = try await people(Set(read.compactMap(\.2)), caseID, in: tx)
        let entries = read.map { seq, at, actor, action, subject, items in
            AccessEntry(
                seq: Int(seq), at: at, actor: actor.map { people[$0] ?? Accessor(id: $0, name: nil, part: nil) },
                action: action, subject: subject, items: Int(items))
        }
        return AccessLogPage(entries: entries, next: hasMore ? entries.last.map { String($0.seq) } : nil)
    }

    private func people(
        _ ids: Set<AccountID>, _ caseID: CaseID, in tx: Transaction
    ) async throws -> [AccountID: Accessor] {
        if ids.isEmpty { return [:] }
        let keys = try await vault.personKeys(Array(ids), in: tx)
        var people: [AccountID: Accessor] = [:]
        for row in try await tx.query(Self.people(Array(ids), caseID)) {
            let (id, part, sealed) = try row.decode(AccountID.self, CasePart?.self, [UInt8]?.self)
            var name: String?
            if let key = keys[id], let sealed {
                name = try key.openText(sealed, as: .accountParticular(.name, of: id))
            }
            people[id] = Accessor(id: id, name: name, part: part)
        }
        return people
    }
}

extension AccessLog {
    private static func part(of account: AccountID, in caseID: CaseID) -> SQL {
        """
        SELECT part FROM consilium.case_part
        WHERE case_id = \(caseID) AND account_id = \(account) AND until IS NULL
        """
    }

    private static func entries(of caseID: CaseID, before: Int, limit: Int) -> SQL {
        """
        SELECT seq, at, actor_id, action, subject_id, items FROM consilium.audit_entry
        WHERE chain_kind = 'case' AND chain_id = \(caseID) AND seq < \(before) ORDER BY seq DESC LIMIT \(limit)
        """
    }

    /// Names are only those that row-level security shows to the reader.
    private static func people(_ ids: [AccountID], _ caseID: CaseID) -> SQL {
        """
        SELECT i.id, p.part, n.sealed FROM unnest(\(ids)) i (id)
        LEFT JOIN consilium.case_part p ON p.case_id = \(caseID) AND p.account_id = i.id
        LEFT JOIN consilium.account_particular n ON n.account_id = i.id AND n.kind = 'name'
        """
    }
}
