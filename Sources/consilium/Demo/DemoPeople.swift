import Clinic
import Foundation
import Identity
import Postgres

/// The demo's accounts: confirmed, each with the one documented password.
struct DemoPeople {
    /// Of every demo account. It is no secret: a programme that holds it holds nobody's data.
    static let password = "a second look is worth it"

    let file: DemoFile
    let accounts: AccountCreation

    /// - Returns: how many accounts are new.
    func load(in tx: Transaction) async throws -> Int {
        let people = everybody
        let known = Set(
            try await tx.query("SELECT id FROM account WHERE id = ANY (\(people.map(\.id)))")
                .map { try $0.decode(AccountID.self) })
        let new = people.filter { !known.contains($0.id) }
        guard let first = new.first else { return 0 }
        // One hash for all: a hundred of them would take half a minute.
        let hash = try await accounts.hash(DemoPeople.password, for: first)
        for person in new {
            try await accounts.create(person, password: hash, in: tx)
        }
        return new.count
    }

    private var everybody: [NewAccount] {
        let home = Dictionary(
            file.organisations.map { ($0.name, Jurisdiction(rawValue: "US-\($0.state)")) }, uniquingKeysWith: { $1 })
        let specialists = file.specialists.map { person in
            account(person.key, person.email, person.name, in: home[person.organisation] ?? nil, person.timeZone)
        }
        let staff = file.staff.map { person in
            account(person.key, person.email, person.name, in: nil, "America/New_York", person.role)
        }
        let clinicians = file.treatingClinicians.map { person in
            account(person.key, person.email, person.name, in: person.jurisdiction, person.timeZone, .treatingClinician)
        }
        let patients = file.patients.map { person in
            NewAccount(
                id: AccountID(demo: "account", person.key), email: person.email,
                particulars: Particulars(
                    name: person.name, birthDate: person.birthDate, sex: person.sex, phone: person.phone,
                    address: person.address),
                jurisdiction: person.jurisdiction, language: person.language, timeZone: person.timeZone,
                roles: [.patient])
        }
        return specialists + staff + clinicians + patients
    }

    /// Somebody of whom the file tells no birth date: professionals were born on one day. A specialist has no role before
    /// they have joined (``DemoDirectory``).
    private func account(
        _ key: String, _ email: String, _ name: String, in place: Jurisdiction?, _ timeZone: String, _ roles: Role...
    ) -> NewAccount {
        guard let birthDate = CivilDate(rawValue: "1975-01-01"), let ohio = Jurisdiction(rawValue: "US-OH") else {
            preconditionFailure("a date and a place that exist")
        }
        return NewAccount(
            id: AccountID(demo: "account", key), email: email,
            particulars: Particulars(name: name, birthDate: birthDate), jurisdiction: place ?? ohio, language: "en",
            timeZone: timeZone, roles: Set(roles))
    }
}
