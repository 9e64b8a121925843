/// Seals kept replies and digests requests, with the house's own keys.
package struct ReplySeal: Sendable {
    /// An HMAC under a key of the house: equal inputs are recognised, and nothing else is learnt.
    package let digest: @Sendable (_ bytes: [UInt8]) -> [UInt8]
    private let sealBytes: @Sendable (_ bytes: [UInt8], _ context: String) throws -> [UInt8]
    private let openBytes: @Sendable (_ sealed: [UInt8], _ context: String) throws -> [UInt8]

    /// - Parameters:
    ///   - digest: HMAC-SHA-256 of the bytes.
    ///   - seal: authenticated encryption with the context as associated data.
    ///   - open: its reverse; throws when bytes or context were altered.
    package init(
        digest: @escaping @Sendable ([UInt8]) -> [UInt8],
        seal: @escaping @Sendable ([UInt8], _ context: String) throws -> [UInt8],
        open: @escaping @Sendable ([UInt8], _ context: String) throws -> [UInt8]
    ) {
        self.digest = digest
        sealBytes = seal
        openBytes = open
    }

    func seal(_ bytes: [UInt8], for claim: KeyClaim) throws -> [UInt8] { try sealBytes(bytes, Self.context(claim)) }
    func open(_ sealed: [UInt8], for claim: KeyClaim) throws -> [UInt8] { try openBytes(sealed, Self.context(claim)) }

    /// The identity of the row that the reply is kept in, so that it cannot be moved to another.
    private static func context(_ claim: KeyClaim) -> String {
        "idempotency_key.reply|\(claim.account)|\(claim.route)|\(claim.key)"
    }
}
