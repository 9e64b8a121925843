package import Clinic

/// A file as it is announced.
package struct FileDraft: Codable, Sendable, Hashable {
    /// Without a folder, and without a space or full stop at its end: Windows drops those, and so opens another name
    /// than it shows.
    package var name: String
    /// As `application/pdf`.
    package var mediaType: String
    /// Bytes, at least one.
    package var length: Int
    /// Of the whole file: 64 hexadecimal digits, as `sha256sum` prints them.
    package var sha256: String

    package init(name: String, mediaType: String, length: Int, sha256: String) {
        self.name = name
        self.mediaType = mediaType
        self.length = length
        self.sha256 = sha256
    }

    func check(limit: Int) throws(FieldRefusal) {
        try Self.nameRule.check(name, at: "/name")
        try Self.mediaTypeRule.check(mediaType, at: "/mediaType")
        try FieldRule.check(length, in: 1...limit, at: "/length")
        try Self.digestRule.check(sha256, at: "/sha256")
    }

    /// Of the five bytes `hello`.
    package static let example = FileDraft(
        name: "biopsy.pdf", mediaType: "application/pdf", length: 5,
        sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
}

/// Media types. A file is delivered as one of a few types that no browser executes, else as plain bytes.
package enum MediaType {
    /// What a file can be delivered as; plain bytes last.
    package static let delivered = [
        "application/pdf", "application/dicom", "application/zip", "image/jpeg", "image/png", "image/tiff",
        "image/gif", "image/webp", "text/plain", bytes,
    ]
    private static let bytes = "application/octet-stream"

    /// What a file is delivered as.
    package static func delivery(of announced: String) -> String {
        delivered.contains(announced) ? announced : bytes
    }
}

/// A file's name in a header (RFC 6266 §4.3): a plain ASCII name for old clients, and the exact one in UTF-8,
/// percent-encoded by RFC 8187.
package enum ContentDisposition {
    package static func attachment(_ name: String) -> String {
        let plain = String(
            decoding: name.utf8.map { $0.isAlphanumeric || " -_.()".utf8.contains($0) ? $0 : UInt8(ascii: "_") },
            as: UTF8.self)
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(name.percentEncoded(keeping: "-_."))"
    }
}

extension FileDraft: Ruled {
    private static let nameRule = TextRule.line(
        max: 200, without: ["\t", "/", "\\"], notLast: ["."],
        words: "the name of a file, without a folder, and without a space or full stop at its end")
    /// RFC 6838 §4.2: two restricted names of at most 127 characters.
    private static let mediaTypeRule = TextRule.form(
        TextForm(
            "^[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}$", "a media type, as application/pdf"))
    private static let digestRule = TextRule.form(TextForm("^[0-9A-Fa-f]{64}$", "64 hexadecimal digits"))

    /// The longest length is a setting of the programme.
    package static let rules: [String: FieldRule] = [
        "name": .text(nameRule), "mediaType": .text(mediaTypeRule), "sha256": .text(digestRule),
    ]
}
