package import Clinic
package import FoundationEssentials
import Outbox
package import Postgres
import TypedText
import Vault

/// Why a caregiver may act for a patient.
package enum CaregiverKind: String, Codable, Sendable, CaseIterable, SQLValue {
    /// The patient lets her.
    case grant
    /// She is responsible for a minor.
    case guardian
}

/// How far a caregiver's grant has come; the legal moves are rows of the database's `transition` table.
package enum GrantState: String, Codable, Sendable, CaseIterable, SQLValue {
    case invited, active, ended
}

/// Whom a patient asks to act for her.
package struct CaregiverInvitation: Codable, Sendable {
    package var email: String
    package var kind: CaregiverKind

    package init(email: String, kind: CaregiverKind) {
        self.email = email
        self.kind = kind
    }
}

/// A grant as either side sees it.
package struct CaregiverGrant: Codable, Sendable {
    package var id: GrantID
    package var kind: CaregiverKind
    package var state: GrantState
    package var patient: AccountID
    /// Nil until the invitation was accepted.
    package var caregiver: AccountID?
    /// The address that was invited; only the patient sees it.
    package var email: String?
    package var createdAt: Date
    /// Until when the invitation can be accepted.
    package var expiresAt: Date

    package init(
        id: GrantID, kind: CaregiverKind, state: GrantState, patient: AccountID, caregiver: AccountID?, email: String?,
        createdAt: Date, expiresAt: Date
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.patient = patient
        self.caregiver = caregiver
        self.email = email
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// People who act for a patient, each as herself. Her parts in the patient's cases follow the grant in the database.
package struct Caregivers: Sendable {
    /// How many may be invited or active at once.
    package static let limit = 10
    private let parts: IdentityDependencies

    init(_ parts: IdentityDependencies) { self.parts = parts }

    /// Invites somebody by mail; the link can be accepted for two weeks.
    /// - Throws: `ProofNeeded`, `FieldRefusal`, `IdentityRefusal.tooManyCaregivers`, `MailBudget.Spent` when the address was mailed
    ///   too often, or others by the caller.
    package func invite(
        _ invitation: CaregiverInvitation, by caller: Caller, in tx: Transaction
    ) async throws -> CaregiverGrant {
        try await caller.requireProof(in: tx)
        let address = try EmailAddress(invitation.email)
        guard let patient = try await OwnAccount.read(caller.account, with: parts.vault, in: tx) else {
            throw IdentityRefusal.notFound
        }
        guard address != patient.email else {
            throw FieldRefusal("/email", rule: "not_self", "must be somebody else's address")
        }
        // The patient's row, which is held already, is the lock of the count.
        let live = try await tx.first(CaregiverRows.countLive(of: caller.account))?.decode(Int64.self) ?? 0
        guard live < Self.limit else { throw IdentityRefusal.tooManyCaregivers }
        try await parts.mailBudget.spend(to: address.text, for: .invitation, by: caller.account, in: tx)
        let id = GrantID.random()
        let notice = NoticeID.random()
        let token = Vault.newToken()
        let sealed = try await parts.vault.personKey(caller.account, in: tx)
            .seal(Array(address.text.utf8), as: RowIdentity("caregiver_grant.email", id))
        let row = try await tx.first(
            CaregiverRows.insert(
                id, caller.account, invitation.kind,
                Vault.digest(secret: token, serving: address.text, for: .caregiver), sealed))
        guard let (createdAt, expiresAt) = try row?.decode(Date.self, Date.self) else {
            throw IdentityRefusal.notFound
        }
        let envelope = MailEnvelope(address: address.text, token: token, language: patient.language)
        try await parts.outbox.enqueue(
            Notice(
                to: .envelope(try parts.vault.sealEnvelope(envelope, for: notice)), .caregiverInvited(id), id: notice),
            in: tx)
        try await parts.outbox.enqueue(Notice(to: .account(caller.account), .caregiverAsked), in: tx)
        return CaregiverGrant(
            id: id, kind: invitation.kind, state: .invited, patient: caller.account, caregiver: nil,
            email: address.text, createdAt: createdAt, expiresAt: expiresAt)
    }

    /// The grants that the caller gave and those that she has, the ended ones left out, the latest first.
    package func list(by caller: Caller, in tx: Transaction) async throws -> [CaregiverGrant] {
        let rows = try await tx.query(CaregiverRows.live(of: caller.account))
        if rows.isEmpty { return [] }
        let key = try await parts.vault.personKey(caller.account, in: tx)
        return try rows.map { row in
            let (id, kind, state, patient, caregiver, sealed, createdAt, expiresAt) = try row.decode(
                GrantID.self, CaregiverKind.self, GrantState.self, AccountID.self, AccountID?.self, [UInt8].self,
                Date.self, Date.self)
            let email =
                patient == caller.account
                ? String(
                    decoding: try key.open(sealed, as: RowIdentity("caregiver_grant.email", id)), as: UTF8.self)
                : nil
            return CaregiverGrant(
                id: id, kind: kind, state: state, patient: patient, caregiver: caregiver, email: email,
                createdAt: createdAt, expiresAt: expiresAt)
        }
    }

    /// Accepts an invitation with the token of its mail, by whose address it was sent to; the caller acts for the patient
    /// from now on.
    /// - Throws: `IdentityRefusal.linkInvalid`, also for one's own invitation, for a second one of the same patient, and for
    ///   who has another address than was invited.
    package func accept(token: String, by caller: Caller, in tx: Transaction) async throws -> CaregiverGrant {
        guard let address = try await parts.vault.address(of: caller.account, in: tx),
            let id = try await tx.first(
                CaregiverRows.accept(Vault.digest(secret: token, serving: address, for: .caregiver)))?
                .decode(GrantID?.self),
            let grant = try await list(by: caller, in: tx).first(where: { $0.id == id })
        else { throw IdentityRefusal.linkInvalid }
        return grant
    }

    /// Ends a grant or takes an invitation back, from either side. The caregiver sees nothing more from then on.
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
