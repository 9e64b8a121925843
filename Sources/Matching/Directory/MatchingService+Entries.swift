package import Clinic
package import Postgres

extension MatchingService {
    /// Changes an entry, by the specialist or a coordinator.
    /// - Parameter expected: the version that the caller read.
    /// - Throws: `MatchingRefusal.notFound`, `.notAllowed`; `VersionRefusal`; `FieldRefusal`.
    package func edit(
        _ id: AccountID, _ edit: SpecialistEdit, ifVersion expected: ExpectedVersion, by caller: Caller,
        in tx: Transaction
    ) async throws -> Specialist {
        let edit = try DirectoryRule.checked(edit)
        try await lockEntry(id, ifVersion: expected, by: caller, allowingSpecialist: true, in: tx)
        try await tx.execute(
            """
            UPDATE consilium.specialist SET languages = coalesce(\(edit.languages), languages),
                accepting = coalesce(\(edit.accepting), accepting),
                weekly_capacity = coalesce(\(edit.weeklyCapacity), weekly_capacity), version = version + 1
            WHERE id = \(id)
            """)
        return try await specialist(id, in: tx)
    }

    /// Replaces a specialist's conditions with their volumes. Only the specialist may do it.
    /// - Throws: as `edit`.
    package func putConditions(
        _ conditions: [ConditionVolume], of id: AccountID, ifVersion expected: ExpectedVersion, by caller: Caller,
        in tx: Transaction
    ) async throws -> Specialist {
        try DirectoryRule.check(conditions)
        guard caller.account == id else {
            _ = try await specialist(id, in: tx)
            throw MatchingRefusal.notAllowed
        }
        try await lockEntry(id, ifVersion: expected, by: caller, allowingSpecialist: true, in: tx)
        if let place = try await tx.first(Self.unknownPrefix(conditions.map(\.codePrefix)))?.decode(Int.self) {
            throw FieldRefusal(
                "/conditions/\(place)/codePrefix", rule: "unknown", "must be the beginning of an ICD-10-CM code")
        }
        try await tx.execute("DELETE FROM consilium.specialist_condition WHERE specialist_id = \(id)")
        try await tx.execute(
            """
            INSERT INTO consilium.specialist_condition (specialist_id, code_prefix, yearly_volume)
            SELECT \(id), c.code_prefix, c.volume
            FROM unnest(\(conditions.map(\.codePrefix)), \(conditions.map(\.yearlyVolume))) c (code_prefix, volume)
            """)
        try await tx.execute("UPDATE consilium.specialist SET version = version + 1 WHERE id = \(id)")
        return try await specialist(id, in: tx)
    }

    /// Replaces the licences of a specialist. Only coordinators may do it, because they verify licences. The task that
    /// asked for it is done.
    /// - Throws: as `edit`.
    package func putLicences(
        _ licences: [Licence], of id: AccountID, ifVersion expected: ExpectedVersion, by caller: Caller,
        in tx: Transaction
    ) async throws -> Specialist {
        try DirectoryRule.check(licences)
        try await lockEntry(id, ifVersion: expected, by: caller, allowingSpecialist: false, in: tx)
        try await tx.execute(
            """
            DELETE FROM consilium.licence
            WHERE specialist_id = \(id) AND jurisdiction <> ALL (\(licences.map(\.jurisdiction)))
            """)
        try await tx.execute(
            """
            INSERT INTO consilium.licence (specialist_id, jurisdiction, number, expires_on)
            SELECT \(id), l.jurisdiction, l.number, l.expires_on::date
            FROM unnest(\(licences.map(\.jurisdiction)), \(licences.map(\.number)),
                \(licences.map(\.expiresOn))) l (jurisdiction, number, expires_on)
            ON CONFLICT (specialist_id, jurisdiction) DO UPDATE
                SET number = excluded.number, expires_on = excluded.expires_on
                WHERE (licence.number, licence.expires_on) IS DISTINCT FROM (excluded.number, excluded.expires_on)
            """)
        if !licences.isEmpty {
            try await tx.execute(
                """
                UPDATE consilium.task SET state = 'done', done_by = \(caller.account), done_at = clock_timestamp()
                WHERE kind = \(TaskKind.renewLicence) AND subject_id = \(id) AND state = 'open'
                """)
        }
        try await tx.execute("UPDATE consilium.specialist SET version = version + 1 WHERE id = \(id)")
        return try await specialist(id, in: tx)
    }

    /// The place of the first prefix that no code has. It compares by a range, for which the index of the codes is
    /// used: every character of a code sorts before `~`.
    static func unknownPrefix(_ prefixes: [String]) -> SQL {
        """
        SELECT p.nth - 1 FROM unnest(\(prefixes)::text[]) WITH ORDINALITY p (prefix, nth)
        WHERE NOT EXISTS (SELECT FROM consilium.condition c WHERE c.code >= p.prefix AND c.code < p.prefix || '~')
        ORDER BY p.nth LIMIT 1
        """
    }

    private func lockEntry(
        _ id: AccountID, ifVersion expected: ExpectedVersion, by caller: Caller, allowingSpecialist: Bool,
        in tx: Transaction
    ) async throws {
        _ = try await specialist(id, in: tx)
        guard caller.roles.contains(.coordinator) || (allowingSpecialist && caller.account == id) else {
            throw MatchingRefusal.notAllowed
        }
        let locked = try await tx.first("SELECT FROM consilium.specialist WHERE id = \(id) FOR NO KEY UPDATE")
        guard locked != nil else { throw MatchingRefusal.notFound }
        let row = try await tx.first("SELECT version FROM consilium.specialist WHERE id = \(id)")
        guard let current = try row?.decode(Int.self) else { throw MatchingRefusal.notFound }
        try expected.check(current)
    }
}
