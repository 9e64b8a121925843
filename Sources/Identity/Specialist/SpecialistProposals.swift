package import Clinic
import FoundationEssentials
package import Outbox
package import Postgres
package import Vault

/// How the programme gets its specialists: a coordinator or an operator proposes somebody, another operator approves, and
/// the address gets an invitation. Whoever reads it signs up, or signs in, with that address and a password of their own, and
/// accepts: the token serves that address alone. The database gives the role (`join_as_specialist`), and to nobody who proposed
/// or approved it.
package struct SpecialistProposals: Sendable {
    private let vault: Vault
    private let outbox: Outbox
    private let settings: IdentitySettings

    package init(vault: Vault, outbox: Outbox, settings: IdentitySettings) {
        self.vault = vault
        self.outbox = outbox
        self.settings = settings
    }

    /// Proposes somebody; every other operator is told.
    /// - Throws: `ProofNeeded`, `FieldRefusal`, also for one's own address.
    package func propose(
        _ draft: SpecialistProposalDraft, by caller: Caller, in tx: Transaction
    ) async throws -> SpecialistProposal {
        try await caller.requireProof(in: tx)
        let address = try await check(draft, in: tx)
        guard try await vault.address(of: caller.account, in: tx) != address.text else {
            throw FieldRefusal("/email", rule: "not_self", "must be somebody else's address")
        }
        let id = try await insert(draft, to: address, by: caller.account, in: tx)
        for row in try await tx.query(SpecialistProposalRows.approvers(of: id)) {
            try await outbox.enqueue(
                Notice(to: .account(row.decode(AccountID.self)), .specialistProposed(id)), in: tx)
        }
        return try await read(id, in: tx)
    }

    /// All of them, the latest first, up to 200.
    package func list(in tx: Transaction) async throws -> [SpecialistProposal] {
        try await tx.query(SpecialistProposalRows.select(nil)).map { try open($0) }
    }

    /// Approves somebody else's proposal, and has the invitation mailed.
    /// - Throws: `ProofNeeded`; `IdentityRefusal.notFound` where there is none that this operator could approve: unknown,
    ///   decided, too old, proposed by them, or about them; `MailBudget.Spent`.
    package func approve(
        _ id: SpecialistProposalID, by caller: Caller, in tx: Transaction
    ) async throws -> SpecialistProposal {
        try await caller.requireProof(in: tx)
        let proposal = try await read(id, in: tx)
        guard let address = proposal.email, try await vault.address(of: caller.account, in: tx) != address else {
            throw IdentityRefusal.notFound
        }
        let token = Vault.newToken()
        guard try await tx.first(SpecialistProposalRows.approve(id, digest(token, address)))?.decode(Bool.self) == true
        else { throw IdentityRefusal.notFound }
        try await MailBudget(vault: vault).spend(to: address, for: .invitation, by: caller.account, in: tx)
        try await mail(token, for: proposal, to: address, in: tx)
        return try await read(id, in: tx)
    }

    /// Takes a proposal or its invitation back.
    /// - Throws: `IdentityRefusal.notFound`.
    package func withdraw(_ id: SpecialistProposalID, in tx: Transaction) async throws {
        guard try await tx.first(SpecialistProposalRows.withdraw(id))?.decode(Bool.self) == true else {
            throw IdentityRefusal.notFound
        }
    }

    /// The caller becomes a specialist by the token of the mail. Their sessions end as early from now on as those of all who
    /// see other people's cases.
    /// - Throws: `ProofNeeded`; `IdentityRefusal.linkInvalid` for a token that is unknown, used, taken back or too old, or was
    ///   sent to another address; `.secondFactorRequired` where the programme demands one and the session showed none:
    ///   without it they could never sign in again.
    package func join(token: String, by caller: Caller, in tx: Transaction) async throws {
        try await caller.requireProof(in: tx)
        try await join(caller.account, by: token, in: tx)
        guard !settings.requireSecondFactorForStaff || caller.showedSecondFactor else {
            throw IdentityRefusal.secondFactorRequired
        }
        try await tx.execute(Sessions.shorten(of: caller.account, as: caller.roles.union([.specialist])))
        try await outbox.enqueue(Notice(to: .account(caller.account), .specialistJoined), in: tx)
    }

    private func digest(_ token: String, _ address: String) -> [UInt8] {
        Vault.digest(secret: token, serving: address, for: .specialist)
    }

    private func mail(
        _ token: String, for proposal: SpecialistProposal, to address: String, in tx: Transaction
    ) async throws {
        let notice = NoticeID.random()
        let envelope = MailEnvelope(address: address, token: token, language: proposal.languages.first ?? "en")
        try await outbox.enqueue(
            Notice(
                to: .envelope(try vault.sealEnvelope(envelope, for: notice)), .specialistInvited(proposal.id),
                id: notice), in: tx)
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
        let address = try await check(draft, in: tx)
        _ = try await insert(draft, to: address, as: id, by: nil, in: tx)
        let token = Vault.newToken()
        try await tx.execute(SpecialistProposalRows.approveForNobody(id, digest(token, address.text)))
        let proposal = try await read(id, in: tx)
        if mails { try await mail(token, for: proposal, to: address.text, in: tx) }
        return (proposal, token)
    }

    /// Accepts an invitation for an account as whose actor the transaction works: for the demo, whose people read no mail.
    /// - Throws: `IdentityRefusal.linkInvalid`.
    package func join(_ account: AccountID, by token: String, in tx: Transaction) async throws {
        guard let address = try await vault.address(of: account, in: tx),
            let found = try await tx.first(SpecialistProposalRows.join(digest(token, address))),
            try found.decode(SpecialistProposalID?.self) != nil
        else { throw IdentityRefusal.linkInvalid }
    }

    /// How many proposals wait for an operator, and how many invitations for whoever reads them.
    package static func backlog(in tx: Transaction) async throws -> (proposed: Int, approved: Int) {
        guard let row = try await tx.first("SELECT proposed, approved FROM consilium.specialist_backlog()") else {
            return (0, 0)
        }
        return try row.decode(Int.self, Int.self)
    }

    private func check(_ draft: SpecialistProposalDraft, in tx: Transaction) async throws -> EmailAddress {
        let address = try EmailAddress(draft.email)
        try SpecialistProposalRule.check(draft)
        try await AccountFields.check(timeZone: draft.timeZone, in: tx)
        guard let row = try await tx.first(SpecialistProposalRows.known(draft)),
            case let (hasOrganisation, isOpen, unknown) = try row.decode(Bool.self, Bool.self, [Int32].self)
        else { return address }
        guard hasOrganisation else {
            throw FieldRefusal("/organisation", rule: "unknown", "must be an organisation of the programme")
        }
        guard isOpen else {
            throw FieldRefusal("/organisation", rule: "retired", "must not be an organisation that was retired")
        }
        if let place = unknown.first {
            throw FieldRefusal(
                "/taxonomyCodes/\(place)", rule: "unknown", "must be a code of the NUCC's provider taxonomy")
        }
        return address
    }

    private func insert(
        _ draft: SpecialistProposalDraft, to address: EmailAddress, as id: SpecialistProposalID = .random(),
        by account: AccountID?, in tx: Transaction
    ) async throws -> SpecialistProposalID {
        let sealed = try vault.house.seal(Array(address.text.utf8), as: Self.place(id))
        try await tx.execute(SpecialistProposalRows.insert(id, draft, sealed, by: account))
        return id
    }

    private func read(_ id: SpecialistProposalID, in tx: Transaction) async throws -> SpecialistProposal {
        guard let row = try await tx.first(SpecialistProposalRows.select(id)) else { throw IdentityRefusal.notFound }
        return try open(row)
    }

    private func open(_ row: Row) throws -> SpecialistProposal {
        try SpecialistProposal(row) { id, sealed in
            String(decoding: try vault.house.open(sealed, as: Self.place(id)), as: UTF8.self)
        }
    }

    private static func place(_ id: SpecialistProposalID) -> RowIdentity {
        RowIdentity("specialist_proposal.email", id)
    }
}
