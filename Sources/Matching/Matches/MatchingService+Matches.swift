package import Clinic
import FoundationEssentials
package import Postgres
import Vault

extension MatchingService {
    /// Ranks the directory for a case and stores the match: input and result sealed, the menu plain, and a lane check
    /// for each specialist on the menu. Where nobody can take the case, the coordinators get a task.
    /// - Throws: `MatchingRefusal.notFound`, `.notAllowed`, `.caseNotReady`, `.conditionMissing`.
    package func makeMatch(for caseID: CaseID, by caller: Caller, in tx: Transaction) async throws -> Match {
        try await requirePart(of: caller, in: caseID, oneOf: MatchingService.patientSide, in: tx)
        let input = try await matchInput(for: caseID, in: tx)
        let result = try MatchRules.rank(input)

        let id = MatchID.random()
        let inputBytes = try CanonicalJSON.encode(input)
        let key = try await vault.caseKey(caseID, in: tx)
        let place = RowIdentity("match.input", id.rawValue)
        let sealedInput = try key.seal(inputBytes, as: place)
        let sealedResult = try key.seal(CanonicalJSON.encode(result), as: RowIdentity("match.result", id.rawValue))
        let createdAt = try await tx.query(
            """
            INSERT INTO consilium.match (id, case_id, rules_version, input_digest, input, result, ranking, made_by)
            VALUES (\(id), \(caseID), \(result.rulesVersion), \(key.digest(inputBytes, as: place)),
                \(sealedInput), \(sealedResult), \(result.ranking.map(\.specialist)), \(caller.account))
            RETURNING created_at
            """
        ).map { try $0.decode(Date.self) }
        guard let createdAt = createdAt.first else { throw MatchingRefusal.notFound }
        let menu = result.menu.map(\.specialist)
        try await tx.execute(
            """
            INSERT INTO consilium.match_candidate (match_id, case_id, rank, specialist_id)
            SELECT \(id), \(caseID), m.rank, m.specialist_id
            FROM unnest(\(menu)) WITH ORDINALITY AS m (specialist_id, rank)
            """)
        for specialist in menu {
            try await tx.execute(laneCheck(of: specialist, in: caseID, in: tx).insert)
        }
        if menu.isEmpty { try await askForRescue(of: caseID, in: tx) }
        return Match(result, id: id, case: caseID, createdAt: createdAt, directory: try await directory(in: tx))
    }

    /// A stored match, for the patient's side.
    /// - Throws: `MatchingRefusal.notFound`.
    package func match(_ id: MatchID, by caller: Caller, in tx: Transaction) async throws -> Match {
        let stored = try await storedMatch(id, in: tx)
        try await requirePart(of: caller, in: stored.caseID, oneOf: MatchingService.patientSide, in: tx)
        let key = try await vault.caseKey(stored.caseID, in: tx)
        let result = try CanonicalJSON.decode(
            MatchResult.self, from: key.open(stored.result, as: RowIdentity("match.result", id.rawValue)))
        return Match(
            result, id: id, case: stored.caseID, createdAt: stored.createdAt, directory: try await directory(in: tx))
    }

    /// Runs the rules of the match's version on its input again.
    /// - Throws: `MatchingRefusal.notFound`; `MatchRules.UnknownRules`.
    package func replay(_ id: MatchID, by caller: Caller, in tx: Transaction) async throws -> MatchReplay {
        let stored = try await storedMatch(id, in: tx)
        try await requirePart(of: caller, in: stored.caseID, oneOf: MatchingService.patientSide, in: tx)
        let key = try await vault.caseKey(stored.caseID, in: tx)
        let place = RowIdentity("match.input", id.rawValue)
        let input = try key.open(stored.input, as: place)
        let result = try MatchRules.rank(
            CanonicalJSON.decode(MatchInput.self, from: input), version: stored.rulesVersion)
        return MatchReplay(
            stored: try key.open(stored.result, as: RowIdentity("match.result", id.rawValue)),
            replayed: try CanonicalJSON.encode(result),
            inputIsUnchanged: try key.digest(input, as: place) == stored.inputDigest)
    }

    private func storedMatch(_ id: MatchID, in tx: Transaction) async throws -> StoredMatch {
        let row = try await tx.first(
            """
            SELECT case_id, rules_version, input_digest, input, result, created_at FROM consilium.match WHERE id = \(id)
            """)
        guard let row else { throw MatchingRefusal.notFound }
        return try StoredMatch(row)
    }

    /// The names in a match.
    private func directory(in tx: Transaction) async throws -> [AccountID: (name: String, organisation: String)] {
        let rows = try await tx.query(
            """
            SELECT s.id, s.name, o.name
            FROM consilium.specialist s JOIN consilium.organisation o ON o.id = s.organisation_id
            """)
        return try rows.reduce(into: [:]) { directory, row in
            let (id, name, organisation) = try row.decode(AccountID.self, String.self, String.self)
            directory[id] = (name, organisation)
        }
    }
}

/// The result of a replay.
package struct MatchReplay: Sendable, Equatable {
    package let stored: [UInt8]
    package let replayed: [UInt8]
    /// Whether the input has the stored digest.
    package let inputIsUnchanged: Bool

    /// Whether the match is exactly what its rules make of its input.
    package var isFaithful: Bool { inputIsUnchanged && stored == replayed }
}

private struct StoredMatch {
    let caseID: CaseID
    let rulesVersion: Int
    let inputDigest: [UInt8]
    let input: [UInt8]
    let result: [UInt8]
    let createdAt: Date

    init(_ row: Row) throws {
        (caseID, rulesVersion, inputDigest, input, result, createdAt) = try row.decode(
            CaseID.self, Int.self, [UInt8].self, [UInt8].self, [UInt8].self, Date.self)
    }
}
