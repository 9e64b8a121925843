package import Clinic
package import Postgres
import Vault

/// A participant of a case, as another one may know them.
package struct CasePerson: Codable, Sendable, Hashable {
    package var id: AccountID
    package var part: CasePart
    /// Nil where the caller may know the part only: of a candidate, and of a caregiver for a clinician who is asked for
    /// records only.
    package var name: String?
    /// In whole years; of the patient, for those who read the case.
    package var age: Int?
    /// As `age`; nil until the patient has given it.
    package var sex: Sex?
    /// The caller's own, or the patient's for a coordinator of the case.
    package var contact: ContactDetails?
}

/// How somebody is reached.
package struct ContactDetails: Codable, Sendable, Hashable {
    package var email: String
    package var phone: String?
    package var address: String?
}

/// The people of a case.
package struct CasePeopleList: Codable, Sendable, Hashable {
    package var people: [CasePerson]

    package static let example = CasePeopleList(
        people: [
            CasePerson(
                id: ExampleValues.patient, part: .patient, name: "Maria Lopez", age: 65, sex: .female,
                contact: ContactDetails(
                    email: ExampleValues.email, phone: ExampleValues.phone, address: ExampleValues.address)),
            CasePerson(id: ExampleValues.id(8), part: .coordinator, name: "Ines Duarte"),
        ])
}

/// The participants of a case. Row-level security decides which particulars the caller reads: names go to everybody in
/// the case; the patient's birth date and sex, as age and sex, to those who read the case; contact and e-mail address
/// to their owner and the coordinators.
package struct CasePeople: Sendable {
    let vault: Vault

    /// - Throws: `IdentityRefusal.notFound` also for a candidate, who sees the reason only.
    package func list(of caseID: CaseID, by caller: Caller, in tx: Transaction) async throws -> CasePeopleList {
        let parts = try await tx.query(Self.parts(of: caseID)).map {
            try $0.decode(AccountID.self, CasePart.self, CivilDate.self)
        }
        guard let own = parts.first(where: { $0.0 == caller.account }), own.1 != .candidate else {
            throw IdentityRefusal.notFound
        }
        let keys = try await vault.personKeys(parts.map(\.0), in: tx)
        let known = try await ParticularRows.read(keys, in: tx)
        let reached = parts.filter { id, part, _ in
            id == caller.account || own.1 == .coordinator && part == .patient
        }.map(\.0)
        let addresses = try await addresses(of: reached, keys, in: tx)
        return CasePeopleList(
            people: parts.map { id, part, today in
                let particulars = known[id]
                let birth = part == .patient ? particulars?.birth : nil
                return CasePerson(
                    id: id, part: part, name: particulars?.name, age: birth?.age(on: today), sex: birth?.sex,
                    contact: addresses[id].map {
                        ContactDetails(
                            email: $0, phone: particulars?.contact?.phone, address: particulars?.contact?.address)
                    })
            })
    }

    private func addresses(
        of ids: [AccountID], _ keys: [AccountID: DataKey], in tx: Transaction
    ) async throws -> [AccountID: String] {
        var addresses: [AccountID: String] = [:]
        for row in try await tx.query(Self.emails(of: ids)) {
            let (id, sealed) = try row.decode(AccountID.self, [UInt8].self)
            guard let key = keys[id] else { continue }
            addresses[id] = try key.openText(sealed, as: .accountEmail(id))
        }
        return addresses
    }

    /// With today's date, for the age.
    private static func parts(of caseID: CaseID) -> SQL {
        """
        SELECT account_id, part, current_date::text FROM consilium.case_part WHERE case_id = \(caseID) AND until IS NULL
        ORDER BY part <> 'patient', part, account_id
        """
    }

    private static func emails(of ids: [AccountID]) -> SQL {
        "SELECT id, email FROM consilium.account WHERE id = ANY (\(ids)) AND email <> ''"
    }
}
