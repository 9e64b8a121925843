package import Clinic
package import FoundationEssentials
package import Postgres
import Vault

/// The first read: the specialist's own reading, before they see what reveals the earlier opinion. Their signature
/// reveals that to them; the database does it in the transaction of the signature (P13). In a case that is not blinded
/// a first read is optional.
package struct FirstReads: Sendable {
    /// The reason for breaking the blind without a first read.
    package static let reasonRule = TextRule.lines(max: 2_000)

    let vault: Vault

    /// Drafts the first read, or changes the draft.
    /// - Parameter expected: the version that the specialist read; nil for the first draft.
    /// - Throws: `SigningRefusal.alreadySigned`, `CaseRefusal`, `FieldRefusal`.
    package func save(
        _ content: FirstReadContent, of id: CaseID, ifVersion expected: ExpectedVersion?, by caller: Caller,
        in tx: Transaction
    ) async throws -> FirstRead {
        try content.check()
        let access = try await CaseAccess.lock(id, for: .writeFirstRead, by: caller, in: tx)
        let key = try await vault.caseKey(id, in: tx)
        let body = try key.seal(json: content, as: Self.identity(caller.account))
        if let row = try await tx.first(lock(id, caller.account)) {
            let (current, signed) = try row.decode(Int.self, Bool.self)
            guard !signed else { throw SigningRefusal.alreadySigned }
            try expected.checkSeen(orMade: current)
            try await tx.execute(update(id, caller.account, body))
        } else {
            try expected.checkSeen(orMade: nil)
            try await tx.execute(insert(id, caller.account, body))
        }
        try await access.beginReview(in: tx)
        return try await read(id, by: caller, in: tx)
    }

    /// Signs the draft. From here on the specialist sees what reveals the earlier opinion.
    /// - Parameter expected: the version that the specialist signs.
    /// - Throws: `SigningRefusal.alreadySigned`, `.nothingToSign`, `CaseRefusal`.
    package func sign(
        _ id: CaseID, ifVersion expected: ExpectedVersion, by caller: Caller, in tx: Transaction
    ) async throws -> FirstRead {
        let access = try await CaseAccess.lock(id, for: .writeFirstRead, by: caller, in: tx)
        guard let row = try await tx.first(lock(id, caller.account)) else { throw SigningRefusal.nothingToSign }
        let (current, signed) = try row.decode(Int.self, Bool.self)
        guard !signed else { throw SigningRefusal.alreadySigned }
        try expected.checkSeen(current)
        let draft = try await read(id, by: caller, in: tx)
        let instant = try await SigningInstant.now(in: tx)
        let document = try SignedDocument(
            document: .firstRead, case: id, specialist: caller.account, signedAt: instant.text, blind: nil,
            content: draft.content
        ).bytes()
        let (signature, name) = try vault.sign(document)
        let key = try await vault.caseKey(id, in: tx)
        let body = try key.seal(document, as: Self.identity(caller.account))
        try await tx.execute(store(id, caller.account, body, instant.date, signature, name))
        try await access.beginReview(in: tx)
        return try await read(id, by: caller, in: tx)
    }

    /// Reveals the earlier opinion without a first read. The reason is kept, and the opinion will say that the blind
    /// was broken.
    /// - Throws: `SigningRefusal.noBlind`, `FieldRefusal`, `CaseRefusal`.
    package func breakBlind(
        _ id: CaseID, because reason: String, by caller: Caller, in tx: Transaction
    ) async throws {
        try Self.reasonRule.check(reason, at: "/reason")
        let access = try await CaseAccess.lock(id, for: .breakBlind, by: caller, in: tx)
        guard access.blinded, !access.seesPrior else { throw SigningRefusal.noBlind }
        let key = try await vault.caseKey(id, in: tx)
        let sealed = try key.seal(text: reason, as: RowIdentity("blind_break.reason", caller.account))
        try await tx.execute(
            """
            INSERT INTO consilium.blind_break (case_id, account_id, reason)
            VALUES (\(id), \(caller.account), \(sealed))
            """)
    }

    /// A first read: the specialist's own, or the signed one that belongs to a delivered opinion.
    package func read(_ id: CaseID, by caller: Caller, in tx: Transaction) async throws -> FirstRead {
        let access = try await CaseAccess.look(id, by: caller, in: tx)
        guard access.readsOpinion, let row = try await tx.first(select(id)) else { throw CaseRefusal.notFound }
        let (specialist, body, version, signedAt, signature, name) = try row.decode(
            AccountID.self, [UInt8].self, Int.self, Date?.self, [UInt8]?.self, String?.self)
        let key = try await vault.caseKey(id, in: tx)
        let bytes = try key.open(body, as: Self.identity(specialist))
        guard let signedAt, let signature, let name else {
            let content = try key.open(body, json: FirstReadContent.self, as: Self.identity(specialist))
            return FirstRead(
                case: id, specialist: specialist, content: content, version: version, signedAt: nil, signature: nil)
        }
        return FirstRead(
            case: id, specialist: specialist, content: try SignedDocument<FirstReadContent>.read(bytes).content,
            version: version, signedAt: signedAt,
            signature: SignatureView(key: name, verified: vault.verify(signature, by: name, of: bytes)))
    }

    private static func identity(_ specialist: AccountID) -> RowIdentity { RowIdentity("first_read.body", specialist) }
}

