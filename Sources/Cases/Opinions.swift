package import Clinic
package import FoundationEssentials
import Outbox
package import Postgres
import Vault

/// The written second opinion: drafted by the specialist, signed, and delivered in the transaction of the signature.
package struct Opinions: Sendable {
    let vault: Vault
    let outbox: Outbox

    /// Drafts the opinion, or changes the draft. Nobody else sees it before it is signed.
    /// - Parameter expected: the version that the specialist read; nil for the first draft.
    /// - Throws: `SigningRefusal.alreadySigned`, `CaseRefusal`, `FieldRefusal`.
    package func save(
        _ content: OpinionContent, of id: CaseID, ifVersion expected: ExpectedVersion?, by caller: Caller,
        in tx: Transaction
    ) async throws -> Opinion {
        try content.check()
        let access = try await CaseAccess.lock(id, for: .writeOpinion, by: caller, in: tx)
        // A blinded specialist does not see every question: a refusal would reveal which ids are questions. Signing
        // checks again.
        if access.seesPrior { try content.checkAnswers(to: try await questions(of: id, in: tx)) }
        let key = try await vault.caseKey(id, in: tx)
        let body = try key.seal(json: content, as: Self.identity(caller.account))
        let blind = try await blindWord(access, in: tx)
        if let row = try await tx.first(lock(id, caller.account)) {
            let (current, signed) = try row.decode(Int.self, Bool.self)
            guard !signed else { throw SigningRefusal.alreadySigned }
            try expected.checkSeen(orMade: current)
            try await tx.execute(update(id, caller.account, body, blind))
        } else {
            try expected.checkSeen(orMade: nil)
            try await tx.execute(insert(id, caller.account, body, blind))
        }
        try await access.beginReview(in: tx)
        return try await read(id, by: caller, in: tx)
    }

    /// Signs the draft and delivers it to the patient, their caregivers, and the treating clinician who was invited to
    /// read it. In the peer-to-peer lane there must be one.
    /// - Parameter expected: the version that the specialist signs.
    /// - Throws: `SigningRefusal`, `CaseRefusal`.
    package func sign(
        _ id: CaseID, ifVersion expected: ExpectedVersion, by caller: Caller, in tx: Transaction
    ) async throws -> Opinion {
        let access = try await CaseAccess.lock(id, for: .writeOpinion, by: caller, in: tx)
        guard let row = try await tx.first(lock(id, caller.account)) else { throw SigningRefusal.nothingToSign }
        let (current, signed) = try row.decode(Int.self, Bool.self)
        guard !signed else { throw SigningRefusal.alreadySigned }
        try expected.checkSeen(current)
        guard access.seesPrior else { throw SigningRefusal.firstReadNeeded }
        let draft = try await read(id, by: caller, in: tx)
        let questions = try await questions(of: id, in: tx)
        let unfinished = draft.content.unfinished(questions: questions)
        guard unfinished.isEmpty else { throw SigningRefusal.unfinished(unfinished) }
        try draft.content.checkAnswers(to: questions)
        try await Consents.require(SubmissionRule.consents(for: access.lane), for: id, in: tx)
        if access.lane == .peerToPeer, try await tx.first(selectReader(id)) == nil {
            throw SigningRefusal.noTreatingClinician
        }
        try await store(draft.content, access, in: tx)
        try await deliver(access, in: tx)
        // A coordinator orders what is missing: its record can still be added.
        if draft.content.missingStudies?.isEmpty == false { try await Worklist().open(.orderReread, of: id, in: tx) }
        return try await read(id, by: caller, in: tx)
    }

    /// The opinion: the specialist's own draft, or what was delivered to the caller, with its signature verified now.
    package func read(_ id: CaseID, by caller: Caller, in tx: Transaction) async throws -> Opinion {
        let access = try await CaseAccess.look(id, by: caller, in: tx)
        guard access.readsOpinion, let stored = try await Self.find(id, with: vault, in: tx) else {
            throw CaseRefusal.notFound
        }
        return stored
    }

    /// The opinion that the actor may read, opened.
    static func find(_ id: CaseID, with vault: Vault, in tx: Transaction) async throws -> Opinion? {
        guard let row = try await tx.first(select(id)) else { return nil }
        let (specialist, body): (AccountID, [UInt8]) = (try row.decode("specialist_id"), try row.decode("body"))
        let key = try await vault.caseKey(id, in: tx)
        var opinion = Opinion(
            case: id, specialist: specialist, blind: try row.decode("blind"), content: OpinionContent(),
            version: try row.decode("version"), signedAt: try row.decode("signed_at"),
            deliveredAt: try row.decode("delivered_at"))
        if let signature = try row.decode("signature", as: [UInt8]?.self),
            let name = try row.decode("signing_key", as: String?.self)
        {
            let bytes = try key.open(body, as: identity(specialist))
            opinion.content = try SignedDocument<OpinionContent>.read(bytes).content
            opinion.signature = SignatureView(key: name, verified: vault.verify(signature, by: name, of: bytes))
        } else {
            opinion.content = try key.open(body, json: OpinionContent.self, as: identity(specialist))
        }
        return opinion
    }

    private static func identity(_ specialist: AccountID) -> RowIdentity { RowIdentity("opinion.body", specialist) }

    private func store(_ content: OpinionContent, _ access: CaseAccess, in tx: Transaction) async throws {
        let blind = try await blindWord(access, in: tx)
        let instant = try await SigningInstant.now(in: tx)
        let document = try SignedDocument(
            document: .opinion, case: access.caseID, specialist: access.account, signedAt: instant.text, blind: blind,
            content: content
        ).bytes()
        let (signature, name) = try vault.sign(document)
        let key = try await vault.caseKey(access.caseID, in: tx)
        let body = try key.seal(document, as: Self.identity(access.account))
        try await tx.execute(store(access, body, blind, instant.date, signature, name))
    }

    private func deliver(_ access: CaseAccess, in tx: Transaction) async throws {
        let id = access.caseID
        try await access.beginReview(in: tx)
        try await tx.execute(move(id, to: .opined))
        try await tx.execute(move(id, to: .delivered))
        try await tx.execute(markDelivered(id))
        let readers = try await tx.query(selectReaders(id)).map { try $0.decode(AccountID.self) }
        try await outbox.tell(.opinionReady(id), to: readers, in: tx)
    }

    private func questions(of id: CaseID, in tx: Transaction) async throws -> [IntakePartID] {
        try await tx.query(selectQuestions(id)).map { try $0.decode(IntakePartID.self) }
    }

    private func blindWord(_ access: CaseAccess, in tx: Transaction) async throws -> Blinding {
        guard access.blinded else { return .notBlinded }
        return try await tx.first(selectBreak(access)) == nil ? .kept : .broken
    }
}

