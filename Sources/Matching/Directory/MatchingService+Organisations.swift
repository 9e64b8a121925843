package import Clinic
package import Postgres
import TypedText

extension MatchingService {
    /// All organisations by name, including retired ones. Everybody who is signed in may read them.
    package func organisations(in tx: Transaction) async throws -> [Organisation] {
        try await tx.query("\(fragment: Self.organisation) ORDER BY name").map(Organisation.init)
    }

    /// Creates an organisation, for an operator or the owner's commands.
    /// - Parameter id: where the caller derives it from something else.
    /// - Throws: `FieldRefusal`, also for a name that another has.
    package func makeOrganisation(
        _ draft: OrganisationDraft, as id: OrganisationID = .random(), in tx: Transaction
    ) async throws -> Organisation {
        let (name, city) = (draft.name.asName, draft.city.asName)
        try DirectoryRule.check(name: name, city: city)
        try await naming {
            try await tx.execute(
                """
                INSERT INTO consilium.organisation (id, name, city, jurisdiction)
                VALUES (\(id), \(name), \(city), \(draft.jurisdiction))
                """)
        }
        return try await organisation(id, in: tx)
    }

    /// Changes an organisation, retires it, or takes that back, for an operator or the owner's commands.
    /// - Parameter expected: the version that the caller read.
    /// - Throws: `MatchingRefusal.notFound`; `VersionRefusal`; `FieldRefusal`, also for a name that another has.
    package func editOrganisation(
        _ id: OrganisationID, _ edit: OrganisationEdit, ifVersion expected: ExpectedVersion, in tx: Transaction
    ) async throws -> Organisation {
        let (name, city) = (edit.name?.asName, edit.city?.asName)
        try DirectoryRule.check(name: name, city: city)
        _ = try await tx.first("SELECT FROM consilium.organisation WHERE id = \(id) FOR NO KEY UPDATE")
        let current = try await organisation(id, in: tx)
        try expected.check(current.version)
        try await naming {
            try await tx.execute(
                """
                UPDATE consilium.organisation SET name = coalesce(\(name), name), city = coalesce(\(city), city),
                    jurisdiction = coalesce(\(edit.jurisdiction)::text, jurisdiction),
                    retired_at = CASE \(edit.retired)::boolean WHEN true THEN coalesce(retired_at, clock_timestamp())
                        WHEN false THEN NULL ELSE retired_at END,
                    version = version + 1
                WHERE id = \(id)
                """)
        }
        return try await organisation(id, in: tx)
    }

    private func organisation(_ id: OrganisationID, in tx: Transaction) async throws -> Organisation {
        guard let row = try await tx.first("\(fragment: Self.organisation) WHERE id = \(id)") else {
            throw MatchingRefusal.notFound
        }
        return try Organisation(row)
    }

    /// Writes a name. A transaction that writes the same name at the same moment is waited for.
    /// - Throws: `FieldRefusal` where another organisation has it.
    private func naming(_ write: () async throws -> Int) async throws {
        let refusal = FieldRefusal("/name", rule: "taken", "must not be the name of another organisation")
        _ = try await refusing("organisation_name_unique", as: refusal, write)
    }

    private static let organisation: SQL = """
        SELECT id, name, city, jurisdiction, retired_at IS NOT NULL, version FROM consilium.organisation
        """
}

extension Organisation {
    init(_ row: Row) throws {
        let (id, name, city, jurisdiction, retired, version) = try row.decode(
            OrganisationID.self, String.self, String.self, Jurisdiction.self, Bool.self, Int.self)
        self.init(id: id, name: name, city: city, jurisdiction: jurisdiction, retired: retired, version: version)
    }
}
