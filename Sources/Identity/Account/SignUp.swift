package import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TypedText
import Vault

/// What a patient tells to open an account.
package struct SignUpRequest: Codable, Sendable {
    package var email: String
    package var name: String
    package var birthDate: CivilDate
    package var sex: Sex?
    package var phone: String?
    package var address: String?
    package var jurisdiction: Jurisdiction
    /// BCP 47, as `en`.
    package var language: String
    /// An IANA zone.
    package var timeZone: String

    package init(
        email: String, name: String, birthDate: CivilDate, sex: Sex? = nil, phone: String? = nil,
        address: String? = nil, jurisdiction: Jurisdiction, language: String, timeZone: String
    ) {
        self.email = email
        self.name = name
        self.birthDate = birthDate
        self.sex = sex
        self.phone = phone
        self.address = address
        self.jurisdiction = jurisdiction
        self.language = language
        self.timeZone = timeZone
    }

    var particulars: Particulars {
        Particulars(name: name, birthDate: birthDate, sex: sex, phone: phone, address: address)
    }
}

/// Opening an account, and proving that its address is one's own.
package struct SignUp: Sendable {
    private let parts: IdentityDependencies

    init(_ parts: IdentityDependencies) { self.parts = parts }

    /// Claims an address. Returns alike, and after a like time, whether or not the address has an account: its owner is
    /// told by mail, and any other gets a link to confirm. Each claim stands for itself until one is confirmed, and opens
    /// nothing until then: it has no password.
    /// - Throws: `FieldRefusal`.
    package func open(_ request: SignUpRequest, from clientAddress: String) async throws {
        let requester = Requester.network(ClientNetwork(address: clientAddress))
        let address = try EmailAddress(request.email)
        var request = request
        request.name = request.name.asName
        request.language = try LanguageTag(request.language, at: "/language").text
        try AccountFields.check(request.particulars)
        try await parts.database.withTransaction(as: .nobody) { tx in
            try await AccountFields.check(birthDate: request.birthDate, timeZone: request.timeZone, in: tx)
        }
        try await TimingPadding.take(.milliseconds(80)) { [request] in try await claim(address, request, for: requester)
        }
    }

    private func claim(
        _ address: EmailAddress, _ request: SignUpRequest, for requester: Requester
    ) async throws {
        let isTold = try await parts.database.withTransaction(as: .nobody) { tx in
            guard try await parts.mailBudget.mayWrite(to: address.text, for: .signUp, by: requester, in: tx) else {
                return true
            }
            let found = try await AccountRows.find(parts.digests(of: address), in: tx)
            guard let found, found.isActive else { return false }
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
            try await parts.mail.sendLink(.confirmEmail, of: id, to: address, language: request.language, in: tx)
        }
    }

    /// Confirms an address by the token of its mail, and sets the password of who reads that mail: whoever claimed the
    /// address has set none (Sudhodanan and Paverd 2022, "Pre-hijacked accounts"). A second time with the same password
    /// within ten minutes does nothing; a wrong one counts as a wrong sign-in.
    /// - Throws: `FieldRefusal`, and `IdentityRefusal`: `.linkInvalid`, `.emailTaken` when another claim was confirmed
    ///   first, `.throttled`, `.busy`.
    package func confirm(token: String, password: String, from clientAddress: String) async throws {
        let network = ClientNetwork(address: clientAddress)
        let id = try await parts.mail.account(of: token, .confirmEmail, in: parts.database)
        guard let account = try await read(id) else { throw IdentityRefusal.linkInvalid }
        if account.isActive { return try await confirmAgain(account, password, from: network) }
        let normalised = try parts.rules.check(
            password, context: account.passwordContext, besideSecondFactor: false)
        let hash = try await parts.hasher.hash(normalised, for: .network(network))
        let isFirst = try await parts.database.withTransaction(as: Actor(id.rawValue)) { tx in
            let rows = AccountRows(vault: parts.vault, id: id)
            if let owner = try await rows.claim(account.email, in: tx) {
                guard owner == id else { throw IdentityRefusal.emailTaken }
                return false
            }
            guard try await parts.mail.redeem(token, .confirmEmail, of: id, in: tx) else { return false }
            guard try await rows.activate(account.email, in: tx) else { throw IdentityRefusal.linkInvalid }
            try await rows.insert(hash, in: tx)
            return true
        }
        if isFirst { return }
        guard let account = try await read(id) else { throw IdentityRefusal.linkInvalid }
        try await confirmAgain(account, password, from: network)
    }

    /// A token that was used stays good for a while for saying the same again, when the first answer was lost.
    private func confirmAgain(_ account: OwnAccount, _ password: String, from network: ClientNetwork) async throws {
        let attempt = try await parts.throttle.attempt(account.email, from: network, on: nil)
        let verdict = try await parts.hasher.compare(password, with: account.password, for: attempt.requester)
        guard account.isActive, verdict != .wrong, !attempt.isGuarded else { throw IdentityRefusal.linkInvalid }
        try await parts.database.withTransaction(as: .nobody) { tx in
            try await parts.throttle.forgive(attempt, in: tx)
        }
    }

    private func read(_ id: AccountID) async throws -> OwnAccount? {
        try await parts.database.withTransaction(as: Actor(id.rawValue)) { tx in
            try await OwnAccount.read(id, with: parts.vault, in: tx)
        }
    }
}

extension SignUpRequest: Ruled {
    package static let rules: [String: FieldRule] = [
        "email": .text(EmailAddress.rule), "name": .text(AccountFields.name), "phone": .text(AccountFields.phone),
        "address": .text(AccountFields.address), "language": .text(.form(.languageTag)),
        "timeZone": .text(.form(.timeZone)),
    ]
}
