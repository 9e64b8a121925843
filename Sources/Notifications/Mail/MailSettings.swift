import Clinic

/// What every mail has in common.
package struct MailSettings: Sendable {
    /// Shown before the address; printable ASCII, or empty.
    let senderName: String
    package let sender: MailAddress
    /// The beginning of every link, without a slash at the end.
    let linkBase: String

    /// - Parameters:
    ///   - sender: `Name <address>`, or an address alone.
    ///   - linkBase: an `https` or `http` URL.
    /// - Throws: `FieldRefusal` with the pointer `/from` or `/linkBase`.
    package init(sender: String, linkBase: String) throws {
        let parts = sender.split(separator: "<", maxSplits: 1, omittingEmptySubsequences: false)
        let named = parts.count == 2
        let address = named ? String(parts[1].dropLast()) : sender
        let name = named ? parts[0] : ""
        guard let checked = MailAddress(address), !named || parts[1].last == ">",
            name.utf8.allSatisfy({ (0x20...0x7e).contains($0) && !"\"\\<>,;:@()[]".utf8.contains($0) })
        else {
            throw FieldRefusal("/from", rule: "mailbox", "must be an address, or a plain name and <address>")
        }
        guard linkBase.hasPrefix("https://") || linkBase.hasPrefix("http://"), linkBase.utf8.count <= 200,
            linkBase.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !"<>#?\"".utf8.contains($0) })
        else {
            throw FieldRefusal("/linkBase", rule: "url", "must be an http or https URL without query and fragment")
        }
        self.sender = checked
        senderName = name.trimmed
        self.linkBase = linkBase.hasSuffix("/") ? String(linkBase.dropLast()) : linkBase
    }
}
