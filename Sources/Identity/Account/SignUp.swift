package import Clinic
import FoundationEssentials
import Postgres
import Vault

/// What a patient tells to open an account.
package struct SignUpRequest: Codable, Sendable {
    package var email: String
    package var password: String
    package var name: String
    package var birthDate: CivilDate
    package var phone: String?
    package var address: String?
    package var jurisdiction: Jurisdiction
    /// BCP 47, as `en`.
    package var language: String
    /// An IANA zone.
    package var timeZone: String

    package init(
        email: String, password: String, name: String, birthDate: CivilDate, phone: String? = nil,
        address: String? = nil, jurisdiction: Jurisdiction, language: String, timeZone: String
    ) {
        self.email = email
        self.password = password
        self.name = name
        self.birthDate = birthDate
        self.phone = phone
        self.address = address
        self.jurisdiction = jurisdiction
        self.language = language
        self.timeZone = timeZone
    }

    var particulars: Particulars { Particulars(name: name, birthDate: birthDate, phone: phone, address: address) }
}

/// Opening an account, and proving that its address is one's own.
package struct SignUp: Sendable {
    private let parts: IdentityParts

    init(_ parts: IdentityParts) { self.parts = parts }

    /// Claims an address. Returns alike, and after a like time, whether or not the address has an account: its owner is
    /// told by mail, and any other gets a link to confirm. Each claim stands for itself until one is confirmed.
    /// - Throws: `FieldRefusal`, `IdentityRefusal.busy`.
    package func open(_ request: SignUpRequest, from clientAddress: String) async throws {
        let requester = Requester.network(ClientNetwork(address: clientAddress))
        let address = try EmailAddress(request.email)
        try AccountFields.check(request.particulars)
        try AccountFields.checkLanguage(request.language)
        let password = try parts.rules.check(
            request.password, context: PasswordContext(name: request.name, email: address), besideSecondFactor: false)
        try await parts.database.withTransaction(as: .nobody) { tx in
            try await AccountFields.check(birthDate: request.birthDate, timeZone: request.timeZone, in: tx)
        }
        let hash = try await parts.hasher.hash(password, for: requester)
        try await Evenly.take(.milliseconds(80)) { try await claim(address, request, hash, for: requester) }
    }

    private func claim(
        _ address: EmailAddress, _ request: SignUpRequest, _ hash: PasswordHash, for requester: Requester
    ) async throws {
        let digest = parts.digest(of: address)
        let isTold = try await parts.database.withTransaction(as: .nobody) { tx in
            guard try await parts.mail.mayWrite(to: address, for: .signUp, by: requester, in: tx) else { return true }
            guard let found = try await AccountRows.find(digest, in: tx), found.isActive else { return false }
            try await parts.mail.send(.accountExists, to: address, language: request.language, in: tx)
            return true
        }
        if isTold { return }
        let id = AccountID.random()
        try await parts.database.withTransaction(as: Actor(id.rawValue)) { tx in
            let rows = AccountRows(vault: parts.vault, id: id)
            try await rows.insert(
                address, request.particulars, request.jurisdiction, request.language, request.timeZone,
                confirmed: false, in: tx)
            try await rows.insert(role: .patient, in: tx)
            try await rows.insert(hash, in: tx)
            try await parts.mail.sendLink(.confirmEmail, of: id, to: address, language: request.language, in: tx)
        }
    }

    /// Confirms an address by the token of its mail. A second time does nothing, as long as the token lives.
    /// - Throws: `IdentityRefusal.linkInvalid`, `IdentityRefusal.emailTaken` when another claim was confirmed first.
    package func confirm(token: String) async throws {
        let id = try await parts.mail.account(of: token, .confirmEmail, in: parts.database)
        do {
            try await parts.database.withTransaction(as: Actor(id.rawValue)) { tx in
                // A token that was used stays good for saying the same again, when the first answer was lost.
                guard try await parts.mail.redeem(token, .confirmEmail, of: id, in: tx) else { return }
                try await tx.execute(AccountRows.activate(id))
            }
        } catch let error as DatabaseError where error.isUniqueViolation {
            throw IdentityRefusal.emailTaken
        }
    }
}