extension Opinions {
    private func lock(_ id: CaseID, _ specialist: AccountID) -> SQL {
        """
        SELECT o.version, o.signed_at IS NOT NULL FROM consilium.opinion o
        WHERE o.case_id = \(id) AND o.specialist_id = \(specialist) FOR NO KEY UPDATE
        """
    }

    private func insert(_ id: CaseID, _ specialist: AccountID, _ body: [UInt8], _ blind: Blinding) -> SQL {
        """
        INSERT INTO consilium.opinion (case_id, specialist_id, body, blind)
        VALUES (\(id), \(specialist), \(body), \(blind))
        """
    }

    private func update(_ id: CaseID, _ specialist: AccountID, _ body: [UInt8], _ blind: Blinding) -> SQL {
        """
        UPDATE consilium.opinion SET body = \(body), blind = \(blind), version = version + 1
        WHERE case_id = \(id) AND specialist_id = \(specialist)
        """
    }

    private func store(
        _ access: CaseAccess, _ body: [UInt8], _ blind: Blinding, _ at: Date, _ signature: [UInt8], _ key: String
    ) -> SQL {
        """
        UPDATE consilium.opinion
        SET body = \(body), blind = \(blind), signed_at = \(at), signature = \(signature), signing_key = \(key),
            version = version + 1
        WHERE case_id = \(access.caseID) AND specialist_id = \(access.account)
        """
    }

    private func markDelivered(_ id: CaseID) -> SQL {
        """
        UPDATE consilium.opinion SET delivered_at = clock_timestamp() WHERE case_id = \(id) AND signed_at IS NOT NULL
        """
    }

    private func move(_ id: CaseID, to state: CaseState) -> SQL {
        "UPDATE consilium.clinical_case SET state = \(state), version = version + 1 WHERE id = \(id)"
    }

    private static func select(_ id: CaseID) -> SQL {
        """
        SELECT o.specialist_id, o.body, o.version, o.blind, o.signed_at, o.signature, o.signing_key, o.delivered_at
        FROM consilium.opinion o WHERE o.case_id = \(id)
        """
    }

    private func selectQuestions(_ id: CaseID) -> SQL {
        "SELECT i.id FROM consilium.intake_part i WHERE i.case_id = \(id) AND i.kind = 'question' ORDER BY i.ordinal"
    }

    private func selectBreak(_ access: CaseAccess) -> SQL {
        """
        SELECT b.at FROM consilium.blind_break b
        WHERE b.case_id = \(access.caseID) AND b.account_id = \(access.account)
        """
    }

    /// The treating clinician to whom a peer-to-peer opinion goes.
    private func selectReader(_ id: CaseID) -> SQL {
        """
        SELECT p.account_id FROM consilium.case_part p
        WHERE p.case_id = \(id) AND p.part = 'treating_clinician' AND p.reads_opinion AND p.until IS NULL LIMIT 1
        """
    }

    private func selectReaders(_ id: CaseID) -> SQL {
        """
        SELECT p.account_id FROM consilium.case_part p
        WHERE p.case_id = \(id) AND p.until IS NULL AND p.reads_opinion
            AND p.part IN ('patient', 'caregiver', 'treating_clinician')
        ORDER BY p.account_id
        """
    }
}

/// An opinion as it is read.
package struct Opinion: Codable, Sendable, Hashable {
    package var `case`: CaseID
    package var specialist: AccountID
    /// Whether it was formed without knowing the earlier one.
    package var blind: Blinding
    package var content: OpinionContent
    package var version: Int
    package var signedAt: Date?
    package var deliveredAt: Date?
    package var signature: SignatureView?

    package static let example = Opinion(
        case: ExampleValues.caseID, specialist: ExampleValues.specialist, blind: .kept, content: .example, version: 2,
        signedAt: ExampleValues.moment, deliveredAt: ExampleValues.moment, signature: .example)

    package static let draft = with(example) {
        $0.version = 1
        $0.signedAt = nil
        $0.deliveredAt = nil
        $0.signature = nil
    }
}
