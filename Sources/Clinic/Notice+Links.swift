/// For how long a link works that a mail brings.
package enum LinkLifetime {
    package static let confirmation: Duration = .seconds(2 * 24 * 3600)
    package static let passwordReset: Duration = .seconds(3600)
    package static let device: Duration = .seconds(900)
    /// Of the code in place of a lost second factor: as long as `approve_factor_recovery` lets it be shown.
    package static let factorRecovery: Duration = .seconds(24 * 3600)
}

extension Notice.Template {
    /// For how long after it was asked for a mail to an address can be of use; nil for one that always can, and for an
    /// invitation, whose row says until when it can be accepted.
    package var lifetime: Duration? {
        switch self {
        // What answers a sign-up is of use for as long, whether there is an account or not.
        case .confirmEmail, .confirmNewEmail, .accountExists: LinkLifetime.confirmation
        case .resetPassword: LinkLifetime.passwordReset
        case .confirmDevice: LinkLifetime.device
        case .factorRecovered: LinkLifetime.factorRecovery
        default: nil
        }
    }
}
