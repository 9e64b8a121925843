/// What an operator may set about accounts and sign-in.
package struct IdentitySettings: Sendable {
    /// The cost of a guess at a stolen password hash. After a change each password is hashed again at its next sign-in.
    package var scrypt: ScryptCost
    /// How many passwords are hashed at once, and how many may wait; half as many of one network.
    package var hashingThreads: Int
    package var hashingQueue: Int
    /// Passwords that are refused because they are guessed first.
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
