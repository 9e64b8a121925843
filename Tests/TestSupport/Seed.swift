package import Clinic
import FoundationEssentials
package import Postgres
package import Vault

/// Rows that a test stands on, written past the services as the schema's owner, in the suite's database.
package enum Seed {
    /// An active account with these roles.
    /// - Parameter email: made up when nil.
    package static func account(
        _ vault: Vault, roles: [Role] = [.patient], email: String? = nil, jurisdiction: String = "US-OH",
        timeZone: String = "America/New_York"
    ) async throws -> AccountID {
        let id = AccountID.random()
        let email = email ?? "\(id)@example.org"
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            let key = try await vault.createPersonKey(id, in: tx)
            try await tx.execute(
                """
                INSERT INTO consilium.account (id, state, email_digest, email_key, email, jurisdiction,
                    language, time_zone, confirmed_at)
                VALUES (\(id), 'active', \(vault.digest(email, for: .email)), \(vault.lookup.name),
                    \(key.seal(Array(email.utf8), as: .accountEmail(id))),
                    \(jurisdiction), 'en', \(timeZone), clock_timestamp())
                """)
            try await tell(of: id, key, in: tx)
            for role in roles {
                try await tx.execute(
                    "INSERT INTO consilium.account_role (account_id, role) VALUES (\(id), \(role))")
            }
        }
        return id
    }

    /// What a made-up person told of themselves.
    package static func tell(of id: AccountID, _ key: DataKey, in tx: Transaction) async throws {
        guard let birthDate = CivilDate(rawValue: "1970-01-31") else { preconditionFailure("a date that exists") }
        let told = Particulars(name: "Pat Example", birthDate: birthDate, sex: .female)
        let sealed = [
            "name": try key.seal(Array(told.name.utf8), as: .accountParticular(.name, of: id)),
            "birth": try key.seal(json: told.birth, as: .accountParticular(.birth, of: id)),
            "contact": try key.seal(json: told.contact, as: .accountParticular(.contact, of: id)),
        ]
        for (kind, bytes) in sealed {
            try await tx.execute(
                "INSERT INTO consilium.account_particular (account_id, kind, sealed) VALUES (\(id), \(kind), \(bytes))")
        }
    }

    /// A zone whose clocks show this hour now.
    package static func zone(whereItIs hour: Int) -> String {
        let now = Int(Date().timeIntervalSince1970 / 3600) % 24
        let east = (hour - now + 36) % 24 - 12
        return "Etc/GMT\(east > 0 ? "-" : "+")\(abs(east))"
    }

    /// A case of this patient in a state, with its key and their part in it.
    package static func openCase(
        of patient: AccountID, _ vault: Vault, state: CaseState = .draft, blinded: Bool = true, lane: Lane = .licensed
    ) async throws -> CaseID {
        let id = CaseID.random()
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            // The key's row refers to the case, and the case's reason is sealed by the key: an empty one comes first.
            try await tx.execute(
                """
                INSERT INTO consilium.clinical_case (id, patient_id, state, blinded, lane, jurisdiction, language, reason)
                VALUES (\(id), \(patient), \(state), \(blinded), \(lane), 'US-OH', 'en', '')
                """)
            let key = try await vault.createCaseKey(id, in: tx)
            try await tx.execute(
                """
                UPDATE consilium.clinical_case
                SET reason = \(key.seal(Array("a second look".utf8), as: RowIdentity("clinical_case.reason", id)))
                WHERE id = \(id)
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.case_part (case_id, account_id, part) VALUES (\(id), \(patient), 'patient')
                """)
        }
        return id
    }
}
