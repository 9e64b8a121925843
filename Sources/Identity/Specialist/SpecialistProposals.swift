package import Clinic
import FoundationEssentials
package import Outbox
package import Postgres
import TypedText
package import Vault

/// How people become specialists: a coordinator or an operator proposes somebody, another operator approves, and the
/// address gets an invitation. Its reader signs up, or signs in, with that address and a password of their own, and
/// accepts; the token works for that address only. The database gives the role (`join_as_specialist`), and not to
/// anybody who proposed or approved it.
package struct SpecialistProposals: Sendable {
    /// How many proposals of one person may wait, or be made within a day. The database enforces it (`enforce_quota`).
    package static let most = 50

    private let vault: Vault
    private let outbox: Outbox
    private let mail: LinkMail
    private let settings: IdentitySettings

    package init(vault: Vault, outbox: Outbox, settings: IdentitySettings) {
        self.vault = vault
        self.outbox = outbox
        mail = LinkMail(vault: vault, outbox: outbox)
        self.settings = settings
    }

    /// Proposes somebody; every other operator is told.
    /// - Throws: `ProofNeeded`; `FieldRefusal`, also for the caller's own address and for one with which somebody is
    ///   proposed already; `IdentityRefusal.tooManyProposals`.
    package func propose(
        _ draft: SpecialistProposalDraft, by caller: Caller, in tx: Transaction
    ) async throws -> SpecialistProposal {
        try await caller.requireProof(in: tx)
        let (address, entry) = try await check(draft, in: tx)
        guard try await vault.address(of: caller.account, in: tx) != address.text else {
            throw FieldRefusal("/email", rule: "not_self", "must be somebody else's address")
        }
        let id = try await refusing("quota_specialist_proposals", as: IdentityRefusal.tooManyProposals) {
            try await insert(entry, at: address, by: caller.account, in: tx)
        }
        let approvers = try await tx.query(SpecialistProposalRows.approvers(of: id)).map {
            try $0.decode(AccountID.self)
        }
        try await outbox.tell(.specialistProposed(id), to: approvers, in: tx)
        return try await read(id, in: tx)
    }

    /// The latest first.
    /// - Parameters:
    ///   - limit: how many, at most 200.
    ///   - after: `next` of the list before.
    package func list(
        limit: Int, after: SpecialistProposalID? = nil, in tx: Transaction
    ) async throws -> SpecialistProposalList {
        let (rows, hasMore) = try await tx.page(limit) { SpecialistProposalRows.select(after: after, limit: $0) }
        let proposals = try rows.map(open)
        return SpecialistProposalList(proposals: proposals, next: hasMore ? proposals.last?.id.description : nil)
    }

    /// Approves somebody else's proposal, and has the invitation mailed.
    /// - Throws: `ProofNeeded`; `IdentityRefusal.notFound` where this operator can approve none: it is unknown, decided
    ///   or expired; they proposed it, or it is about them; or its proposer has left the programme.
    ///   `.addressUnreadable`; `.organisationRetired`; `MailBudget.Exhausted`.
    package func approve(
        _ id: SpecialistProposalID, by caller: Caller, in tx: Transaction
    ) async throws -> SpecialistProposal {
        try await caller.requireProof(in: tx)
        let proposal = try await read(id, in: tx)
        guard proposal.state == .proposed else { throw IdentityRefusal.notFound }
        guard let email = proposal.email else { throw IdentityRefusal.addressUnreadable }
        guard try await vault.address(of: caller.account, in: tx) != email else { throw IdentityRefusal.notFound }
        let token = Vault.newToken()
        let isApproved = try await refusing(Self.organisation, as: IdentityRefusal.organisationRetired) {
            try await tx.first(SpecialistProposalRows.approve(id, digest(token, email)))?.decode(Bool.self)
        }
        guard isApproved == true else { throw IdentityRefusal.notFound }
        try await MailBudget(vault: vault).spend(to: email, for: .invitation, by: caller.account, in: tx)
        try await send(token, for: proposal, to: EmailAddress(email), in: tx)
        return try await read(id, in: tx)
    }

    /// Takes a proposal or its invitation back.
    /// - Throws: `IdentityRefusal.notFound`.
    package func withdraw(_ id: SpecialistProposalID, in tx: Transaction) async throws {
        guard try await tx.first(SpecialistProposalRows.withdraw(id))?.decode(Bool.self) == true else {
            throw IdentityRefusal.notFound
        }
    }

    /// Makes the caller a specialist by the token of the mail. From now on their sessions have the limits of staff.
    /// - Throws: `ProofNeeded`; `IdentityRefusal.linkInvalid` for a token that is unknown, used, taken back, expired,
    ///   or sent to another address; for a caller who is a specialist already; and where the organisation was retired,
    ///   or the proposer or approver has left the programme. `.secondFactorRequired` where the programme demands one
    ///   and the session has none: the caller could never sign in again.
    package func join(token: String, by caller: Caller, in tx: Transaction) async throws {
        try await caller.requireProof(in: tx)
        try await join(caller.account, by: token, in: tx)
        guard !settings.requireSecondFactorForStaff || caller.showedSecondFactor else {
            throw IdentityRefusal.secondFactorRequired
        }
        try await tx.execute(Sessions.shorten(of: caller.account, as: caller.roles.union([.specialist])))
        try await outbox.tell(.specialistJoined, to: [caller.account], in: tx)
    }

    private func digest(_ token: String, _ address: String) -> [UInt8] {
        Vault.digest(secret: token, serving: address, for: .specialist)
    }

    private func send(
        _ token: String, for proposal: SpecialistProposal, to address: EmailAddress, in tx: Transaction
    ) async throws {
        try await mail.send(
            .specialistInvited(proposal.id), to: address, token: token,
            language: proposal.entry.languages.first ?? "en", in: tx)
    }
}