extension FirstReads {
    private func lock(_ id: CaseID, _ specialist: AccountID) -> SQL {
        """
        SELECT f.version, f.signed_at IS NOT NULL FROM consilium.first_read f
        WHERE f.case_id = \(id) AND f.specialist_id = \(specialist) FOR NO KEY UPDATE
        """
    }

    private func insert(_ id: CaseID, _ specialist: AccountID, _ body: [UInt8]) -> SQL {
        """
        INSERT INTO consilium.first_read (case_id, specialist_id, body) VALUES (\(id), \(specialist), \(body))
        """
    }

    private func update(_ id: CaseID, _ specialist: AccountID, _ body: [UInt8]) -> SQL {
        """
        UPDATE consilium.first_read SET body = \(body), version = version + 1
        WHERE case_id = \(id) AND specialist_id = \(specialist)
        """
    }

    private func store(
        _ id: CaseID, _ specialist: AccountID, _ body: [UInt8], _ at: Date, _ signature: [UInt8], _ key: String
    ) -> SQL {
        """
        UPDATE consilium.first_read
        SET body = \(body), signed_at = \(at), signature = \(signature), signing_key = \(key), version = version + 1
        WHERE case_id = \(id) AND specialist_id = \(specialist)
        """
    }

    // A reassigned case may have several: first comes that of the specialist who has the case now.
    private func select(_ id: CaseID) -> SQL {
        """
        SELECT f.specialist_id, f.body, f.version, f.signed_at, f.signature, f.signing_key
        FROM consilium.first_read f JOIN consilium.clinical_case c ON c.id = f.case_id
        WHERE f.case_id = \(id) ORDER BY (f.specialist_id = c.specialist_id) IS TRUE DESC, f.signed_at DESC LIMIT 1
        """
    }
}

/// What a first read says.
package struct FirstReadContent: Codable, Sendable, Hashable {
    /// What the specialist finds in what they were shown.
    package var findings: String
    /// What they conclude.
    package var impression: String
    package var confidence: Confidence?

    fileprivate static let textRule = TextRule.lines(max: 20_000)

    package enum Confidence: String, Codable, Sendable, CaseIterable {
        case low, moderate, high
    }

    package init(findings: String, impression: String, confidence: Confidence? = nil) {
        self.findings = findings
        self.impression = impression
        self.confidence = confidence
    }

    func check() throws(FieldRefusal) {
        try Self.textRule.check(findings, at: "/findings")
        try Self.textRule.check(impression, at: "/impression")
    }

    package static let example = FirstReadContent(
        findings: "Atypical ducts in two cores", impression: "In situ disease", confidence: .moderate)
}

/// A first read as it is read.
package struct FirstRead: Codable, Sendable, Hashable {
    package var `case`: CaseID
    package var specialist: AccountID
    package var content: FirstReadContent
    package var version: Int
    package var signedAt: Date?
    package var signature: SignatureView?

    package static let example = FirstRead(
        case: ExampleValues.caseID, specialist: ExampleValues.specialist, content: .example, version: 2,
        signedAt: ExampleValues.moment, signature: .example)

    package static let draft = with(example) {
        $0.version = 1
        $0.signedAt = nil
        $0.signature = nil
    }
}

extension FirstReadContent: Ruled {
    package static let rules: [String: FieldRule] = ["findings": .text(textRule), "impression": .text(textRule)]
}
