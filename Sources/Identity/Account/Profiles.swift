package import Clinic
import FoundationEssentials
package import Postgres
import TypedText
import Vault

/// An account as its owner sees it.
package struct Profile: Codable, Sendable, Hashable {
    package var id: AccountID
    package var email: String
    package var name: String
    package var birthDate: CivilDate
    package var sex: Sex?
    package var phone: String?
    package var address: String?
    package var jurisdiction: Jurisdiction
    package var language: String
    package var timeZone: String
    package var roles: [Role]
    /// Whether sign-in asks for a code.
    package var secondFactor: Bool
    /// What `If-Match` names.
    package var version: Int

    package static let example = Profile(
        id: ExampleValues.patient, email: ExampleValues.email, name: "Maria Lopez",
        birthDate: ExampleValues.birthDate, sex: .female, phone: ExampleValues.phone, address: ExampleValues.address,
        jurisdiction: ExampleValues.ohio, language: "en", timeZone: ExampleValues.timeZone, roles: [.patient],
        secondFactor: false, version: 1)

    package static let changed = with(example) {
        $0.phone = ProfileChange.example.phone
        $0.address = nil
        $0.language = "es-MX"
        $0.version = 2
    }
}

/// A change of an account; fields that are absent stay. An empty phone or address removes it.
package struct ProfileChange: Codable, Sendable {
    package var name: String?
    package var birthDate: CivilDate?
    package var sex: Sex?
    package var phone: String?
    package var address: String?
    package var jurisdiction: Jurisdiction?
    package var language: String?
    package var timeZone: String?

    package static let example = ProfileChange(
        name: "Maria Lopez", birthDate: ExampleValues.birthDate, sex: .female, phone: "+1 216 555 0101", address: "",
        jurisdiction: ExampleValues.ohio, language: "es-MX", timeZone: ExampleValues.timeZone)
}

/// The caller's own account.
package struct Profiles: Sendable {
    private let dependencies: IdentityDependencies

    init(_ dependencies: IdentityDependencies) { self.dependencies = dependencies }

    /// - Throws: `IdentityRefusal.notFound` when the account is gone.
    package func profile(of caller: Caller, in tx: Transaction) async throws -> Profile {
        guard let account = try await OwnAccount.read(caller.account, with: dependencies.vault, in: tx) else {
            throw IdentityRefusal.notFound
        }
        return Profile(account)
    }

    /// Changes the caller's profile if it still has the version that they read. A change that changes nothing keeps the
    /// version.
    /// - Throws: `FieldRefusal`, `VersionRefusal`, `IdentityRefusal.notFound`.
    package func change(
        _ change: ProfileChange, ifVersion expected: ExpectedVersion, by caller: Caller, in tx: Transaction
    ) async throws -> Profile {
        try await tx.execute(Self.lock(caller.account))
        guard let account = try await OwnAccount.read(caller.account, with: dependencies.vault, in: tx) else {
            throw IdentityRefusal.notFound
        }
        try expected.check(account.version)
        var particulars = account.particulars
        particulars.name = change.name?.asName ?? particulars.name
        particulars.birth.date = change.birthDate ?? particulars.birth.date
        particulars.birth.sex = change.sex ?? particulars.birth.sex
        if let phone = change.phone { particulars.contact.phone = phone.isEmpty ? nil : phone }
        if let address = change.address { particulars.contact.address = address.isEmpty ? nil : address }
        try AccountFields.check(particulars)
        var profile = Profile(account)
        profile.name = particulars.name
        profile.birthDate = particulars.birth.date
        profile.sex = particulars.birth.sex
        profile.phone = particulars.contact.phone
        profile.address = particulars.contact.address
        profile.jurisdiction = change.jurisdiction ?? profile.jurisdiction
        if let language = change.language { profile.language = try LanguageTag(language, at: "/language").text }
        profile.timeZone = change.timeZone ?? profile.timeZone
        try await AccountFields.check(birthDate: profile.birthDate, timeZone: profile.timeZone, in: tx)
        guard profile != Profile(account) else { return profile }
        profile.version += 1
        let key = try await dependencies.vault.personKey(caller.account, in: tx)
        try await ParticularRows(caller.account, key).write(particulars, in: tx)
        try await tx.execute(Self.update(profile))
        return profile
    }

    private static func lock(_ id: AccountID) -> SQL {
        "SELECT FROM consilium.account WHERE id = \(id) FOR NO KEY UPDATE"
    }

    private static func update(_ profile: Profile) -> SQL {
        """
        UPDATE consilium.account SET jurisdiction = \(profile.jurisdiction),
            language = \(profile.language), time_zone = \(profile.timeZone), version = version + 1
        WHERE id = \(profile.id)
        """
    }
}

extension Profile {
    init(_ account: OwnAccount) {
        self.init(
            id: account.id, email: account.email.text, name: account.particulars.name,
            birthDate: account.particulars.birth.date, sex: account.particulars.birth.sex,
            phone: account.particulars.contact.phone, address: account.particulars.contact.address,
            jurisdiction: account.jurisdiction, language: account.language, timeZone: account.timeZone,
            roles: account.roles.sorted { $0.rawValue < $1.rawValue },
            secondFactor: account.hasSecondFactor, version: account.version)
    }
}

extension ProfileChange: Ruled {
    package static let rules: [String: FieldRule] = [
        "name": .text(AccountFields.name), "phone": .text(AccountFields.phone.orEmpty),
        "address": .text(AccountFields.address.orEmpty), "language": .text(.form(.languageTag)),
        "timeZone": .text(.form(.timeZone)),
    ]
}
