package import Clinic
import FoundationEssentials
import Outbox
package import Postgres
import TypedText
import Vault

/// Invites treating clinicians to a case, with the patient's consent. No clinician is told anything unless the patient
/// asks for it: patients fear to offend their own physician.
package struct Invitations: Sendable {
    let vault: Vault
    let outbox: Outbox

    /// Sends an invitation by mail. Its token is in the mail alone, and is valid for 14 days. The patient and the
    /// caller are told.
    /// - Throws: `ProofNeeded`; `CaseRefusal.consentMissing` without the consent `treating_clinician`, and for a
    ///   clinician who consults without `peer_to_peer`; `FieldRefusal`; `MailBudget.Exhausted` when the address, or the
    ///   caller, has used up its mails.
    package func send(
        _ draft: InvitationDraft, for id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> Invitation {
        try await caller.requireProof(in: tx)
        let address = try draft.checked().text
        let access = try await CaseAccess.lock(id, for: .invite, by: caller, in: tx)
        try await Consents.require(
            draft.consults == true ? [.treatingClinician, .peerToPeer] : [.treatingClinician], for: id, in: tx)
        let invitation = InvitationID.random()
        let token = Vault.newToken()
        let key = try await vault.caseKey(id, in: tx)
        let email = try key.seal(text: address, as: Self.identity(invitation))
        let digest = Vault.digest(secret: token, serving: address, for: .invitation)
        try await CaseQuota.held {
            _ = try await tx.execute(insert(invitation, id, digest, email, draft, by: caller.account))
        }
        try await MailBudget(vault: vault).spend(to: address, for: .clinician, by: caller.account, in: tx)
        let language = try await tx.first(selectLanguage(access.caseID))?.decode(String.self) ?? "en"
        try await outbox.mail(
            .clinicianInvited(invitation), to: address, token: token, language: language, sealedBy: vault, in: tx)
        try await outbox.tell(.clinicianAsked(id), to: Array(Set([access.patient, caller.account])), in: tx)
        guard let sent = try await read(id, only: invitation, in: tx).first else { throw CaseRefusal.notFound }
        return sent
    }

    /// The invitations of a case, for the patient's side and the coordinators.
    package func list(of id: CaseID, by caller: Caller, in tx: Transaction) async throws -> InvitationList {
        let access = try await CaseAccess.look(id, by: caller, in: tx)
        guard [.patient, .caregiver, .coordinator].contains(access.part) else { throw CaseRefusal.notYourPart }
        return InvitationList(invitations: try await read(id, only: nil, in: tx))
    }

    /// Takes an invitation back. The part of a clinician who had accepted it ends, and their consults are cancelled.
    package func withdraw(
        _ invitation: InvitationID, of id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws {
        _ = try await CaseAccess.check(id, for: .invite, by: caller, in: tx)
        // Calendars are locked before the case.
        try await outbox.releaseClinicians(of: id, restingOn: invitation, in: tx)
        _ = try await CaseAccess.lock(id, for: .invite, by: caller, in: tx)
        guard let row = try await tx.first(end(invitation, of: id)) else { throw CaseRefusal.notFound }
        if let clinician = try row.decode(AccountID?.self) { try await Self.endUnlessInvited(clinician, in: id, tx) }
    }

    /// Accepts the invitation that a token stands for.
    /// - Returns: the case.
    /// - Throws: `CaseRefusal.notFound` for a token that is unknown, used, withdrawn, expired, or sent to another
    ///   address than the caller's, and for a caller who has another part in the case.
    package func accept(_ token: String, by caller: Caller, in tx: Transaction) async throws -> CaseID {
        guard let address = try await vault.address(of: caller.account, in: tx),
            let row = try await tx.first(
                "SELECT consilium.accept_invitation(\(Vault.digest(secret: token, serving: address, for: .invitation)))"
            ),
            let id = try row.decode(CaseID?.self)
        else { throw CaseRefusal.notFound }
        try await outbox.tell(
            .clinicianJoined(id), [.patient, .caregiver, .coordinator], of: id, except: caller.account, in: tx)
        return id
    }

    /// Ends all invitations of a case, or those of clinicians who consult, with the parts that depend on them.
    static func endAll(of id: CaseID, onlyConsulting: Bool, in tx: Transaction) async throws {
        for row in try await tx.query(endMany(of: id, onlyConsulting: onlyConsulting)) {
            if let clinician = try row.decode(AccountID?.self) { try await endUnlessInvited(clinician, in: id, tx) }
        }
    }

    /// Ends a clinician's part unless they accepted another invitation. The database derives their rights again with
    /// every change of the part.
    private static func endUnlessInvited(_ clinician: AccountID, in id: CaseID, _ tx: Transaction) async throws {
        try await tx.execute(
            """
            UPDATE consilium.case_part p SET until = CASE WHEN EXISTS (
                SELECT FROM consilium.invitation i
                WHERE i.case_id = p.case_id AND i.accepted_by = p.account_id AND i.state = 'accepted'
            ) THEN NULL ELSE clock_timestamp() END
            WHERE p.case_id = \(id) AND p.account_id = \(clinician) AND p.part = 'treating_clinician'
                AND p.until IS NULL
            """)
    }

    private static func identity(_ id: InvitationID) -> RowIdentity { RowIdentity("invitation.email", id) }

    private func read(_ id: CaseID, only invitation: InvitationID?, in tx: Transaction) async throws -> [Invitation] {
        let rows = try await tx.query(select(id, only: invitation))
        guard !rows.isEmpty else { return [] }
        let key = try await vault.caseKey(id, in: tx)
        return try rows.map { row in
            let (id, email): (InvitationID, [UInt8]) = (try row.decode("id"), try row.decode("email"))
            return Invitation(
                id: id,
                // Empty where the person who accepted was erased.
                email: try email.isEmpty
                    ? nil : key.openText(email, as: Self.identity(id)),
                sendsRecords: try row.decode("sends_records"), readsOpinion: try row.decode("reads_opinion"),
                consults: try row.decode("consults"), state: try row.decode("state"),
                acceptedBy: try row.decode("accepted_by"), createdAt: try row.decode("created_at"),
                expiresAt: try row.decode("expires_at"))
        }
    }
}

extension Invitations {
    private func insert(
        _ invitation: InvitationID, _ id: CaseID, _ digest: [UInt8], _ email: [UInt8], _ draft: InvitationDraft,
        by account: AccountID
    ) -> SQL {
        """
        INSERT INTO consilium.invitation (id, case_id, token_digest, email, sends_records, reads_opinion, consults,
            state, invited_by, expires_at)
        VALUES (\(invitation), \(id), \(digest), \(email), \(draft.sendsRecords ?? false),
            \(draft.readsOpinion ?? false), \(draft.consults ?? false), 'sent', \(account),
            clock_timestamp() + interval '14 days')
        """
    }

    private func selectLanguage(_ id: CaseID) -> SQL {
        "SELECT c.language FROM consilium.clinical_case c WHERE c.id = \(id)"
    }

    private func select(_ id: CaseID, only invitation: InvitationID?) -> SQL {
        """
        SELECT i.id, i.email, i.sends_records, i.reads_opinion, i.consults, i.state, i.accepted_by, i.created_at,
            i.expires_at
        FROM consilium.invitation i
        WHERE i.case_id = \(id) AND (\(invitation)::uuid IS NULL OR i.id = \(invitation)) ORDER BY i.id
        """
    }

    private func end(_ invitation: InvitationID, of id: CaseID) -> SQL {
        """
        UPDATE consilium.invitation SET state = 'withdrawn'
        WHERE id = \(invitation) AND case_id = \(id) AND state <> 'withdrawn' RETURNING accepted_by
        """
    }

    private static func endMany(of id: CaseID, onlyConsulting: Bool) -> SQL {
        """
        UPDATE consilium.invitation SET state = 'withdrawn'
        WHERE case_id = \(id) AND state <> 'withdrawn' AND (consults OR NOT \(onlyConsulting)) RETURNING accepted_by
        """
    }
}

extension Outbox {
    /// Cancels the consults with the clinicians of a case, or with the one who consults by this invitation alone, and
    /// tells everybody who was to meet.
    func releaseClinicians(of id: CaseID, restingOn invitation: InvitationID? = nil, in tx: Transaction) async throws {
        for row in try await tx.query(
            "SELECT appointment_id, person_id FROM consilium.release_clinicians(\(id), \(invitation))")
        {
            let (appointment, person) = try row.decode(AppointmentID.self, AccountID.self)
            try await tell(.appointmentCancelled(appointment), to: [person], in: tx)
        }
    }
}
