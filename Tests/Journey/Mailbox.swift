import FoundationEssentials

/// The folder in which the worker's mails land, read as their recipients would.
struct Mailbox: Sendable {
    let directory: String
    /// How long a mail may take: the worker polls, and a killed one's jobs resume within 15 s.
    static let patience = Duration.seconds(40)

    /// Waits for a mail to that address with a link of that path, and gives the token in the link's fragment.
    func token(of path: String, to address: String) async throws -> String {
        let deadline = ContinuousClock.now + Mailbox.patience
        while true {
            if let token = try tokens(of: path, to: address).last { return token }
            guard ContinuousClock.now < deadline else {
                throw BrokenPromise("no mail with a link to \(path) came within \(Mailbox.patience)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Every mail in the folder, oldest first, as it lies there.
    func mails() throws -> [(name: String, text: String)] {
        let files = FileManager.default
        return try files.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".eml") }
            .map { ($0, try? files.attributesOfItem(atPath: "\(directory)/\($0)")[.modificationDate] as? Date) }
            .sorted { ($0.1 ?? .distantPast) < ($1.1 ?? .distantPast) }
            .compactMap { name, _ in
                files.contents(atPath: "\(directory)/\(name)").map { (name, String(decoding: $0, as: UTF8.self)) }
            }
    }

    private func tokens(of path: String, to address: String) throws -> [String] {
        try mails().compactMap { mail in
            let lines = mail.text.split(separator: "\n", omittingEmptySubsequences: false)
            let isForThem = lines.prefix { $0 != "\r" && !$0.isEmpty }.contains { line in
                line.lowercased().hasPrefix("to:") && line.lowercased().contains(address.lowercased())
            }
            guard isForThem else { return nil }
            let text = Mailbox.unquoted(mail.text)
            guard let link = text.firstRange(of: "\(path)#") else { return nil }
            let fragment = text[link.upperBound...].prefix { !$0.isWhitespace && $0 != "\"" && $0 != "<" && $0 != ">" }
            return fragment.split(separator: "=", maxSplits: 1).last.map(String.init)
        }
    }

    /// Undoes quoted-printable (RFC 2045 §6.7) as far as a link needs it.
    static func unquoted(_ text: String) -> String {
        guard text.lowercased().contains("quoted-printable") else { return text }
        return text.replacing("=\r\n", with: "").replacing("=\n", with: "").replacing("=3D", with: "=")
            .replacing("=23", with: "#").replacing("=2E", with: ".")
    }
}
