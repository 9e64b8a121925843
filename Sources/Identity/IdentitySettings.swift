/// What an operator may set about accounts and sign-in.
package struct IdentitySettings: Sendable {
    /// How dear a guess at a stolen password hash is. A dearer cost re-hashes each password at its next sign-in.
    package var scrypt: ScryptCost
    /// How many passwords are computed at once, and how many may wait for it; of one network half as many.
    package var hashingThreads: Int
    package var hashingQueue: Int
    /// Passwords that are refused because everybody tries them first.
    package var blocklist: PasswordBlocklist
    /// Whether specialists, coordinators and operators may sign in only with a second factor.
    package var requireSecondFactorForStaff: Bool
    /// The name that authenticator apps show.
    package var issuer: String

    package init(
        blocklist: PasswordBlocklist, scrypt: ScryptCost = .standard, hashingThreads: Int = 2, hashingQueue: Int = 16,
        requireSecondFactorForStaff: Bool = true, issuer: String = "Consilium"
    ) {
        self.blocklist = blocklist
        self.scrypt = scrypt
        self.hashingThreads = hashingThreads
        self.hashingQueue = hashingQueue
        self.requireSecondFactorForStaff = requireSecondFactorForStaff
        self.issuer = issuer
    }
}
