package import Clinic
package import FoundationEssentials
import Outbox
package import Postgres
import TypedText
import Vault

/// Why a caregiver may act for a patient.
package enum CaregiverKind: String, Codable, Sendable, CaseIterable, SQLValue {
    /// The patient granted it.
    case grant
    /// They are responsible for a minor.
    case guardian
}

/// The states of a caregiver's grant; the legal moves are rows of the database's `transition` table.
package enum GrantState: String, Codable, Sendable, CaseIterable, SQLValue {
    case invited, active, ended
}

/// Whom a patient asks to act for them.
package struct CaregiverInvitation: Codable, Sendable {
    package var email: String
    package var kind: CaregiverKind

    package static let example = CaregiverInvitation(email: "ana.lopez@example.org", kind: .grant)
}

/// A grant as the patient and the caregiver see it.
package struct CaregiverGrant: Codable, Sendable {
    package var id: GrantID
    package var kind: CaregiverKind
    package var state: GrantState
    package var patient: AccountID
    /// Nil until the invitation was accepted.
    package var caregiver: AccountID?
    /// The address that was invited; nil for the caregiver.
    package var email: String?
    package var createdAt: Date
    /// Until when the invitation can be accepted.
    package var expiresAt: Date

    package static let example = CaregiverGrant(
        id: ExampleValues.id(3), kind: .grant, state: .active, patient: ExampleValues.patient,
        caregiver: ExampleValues.id(4), email: CaregiverInvitation.example.email, createdAt: ExampleValues.instant,
        expiresAt: ExampleValues.later)

    package static let invited = with(example) {
        $0.state = .invited
        $0.caregiver = nil
    }

    /// As the caregiver reads it, without the address.
    package static let accepted = with(example) { $0.email = nil }
}

/// People who act for a patient, each with an account of their own. The database derives their parts in the patient's
/// cases from the grant.
package struct Caregivers: Sendable {
    /// How many may be invited or active at once.
    package static let limit = 10
    private let dependencies: IdentityDependencies

    init(_ dependencies: IdentityDependencies) { self.dependencies = dependencies }

    /// Invites somebody by mail; the link can be accepted for two weeks.
    /// - Throws: `ProofNeeded`, `FieldRefusal`, `IdentityRefusal.tooManyCaregivers`, `MailBudget.Exhausted` when the
    ///   address, or the caller, has used up its mails.
    package func invite(
        _ invitation: CaregiverInvitation, by caller: Caller, in tx: Transaction
    ) async throws -> CaregiverGrant {
        try await caller.requireProof(in: tx)
        let address = try EmailAddress(invitation.email)
        guard let patient = try await OwnAccount.read(caller.account, with: dependencies.vault, in: tx) else {
            throw IdentityRefusal.notFound
        }
        guard address != patient.email else {
            throw FieldRefusal("/email", rule: "not_self", "must be somebody else's address")
        }
        // The patient's row is locked already, and guards the count.
        let live = try await tx.first(CaregiverRows.countLive(of: caller.account))?.decode(Int64.self) ?? 0
        guard live < Self.limit else { throw IdentityRefusal.tooManyCaregivers }
        try await dependencies.mailBudget.spend(to: address.text, for: .invitation, by: caller.account, in: tx)
        let id = GrantID.random()
        let token = Vault.newToken()
        let sealed = try await dependencies.vault.personKey(caller.account, in: tx)
            .seal(text: address.text, as: RowIdentity("caregiver_grant.email", id))
        let row = try await tx.first(
            CaregiverRows.insert(
                id, caller.account, invitation.kind,
                Vault.digest(secret: token, serving: address.text, for: .caregiver), sealed))
        guard let (createdAt, expiresAt) = try row?.decode(Date.self, Date.self) else {
            throw IdentityRefusal.notFound
        }
        try await dependencies.mail.send(
            .caregiverInvited(id), to: address, token: token, language: patient.language, in: tx)
        try await dependencies.outbox.tell(.caregiverAsked, to: [caller.account], in: tx)
        return CaregiverGrant(
            id: id, kind: invitation.kind, state: .invited, patient: caller.account, caregiver: nil,
            email: address.text, createdAt: createdAt, expiresAt: expiresAt)
    }

    /// The grants that the caller gave and those that they have, without the ended ones, the latest first.
    package func list(by caller: Caller, in tx: Transaction) async throws -> [CaregiverGrant] {
        let rows = try await tx.query(CaregiverRows.live(of: caller.account))
        if rows.isEmpty { return [] }
        let key = try await dependencies.vault.personKey(caller.account, in: tx)
        return try rows.map { row in
            let (id, patient): (GrantID, AccountID) = (try row.decode("id"), try row.decode("patient_id"))
            let email =
                try patient == caller.account
                ? key.openText(row.decode("email"), as: RowIdentity("caregiver_grant.email", id)) : nil
            return CaregiverGrant(
                id: id, kind: try row.decode("kind"), state: try row.decode("state"), patient: patient,
                caregiver: try row.decode("caregiver_id"), email: email,
                createdAt: try row.decode("created_at"), expiresAt: try row.decode("expires_at"))
        }
    }

    /// Accepts an invitation with the token of its mail, as the owner of the address that it was sent to. From now on
    /// the caller acts for the patient.
    /// - Throws: `IdentityRefusal.linkInvalid`, also for the caller's own invitation, for a second one of the same
    ///   patient, and for a caller with another address.
    package func accept(token: String, by caller: Caller, in tx: Transaction) async throws -> CaregiverGrant {
        guard let address = try await dependencies.vault.address(of: caller.account, in: tx),
            let id = try await tx.first(
                CaregiverRows.accept(Vault.digest(secret: token, serving: address, for: .caregiver)))?
                .decode(GrantID?.self),
            let grant = try await list(by: caller, in: tx).first(where: { $0.id == id })
        else { throw IdentityRefusal.linkInvalid }
        return grant
    }

    /// Ends a grant or takes an invitation back, by the patient or the caregiver. The caregiver sees nothing more from
    /// then on.
    /// - Throws: `IdentityRefusal.notFound`.
    package func end(_ id: GrantID, by caller: Caller, in tx: Transaction) async throws {
        guard try await tx.first(CaregiverRows.end(id))?.decode(Bool.self) == true else {
            throw IdentityRefusal.notFound
        }
    }
}

extension CaregiverInvitation: Ruled {
    package static let rules: [String: FieldRule] = ["email": .text(EmailAddress.rule)]
}
