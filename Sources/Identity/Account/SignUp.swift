package import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TypedText
import Vault

/// What a patient enters to open an account.
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

    package static let example = SignUpRequest(
        email: ExampleValues.email, name: "Maria Lopez", birthDate: ExampleValues.birthDate, sex: .female,
        phone: ExampleValues.phone, address: ExampleValues.address, jurisdiction: ExampleValues.ohio, language: "en",
        timeZone: ExampleValues.timeZone)

    var particulars: Particulars {
        Particulars(name: name, birthDate: birthDate, sex: sex, phone: phone, address: address)
    }
}

/// Opens accounts, and confirms their addresses.
package struct SignUp: Sendable {
    private let dependencies: IdentityDependencies

    init(_ dependencies: IdentityDependencies) { self.dependencies = dependencies }

    /// Claims an address. The reply and its duration are the same whether or not the address has an account: its owner
    /// gets a mail, and any other address gets a link to confirm. Several claims can exist until one is confirmed;
    /// until then a claim gives access to nothing, for it has no password.
    /// - Throws: `FieldRefusal`.
    package func open(_ request: SignUpRequest, from clientAddress: String) async throws {
        let requester = Requester.network(ClientNetwork(address: clientAddress))
        let address = try EmailAddress(request.email)
        var request = request
        request.name = request.name.asName
        request.language = try LanguageTag(request.language, at: "/language").text
        try AccountFields.check(request.particulars)
        try await dependencies.database.withTransaction(as: .nobody) { tx in
            try await AccountFields.check(birthDate: request.birthDate, timeZone: request.timeZone, in: tx)
        }
        try await TimingPadding.take(.milliseconds(80)) { [request] in try await claim(address, request, for: requester)
        }
    }

    private func claim(
        _ address: EmailAddress, _ request: SignUpRequest, for requester: Requester
    ) async throws {
        let isTold = try await dependencies.database.withTransaction(as: .nobody) { tx in
            guard try await dependencies.mailBudget.mayWrite(to: address.text, for: .signUp, by: requester, in: tx)
            else {
                return true
            }
            let found = try await AccountRows.find(dependencies.digests(of: address), in: tx)
            guard let found, found.isActive else { return false }
            try await dependencies.mail.send(.accountExists, to: address, language: request.language, in: tx)
            return true
        }
        if isTold { return }
        let id = AccountID.random()
        try await dependencies.database.withTransaction(as: Actor(id.rawValue)) { tx in
            let rows = AccountRows(vault: dependencies.vault, id: id)
            try await rows.insert(
                address, request.particulars, request.jurisdiction, request.language, request.timeZone,
                confirmed: false, in: tx)
            try await rows.insert(role: .patient, in: tx)
            try await dependencies.mail.sendLink(.confirmEmail, of: id, to: address, language: request.language, in: tx)
        }
    }

    /// Confirms an address by the token of its mail, and sets the password that the reader of that mail chose: a claim
    /// has none (Sudhodanan and Paverd 2022, "Pre-hijacked accounts"). Repeating it with the same password within ten
    /// minutes does nothing; a wrong password counts as a wrong sign-in.
    /// - Throws: `FieldRefusal`, and `IdentityRefusal`: `.linkInvalid`, `.emailTaken` when another claim was confirmed
    ///   first, `.throttled`, `.busy`.
    package func confirm(token: String, password: String, from clientAddress: String) async throws {
        let network = ClientNetwork(address: clientAddress)
        let id = try await dependencies.mail.account(of: token, .confirmEmail, in: dependencies.database)
        guard let account = try await read(id) else { throw IdentityRefusal.linkInvalid }
        if account.isActive { return try await confirmAgain(account, password, from: network) }
        let normalised = try dependencies.rules.check(
            password, context: account.passwordContext, besideSecondFactor: false)
        let hash = try await dependencies.hasher.hash(normalised, for: .network(network))
        let isFirst = try await dependencies.database.withTransaction(as: Actor(id.rawValue)) { tx in
            let rows = AccountRows(vault: dependencies.vault, id: id)
            if let owner = try await rows.claim(account.email, in: tx) {
                guard owner == id else { throw IdentityRefusal.emailTaken }
                return false
            }
            guard try await dependencies.mail.redeem(token, .confirmEmail, of: id, in: tx) else { return false }
            guard try await rows.activate(account.email, in: tx) else { throw IdentityRefusal.linkInvalid }
            try await rows.insert(hash, in: tx)
            return true
        }
        if isFirst { return }
        guard let account = try await read(id) else { throw IdentityRefusal.linkInvalid }
        try await confirmAgain(account, password, from: network)
    }

    /// A used token stays valid for a while for the same password, in case the first reply was lost.
    private func confirmAgain(_ account: OwnAccount, _ password: String, from network: ClientNetwork) async throws {
        let attempt = try await dependencies.throttle.attempt(account.email, from: network, on: nil)
        let verdict = try await dependencies.hasher.compare(password, with: account.password, for: attempt.requester)
        guard account.isActive, verdict != .wrong, !attempt.isGuarded else { throw IdentityRefusal.linkInvalid }
        try await dependencies.database.withTransaction(as: .nobody) { tx in
            try await dependencies.throttle.forgive(attempt, in: tx)
        }
    }

    private func read(_ id: AccountID) async throws -> OwnAccount? {
        try await dependencies.database.withTransaction(as: Actor(id.rawValue)) { tx in
            try await OwnAccount.read(id, with: dependencies.vault, in: tx)
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
