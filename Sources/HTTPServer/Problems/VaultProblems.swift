import HTTPTypes
package import Vault

extension ProblemKind {
    package static let shredded = ProblemKind(
        "shredded", .gone, "Its content was destroyed",
        "The key that sealed it was destroyed on purpose: nobody can read it any more.")
}

extension VaultError: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .destroyed: Problem(.shredded)
        case .noKey: Problem(.notFound)
        // A fault of the store or of the keyring, which tells the caller nothing.
        case .unreadable, .unknownKey: Problem(.internalFault)
        }
    }
}
