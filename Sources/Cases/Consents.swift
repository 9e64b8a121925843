package import Clinic
package import FoundationEssentials
import Outbox
package import Postgres

/// What a patient agreed to for one case, with the wording that they were shown.
///
/// A withdrawn consent stays on record, and what depends on it ends:
/// - `second_opinion`, `records_release`, and in the licensed lane `telehealth`: the case can no longer be submitted or
///   completed, and no specialist can sign, until the consent is given again. Participants can still read the case.
/// - `peer_to_peer`: the lane closes at match, booking and joining. The treating clinician is no longer its party, and
///   their consults are cancelled.
/// - `treating_clinician`: the parts of all clinicians end, and the consults with them are cancelled.
/// - `panel`: the parts of all colleagues end. Consults go on without them; a consult with a colleague alone is
///   cancelled.
package struct Consents: Sendable {
    let outbox: Outbox

    /// Records a consent.
    /// - Throws: `CaseRefusal.consentGiven` when one of the kind is in force; `FieldRefusal`.
    package func give(
        _ draft: ConsentDraft, for id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> Consent {
        try ConsentDraft.wordingRule.check(draft.wording, at: "/wording")
        guard try await tx.first(ConsentWordings.inForce(draft.wording, draft.kind)) != nil else {
            throw Self.notInForce
        }
        _ = try await CaseAccess.lock(id, for: .consent, by: caller, in: tx)
        guard try await !Self.inForce(for: id, in: tx).contains(draft.kind) else {
            throw CaseRefusal.consentGiven(draft.kind)
        }
        let consent = ConsentID.random()
        // It may have been retired meanwhile.
        _ = try await refusing("consent_wording_in_force", as: Self.notInForce) {
            try await tx.execute(insert(consent, draft, for: id, by: caller.account))
        }
        guard let row = try await tx.first(select(id, only: consent)) else { throw CaseRefusal.notFound }
        return try Consent(row)
    }

    /// All consents of a case, withdrawn ones too, in the order in which they were given.
    package func list(for id: CaseID, by caller: Caller, in tx: Transaction) async throws -> ConsentList {
        let access = try await CaseAccess.look(id, by: caller, in: tx)
        guard access.readsCase else { throw CaseRefusal.notYourPart }
        return ConsentList(consents: try await tx.query(select(id)).map(Consent.init))
    }

    /// Withdraws a consent, and ends what depends on it.
    package func withdraw(_ consent: ConsentID, of id: CaseID, by caller: Caller, in tx: Transaction) async throws {
        _ = try await CaseAccess.check(id, for: .consent, by: caller, in: tx)
        // Consults that lose their party are cancelled; their calendars are locked before the case.
        switch try await tx.first(select(id, only: consent)).map(Consent.init)?.kind {
        case .panel: try await endPanel(of: id, in: tx)
        case .treatingClinician, .peerToPeer: try await outbox.releaseClinicians(of: id, in: tx)
        case .secondOpinion, .telehealth, .recordsRelease, nil: break
        }
        _ = try await CaseAccess.lock(id, for: .consent, by: caller, in: tx)
        guard let kind = try await tx.first(end(consent, of: id))?.decode(ConsentKind.self) else {
            throw CaseRefusal.notFound
        }
        switch kind {
        case .treatingClinician: try await Invitations.endAll(of: id, onlyConsulting: false, in: tx)
        case .peerToPeer: try await Invitations.endAll(of: id, onlyConsulting: true, in: tx)
        case .secondOpinion, .telehealth, .recordsRelease, .panel: break
        }
    }

    private static let notInForce = FieldRefusal(
        "/wording", rule: "unknown", "must name a text of this kind that is in force (GET /v1/consent-wordings)")

    private func endPanel(of id: CaseID, in tx: Transaction) async throws {
        let told = try await tx.query(
            "SELECT appointment_id, state, person_id FROM consilium.release_colleagues(\(id))")
        for row in told {
            let (appointment, state, person) = try row.decode(AppointmentID.self, String.self, AccountID.self)
            let template: Notice.Template =
                state == "cancelled" ? .appointmentCancelled(appointment) : .panelChanged(appointment)
            try await outbox.tell(template, to: [person], in: tx)
        }
        try await outbox.tell(.colleagueReleased(id), [.colleague], of: id, in: tx)
    }

    /// The kinds that are in force.
    static func inForce(for id: CaseID, in tx: Transaction) async throws -> [ConsentKind] {
        try await tx.query(
            "SELECT c.kind FROM consilium.consent c WHERE c.case_id = \(id) AND c.withdrawn_at IS NULL"
        ).map { try $0.decode(ConsentKind.self) }
    }

    /// Refuses a step for which a consent is missing.
    /// - Throws: `CaseRefusal.consentMissing` with the first one that the lane needs.
    static func require(_ kinds: [ConsentKind], for id: CaseID, in tx: Transaction) async throws {
        let given = Set(try await inForce(for: id, in: tx))
        if let missing = kinds.first(where: { !given.contains($0) }) { throw CaseRefusal.consentMissing(missing) }
    }

    private func insert(_ consent: ConsentID, _ draft: ConsentDraft, for id: CaseID, by account: AccountID) -> SQL {
        """
        INSERT INTO consilium.consent (id, case_id, kind, wording, given_by)
        VALUES (\(consent), \(id), \(draft.kind), \(draft.wording), \(account))
        """
    }

    private func select(_ id: CaseID, only consent: ConsentID? = nil) -> SQL {
        """
        SELECT c.id, c.kind, c.wording, c.given_by, c.given_at, c.withdrawn_at FROM consilium.consent c
        WHERE c.case_id = \(id) AND (\(consent)::uuid IS NULL OR c.id = \(consent)) ORDER BY c.id
        """
    }

    private func end(_ consent: ConsentID, of id: CaseID) -> SQL {
        """
        UPDATE consilium.consent SET withdrawn_at = clock_timestamp()
        WHERE id = \(consent) AND case_id = \(id) AND withdrawn_at IS NULL RETURNING kind
        """
    }
}

/// A consent as it is given.
package struct ConsentDraft: Codable, Sendable, Hashable {
    package var kind: ConsentKind
    /// The name of the wording that was shown, as `second_opinion.2026-01`.
    package var wording: String

    package init(kind: ConsentKind, wording: String) {
        self.kind = kind
        self.wording = wording
    }

    package static let example = ConsentDraft(kind: .secondOpinion, wording: "second_opinion.2026-01")
}

/// A consent as it is read.
package struct Consent: Codable, Sendable, Hashable {
    package var id: ConsentID
    package var kind: ConsentKind
    package var wording: String
    package var givenBy: AccountID
    package var givenAt: Date
    package var withdrawnAt: Date?

    package static let example = Consent(
        id: ExampleValues.id(10), kind: .secondOpinion, wording: ConsentDraft.example.wording,
        givenBy: ExampleValues.patient, givenAt: ExampleValues.moment)

    package static let withdrawn = with(example) { $0.withdrawnAt = ExampleValues.moment }
}

extension Consent {
    init(_ row: Row) throws {
        (id, kind, wording, givenBy, givenAt, withdrawnAt) = try row.decode(
            ConsentID.self, ConsentKind.self, String.self, AccountID.self, Date.self, Date?.self)
    }
}

/// The consents of a case.
package struct ConsentList: Codable, Sendable, Hashable {
    package var consents: [Consent]

    package static let example = ConsentList(consents: [.withdrawn, .example])
}

extension ConsentDraft: Ruled {
    static let wordingRule = TextRule.form(.word)

    package static let rules: [String: FieldRule] = ["wording": .text(wordingRule)]
}
