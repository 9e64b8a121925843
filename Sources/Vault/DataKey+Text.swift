extension DataKey {
    /// Seals a text in UTF-8.
    package func seal(text: String, as identity: RowIdentity) throws -> [UInt8] {
        try seal(Array(text.utf8), as: identity)
    }

    /// Opens a text that was sealed in UTF-8.
    /// - Throws: as `open`.
    package func openText(_ sealed: [UInt8], as identity: RowIdentity) throws -> String {
        String(decoding: try open(sealed, as: identity), as: UTF8.self)
    }
}