extension SpecialistProposals {
    /// Proposes and approves in one step, for the owner's commands, which act for nobody.
    /// - Parameter mails: whether the invitation is mailed, or its token only returned.
    /// - Returns: the proposal, and the invitation's token.
    /// - Throws: `FieldRefusal`.
    package func invite(
        _ draft: SpecialistProposalDraft, as id: SpecialistProposalID = .random(), mails: Bool = true,
        in tx: Transaction
    ) async throws -> (proposal: SpecialistProposal, token: String) {
        let (address, entry) = try await check(draft, in: tx)
        _ = try await insert(entry, at: address, as: id, by: nil, in: tx)
        let token = Vault.newToken()
        try await tx.execute(SpecialistProposalRows.approveForNobody(id, digest(token, address.text)))
        let proposal = try await read(id, in: tx)
        if mails { try await send(token, for: proposal, to: address, in: tx) }
        return (proposal, token)
    }

    /// Accepts an invitation for the transaction's actor: for the demo, whose people read no mail.
    /// - Throws: `IdentityRefusal.linkInvalid`.
    package func join(_ account: AccountID, by token: String, in tx: Transaction) async throws {
        guard let address = try await vault.address(of: account, in: tx) else { throw IdentityRefusal.linkInvalid }
        let joined = try await refusing(Self.organisation, as: IdentityRefusal.linkInvalid) {
            try await tx.first(SpecialistProposalRows.join(digest(token, address)))?.decode(SpecialistProposalID?.self)
        }
        guard joined ?? nil != nil else { throw IdentityRefusal.linkInvalid }
    }

    /// How many proposals wait for an operator, and how many invitations for an answer.
    package static func backlog(in tx: Transaction) async throws -> (proposed: Int, approved: Int) {
        guard let row = try await tx.first("SELECT proposed, approved FROM consilium.specialist_backlog()") else {
            return (0, 0)
        }
        return try row.decode(Int.self, Int.self)
    }

    /// - Returns: the address, and the entry as it is kept.
    private func check(
        _ draft: SpecialistProposalDraft, in tx: Transaction
    ) async throws -> (EmailAddress, DirectoryEntry) {
        let address = try EmailAddress(draft.email)
        var entry = draft.entry
        entry.name = entry.name.asName
        entry.credentials = entry.credentials.asName
        entry = try entry.checked(at: "/entry")
        try await AccountFields.check(timeZone: entry.timeZone, at: "/entry/timeZone", in: tx)
        guard let row = try await tx.first(SpecialistProposalRows.known(entry)),
            case let (hasOrganisation, isOpen, unknown) = try row.decode(Bool.self, Bool.self, [Int32].self),
            hasOrganisation
        else {
            throw FieldRefusal("/entry/organisation", rule: "unknown", "must be an organisation of the programme")
        }
        guard isOpen else { throw Self.retired }
        if let place = unknown.first {
            throw FieldRefusal(
                "/entry/taxonomyCodes/\(place)", rule: "unknown", "must be a code of the NUCC's provider taxonomy")
        }
        return (address, entry)
    }

    /// - Throws: `FieldRefusal` where the address is proposed already, or the organisation was retired meanwhile.
    private func insert(
        _ entry: DirectoryEntry, at address: EmailAddress, as id: SpecialistProposalID = .random(),
        by account: AccountID?, in tx: Transaction
    ) async throws -> SpecialistProposalID {
        let digests = vault.digests(address.text, for: .specialistProposal)
        guard try await tx.first(SpecialistProposalRows.claim(digests))?.decode(Bool.self) == true else {
            throw FieldRefusal(
                "/email", rule: "proposed", "must not be an address that a proposal or its invitation waits for")
        }
        let kept = SpecialistProposalRows.SealedAddress(
            sealed: try vault.serviceKey.seal(text: address.text, as: .proposalEmail(id)), digest: digests[0],
            lookupKey: vault.lookup.name)
        _ = try await refusing(Self.organisation, as: Self.retired) {
            try await tx.execute(SpecialistProposalRows.insert(id, entry, at: kept, by: account))
        }
        return id
    }

    private func read(_ id: SpecialistProposalID, in tx: Transaction) async throws -> SpecialistProposal {
        guard let row = try await tx.first(SpecialistProposalRows.select(id)) else { throw IdentityRefusal.notFound }
        return try open(row)
    }

    private func open(_ row: Row) throws -> SpecialistProposal {
        try SpecialistProposal(row) { id, sealed in
            try? vault.serviceKey.openText(sealed, as: .proposalEmail(id))
        }
    }

    private static let retired = FieldRefusal(
        "/entry/organisation", rule: "retired", "must not be an organisation that was retired")

    /// The constraint by which the database refuses a retired organisation (`refuse_retired_organisation`).
    private static let organisation = "specialist_proposal_organisation"
}
