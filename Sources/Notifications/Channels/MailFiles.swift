import FoundationEssentials
import Glibc

extension MailChannel {
    /// Writes each mail atomically as `<notice's id>.eml` into a folder, with LF line ends, as mail stores keep them. A
    /// mail that is sent twice replaces itself.
    package static func files(_ directory: String) -> MailChannel {
        MailChannel { mail, preSendCheck in
            try await preSendCheck()
            let draft = "\(directory)/.\(mail.id).\(UUID().uuidString.lowercased())"
            let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw MailFailure.transient("mail_directory") }
            defer { unlink(draft) }
            let bytes = mail.message.filter { $0 != UInt8(ascii: "\r") }
            let written = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            let isSafe = fsync(file) == 0
            guard Glibc.close(file) == 0, isSafe, written == bytes.count,
                rename(draft, "\(directory)/\(mail.id).eml") == 0
            else { throw MailFailure.transient("mail_directory") }
        }
    }
}
