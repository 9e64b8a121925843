/// How long the links in mails work.
package enum LinkLifetime {
    package static let confirmation: Duration = .seconds(2 * 24 * 3600)
    package static let passwordReset: Duration = .seconds(3600)
    package static let device: Duration = .seconds(900)
    /// The code that replaces a lost second factor: as long as `approve_factor_recovery` accepts it.
    package static let factorRecovery: Duration = .seconds(24 * 3600)
}

extension Notice.Template {
    /// How long after its request a mail to an address is useful; nil for one that always is, and for an invitation,
    /// whose row has its expiry.
    package var lifetime: Duration? {
        switch self {
        // Both replies to a sign-up have the same lifetime, so that it reveals nothing.
        case .confirmEmail, .confirmNewEmail, .accountExists: LinkLifetime.confirmation
        case .resetPassword: LinkLifetime.passwordReset
        case .confirmDevice: LinkLifetime.device
        case .factorRecovered: LinkLifetime.factorRecovery
        default: nil
        }
    }
}
