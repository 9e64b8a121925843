package import Clinic

/// Where to send a mail that goes to no confirmed account, and the secret in its link. The gateway seals it for the
/// worker, bound to its notice.
package struct MailEnvelope: Codable, Sendable, Hashable {
    package let address: String
    /// Nil where the mail has no link.
    package let token: String?
    /// BCP 47, as `en`.
    package let language: String

    package init(address: String, token: String? = nil, language: String) {
        self.address = address
        self.token = token
        self.language = language
    }
}

extension Vault {
    /// Seals an envelope for one notice.
    package func sealEnvelope(_ envelope: MailEnvelope, for notice: NoticeID) throws -> SealedEnvelope {
        SealedEnvelope(bytes: try serviceKey.seal(json: envelope, as: .envelope(notice.rawValue)))
    }

    /// - Throws: `VaultError.unreadable` when it was sealed for another notice, `VaultError.unknownKey`.
    package func openEnvelope(_ sealed: SealedEnvelope, for notice: NoticeID) throws -> MailEnvelope {
        try serviceKey.open(sealed.bytes, json: MailEnvelope.self, as: .envelope(notice.rawValue))
    }
}
