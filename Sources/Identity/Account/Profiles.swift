package import Clinic
import FoundationEssentials
package import Postgres
import TypedText
import Vault

/// What a person sees of her own account.
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

    package init(
        id: AccountID, email: String, name: String, birthDate: CivilDate, sex: Sex?, phone: String?, address: String?,
        jurisdiction: Jurisdiction, language: String, timeZone: String, roles: [Role], secondFactor: Bool, version: Int
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.birthDate = birthDate
        self.sex = sex
        self.phone = phone
        self.address = address
        self.jurisdiction = jurisdiction
        self.language = language
        self.timeZone = timeZone
        self.roles = roles
        self.secondFactor = secondFactor
        self.version = version
    }
}

/// What to change of an account: what is absent stays. An empty phone or address is removed.
package struct ProfileChange: Codable, Sendable {
    package var name: String?
    package var birthDate: CivilDate?
    package var sex: Sex?
    package var phone: String?
    package var address: String?
    package var jurisdiction: Jurisdiction?
    package var language: String?
    package var timeZone: String?

    package init(
        name: String? = nil, birthDate: CivilDate? = nil, sex: Sex? = nil, phone: String? = nil,
        address: String? = nil, jurisdiction: Jurisdiction? = nil, language: String? = nil, timeZone: String? = nil
    ) {
        self.name = name
        self.birthDate = birthDate
        self.sex = sex
        self.phone = phone
        self.address = address
        self.jurisdiction = jurisdiction
        self.language = language
        self.timeZone = timeZone
    }
}

/// The caller's own account.
package struct Profiles: Sendable {
    private let parts: IdentityDependencies

    init(_ parts: IdentityDependencies) { self.parts = parts }

    /// - Throws: `IdentityRefusal.notFound` when the account is gone.
    package func profile(of caller: Caller, in tx: Transaction) async throws -> Profile {
        guard let account = try await OwnAccount.read(caller.account, with: parts.vault, in: tx) else {
            throw IdentityRefusal.notFound
        }
        return Profile(account)
    }

    /// Changes the caller's particulars as long as they are still of the version that they read. A change to what there is
    /// already leaves the version: who read it has read what there is.
    /// - Throws: `FieldRefusal`, `IdentityRefusal.changedMeanwhile`, `.notFound`.
    package func change(
        _ change: ProfileChange, ifVersion expected: ExpectedVersion, by caller: Caller, in tx: Transaction
    ) async throws -> Profile {
        try await tx.execute(Self.lock(caller.account))
        guard let account = try await OwnAccount.read(caller.account, with: parts.vault, in: tx) else {
            throw IdentityRefusal.notFound
        }
        guard expected.holds(for: account.version) else { throw IdentityRefusal.changedMeanwhile }
        var told = account.particulars
        told.name = change.name?.asName ?? told.name
        told.birth.date = change.birthDate ?? told.birth.date
        told.birth.sex = change.sex ?? told.birth.sex
        if let phone = change.phone { told.contact.phone = phone.isEmpty ? nil : phone }
        if let address = change.address { told.contact.address = address.isEmpty ? nil : address }
        try AccountFields.check(told)
        var profile = Profile(account)
        profile.name = told.name
        profile.birthDate = told.birth.date
        profile.sex = told.birth.sex
        profile.phone = told.contact.phone
        profile.address = told.contact.address
        profile.jurisdiction = change.jurisdiction ?? profile.jurisdiction
        if let language = change.language { profile.language = try LanguageTag(language, at: "/language").text }
        profile.timeZone = change.timeZone ?? profile.timeZone
        try await AccountFields.check(birthDate: profile.birthDate, timeZone: profile.timeZone, in: tx)
        guard profile != Profile(account) else { return profile }
        profile.version += 1
        let key = try await parts.vault.personKey(caller.account, in: tx)
        try await ParticularRows(caller.account, key).write(told, in: tx)
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
